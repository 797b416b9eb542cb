"""Every sequence flow of the month's closing and of the payout of commission is walked on the real engine."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from tests.process.month_close import books, playing
from tests.process.month_close.playing import BEGINS, CLOSE, PAYOUT
from tests.process.office import Office
from tests.process.paths import all_flows, taken
from workers import calendar, commission, ledger
from workers.calendar import SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.settings import ROOT

FOLDER = ROOT / "bpmn" / "month_close"


def untaken(office: Office, diagram: str, cases: list[str]) -> set[str]:
    walked = set().union(*(taken(FOLDER / diagram, office.passed(case)) for case in cases))
    return all_flows(FOLDER / diagram) - walked


@pytest.mark.rule("C12", "X1", "X4")
def test_every_flow_of_the_monthly_close_is_taken(office: Office) -> None:
    month = books.month_to_close(office)
    number = books.contract(office, month)
    begun = fire_timer(office)
    cases = [
        _not_closed_after_all(office),
        _withdrawn(office, office.instance(CLOSE, f"YJ-{month:%Y-%m}")),
        _closed(office, month, number),
    ]
    assert untaken(office, "monthly_close.bpmn", cases) == set()
    assert untaken(office, "month_begins.bpmn", [begun]) == set()


def _not_closed_after_all(office: Office) -> str:
    """Finance asks for a month that cannot be closed, twice, and gives up."""
    case = playing.start_close(office, "2099-01")
    desk = office.desk("finance")
    first = desk.await_task(case, "Task_ChooseMonth")
    assert "还没有开始" in desk.form(first)["formErrors"][0]["message"]
    desk.complete(first, {"month": "下月", "earlyReason": "", "abandonRequested": False})
    office.await_next(case, "Task_ChooseMonth", first["id"])
    desk.do(case, "Task_ChooseMonth", {"month": "", "earlyReason": "", "abandonRequested": True})
    office.await_end(case, "Event_NothingToClose")
    return case


def _withdrawn(office: Office, case: str) -> str:
    """Started by the calendar, and finance's own; after a look that withdraws nothing, its owner withdraws it."""
    owner = office.desk("finance")
    first = owner.await_task(case, "Task_TrackCase")
    owner.complete(first, {"withdrawRequested": False, "withdrawReason": ""})
    second = office.await_next(case, "Task_TrackCase", first["id"])
    owner.complete(second, {"withdrawRequested": True, "withdrawReason": "数字不全"})
    office.await_end(case, "Event_Withdrawn")
    return case


def _closed(office: Office, month: date, number: str) -> str:
    """Everybody has to do everything twice before the month is closed."""
    case = playing.start_close(office, month)
    first = office.await_step(case, "Task_CountStock")
    playing.count(office, case, {f"{number}/1": "viele"}, {"HT-2026-0000/1": "1"})
    again = office.await_next(case, "Task_CountStock", first["id"])
    shown = office.desk("warehouse").form(again)
    assert any("实盘数量" in one["message"] for one in shown["countErrors"])
    assert any("没有这个合同行" in one["message"] for one in shown["countErrors"])
    assert {one["item"]: one["counted"] for one in shown["counts"]}[f"{number}/1"] == "viele"
    assert shown["surplusRows"] == [{"item": "HT-2026-0000/1", "counted": "1"}]
    playing.count(office, case, {f"{number}/1": "8"})
    first = office.await_step(case, "Task_CheckSalesBook")
    playing.check_sales_book(office, case, confirmed=False)
    office.await_next(case, "Task_CheckSalesBook", first["id"])
    playing.check_sales_book(office, case)
    first = office.await_step(case, "Task_ResolveDifferences")
    shown = playing.resolve(office, case, reason="")
    assert [one["kind"] for one in shown["differences"] if one["contractNo"] == number] == ["盘点"]
    again = office.await_next(case, "Task_ResolveDifferences", first["id"])
    shown = office.desk("finance").form(again)
    assert {one["resolution"] for one in shown["differences"]} == {"in_transit"}
    playing.resolve(office, case)
    first = office.await_step(case, "Task_ConfirmClose")
    playing.confirm_close(office, case, confirmed=False)
    office.await_next(case, "Task_ConfirmClose", first["id"])
    playing.confirm_close(office, case)
    office.await_end(case, "Event_MonthClosed")
    return case


def fire_timer(office: Office) -> str:
    """The first of the month has come: the job is due at 08:00 on it; the instance's id."""
    [job] = office.admin.get("/job", processDefinitionKey=BEGINS, timers="true", active="true")
    due = datetime.fromisoformat(job["dueDate"]).astimezone(SHANGHAI)
    today = calendar.now().date()
    assert (due.day, due.time()) == (1, time(8, 0))
    assert due.date() >= date(today.year + today.month // 12, today.month % 12 + 1, 1)
    office.admin.post(f"/job/{job['id']}/execute")
    order = {"sortBy": "startTime", "sortOrder": "desc"}
    newest = office.admin.history("process-instance", processDefinitionKey=BEGINS, **order)[0]
    office.await_end(newest["id"], "Event_CloseRequested")
    [following] = office.admin.get("/job", processDefinitionKey=BEGINS, timers="true", active="true")
    again = datetime.fromisoformat(following["dueDate"]).astimezone(SHANGHAI)
    assert (again.day, again.time()) == (1, time(8, 0))
    assert again >= due
    return str(newest["id"])


@pytest.mark.rule("C12", "X1")
def test_the_calendar_starts_no_second_closing_of_a_month(office: Office) -> None:
    month = books.month_to_close(office)
    books.contract(office, month, received="0")
    running = playing.start_close(office, month)
    office.await_step(running, "Task_CountStock")
    known = office.admin.history("process-instance", processDefinitionKey=CLOSE)
    begun = fire_timer(office)
    assert office.variables(begun)["requestedMonth"] is None
    assert len(office.admin.history("process-instance", processDefinitionKey=CLOSE)) == len(known)
    form = {"withdrawRequested": True, "withdrawReason": "试办"}
    office.desk("finance").do(running, "Task_TrackCase", form)
    office.await_end(running, "Event_Withdrawn")


@pytest.mark.rule("C12", "X1")
def test_a_closing_starts_by_message_with_the_same_checks(office: Office) -> None:
    owner = office.desk("finance")
    data = {"applicant": owner.user, "month": "2099-01", "earlyReason": ""}
    found = office.app.engine.correlate("Msg_MonthCloseRequested", variables=data)
    case = str(found[0]["processInstance"]["id"])
    task = owner.await_task(case, "Task_ChooseMonth")
    assert "还没有开始" in owner.form(task)["formErrors"][0]["message"]
    assert task["due"]
    owner.complete(task, {"month": "", "earlyReason": "", "abandonRequested": True})
    office.await_end(case, "Event_NothingToClose")


@pytest.mark.rule("A4", "C9", "X1", "X4")
def test_every_flow_of_the_commission_payout_is_taken(office: Office) -> None:
    month = books.month_to_close(office)
    number = books.contract(office, month)
    playing.close(office, playing.start_close(office, month))
    due = playing.payout_of(office, office.user("salesperson", 1))
    # its form lists what is free at that moment: before the other paper is filed, which takes everything
    office.await_step(office.instance(PAYOUT, due), "Task_FillCommission")
    rejected, withdrawn = _rejected(office), _payout_withdrawn(office)
    cases = [rejected, withdrawn, _paid_at_last(office, number)]
    assert untaken(office, "commission_payout.bpmn", cases) == set()


def _rejected(office: Office) -> str:
    """Filled from Tasklist's start form: the salesperson is chosen first, then the amounts stand there."""
    case = office.desk("sales_operations").start(PAYOUT, {"payoutReason": "补发"})
    desk = office.desk("sales_operations")
    first = desk.await_task(case, "Task_FillCommission")
    person = office.user("salesperson", 1)
    desk.complete(first, {"salesperson": person, "payouts": [], "payoutNote": ""})
    task = office.await_next(case, "Task_FillCommission", first["id"])
    rows = desk.form(task)["payouts"]
    assert rows
    # everything is on the paper that the month's closing has started only once it was filed
    playing.fill(office, case)
    office.sign_paper(office.case_no(case), "finance")
    office.sign_paper(office.case_no(case), "deputy_gm_finance", "reject", "已另行发放")
    office.await_end(case, "Event_PayoutRejected")
    return case


def _payout_withdrawn(office: Office) -> str:
    desk = office.desk("sales_operations")
    case = desk.start(PAYOUT, {"payoutReason": "试填"})
    first = desk.await_task(case, "Task_TrackCase")
    desk.complete(first, {"withdrawRequested": False, "withdrawReason": ""})
    second = office.await_next(case, "Task_TrackCase", first["id"])
    desk.complete(second, {"withdrawRequested": True, "withdrawReason": "重复"})
    office.await_end(case, "Event_Withdrawn")
    return case


def _paid_at_last(office: Office, contract_no: str) -> str:
    """Started by the closed month: returned, wrongly registered, short after a withholding, and paid."""
    number = playing.payout_of(office, office.user("salesperson", 1))
    case = office.instance(PAYOUT, number)
    shown = playing.fill(office, case)
    assert contract_no in [row["contractNo"] for row in shown["payouts"]]
    office.sign_paper(number, "finance", "return", "请核对收款")
    shown = playing.fill(office, case)
    assert shown["returnComment"].endswith("请核对收款")
    playing.sign(office, number)
    first = office.await_step(case, "Task_RegisterPayout")
    playing.pay(office, case, paidOn="2099-01-01")
    office.await_next(case, "Task_RegisterPayout", first["id"])
    now = calendar.now()
    with UnitOfWork(office.app.sessions) as uow:
        commission.withhold(
            uow.session, contract_no, Decimal("2.00"), value_date=now.date(), posted_at=now, reason="试扣"
        )
    playing.pay(office, case)
    shown = playing.fill(office, case, payouts=[{"contractNo": contract_no, "amount": "4.00"}])
    assert "现应发¥4.00" in shown["returnComment"]
    playing.sign(office, number)
    playing.pay(office, case)
    office.await_end(case, "Event_CommissionPaid")
    with UnitOfWork(office.app.sessions) as uow:
        account = ledger.account(uow.session, contract_no)
    assert (account.accrued, account.withheld, account.paid_out) == (Decimal(6), Decimal(2), Decimal(4))
    return case
