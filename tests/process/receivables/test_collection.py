"""OverdueCollectionProcess on the real engine: the stages one by one, and money at any of them (A3–A5)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.process.office import Office
from tests.process.receivables.debtor import Debtor, first_moment
from workers import commission, documents, ledger
from workers.database.unit_of_work import UnitOfWork


@pytest.mark.rule("A3", "X2")
def test_a_letter_a_call_and_a_promise_and_payment_in_full_ends_it(office: Office) -> None:
    debtor = Debtor.late(office, 5).collect()
    shown = debtor.send_letter()
    assert (shown["overdueFigures"], shown["overdueDays"], shown["receivedFigures"]) == (
        "¥10,000.00",
        5,
        "¥0.00",
    )
    assert shown["interestFigures"] == "¥25.00"  # five days at five per ten thousand
    task = office.await_step(debtor.case, "Task_CallDebtor")
    assert task["assignee"] == office.user("salesperson")
    assert task["due"] is not None
    debtor.call()
    assert debtor.timer("Event_DatePassed") == first_moment(office.today + timedelta(days=5))
    debtor.settle()
    with UnitOfWork(office.app.sessions) as uow:
        letter = documents.find(uow.session, debtor.case_no)
        assert (letter.kind, letter.media_type) == ("CS", "application/pdf")


@pytest.mark.rule("A5", "A3")
def test_a_part_payment_is_taken_into_account_at_once(office: Office) -> None:
    debtor = Debtor.late(office, 10).collect()
    debtor.send_letter()
    before = office.await_step(debtor.case, "Task_CallDebtor")
    debtor.pay("4000.00")
    office.await_next(debtor.case, "Task_CallDebtor", before["id"])
    shown = debtor.call()
    assert (shown["receivedFigures"], shown["percentReceived"]) == ("¥4,000.00", "40.00%")
    assert shown["overdueFigures"] == "¥6,000.00"
    # 10 days, today's on the 6,000 that are left: 9 × 5 + 3
    assert shown["interestFigures"] == "¥48.00"
    debtor.settle()


@pytest.mark.rule("A3", "X5")
def test_beyond_the_first_limit_the_customer_is_held_until_released_with_a_reason(office: Office) -> None:
    debtor = Debtor.late(office, 31, customer_no="K0004").collect()
    task = office.await_step(debtor.case, "Task_ReleaseHold")
    hold = debtor.hold()
    assert hold is not None
    assert hold.case_no == debtor.case_no
    clerk = office.desk("sales_operations")
    case = office.open()
    filled = clerk.await_task(case, "Task_FillDeclaration")
    clerk.complete(filled, office.declaration(customerNo="K0004"))
    refused = clerk.form(office.await_next(case, "Task_FillDeclaration", filled["id"]))
    assert "停止签约和发货" in refused["formErrors"][0]["message"]
    deputy = office.desk("deputy_gm_finance")
    deputy.complete(task, {"releaseReason": ""})
    office.await_next(debtor.case, "Task_ReleaseHold", task["id"])
    shown = deputy.do(debtor.case, "Task_ReleaseHold", {"releaseReason": "已签还款协议"})
    assert shown["releaseErrors"][0]["field"] == "releaseReason"
    debtor.await_passed("Task_RecordRelease", 2)
    assert debtor.hold() is None
    office.fill(case, customerNo="K0004")
    office.sign(case, "sales_manager", "reject", "演练")
    office.await_end(case, "Event_DeclarationRejected")
    debtor.settle()


@pytest.mark.rule("A3", "A5")
def test_the_hold_is_released_by_payment_in_full(office: Office) -> None:
    debtor = Debtor.late(office, 45).collect()
    office.await_step(debtor.case, "Task_ReleaseHold")
    debtor.settle()
    assert debtor.hold() is None


@pytest.mark.rule("A4")
def test_beyond_the_second_limit_commission_is_withheld_and_the_debt_stays(office: Office) -> None:
    debtor = Debtor.late(office, 61, commission="12.00").collect()
    office.await_step(debtor.case, "Task_SendReminder")
    with UnitOfWork(office.app.sessions) as uow:
        account = ledger.account(uow.session, debtor.contract_no)
        assert (account.withheld, account.payable) == (Decimal("12.00"), Decimal("0.00"))
        assert commission.withheld_for(uow.session, debtor.contract_no).total >= Decimal("12.00")
    assert debtor.position().overdue_principal == Decimal("9000.00")
    debtor.settle()


@pytest.mark.rule("A5", "X5")
def test_beyond_the_third_limit_legal_gets_the_whole_file_after_the_general_manager(office: Office) -> None:
    debtor = Debtor.late(office, 100).collect()
    debtor.send_letter()
    debtor.call()
    shown = debtor.sign_litigation()
    facts = {one["label"]: one["value"] for one in shown["paperFacts"]}
    assert facts["逾期本金"] == "¥10,000.00，100天"
    legal = office.desk("legal")
    task = legal.await_task(debtor.case, "Task_Litigate")
    assert task["due"] is not None
    content = legal.engine.get_bytes(f"/task/{task['id']}/variables/contractFile/data")
    with ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
        listed = archive.read("目录.txt").decode()
    assert f"{debtor.case_no}-v1.pdf" in names
    assert "台帐明细.csv" in names
    assert all(name in listed for name in names if name != "目录.txt")
    debtor.report("written_off", note="公司已注销")
    debtor.await_passed("Event_WrittenOff")
    with UnitOfWork(office.app.sessions) as uow:
        assert ledger.account(uow.session, debtor.contract_no).written_off == Decimal("10000.00")
    # the customer is still held: somebody entitled has to decide
    assert office.where(debtor.case) == ["Task_ReleaseHold"]
    office.desk("deputy_gm_finance").do(debtor.case, "Task_ReleaseHold", {"releaseReason": "公司已注销"})
    office.await_end(debtor.case, "Event_HoldReleased")


@pytest.mark.rule("X3", "A3")
def test_a_call_that_somebody_else_records_comes_back(office: Office) -> None:
    debtor = Debtor.late(office, 3).collect()
    debtor.send_letter()
    task = office.await_step(debtor.case, "Task_CallDebtor")
    form = {"callOutcome": "promised", "promisedOn": office.soon(5), "callNote": "越权"}
    office.admin.post(
        f"/task/{task['id']}/submit-form",
        {"variables": {name: {"value": value, "type": "String"} for name, value in form.items()}},
    )
    office.await_next(debtor.case, "Task_CallDebtor", task["id"])
    shown = debtor.call()
    assert "只有本合同的业务员" in shown["formErrors"][0]["message"]
    debtor.settle()


@pytest.mark.rule("X6", "A5")
def test_money_that_comes_while_nobody_waits_for_it_is_read_afterwards(office: Office) -> None:
    debtor = Debtor.late(office, 100).collect()
    debtor.send_letter()
    debtor.call()
    debtor.await_called()  # the general manager has the paper: no step of the case waits for money
    debtor.pay("3000.00")
    debtor.sign_litigation()
    legal = office.desk("legal")
    shown = legal.form(legal.await_task(debtor.case, "Task_Litigate"))
    assert shown["overdueFigures"] == "¥7,000.00"
    debtor.settle()


@pytest.mark.rule("A5")
def test_payment_in_full_ends_the_case_while_the_general_manager_has_the_paper(office: Office) -> None:
    debtor = Debtor.late(office, 100).collect()
    debtor.send_letter()
    debtor.call()
    paper = debtor.await_called()
    debtor.settle()
    assert office.admin.get(f"/history/process-instance/{paper}")["state"] != "ACTIVE"
