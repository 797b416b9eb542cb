"""What two want of the workshop at the same moment, on a database of its own because these tests commit (W1, W9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.databases import DatabaseServer
from tests.integration.racing import Sessions, own_database, together
from tests.integration.service_desk import ServiceDesk
from workers.bills import ServicePayment
from workers.calendar import SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.service.store import ServiceBooking, ServiceSlot

AT = datetime(2026, 3, 11, 9, 30, tzinfo=SHANGHAI)


@pytest.fixture
def sessions(server: DatabaseServer) -> Iterator[Sessions]:
    """Sessions that commit, on a fresh database."""
    with own_database(server, "service_race") as found:
        yield found


def opened(sessions: Sessions, number: int) -> str:
    """A customer on the phone, whose appointment is not made yet."""
    with UnitOfWork(sessions) as uow:
        desk = ServiceDesk(uow.session, f"visit{number}")
        desk.open()
        return desk.case_no


def asking(number: int, case_no: str, at: datetime = AT) -> Callable[[Session], object]:
    """The advisor sends the form with that time."""
    who = {
        "caller_phone": f"1391111{number:04d}",
        "plate": f"苏A{number:05d}",
        "planned_hours": "1",
    }
    return lambda session: ServiceDesk(session, f"visit{number}", case_no).book(at, **who)


@pytest.mark.rule("W1", "X6")
def test_two_who_want_the_last_place_at_once_make_one_winner_and_one_clear_message(
    sessions: Sessions,
) -> None:
    first = opened(sessions, 0)
    together(sessions, asking(0, first))  # reception takes two: one place is left
    cases = {number: opened(sessions, number) for number in (1, 2)}
    found = together(sessions, *(asking(number, case_no) for number, case_no in cases.items()))
    assert sorted(one.booking_outcome for one in found) == ["again", "booked"]
    [loser] = [one for one in found if one.booking_outcome == "again"]
    assert [one.message for one in loser.form_errors] == [
        "预约时间：3月11日（周三）09:30刚刚订满，请另选时间"
    ]
    assert AT.isoformat() not in [one["value"] for one in loser.appointment_options]
    with UnitOfWork(sessions) as uow:
        slot = uow.session.get_one(ServiceSlot, AT)
        assert (slot.taken, slot.arrivals) == (2, 2)
        assert len(uow.session.scalars(select(ServiceBooking)).all()) == 2


@pytest.mark.rule("W1", "X6")
def test_a_rush_on_a_whole_morning_overbooks_nothing_and_blocks_nobody_for_ever(
    sessions: Sessions,
) -> None:
    cases = {number: opened(sessions, number) for number in range(8)}
    times = [AT.replace(hour=hour) for hour in (9, 10, 9, 10, 9, 10, 9, 10)]
    found = together(
        sessions,
        *(asking(number, case_no, at) for (number, case_no), at in zip(cases.items(), times, strict=True)),
    )
    assert sorted(one.booking_outcome for one in found) == ["again"] * 4 + ["booked"] * 4
    with UnitOfWork(sessions) as uow:
        for slot in uow.session.scalars(select(ServiceSlot)):
            assert slot.taken <= 3
            assert slot.arrivals <= 2


@pytest.mark.rule("W1", "X4", "X6")
def test_a_withdrawal_and_a_reception_at_once_end_as_one_of_the_two(sessions: Sessions) -> None:
    case_no = opened(sessions, 1)
    together(sessions, asking(1, case_no))
    withdrawn, received = together(
        sessions,
        lambda session: ServiceDesk(session, "visit1", case_no).withdraw(),
        lambda session: ServiceDesk(session, "visit1", case_no).receive(),
    )
    outcomes = (withdrawn.withdraw_outcome, received.receive_outcome)
    assert outcomes in {("withdrawn", "invalid"), ("kept", "arrived")}


@pytest.mark.rule("W9", "X6")
def test_a_bill_that_is_paid_twice_at_once_is_booked_once(sessions: Sessions) -> None:
    with UnitOfWork(sessions) as uow:
        desk = ServiceDesk(uow.session, "visit1")
        desk.finished()
        desk.bill()
        case_no = desk.case_no
    found = together(
        sessions,
        *(
            lambda session, number=number: ServiceDesk(session, "visit1", case_no).explain(
                payment_reference=f"收{number}"
            )
            for number in range(2)
        ),
    )
    assert sorted(one.bill_outcome for one in found) == ["invalid", "paid"]
    with UnitOfWork(sessions) as uow:
        assert len(uow.session.scalars(select(ServicePayment)).all()) == 1
