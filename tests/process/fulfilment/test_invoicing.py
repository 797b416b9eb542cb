"""InvoicingProcess on the real engine: the gate, requests, invoices, money that comes at any moment (C11)."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from tests.process.fulfilment.books import give_up
from tests.process.fulfilment.money import (
    account,
    ask,
    await_wait,
    contract,
    invoice,
    issue,
    paper_of,
    pay,
    sign,
    start,
    take_back,
    tax_form,
    tax_number,
)
from tests.process.office import Office
from tests.process.paths import all_flows, taken
from workers import approval, ledger, policy
from workers.calendar import OFFICE, SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.demo.goods import Goods
from workers.invoicing.store import InvoiceStrand
from workers.settings import ROOT
from workers.signals import Signal
from workers.stack.credentials import Credentials

DIAGRAM = ROOT / "bpmn" / "fulfilment" / "invoicing.bpmn"
PROCESS = "InvoicingProcess"


@pytest.mark.rule("C11", "X2", "X3")
def test_every_flow_of_invoicing_is_taken(office: Office) -> None:
    """From the closed gate to the last yuan, with everything that can be sent back on the way."""
    number = contract(office)
    case = start(office, PROCESS, number)
    await_wait(office, case, "Event_AwaitPayment")
    pay(office, number, "599.99")
    await_wait(office, case, "Event_AwaitPayment", times=2)
    reference = pay(office, number, "0.01")

    keeper, finance = office.desk("sales_operations"), office.desk("finance")
    keeper.await_task(number, "Task_RequestInvoice")
    take_back(office, reference)
    ask(office, number)
    await_wait(office, case, "Event_AwaitPayment", times=3)
    pay(office, number, "0.01")
    asking = keeper.await_task(number, "Task_RequestInvoice")
    assert "不足60%，不能开票" in str(keeper.form(asking)["caseHistory"])
    assert keeper.form(asking)["percentReceived"] == "60.00%"
    ask(office, number, [{"lineNo": "1", "amount": "600.01", "taxRate": "13"}])
    asking = office.await_next(number, "Task_RequestInvoice", asking["id"])
    assert "超过该行尚未开票的¥600.00" in keeper.form(asking)["formErrors"][0]["message"]
    ask(office, number)
    first = sign(office, case, "deputy_gm_finance", "return", "第2行税率有误")
    asking = office.await_next(number, "Task_RequestInvoice", asking["id"])
    assert "第2行税率有误" in keeper.form(asking)["returnComment"]
    ask(office, number, [{"lineNo": "1", "amount": "600", "taxRate": "13"}])
    assert sign(office, case, "deputy_gm_finance") == first

    issuing = finance.await_task(number, "Task_IssueInvoice")
    finance.complete(issuing, tax_form(office, "123"))
    issuing = office.await_next(number, "Task_IssueInvoice", issuing["id"])
    assert "8到40位" in finance.form(issuing)["formErrors"][0]["message"]
    issue(office, number)
    asking = keeper.await_task(number, "Task_RequestInvoice")
    shown = keeper.form(asking)
    assert [row["amount"] for row in shown["invoiceRows"]] == ["400.00"]
    assert [row["total"] for row in shown["invoices"]] == ["¥600.00"]
    assert shown["returnComment"] is None
    invoice(office, case, number, [{"lineNo": "2", "amount": "400", "taxRate": "9"}])
    await_wait(office, case, "Event_AwaitPayment", times=4)
    pay(office, number, "400")
    office.await_end(case, "Event_AllInvoiced")
    assert account(office, number).invoiced == Decimal(1000)
    assert account(office, number).outstanding == 0
    walked = set().union(*(taken(DIAGRAM, office.passed(one)) for one in (case, _given_up(office))))
    assert all_flows(DIAGRAM) - walked == set()


def _given_up(office: Office) -> str:
    """What is still to come is written off below the gate while the strand, which a message began, waits for it."""
    number = contract(office, paid="599.99")
    office.app.engine.correlate("Msg_InvoiceWanted", number)
    case = office.instance(PROCESS, number)
    await_wait(office, case, "Event_AwaitPayment")
    give_up(Goods(office, number))
    office.await_end(case, "Event_NotInvoiced")
    return case


@pytest.mark.rule("C11", "X5")
def test_the_deputy_gm_for_finance_reads_the_request_and_the_signature_is_kept(office: Office) -> None:
    number = contract(office, paid="600")
    case = start(office, PROCESS, number)
    ask(office, number, reason="客户要求先开")
    paper = paper_of(office, case)
    shown = office.sign_paper(paper, "deputy_gm_finance", "approve", "同意开票")
    facts = {fact["label"]: fact["value"] for fact in shown["paperFacts"]}
    assert facts["购买方税号"] == "91140000SAMPLE0001"
    assert facts["本次价税合计"] == "¥1,000.00(壹仟元整)"
    assert [row["cells"][3] for row in shown["paperRows"]] == ["13%", "9%"]
    finance = office.desk("finance")
    issuing = finance.await_task(number, "Task_IssueInvoice")
    shown = finance.form(issuing)
    assert (shown["buyerTaxNo"], shown["requestNo"]) == ("91140000SAMPLE0001", paper)
    assert (shown["netFigures"], shown["taxFigures"]) == ("¥897.94", "¥102.06")
    with UnitOfWork(office.app.sessions) as uow:
        (kept,) = approval.records(uow.session, paper)
        assert (kept.post, kept.comment) == ("deputy_gm_finance", "同意开票")
        hours = policy.deadline(uow.session, "issue_invoice", office.today)
    due = time.strptime(issuing["due"][:19], "%Y-%m-%dT%H:%M:%S")
    assert due >= OFFICE.add(kept.signed_at.astimezone(SHANGHAI), hours).timetuple()[:6]
    issue(office, number)
    await_wait(office, case, "Event_AwaitPayment")


@pytest.mark.rule("C11", "X3")
def test_a_number_that_was_used_before_comes_back_to_finance(office: Office) -> None:
    numbers = [contract(office, paid="600") for _ in range(2)]
    cases = [start(office, PROCESS, number) for number in numbers]
    used = invoice(office, cases[0], numbers[0])
    ask(office, numbers[1])
    sign(office, cases[1], "deputy_gm_finance")
    task = office.await_step(numbers[1], "Task_IssueInvoice")
    issue(office, numbers[1], used)
    again = office.await_next(numbers[1], "Task_IssueInvoice", task["id"])
    shown = office.desk("finance").form(again)
    assert shown["formErrors"][0]["message"] == f"发票号码：{used}已登记在合同{numbers[0]}下，请核对"
    assert shown["invoiceNumber"] == used
    assert again["due"] == task["due"], "a bad form does not buy time"
    issue(office, numbers[1])
    await_wait(office, cases[1], "Event_AwaitPayment")


@pytest.mark.rule("C11", "X3")
def test_a_gate_that_closes_between_approval_and_issue_is_said_to_finance_who_gives_the_request_back(
    office: Office,
) -> None:
    number = contract(office)
    reference = pay(office, number, "600")
    case = start(office, PROCESS, number)
    ask(office, number)
    sign(office, case, "deputy_gm_finance")
    task = office.await_step(number, "Task_IssueInvoice")
    take_back(office, reference)
    issue(office, number)
    again = office.await_next(number, "Task_IssueInvoice", task["id"])
    finance = office.desk("finance")
    (error,) = finance.form(again)["formErrors"]
    assert error["message"] == "已收款¥0.00，占合同金额的0.00%，不足60%，不能开票"
    finance.complete(again, tax_form(office, invoiceRefused=True, refusalReason="银行退票"))
    await_wait(office, case, "Event_AwaitPayment")
    assert account(office, number).invoiced == 0
    pay(office, number, "600")
    shown = ask(office, number)
    assert shown["returnComment"] == f"财务部({office.name(finance)}):银行退票"


@pytest.mark.rule("C11", "X5")
def test_what_a_form_sends_along_neither_opens_the_gate_nor_signs_the_request(office: Office) -> None:
    number = contract(office, paid="600")
    case = start(office, PROCESS, number)
    keeper = office.desk("sales_operations")
    asking = keeper.await_task(number, "Task_RequestInvoice")
    forged = {"hasErrors": False, "paperOutcome": "approved", "gateOutcome": "work", "signedBy": "zhouminhua"}
    keeper.complete(asking, {"invoiceRows": [], "requestReason": "", **forged})
    again = office.await_next(number, "Task_RequestInvoice", asking["id"])
    assert "请至少填写一行" in keeper.form(again)["formErrors"][0]["message"]
    ask(office, number)
    office.await_step(paper_of(office, case), "Task_ApprovePaper")
    assert account(office, number).invoiced == 0


@pytest.mark.rule("C11", "X6")
def test_money_that_comes_while_nobody_waits_for_it_is_seen_by_the_next_look(office: Office) -> None:
    number = contract(office, paid="600")
    case = start(office, PROCESS, number)
    ask(office, number)
    pay(office, number, "400")
    sign(office, case, "deputy_gm_finance")
    issue(office, number)
    office.await_end(case, "Event_AllInvoiced")


def _holds(session: Session, number: str) -> int:
    return (
        session.scalar(
            select(func.count()).select_from(InvoiceStrand).where(InvoiceStrand.contract_no == number)
        )
        or 0
    )


@pytest.mark.rule("C11", "X6")
def test_a_receipt_between_the_look_and_the_subscription_still_wakes_the_strand(office: Office) -> None:
    """The engine's row of the case is held, so that the worker's look is committed and the wait not yet begun."""
    number = contract(office)
    settings = office.app.settings
    password = Credentials.load(settings.credentials_file).password("database", "engine")
    engine = create_engine(
        f"postgresql+psycopg://engine:{password}@127.0.0.1:{settings.database_port}/engine"
    )
    with engine.connect() as behind:
        with UnitOfWork(office.app.sessions) as uow:
            ledger.lock_contract(uow.session, number)  # the worker's look has to wait for this
            case = start(office, PROCESS, number)
            behind.execute(text("SELECT 1 FROM act_ru_execution WHERE id_ = :id FOR UPDATE"), {"id": case})
        deadline = time.monotonic() + 30
        while True:
            with UnitOfWork(office.app.sessions) as uow:
                if _holds(uow.session, number):
                    break
            assert time.monotonic() < deadline, "the worker has not looked"
            time.sleep(0.1)
        pay(office, number, "600")
        told = select(Signal.attempts).where(
            Signal.business_key == number, Signal.message == "Msg_PaymentForInvoice"
        )
        while True:  # the message is brought, and nobody takes it
            with UnitOfWork(office.app.sessions) as uow:
                if uow.session.scalars(told).one() > 0:
                    break
            assert time.monotonic() < deadline, "the message was not brought"
            time.sleep(0.1)
        behind.rollback()
    engine.dispose()
    office.await_step(number, "Task_RequestInvoice")
    passed = [one["activityId"] for one in office.passed(case)]
    assert passed.count("Event_AwaitPayment") == 1


def test_nobody_on_the_staff_starts_a_part_of_fulfilment(office: Office) -> None:
    for process in (PROCESS, "JointingProcess"):
        query = {"key": process, "startableInTasklist": True, "startablePermissionCheck": True}
        for post in ("sales_operations", "finance", "general_manager"):
            assert office.desk(post).engine.get("/process-definition", **query) == []


def test_tax_numbers_of_these_tests_differ() -> None:
    assert tax_number() != tax_number()
