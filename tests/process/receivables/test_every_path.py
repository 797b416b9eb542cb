"""Every sequence flow of the three diagrams is walked on the real engine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.process.office import Office
from tests.process.paths import all_flows, taken
from tests.process.receivables.debtor import Debtor, first_moment
from tests.process.receivables.reviewing import await_reading, fire_month, read_report, start_review
from workers import calendar
from workers.database.unit_of_work import UnitOfWork
from workers.receivables.store import LitigationProposal
from workers.settings import ROOT

FOLDER = ROOT / "bpmn" / "receivables"


@pytest.mark.rule("A3", "A4", "A5")
def test_every_flow_of_the_collection_is_taken(office: Office) -> None:
    cases = [_paid_bit_by_bit(office), _given_back(office), _taken_to_court(office)]
    diagram = FOLDER / "overdue_collection.bpmn"
    walked = set().union(*(taken(diagram, office.passed(case)) for case in cases))
    assert all_flows(diagram) - walked == set()


def _paid_bit_by_bit(office: Office) -> str:
    """Wrong forms, a promise that is waited for and broken, part payments, and the last one."""
    debtor = Debtor.late(office, 5).collect()
    case = debtor.case
    debtor.send_letter(trackingNo="")
    shown = debtor.send_letter()
    assert shown["formErrors"][0]["field"] == "trackingNo"
    debtor.call(callNote="")
    shown = debtor.call()
    assert shown["formErrors"][0]["field"] == "callNote"
    assert debtor.fire("Event_DatePassed") == first_moment(office.today + timedelta(days=5))
    debtor.await_passed("Event_DatePassed")
    debtor.await_activity("Gateway_Wait")
    debtor.the_agreed_day_comes()
    debtor.fire("Event_DatePassed")
    first = office.await_step(case, "Task_CallDebtor")
    debtor.pay("1000.00")
    office.await_next(case, "Task_CallDebtor", first["id"])
    debtor.call(callOutcome="refused", promisedOn=None, nextContactOn=office.soon(3))
    debtor.await_activity("Gateway_Wait")
    debtor.pay("1000.00")
    debtor.await_passed("Event_PaymentArrived")
    debtor.await_activity("Gateway_Wait")
    debtor.pay_all()
    office.await_end(case, "Event_SettledByPayment")
    return case


def _given_back(office: Office) -> str:
    """Money and limits pass while people have the letter or the call before them; then the goods come back."""
    debtor = Debtor.late(office, 5).collect()
    case = debtor.case
    letter = office.await_step(case, "Task_SendReminder")
    debtor.pay("500.00")
    letter = office.await_next(case, "Task_SendReminder", letter["id"])
    limit = debtor.policy().overdue_block_days
    beyond = office.today + timedelta(days=limit + 1 - 5)
    month = (office.today.replace(day=1) + timedelta(days=32)).replace(day=1)
    assert debtor.fire("Event_StageBeforeLetter") == first_moment(min(beyond, month))
    office.await_next(case, "Task_SendReminder", letter["id"])
    debtor.send_letter()
    call = office.await_step(case, "Task_CallDebtor")
    due = call["due"]
    debtor.fire("Event_StageWhileCalling")
    call = office.await_next(case, "Task_CallDebtor", call["id"])
    assert call["due"] == due, "a call that is offered anew keeps its deadline"
    debtor.give_everything_back()
    debtor.fire("Event_StageWhileCalling")
    office.await_end(case, "Event_Settled")
    return case


def _taken_to_court(office: Office) -> str:
    """Hold, commission, a refusal, an approval, money in court, and in the end nothing to be had."""
    debtor = Debtor.late(office, 100, commission="12.00").collect()
    case = debtor.case
    debtor.send_letter()
    debtor.call()
    debtor.sign_litigation("reject", "再催一次")
    debtor.await_activity("Gateway_Wait")
    with UnitOfWork(office.app.sessions) as uow:
        long_ago = calendar.now() - timedelta(days=debtor.policy().overdue_block_days + 1)
        change = update(LitigationProposal).where(LitigationProposal.case_no == debtor.case_no)
        uow.session.execute(change.values(decided_at=long_ago, proposed_at=long_ago))
    debtor.fire("Event_DatePassed")
    debtor.sign_litigation()
    debtor.report("pending")
    task = office.await_step(case, "Task_Litigate")
    shown = office.desk("legal").form(task)
    assert shown["formErrors"][0]["field"] == "litigationNextOn"
    debtor.pay("2000.00")
    office.await_next(case, "Task_Litigate", task["id"])
    shown = debtor.report("pending", office.soon(20))
    assert shown["overdueFigures"] == "¥7,000.00"
    debtor.await_activity("Gateway_Wait")
    debtor.the_agreed_day_comes()
    debtor.fire("Event_DatePassed")
    debtor.report("written_off", note="法院终结执行")
    debtor.await_passed("Event_WrittenOff")
    deputy = office.desk("deputy_gm_finance")
    first = deputy.await_task(case, "Task_ReleaseHold")
    deputy.complete(first, {"releaseReason": ""})
    office.await_next(case, "Task_ReleaseHold", first["id"])
    deputy.do(case, "Task_ReleaseHold", {"releaseReason": "已核销，今后款到发货"})
    office.await_end(case, "Event_HoldReleased")
    return case


@pytest.mark.rule("A1", "C5", "X1")
def test_every_flow_of_the_review_is_taken(office: Office) -> None:
    cases = [_started_by_finance(office), _ordered_by_message(office)]
    diagram = FOLDER / "receivables_review.bpmn"
    walked = set().union(*(taken(diagram, office.passed(case)) for case in cases))
    assert all_flows(diagram) - walked == set()


def _started_by_finance(office: Office) -> str:
    """A day that has not come yet; readers who say nothing."""
    case = start_review(office, {"asOf": office.soon(2)})
    finance = office.desk("finance")
    first = finance.await_task(case, "Task_ChooseDay")
    finance.complete(first, {"asOf": office.soon(1)})
    second = office.await_next(case, "Task_ChooseDay", first["id"])
    shown = finance.form(second)
    assert shown["formErrors"][0]["field"] == "asOf"
    finance.complete(second, {"asOf": office.today.isoformat()})
    for side in ("Sales", "Finance"):
        task = await_reading(office, case, side)
        read_report(office, case, side, "")
        office.await_next(case, f"Task_Read{side}", task["id"])
        read_report(office, case, side)
    office.await_end(case, "Event_ReviewDone")
    return case


def _ordered_by_message(office: Office) -> str:
    data = {"applicant": office.user("sales_manager"), "asOf": office.today.isoformat()}
    found = office.app.engine.correlate("Msg_ReceivablesReviewWanted", variables=data)
    case = str(found[0]["processInstance"]["id"])
    for side in ("Sales", "Finance"):
        read_report(office, case, side)
    office.await_end(case, "Event_ReviewDone")
    return case


@pytest.mark.rule("A1", "C5")
def test_the_first_of_a_month_has_the_month_before_reviewed_once(office: Office) -> None:
    due, schedules = fire_month(office)
    month = (office.today.replace(day=1) + timedelta(days=32)).replace(day=1)
    assert due == first_moment(month) + timedelta(hours=8)
    before = office.today.replace(day=1) - timedelta(days=1)
    case = office.instance("ReceivablesReviewProcess", f"AR-{before:%Y-%m}")
    for side in ("Sales", "Finance"):
        shown = read_report(office, case, side)
        assert shown["reviewDay"] == before.isoformat()
    office.await_end(case, "Event_ReviewDone")
    diagram = FOLDER / "receivables_schedule.bpmn"
    walked = set().union(*(taken(diagram, office.passed(one)) for one in schedules))
    assert all_flows(diagram) - walked == set()
