"""From the work order to the car's return on PostgreSQL: nothing is done or charged unasked (W3-W9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.contract_desk import NOW, ORG
from tests.integration.service_desk import EXTRA, LINES, MANAGER, QUALITY, SHOP, ServiceDesk
from tests.pdf import text_of
from workers import customers, documents, ledger
from workers.bills import ServiceBill, ServicePayment
from workers.calendar import SHANGHAI
from workers.errors import InvalidInput
from workers.follow_up import FollowUp
from workers.notify import Notification
from workers.org import Leave
from workers.service import orders, staffing
from workers.service.store import QualityCheck, ServiceContact, ServiceLine, ServiceSlot
from workers.signals import Signal


def states(desk: ServiceDesk) -> dict[str, str]:
    """Item -> how it stands."""
    return {row["name"]: row["state"] for row in desk.rows}


def told(desk: ServiceDesk, subject: str) -> list[str]:
    """The notices of that subject to the case's customer."""
    query = select(Notification.body).where(
        Notification.recipient == desk.order.customer_no, Notification.subject == f"{subject} {desk.case_no}"
    )
    return list(desk.session.scalars(query))


# -- W3 --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("W3")
def test_a_work_order_is_priced_from_the_list_and_stands_on_paper_in_the_customers_words(
    session: Session,
) -> None:
    desk = ServiceDesk(session)
    desk.booked()
    shown = desk.receive()
    labels = {one["label"] for one in shown.product_options}
    assert {"工时：常规保养工时（¥120.00/小时）", "配件：机油机滤套装（¥360.00/套）"} <= labels
    assert not any("输送带" in one for one in labels)
    found = desk.write()
    assert (found.work_order_outcome, found.order_total) == ("written", "¥540.00")
    assert (found.labour_figures, found.parts_figures) == ("¥180.00", "¥360.00")
    assert found.work_order_document is not None
    paper = text_of(found.work_order_document.content)
    assert [row["hours"] for row in found.order_rows] == ["1.5小时", ""]
    for part in (
        desk.case_no,
        "刹车响，机油该换了",
        "常规保养工时",
        "1.5小时",
        "540.00",
        "经客户确认以后才开始",
    ):
        assert part in paper
    assert "13911110001" not in paper  # the paper goes through many hands
    assert desk.order.promised_at == NOW + timedelta(days=1)


@pytest.mark.rule("W3", "X3")
def test_a_work_order_takes_nothing_that_is_not_on_the_list_and_no_time_that_cannot_be_kept(
    session: Session,
) -> None:
    desk = ServiceDesk(session)
    desk.booked()
    desk.receive()
    for rows in (
        [{"productNo": "P001", "quantity": "1"}],
        [{"productNo": "GS01", "quantity": "0"}],
        [{"productNo": "GS01", "quantity": "1"}, {"productNo": "GS01", "quantity": "2"}],
        [{"productNo": "GS01", "quantity": "9999999"}],
        [{"productNo": "GS01", "quantity": "401"}],
        [],
        "rows",
    ):
        found = desk.write(rows)
        assert found.work_order_outcome == "invalid", rows
        assert found.form_errors[0].field.startswith("workLines")
    soon = desk.write(promised_at=(desk.now + timedelta(minutes=30)).isoformat())
    assert (
        "最早2026-03-10 11:30才能完工" in soon.form_errors[0].message
    )  # 1.5 h of work and half an hour's check
    past = (desk.now - timedelta(hours=1)).isoformat()
    both = desk.write([{"productNo": "GS01", "quantity": "-1"}], promised_at=past)
    assert {one.field for one in both.form_errors} == {"workLines[0].quantity", "promisedAt"}
    assert desk.rows == []
    assert desk.write(signed_by="caojun").work_order_outcome == "invalid"
    assert desk.write().work_order_outcome == "written"
    assert desk.write([LINES[1]]).order_total == "¥360.00"  # written anew, not added


@pytest.mark.rule("W3")
def test_no_work_is_given_to_anybody_before_the_customer_has_confirmed(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.booked()
    desk.receive()
    desk.write()
    with pytest.raises(InvalidInput, match="estimated"):
        desk.dispatch("caojun")
    with pytest.raises(DBAPIError, match="no_work_before_consent"), session.begin_nested():
        session.execute(text("UPDATE service_orders SET technician = 'caojun'"))
    assert desk.confirm("changed").form_errors[0].field == "confirmNote"
    assert desk.confirm("perhaps").confirm_outcome == "invalid"
    changed = desk.confirm("changed", "先不换机滤")
    assert (changed.confirm_outcome, changed.return_comment) == ("changed", "客户要求修改：先不换机滤")
    assert desk.write([LINES[0]]).work_order_outcome == "written"
    confirmed = desk.confirm()
    assert confirmed.confirm_outcome == "confirmed"
    assert confirmed.customer_phone == "139****0001"  # the next step is the dispatcher's
    assert set(states(desk).values()) == {"客户同意"}
    contacts = session.scalars(select(ServiceContact.outcome).order_by(ServiceContact.id)).all()
    assert contacts == ["changed", "confirmed"]


@pytest.mark.rule("W3", "W9")
def test_who_refuses_the_estimate_gets_the_car_back_as_it_came_and_pays_nothing(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.booked()
    desk.receive()
    desk.write()
    refused = desk.confirm("refused", "太贵")
    assert refused.bill_text == "没有施工，不收费用"
    with pytest.raises(InvalidInput):
        desk.bill()
    assert desk.hand_back(["keys"]).form_errors[0].message == "交还清单：还没有交还行驶证"
    back = desk.hand_back(["keys", "licence"])
    assert (back.return_outcome, back.follow_up_no) == ("unrepaired", None)
    assert set(states(desk).values()) == {"客户不同意"}
    with pytest.raises(DBAPIError, match="has ended"), session.begin_nested():
        session.execute(text("UPDATE service_orders SET words = ''"))


# -- W4, W5 ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("W4")
def test_work_goes_to_the_technician_with_the_skill_and_the_least_on_their_hands(session: Session) -> None:
    engine = [{"productNo": "GS02", "quantity": "3", "reason": ""}]
    first = ServiceDesk(session, "first")
    first.confirmed(engine, vin="LSVAM4187C2184801", plate="苏A00001")
    shown = first.propose()
    assert [one["value"] for one in shown.technician_options] == ["caojun", "shilei"]  # qinfeng: 钣喷 only
    assert shown.chosen_technician == "caojun"
    assert first.dispatch("qinfeng").form_errors[0].field == "chosenTechnician"
    assert first.dispatch("caojun", signed_by="fengli").dispatch_outcome == "again"
    assert first.dispatch("caojun").technician == "caojun"
    second = ServiceDesk(session, "second")
    second.confirmed(engine, vin="LSVAM4187C2184802", plate="苏A00002")
    shown = second.propose()
    assert shown.chosen_technician == "shilei"
    assert {row["name"]: row["load"] for row in shown.technician_rows} == {"石磊": "0小时", "曹军": "3小时"}
    voltage = ServiceDesk(session, "voltage")
    both = [{"productNo": "GS05", "quantity": "1"}, {"productNo": "GS04", "quantity": "1"}]
    voltage.confirmed(both, vin="LSVAM4187C2184803", plate="苏A00003")
    missing = {row["name"]: row["missing"] for row in voltage.propose().technician_rows}
    assert missing == {"曹军": "钣喷", "秦峰": "高压"}


@pytest.mark.rule("W5", "M5")
def test_who_repairs_sees_what_the_customer_said_and_not_the_phone(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed(words="刹车响，机油该换了，有事打13912345678")
    shown = desk.dispatch("caojun")
    assert shown.customer_words == "刹车响，机油该换了，有事打139****5678"
    assert shown.customer_phone == "139****0001"
    for other in ("shilei", "dengkai"):  # another technician; the dispatcher, who did not look at the car
        refused = desk.diagnose(signed_by=other)
        assert refused.form_errors[0].message == "只有维修技师曹军或代班人可以办理"
    found = desk.diagnose()
    assert found.diagnosis_outcome == "clean"
    assert found.repair_due == desk.order.promised_at  # earlier than the policy's eight working hours


@pytest.mark.rule("W3", "W9")
def test_a_finishing_time_that_has_become_impossible_is_agreed_anew(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.booked()
    desk.receive()
    desk.write()
    desk.later(days=2)
    refused = desk.confirm()
    assert refused.confirm_outcome == "invalid"
    assert refused.form_errors[0].message.startswith("答应的完工时间已来不及（最早")
    assert desk.order.first_promised_at is None
    assert desk.confirm("changed", "改到后天").confirm_outcome == "changed"
    desk.write()
    assert desk.confirm().confirm_outcome == "confirmed"


@pytest.mark.rule("W1")
@pytest.mark.parametrize("ending", ["refused", "finished"])
def test_the_time_that_a_car_needs_no_longer_is_given_to_others(session: Session, ending: str) -> None:
    desk = ServiceDesk(session)
    desk.booked(planned_hours="6")
    slots = session.scalars(select(ServiceSlot).order_by(ServiceSlot.starts_at)).all()
    desk.at(slots[0].starts_at)
    desk.receive()
    desk.write()
    if ending == "refused":
        desk.confirm("refused", "太贵")
    else:
        desk.confirm()
        desk.dispatch("caojun")
        desk.diagnose()
        desk.repair()
        desk.check()
    assert len(slots) > 2
    assert [slot.taken for slot in slots] == [1] + [0] * (len(slots) - 1)


# -- W6 --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("W6")
def test_of_additional_work_only_what_the_customer_agreed_to_is_done_and_the_rest_is_recorded(
    session: Session,
) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    desk.dispatch("caojun")
    assert "为什么必须做" in desk.diagnose([{"productNo": "LJ06", "quantity": "1"}]).form_errors[0].message
    extra = [*EXTRA, {"productNo": "LJ06", "quantity": "1", "reason": "电瓶亏电"}]
    shown = desk.diagnose(extra)
    assert shown.diagnosis_outcome == "extra"
    assert shown.customer_phone == "13911110001"  # the advisor calls
    assert [(row["name"], row["reason"]) for row in shown.extra_rows][-1] == ("蓄电池", "电瓶亏电")
    assert [row["hours"] for row in shown.extra_rows][1] == "1小时"
    with pytest.raises(DBAPIError, match="not agreed to"), session.begin_nested():
        session.execute(text("UPDATE service_lines SET state = 'done' WHERE state = 'proposed'"))

    unreached = desk.answer(rows=[], extra_result="unreached")
    assert (unreached.extra_outcome, unreached.has_errors) == ("again", False)
    assert "每一项都要有客户的答复" in desk.answer("agreed").form_errors[0].message
    assert desk.answer("agreed", "maybe", "declined").extra_outcome == "again"
    mended = desk.answer("agreed", "", "declined", extra_note="")
    assert {"extraNote", "extraRows[1].answer"} <= {one.field for one in mended.form_errors}
    assert [row["answer"] for row in mended.extra_rows] == ["agreed", "", "declined"]
    early = desk.answer("agreed", "agreed", "declined", extra_promised_at=desk.now.isoformat())
    assert "最早" in early.form_errors[0].message
    assert states(desk)["前制动片"] == "待确认"  # nothing was half decided

    promised = desk.now + timedelta(days=3)
    found = desk.answer("agreed", "agreed", "declined", extra_promised_at=promised.isoformat())
    assert found.extra_outcome == "decided"
    assert found.customer_phone == "139****0001"
    assert states(desk)["蓄电池"] == "客户不同意"
    assert desk.order.promised_at == promised
    assert desk.order.first_promised_at == NOW + timedelta(days=1)
    assert "蓄电池" not in [row["name"] for row in found.repair_rows]
    assert "不同意：蓄电池" in told(desk, "追加项目确认")[0]
    kinds = [line.kind for line in customers.history(session, desk.order.customer_no or "")]
    assert "不同意的追加项目" in kinds

    refused = next(row["lineNo"] for row in desk.rows if row["name"] == "蓄电池")
    wrong = desk.repair([{"lineNo": refused, "actual": "1"}])
    assert "客户没有同意这一项，不得施工" in wrong.form_errors[0].message


@pytest.mark.rule("W6", "W9")
def test_refused_additional_work_changes_neither_price_nor_time(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    before = desk.order.promised_at
    desk.dispatch("caojun")
    desk.diagnose(EXTRA)
    assert desk.answer("declined", "declined", extra_promised_at=None).extra_outcome == "decided"
    assert desk.order.promised_at == before
    desk.repair()
    desk.check()
    assert desk.bill().bill_total == "¥540.00"


# -- W7, W8 ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("W7")
def test_never_more_than_agreed_is_done_and_less_only_with_the_reason(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    desk.dispatch("caojun")
    desk.diagnose()
    more = [{"lineNo": "1", "actual": "2"}, {"lineNo": "2", "actual": "1"}]
    assert "客户只同意1.5，超出的请作为追加项目提出" in desk.repair(more).form_errors[0].message
    less = [{"lineNo": "1", "actual": "1"}, {"lineNo": "2", "actual": "0"}]
    assert [one.field for one in desk.repair(less).form_errors] == [
        "repairRows[0].reason",
        "repairRows[1].reason",
    ]
    assert "每一项都要登记" in desk.repair([more[1]]).form_errors[0].message
    typed = desk.repair([{**less[0], "reason": "没有用足"}, {"lineNo": "2", "actual": "abc"}]).repair_rows
    assert [(row["agreed"], row["actual"], row["reason"]) for row in typed] == [
        ("1.5 小时", "1", "没有用足"),
        ("1 套", "abc", ""),
    ]
    why = [{**less[0], "reason": "没有用足"}, {**less[1], "reason": "客户自带机油"}]
    done = desk.repair(why)
    assert done.repair_outcome == "done"
    assert states(desk) == {"常规保养工时": "已完成", "机油机滤套装": "未做"}


@pytest.mark.rule("W6", "W7")
def test_what_is_found_during_the_repair_is_asked_first_too(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    desk.dispatch("caojun")
    desk.diagnose()
    assert desk.repair(extra=EXTRA).repair_outcome == "extra"
    assert states(desk)["常规保养工时"] == "客户同意"  # nothing is recorded as done yet
    desk.answer("agreed", "agreed")
    assert desk.repair().repair_outcome == "done"


@pytest.mark.rule("W8")
def test_a_failed_check_goes_back_to_repair_and_is_counted(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    desk.dispatch("caojun")
    desk.diagnose()
    desk.repair()
    assert desk.check("failed").form_errors[0].field == "checkFindings"
    assert desk.check(by="caojun").form_errors[0].message == "质检不得由维修的人办理"
    assert desk.check(by="fengli").quality_outcome == "invalid"
    for number in (1, 2):
        failed = desk.check("failed", "仍有异响")
        assert failed.quality_outcome == "failed"
        assert failed.quality_text == f"质检不合格（第{number}次）：仍有异响"
        assert desk.repair().repair_outcome == "done"
    assert desk.check().quality_outcome == "passed"
    assert "通过质检" in told(desk, "完工通知")[0]
    assert desk.order.quality_failures == 2
    checks = session.scalars(select(QualityCheck.passed).order_by(QualityCheck.id)).all()
    assert checks == [False, False, True]
    paper = text_of(bill.content) if (bill := desk.bill().bill_document) else ""
    assert "返修2次" in paper


@pytest.mark.rule("W7", "W8")
def test_work_that_a_stand_in_did_comes_back_to_the_stand_in(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    desk.dispatch("caojun")
    desk.diagnose()
    leave = {"person": "caojun", "from": "2026-03-10", "to": "2026-03-10", "substitute": "shilei"}
    desk.org = ORG.model_copy(update={"leaves": (Leave.model_validate(leave),)})
    assert desk.repair(signed_by="shilei").repair_outcome == "done"
    desk.org = ORG
    assert desk.check("failed", "渗油").technician == "shilei"
    assert desk.repair(signed_by="shilei").repair_outcome == "done"


@pytest.mark.rule("W8", "X2")
def test_a_check_that_waits_is_done_by_who_stands_in_once_quality_is_on_leave(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    desk.dispatch("caojun")
    desk.diagnose()
    desk.repair()
    assert "只有质检科可以办理" in desk.check(by=MANAGER).form_errors[0].message
    leave = {"person": QUALITY, "from": "2026-03-10", "to": "2026-03-10", "substitute": "caojun"}
    desk.org = ORG.model_copy(update={"leaves": (Leave.model_validate(leave),)})
    assert "不得由维修的人办理" in desk.check(by="caojun").form_errors[0].message
    assert desk.check(by=MANAGER).quality_outcome == "passed"


@pytest.mark.rule("W8")
def test_where_nobody_is_left_to_check_it_is_an_incident_and_not_a_lost_car() -> None:
    on, everybody = NOW.date(), ("linxue", "hanbin")
    assert staffing.checkers(ORG, "linxue", on) == ["hanbin"]
    gone = {user: ORG.people[user].model_copy(update={"left": on}) for user in everybody}
    empty = ORG.model_copy(update={"people": {**ORG.people, **gone}})
    with pytest.raises(InvalidInput, match="nobody may check"):
        staffing.checkers(empty, "caojun", on)


# -- W9 --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("W9")
def test_the_bill_comes_from_the_lines_as_they_were_done(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    desk.dispatch("caojun")
    desk.diagnose([*EXTRA, {"productNo": "LJ06", "quantity": "1", "reason": "亏电"}])
    desk.answer("agreed", "agreed", "declined")
    desk.repair(
        [
            {"lineNo": "1", "actual": "1.25", "reason": "比预计快"},
            {"lineNo": "2", "actual": "1"},
            {"lineNo": "3", "actual": "1"},
            {"lineNo": "4", "actual": "1"},
        ]
    )
    desk.check()
    found = desk.bill()
    # 1.25 × 120 + 180 labour; 360 + 420 parts
    assert (found.bill_labour, found.bill_parts, found.bill_total) == ("¥330.00", "¥780.00", "¥1,110.00")
    assert found.bill_document is not None
    paper = text_of(found.bill_document.content)
    for part in ("壹仟壹佰壹拾元整", "客户不同意，未做：蓄电池", "曹军", desk.case_no):
        assert part in paper
    again = desk.bill()
    assert again.bill_no == found.bill_no
    assert len(session.scalars(select(ServiceBill)).all()) == 1
    with pytest.raises(DBAPIError, match="billed or has ended"), session.begin_nested():
        session.execute(text("UPDATE service_lines SET actual = 1 WHERE line_no = 1"))
    assert list(ledger.verify(session)) == []


@pytest.mark.rule("W9")
def test_the_database_takes_no_bill_that_does_not_come_from_the_lines(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.finished()
    wrong = text(
        "INSERT INTO service_bills (bill_no, case_no, customer_no, labour, parts, total, issued_at)"
        " VALUES ('JS-2026-0999', :case, 'KH', 180, 361, 541, now())"
    )
    with pytest.raises(DBAPIError, match="does not come from the lines"), session.begin_nested():
        session.execute(wrong, {"case": desk.case_no})


@pytest.mark.rule("W9", "X6")
def test_a_bill_is_explained_before_it_is_paid_and_its_money_is_booked_once(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.finished()
    desk.bill()
    for missing, field in (
        ({"explained": None}, "explained"),
        ({"details_wanted": None}, "detailsWanted"),
        ({"payment_way": "cash"}, "paymentWay"),
        ({"payment_reference": " "}, "paymentReference"),
    ):
        assert desk.explain(**missing).form_errors[0].field == field
    with pytest.raises(InvalidInput):
        desk.hand_back()
    assert desk.explain(payment_reference="收1").bill_outcome == "paid"
    assert desk.explain(payment_reference="收1").bill_outcome == "paid"  # the step came twice
    assert "不能重复登记" in desk.explain(payment_reference="收2").form_errors[0].message
    assert session.scalars(select(ServicePayment.amount)).all() == [Decimal("540.00")]
    other = ServiceDesk(session, "other")
    other.finished(vin="LSVAM4187C2184802", plate="苏A00002")
    other.bill()
    assert "的柜台收款，不能重复登记" in other.explain(payment_reference="收1").form_errors[0].message
    assert other.explain(payment_way="transfer", payment_reference=None).bill_outcome == "finance"
    assert "只有财务部可以办理" in other.transfer("流水1", "540.00", by="fengli").form_errors[0].message
    assert other.transfer("流水1", "540.00").form_errors == []
    assert other.read().payment_outcome == "paid"


@pytest.mark.rule("W9", "W10")
def test_a_car_goes_back_with_its_documents_and_the_follow_up_knows_who_did_what(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.finished()
    desk.bill()
    desk.explain(signed_by="jiangnan")
    assert "维修结算单" in desk.hand_back(["keys", "licence", "old_parts"]).form_errors[0].message
    assert desk.hand_back(contact_channel=None).form_errors[0].field == "contactChannel"
    asked = desk.hand_back(contact_channel="email")  # there is no address yet
    assert [one.field for one in asked.form_errors] == ["contactEmail"]
    back = desk.hand_back()
    assert back.return_outcome == "returned"
    row = session.get(FollowUp, back.follow_up_no)
    assert row is not None
    assert (row.kind, row.for_case, row.responsible, row.channel) == (
        "service",
        desk.case_no,
        "fengli",
        "wechat",
    )
    met = {"W2": "fengli", "W3": "fengli", "W7": "caojun", "W9": "fengli"}
    assert row.people == met | {"W9-2": "jiangnan"}  # who explained the bill
    assert row.limit_at - row.happened_at == timedelta(days=2)
    assert desk.order.state == "returned"
    assert "按约定时间交车" in back.case_history[-1].comment


@pytest.mark.rule("W3")
def test_the_next_advisor_and_technician_see_what_was_done_to_the_car_and_what_was_refused(
    session: Session,
) -> None:
    before = ServiceDesk(session, "before")
    before.confirmed()
    before.dispatch("caojun")
    before.diagnose([{"productNo": "LJ06", "quantity": "1", "reason": "亏电"}])
    before.answer("declined")
    before.repair()
    before.check("failed", "漏油")
    before.repair()
    before.check()
    before.bill()
    before.explain()
    before.hand_back()
    desk = ServiceDesk(session).later(days=100)
    desk.booked(caller_phone="13911110077", caller_name="新车主", plate="沪A54321")  # sold on, another plate
    assert desk.order.vin is None
    shown = desk.receive(plate="沪A54321", mileage="51000")
    [visit] = shown.car_history
    assert visit["work"] == "常规保养工时、机油机滤套装；质检返修1次"
    assert (visit["refused"], visit["mileage"], visit["findings"]) == ("蓄电池", "42000公里", "已更换")
    desk.write()
    desk.confirm()
    assert desk.dispatch("shilei").car_history == shown.car_history
    assert orders.find(session, before.case_no).state == "returned"


# -- the promise -----------------------------------------------------------------------------------------------


@pytest.mark.rule("W9")
def test_a_delay_is_seen_from_the_promise_and_the_work_left_and_told_before_it_happens(
    session: Session,
) -> None:
    desk = ServiceDesk(session)
    promised = NOW.replace(hour=16, minute=0)
    desk.confirmed(promised_at=promised.isoformat())
    first = desk.watch()
    assert first.promise_outcome == "wait"
    assert "****" in first.delay_customer
    # 09:30 to 16:00 is 6.5 hours, half of them 3.25: from 12:45 on the work has to have begun
    assert first.watch_at <= promised.replace(hour=12, minute=46)
    calm = desk.at(promised.replace(hour=12, minute=40)).watch()
    assert calm.promise_outcome == "wait"
    danger = desk.at(promised.replace(hour=12, minute=46)).watch()
    assert danger.promise_outcome == "danger"
    assert "13911110001" in danger.delay_customer
    assert "答应2026-03-10 16:00完工" in danger.delay_text
    assert danger.delay_due == promised

    assert desk.tell_delay(None, "unreached").delay_outcome == "again"
    assert "最早" in desk.tell_delay(desk.now).delay_errors[0].message
    assert desk.tell_delay(promised, signed_by="dengkai").delay_outcome == "again"
    later = promised + timedelta(days=1)
    assert desk.tell_delay(later).delay_outcome == "told"
    assert desk.order.promised_at == later
    assert "2026-03-10 16:00改为2026-03-11 16:00" in told(desk, "完工时间变更")[0]
    assert desk.watch().promise_outcome == "wait"
    outcomes = session.scalars(select(ServiceContact.outcome).order_by(ServiceContact.id)).all()
    assert outcomes == ["confirmed", "unreached", "told"]

    desk.dispatch("caojun")
    desk.at(promised + timedelta(hours=20)).diagnose()
    desk.repair()
    desk.check()
    assert desk.watch().promise_outcome == "done"
    desk.bill()
    desk.explain()
    assert "已提前告知客户" in desk.hand_back().case_history[-1].comment


@pytest.mark.rule("W9")
@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (0, "按约定时间交车"),
        (0.5, "按约定时间完工(2026-03-11 09:30)，晚于约定时间交车"),
        (30, "按约定时间完工(2026-03-11 09:30)，晚于约定时间交车"),
    ],
)
def test_a_car_that_was_ready_as_promised_and_left_later_is_not_called_on_time(
    session: Session, hours: float, said: str
) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()  # for 09:30 tomorrow
    desk.dispatch("caojun")
    desk.at(desk.order.promised_at).diagnose()
    desk.repair()
    desk.check()
    desk.bill()
    desk.explain()
    assert desk.later(hours=hours).hand_back().case_history[-1].comment == said


@pytest.mark.rule("W9")
def test_a_car_that_was_later_than_promised_without_a_call_is_called_that(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    desk.dispatch("caojun")
    desk.at(desk.order.promised_at + timedelta(minutes=1)).diagnose()
    desk.repair()
    desk.check()
    desk.bill()
    desk.explain()
    assert desk.hand_back().case_history[-1].comment == "晚于约定时间交车，没有提前告知客户"


@pytest.mark.rule("W9", "W10")
def test_the_way_that_the_customer_confirmed_before_is_proposed_and_e_mail_can_be_kept(
    session: Session,
) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    customers.set_channel(session, desk.order.customer_no or "", "email", NOW, email="ma@example.org")
    desk.dispatch("caojun")
    desk.diagnose()
    desk.repair()
    desk.check()
    desk.bill()
    shown = desk.explain()
    assert (shown.contact_channel, shown.contact_email) == ("email", "ma@example.org")
    assert desk.hand_back(contact_channel="email").return_outcome == "returned"
    customer = customers.find(session, desk.order.customer_no or "")
    assert (customer.channel, customer.email) == ("email", "ma@example.org")


@pytest.mark.rule("W6", "W9")
def test_nobody_is_told_a_delay_by_a_way_that_leads_nowhere(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    later = NOW + timedelta(days=3)
    refused = desk.tell_delay(later, delay_channel="email")
    assert [one.field for one in refused.delay_errors] == ["delayChannel"]
    customers.keep_email(session, desk.order.customer_no or "", "ma@example.org")
    assert desk.tell_delay(later, delay_channel="email").delay_outcome == "told"


@pytest.mark.rule("W9")
def test_a_car_that_is_finished_has_no_delay_to_be_told(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.finished()
    promised = desk.order.promised_at
    found = desk.tell_delay(NOW + timedelta(days=3))
    assert (found.delay_outcome, desk.order.promised_at) == ("finished", promised)
    assert "****" in found.delay_customer
    assert told(desk, "完工时间变更") == []
    assert "delay" not in session.scalars(select(ServiceContact.kind)).all()


@pytest.mark.rule("W6", "W9")
def test_the_time_in_which_the_customer_thinks_is_no_work_on_the_car(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed(promised_at=NOW.replace(hour=17, minute=0).isoformat())
    desk.dispatch("caojun")
    begun = desk.now
    desk.later(minutes=30).diagnose([{"productNo": "LJ06", "quantity": "1", "reason": "亏电"}])
    # an hour and a half of work, half an hour of it done, and the check: from 15:30 on it cannot be kept
    assert desk.at(NOW.replace(hour=15, minute=29)).watch().promise_outcome == "wait"
    assert desk.at(NOW.replace(hour=15, minute=31)).watch().promise_outcome == "danger"
    desk.at(NOW.replace(hour=14, minute=0)).answer("declined")
    assert desk.order.begun_at == NOW.replace(hour=13, minute=30)
    assert desk.order.begun_at > begun
    assert desk.watch().promise_outcome == "wait"


@pytest.mark.rule("W9")
def test_every_step_of_the_work_makes_the_promise_be_looked_at_anew(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.finished()
    query = select(Signal.message).where(Signal.business_key == desk.case_no)
    assert set(session.scalars(query)) == {"Msg_ServiceProgress"}
    assert desk.watch().promise_outcome == "done"


@pytest.mark.rule("W9")
def test_a_failed_check_counts_its_work_again(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed(promised_at=NOW.replace(hour=14).isoformat())
    desk.dispatch("caojun")
    desk.diagnose()
    desk.at(NOW.replace(hour=13)).repair()
    assert desk.watch().promise_outcome == "wait"
    desk.at(NOW.replace(hour=13, minute=10)).check("failed", "漏油")
    assert desk.watch().promise_outcome == "danger"
    assert SHOP.quality_hours == Decimal("0.5")


def test_moments_are_kept_with_their_zone(session: Session) -> None:
    desk = ServiceDesk(session)
    desk.confirmed()
    promised = desk.order.promised_at
    assert promised is not None
    assert promised.astimezone(SHANGHAI) == datetime(2026, 3, 11, 9, 30, tzinfo=SHANGHAI)
    assert session.scalars(select(ServiceLine.hours).order_by(ServiceLine.line_no)).all() == [
        Decimal("1.50"),
        Decimal("0.00"),
    ]
    assert documents.find(session, desk.case_no).kind == "WX"
