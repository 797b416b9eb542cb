"""Appointments and reception on PostgreSQL: capacity from the configuration, no overbooking (W1, W2)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.contract_desk import CONFIG, NOW, ORG
from tests.integration.service_desk import ADVISOR, CALL, MANAGER, SHOP, ServiceDesk
from workers import catalog, customers, vehicles
from workers.calendar import SHANGHAI
from workers.errors import InvalidInput
from workers.notify import Notification
from workers.org import Leave
from workers.service import booking
from workers.service.store import ServiceBooking, ServiceOrder
from workers.vehicles import VehicleTaken


def moment(text: str) -> datetime:
    """A moment of 2026 in Shanghai."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


def take(session: Session, number: int, at: datetime, hours: str = "1") -> str:
    """Ask for an appointment; what came of it."""
    desk = ServiceDesk(session, f"visit{number}")
    desk.open()
    who = {"caller_phone": f"1391111{number:04d}", "plate": f"苏A{number:05d}", "planned_hours": hours}
    found = desk.book(at, **who)
    return found.booking_outcome if not found.form_errors else found.form_errors[0].message


def offered(session: Session, since: date, hours: str = "1", now: datetime = NOW) -> list[datetime]:
    """The times that are offered."""
    found = booking.offered(session, ORG, SHOP, now, since, Decimal(hours))
    return [one.at for one in found]


@pytest.mark.rule("W1")
def test_a_slot_takes_as_many_cars_as_bays_and_technicians_allow_and_then_no_more(session: Session) -> None:
    nine, ten = moment("03-11T09:30"), moment("03-11T10:30")
    # three technicians share four bays; reception takes two customers in an hour
    assert [take(session, number, nine, "2") for number in range(2)] == ["booked"] * 2
    assert take(session, 2, nine) == "预约时间：3月11日（周三）09:30刚刚订满，请另选时间"
    assert take(session, 3, ten) == "booked"
    assert "刚刚订满" in take(session, 4, ten)  # two cars of the hour before are still there: three in all
    assert take(session, 5, moment("03-11T11:30")) == "booked"
    assert ten not in offered(session, nine.date())


@pytest.mark.rule("W1")
def test_the_database_itself_takes_no_car_beyond_a_slots_capacity(session: Session) -> None:
    take(session, 1, moment("03-11T09:30"))
    with pytest.raises(DBAPIError, match="never_overbooked"):
        session.execute(text("UPDATE service_slots SET taken = capacity + 1"))


@pytest.mark.rule("W1")
def test_a_technician_on_leave_takes_a_place_of_every_slot_of_those_days() -> None:
    leave = Leave.model_validate(
        {"person": "shilei", "from": "2026-03-11", "to": "2026-03-11", "substitute": "qinfeng"}
    )
    fewer = ORG.model_copy(update={"leaves": (leave,)})
    room = booking.capacity(fewer, SHOP)
    assert (room(date(2026, 3, 11)), room(date(2026, 3, 12))) == (2, 3)
    one_bay = SHOP.model_copy(update={"bays": 1})
    assert booking.capacity(fewer, one_bay)(date(2026, 3, 12)) == 1


@pytest.mark.rule("W1")
def test_offers_go_around_what_is_booked_and_around_the_national_day(session: Session) -> None:
    eve = moment("09-30T09:00")
    found = offered(session, eve.date(), now=eve)
    days = list(dict.fromkeys(one.date().isoformat() for one in found))
    assert days == ["2026-09-30", "2026-10-08", "2026-10-09", "2026-10-10"]
    saturday = [one for one in found if one.date() == date(2026, 10, 10)]
    assert f"{saturday[0]:%H:%M}" == "08:30"  # worked to make up for the holiday: a working day's hours
    wednesday = date(2026, 3, 11)
    before = [one for one in offered(session, wednesday) if one.date() == wednesday]
    take(session, 1, before[0])
    after = [one for one in offered(session, wednesday) if one.date() == wednesday]
    assert before[0] not in after
    assert len(after) == len(before)


@pytest.mark.rule("W1")
def test_a_time_at_which_the_workshop_is_closed_or_that_is_past_cannot_be_had(session: Session) -> None:
    for when in ("10-03T09:30", "03-11T12:00", "03-10T08:30", "03-11T19:30"):
        assert "不在营业时间内或已经过去" in take(session, 1, moment(when))
    assert session.scalars(select(ServiceBooking)).all() == []


@pytest.mark.rule("W1", "M5")
def test_the_confirmation_tells_the_customer_what_to_expect(session: Session) -> None:
    desk = ServiceDesk(session)
    booked = desk.booked(moment("03-11T09:30"))
    assert booked.arrival_due == moment("03-11T09:30")
    assert booked.no_show_at == moment("03-11T10:30")
    assert (booked.caller_phone, booked.customer_phone) == (None, "13911110001")  # whole for reception only
    known = customers.meet(session, phone="+86 139 1111 0001", name="", at=NOW, source="walk_in")
    assert booked.customer_no == known.no
    told = session.scalars(select(Notification).where(Notification.recipient == known.no)).one()
    for part in (
        "3月11日（周三）09:30",
        "苏A12345",
        "2小时",
        "冯丽",
        "报出费用和完工时间",
        "确认以后才开始施工",
    ):
        assert part in told.body
    assert [line.kind for line in customers.history(session, known.no)] == ["服务预约"]


@pytest.mark.rule("W1", "X3")
def test_bad_data_comes_back_in_chinese_and_takes_no_slot(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.open()
    wrong = {"caller_phone": "12", "plate": "四个字", "vin": "kurz", "planned_hours": "999999"}
    found = desk.book(moment("03-11T09:30"), **wrong)
    assert {one.field for one in found.form_errors} == {"callerPhone", "plate", "vin", "plannedHours"}
    assert (found.booking_outcome, found.caller_phone, found.plate) == ("again", "12", "四个字")
    assert "请填写" in desk.book(None).form_errors[0].message
    free = found.appointment_options[0]["value"]
    kept = desk.book(free, wished_on="2026-03-01", caller_name="")
    assert [one.message for one in kept.form_errors][-1] == "希望的日期：已经过去，请另选"
    assert kept.appointment_at == free
    assert session.scalars(select(ServiceBooking)).all() == []
    assert desk.book("übermorgen").appointment_at is None
    assert (
        desk.book(moment("03-11T09:30"), signed_by="dengkai").form_errors[0].message == "只有服务顾问可以办理"
    )
    other = desk.book(None, booking_action="search", wished_on="2026-03-20")
    assert other.booking_outcome == "again"
    assert not other.has_errors
    assert other.appointment_options[0]["value"].startswith("2026-03-20")


@pytest.mark.rule("W1", "X4")
def test_moving_missing_cancelling_and_withdrawing_give_the_slots_back(session: Session) -> None:
    nine = moment("03-11T09:30")

    def free() -> bool:
        return booking.load_since(session, nine)[nine].taken == 1  # the other car's place

    desk = ServiceDesk(session)
    desk.booked(nine)
    take(session, 7, nine, "2")
    assert not free()
    moved = desk.receive(receive_action="moved")
    assert (moved.receive_outcome, moved.caller_phone) == ("moved", "13911110001")
    assert free()
    assert desk.book(nine).booking_outcome == "booked"
    missed = desk.miss()
    assert "另约时间" in missed.case_status
    assert free()
    desk.miss()  # a step that comes again changes nothing
    assert desk.book(nine).booking_outcome == "booked"
    assert desk.withdraw(by="jiangnan").withdraw_errors[0].message == "只有申请人或其代理人可以撤回"
    assert desk.withdraw().withdraw_outcome == "withdrawn"
    assert free()
    because = session.scalars(select(ServiceBooking.freed_because).order_by(ServiceBooking.id)).all()
    assert because == ["moved", "", "missed", "cancelled"]
    assert desk.book(nine).form_errors[0].message == "预约已取消，不能再办理"
    lost = ServiceDesk(session, "lost")
    lost.open()
    assert lost.book(booking_action="cancel").form_errors[0].field == "cancelReason"
    ended = lost.book(booking_action="cancel", cancel_reason="嫌远")
    assert (ended.booking_outcome, ended.caller_phone) == ("cancelled", None)


@pytest.mark.rule("W2", "X4")
def test_a_received_car_is_registered_and_its_appointment_cannot_be_withdrawn_any_more(
    session: Session,
) -> None:
    desk = ServiceDesk(session)
    came = desk.booked().arrival_due
    assert came is not None
    desk.at(came + timedelta(minutes=75))
    wrong = desk.receive(vin="LSVAM4187C218484O", mileage="-1")
    assert wrong.no_show_at == came.replace(hour=17, minute=30)  # who is at the counter has not missed it
    assert {one.field for one in wrong.form_errors} == {"vin", "mileage"}
    unsaid = desk.receive(receive_action=None)
    assert unsaid.form_errors[0].field == "receiveAction"
    assert unsaid.no_show_at == desk.now + timedelta(minutes=60)
    assert desk.receive(signed_by="dengkai").receive_outcome == "invalid"
    found = desk.receive()
    assert found.receive_outcome == "arrived"
    assert found.words == CALL["wish"]
    car = vehicles.find(session, "LSVAM4187C2184847")
    assert car is not None
    assert (car.plate, car.owner_no, car.state) == ("苏A12345", desk.order.customer_no, "customer")
    assert desk.order.received_by == ADVISOR
    assert "不能撤回" in desk.withdraw().withdraw_errors[0].message


@pytest.mark.rule("W2")
def test_a_car_of_our_own_stock_is_no_customers_car(session: Session) -> None:
    desk = ServiceDesk(session)
    vehicles.enter(session, "LTESTSTCK00000001", "QC01", "白")
    desk.booked()
    found = desk.receive(vin="LTESTSTCK00000001")
    assert "本店库存车辆" in found.form_errors[0].message
    assert desk.order.state == "booked"
    with pytest.raises(VehicleTaken):
        vehicles.register(session, "LTESTSTCK00000001", None, "QC01", desk.order.customer_no or "")


@pytest.mark.rule("W2")
@pytest.mark.parametrize("changed", [None, True])
def test_a_car_that_somebody_else_brings_keeps_its_owner_unless_it_was_sold_on(
    session: Session, changed: bool | None
) -> None:
    catalog.load_sample(session, CONFIG / "catalog.yaml")
    owner = customers.meet(session, phone="13911110009", name="车主", at=NOW, source="walk_in")
    vehicles.register(session, "LSVAM4187C2184847", "苏A12345", "QC01", owner.no)
    desk = ServiceDesk(session)
    desk.booked()
    assert desk.receive(owner_changed=changed, mileage="x").owner_changed is (changed is True)
    assert desk.receive(owner_changed=changed).receive_outcome == "arrived"
    brought_by = desk.order.customer_no
    assert brought_by != owner.no
    found = vehicles.find(session, "LSVAM4187C2184847")
    assert found is not None
    assert found.owner_no == (brought_by if changed else owner.no)


@pytest.mark.rule("W1", "M5")
def test_a_known_car_is_recognised_by_its_plate_with_its_history(session: Session) -> None:
    ServiceDesk(session, "before").returned()
    desk = ServiceDesk(session).later(days=90)
    shown = desk.open(plate="苏·A12345", caller_phone="13911110001", wish="异响")
    assert (shown.vin, shown.plate) == ("LSVAM4187C2184847", "苏A12345")
    assert "常规保养工时" in shown.car_history[0]["work"]


@pytest.mark.rule("W1", "V9", "X1")
def test_a_follow_up_orders_the_first_maintenance_under_its_own_number(session: Session) -> None:
    catalog.load_sample(session, CONFIG / "catalog.yaml")
    owner = customers.meet(session, phone="13911110009", name="车主", at=NOW, source="walk_in")
    vehicles.register(session, "LSVAM4187C2184847", "苏A99999", "QC01", owner.no)
    desk = ServiceDesk(session)
    wanted = {"customer_no": owner.no, "vin": "LSVAM4187C2184847", "wish": "首保"}
    opened = desk.open("salesflow", key="WX-2026-0901", **wanted)
    assert (opened.case_no, opened.applicant) == ("WX-2026-0901", ADVISOR)
    assert (opened.caller_phone, opened.plate, opened.wish) == ("13911110009", "苏A99999", "首保")
    own = ServiceDesk(session, "own")
    assert own.open(key="WX-2026-0902").case_no != "WX-2026-0902"  # a person's own key counts for nothing
    with pytest.raises(InvalidInput):
        ServiceDesk(session, "stranger").open("salesflow", applicant="niemand")
    with pytest.raises(InvalidInput):
        ServiceDesk(session, "manager").open(MANAGER)
    assert (
        session.scalars(select(ServiceOrder).where(ServiceOrder.vin.is_not(None))).one().customer_no
        == owner.no
    )
