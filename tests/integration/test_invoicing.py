"""Invoices and credit notes on PostgreSQL, handler by handler (C4, C11)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.contract_desk import ORG
from tests.integration.debts_desk import rule_from
from tests.integration.invoicing_desk import FINANCE, KEEPER, OTHER, ROWS, TODAY, InvoicingDesk
from workers import cases, debts, ledger, signals
from workers.errors import InvalidInput
from workers.invoicing import starting
from workers.invoicing.store import Invoice, InvoiceRequest
from workers.ledger import Book, EntryKind

FIRST, SECOND, RED = "24312000000000000001", "24312000000000000002", "24312000000000000099"


@pytest.fixture
def desk(session: Session) -> InvoicingDesk:
    """A contract of 1,000 yuan in force."""
    return InvoicingDesk(session)


def whole(desk: InvoicingDesk) -> bool:
    """The books hold no contradiction."""
    return ledger.verify(desk.session) == []


def said(output: Any) -> str:
    """What a form says is wrong."""
    return ";".join(one.message for one in output.form_errors)


@pytest.mark.rule("C11")
def test_below_60_per_cent_nothing_may_be_asked_for_and_from_it_on_everything(desk: InvoicingDesk) -> None:
    assert desk.check_gate().gate_outcome == "wait"
    desk.pay("599.99")
    checked = desk.check_gate()
    assert (checked.gate_outcome, checked.percent_received) == ("wait", "59.99%")
    asked = desk.ask()
    assert (asked.request_outcome, asked.paper_no) == ("overtaken", None)
    assert asked.case_history[-1].comment.endswith("占合同金额的59.99%，不足60%，不能开票")
    desk.pay("0.01")
    checked = desk.check_gate()
    assert (checked.gate_outcome, checked.percent_received) == ("work", "60.00%")
    assert [row["amount"] for row in checked.invoice_rows] == ["600.00", "400.00"]
    assert [row["taxRate"] for row in checked.invoice_rows] == ["13", "13"]
    assert desk.ask().form_errors == []


@pytest.mark.rule("C11", "X6")
def test_an_invoice_holds_buyer_rates_net_and_tax_and_enters_finances_book_once(desk: InvoicingDesk) -> None:
    desk.pay("600")
    request = desk.invoice(FIRST)
    kept = desk.session.get_one(Invoice, FIRST)
    assert (kept.buyer_name, kept.buyer_tax_no) == ("北岭煤业有限公司(示例)", "91140000SAMPLE0001")
    assert [(one.tax_rate, one.net, one.tax) for one in kept.lines] == [
        (Decimal(13), Decimal("530.97"), Decimal("69.03")),
        (Decimal(9), Decimal("366.97"), Decimal("33.03")),
    ]
    assert (kept.net, kept.tax, kept.total) == (Decimal("897.94"), Decimal("102.06"), Decimal("1000.00"))
    assert desk.entries(Book.FINANCE, EntryKind.INVOICE) == [Decimal(1000)]
    assert desk.entries(Book.SALES, EntryKind.INVOICE_REQUEST) == [Decimal(1000)]
    assert cases.find(desk.session, request).status_text == f"已开票，发票号码{FIRST}"
    with pytest.raises(InvalidInput, match="no signed request"):
        desk.record(SECOND)
    assert whole(desk)


@pytest.mark.rule("C11")
def test_the_contract_is_invoiced_in_several_up_to_its_amount_and_the_balance_is_collected_against_it(
    desk: InvoicingDesk,
) -> None:
    desk.pay("600")
    desk.invoice(FIRST, [{"lineNo": "1", "amount": "250.01", "taxRate": "13"}])
    checked = desk.check_gate()
    assert [row["amount"] for row in checked.invoice_rows] == ["349.99", "400.00"]
    too_much = desk.ask([{"lineNo": "1", "amount": "350.00", "taxRate": "13"}])
    assert "超过该行尚未开票的¥349.99" in said(too_much)
    assert [(row["amount"], row["taxRate"]) for row in too_much.invoice_rows] == [
        ("350.00", "13"),
        ("0.00", "13"),
    ]
    desk.invoice(
        SECOND,
        [
            {"lineNo": "1", "amount": "349.99", "taxRate": "13"},
            {"lineNo": "2", "amount": "400", "taxRate": "0"},
        ],
    )
    checked = desk.check_gate()
    assert (checked.gate_outcome, checked.invoiceable_figures) == ("wait", "¥0.00")
    assert len(checked.invoices) == 2
    desk.pay("400")
    assert desk.check_gate().gate_outcome == "done"
    assert desk.account.invoiced == Decimal(1000)
    assert whole(desk)


@pytest.mark.rule("C11")
@pytest.mark.parametrize(("policys", "outcome", "gate"), [("60.01", "wait", "60.01%"), ("10", "work", "60%")])
def test_the_gate_is_the_higher_one_of_the_contract_and_of_todays_policy(
    desk: InvoicingDesk, policys: str, outcome: str, gate: str
) -> None:
    desk.pay("600")
    rule_from(desk.session, TODAY, invoice_gate_percent=Decimal(policys))
    checked = desk.check_gate()
    assert (checked.gate_outcome, checked.gate_percent) == (outcome, gate)


@pytest.mark.rule("C11", "X3")
@pytest.mark.parametrize("by", [None, FINANCE, OTHER])
def test_only_sales_operations_asks_for_an_invoice(desk: InvoicingDesk, by: str | None) -> None:
    desk.pay("600")
    assert "只有销售业务科可以办理" in said(desk.ask(by=by))
    assert desk.session.scalars(select(InvoiceRequest)).all() == []


@pytest.mark.rule("C11", "X5")
def test_nothing_is_issued_that_was_not_signed(desk: InvoicingDesk) -> None:
    desk.pay("600")
    asked = desk.ask()
    with pytest.raises(InvalidInput, match="no signed request"):
        desk.allow()
    desk.approve(asked.paper_no, "credit_note")
    with pytest.raises(InvalidInput, match="no signed request"):
        desk.allow()
    assert desk.entries(Book.SALES, EntryKind.INVOICE_REQUEST) == []


@pytest.mark.rule("C11", "X3")
def test_a_returned_request_goes_on_under_its_number_as_it_was_filled(desk: InvoicingDesk) -> None:
    desk.pay("600")
    first = desk.ask([{"lineNo": "1", "amount": "123.45", "taxRate": "9"}], reason="先开一部分")
    back = desk.send_back()
    assert (back.return_comment, back.request_reason) == ("税率有误", "先开一部分")
    assert [(row["amount"], row["taxRate"]) for row in back.invoice_rows] == [
        ("123.45", "9"),
        ("0.00", "13"),
    ]
    again = desk.ask()
    assert again.paper_no == first.paper_no
    assert [row.cells[6] for row in again.paper_rows] == ["¥600.00", "¥400.00"]


@pytest.mark.rule("C11", "X3")
def test_wrong_numbers_and_a_number_used_twice_come_back_to_finance(desk: InvoicingDesk) -> None:
    other = InvoicingDesk(desk.session, "HT-2026-8102")
    other.pay("600")
    other.invoice(FIRST)
    desk.pay("600")
    desk.approve(desk.ask().paper_no, "invoice_request")
    desk.allow()
    for number, says in (("123", "8到40位"), (FIRST, "已登记在合同HT-2026-8102下")):
        recorded = desk.record(number)
        assert says in said(recorded)
        assert recorded.invoice_number == number
    assert "只有财务部可以办理" in said(desk.record(SECOND, by=KEEPER))
    for day in (
        "2026-07-01",
        "2026-06-29",
    ):  # not yet; before the request was signed, though the contract is older
        assert "开票日期" in said(desk.record(SECOND, invoice_date=day))
    assert desk.account.invoiced == 0
    assert desk.record(SECOND).form_errors == []
    assert whole(desk)


@pytest.mark.rule("C11", "C4")
def test_a_gate_that_closes_before_the_issue_stops_it_and_finance_gives_the_request_back(
    desk: InvoicingDesk,
) -> None:
    desk.pay("600", "流水8")
    asked = desk.ask()
    desk.approve(asked.paper_no, "invoice_request")
    desk.allow()
    debts.take_back(desk.session, "流水8", reason="银行退票", posted_at=desk.now)
    assert "已收款¥0.00，占合同金额的0.00%，不足60%，不能开票" in said(desk.record(FIRST))
    assert "退回原因：请填写" in said(desk.record(FIRST, invoice_refused=True))
    back = desk.record(FIRST, invoice_refused=True, refusal_reason="款已退回")
    assert back.form_errors == []
    assert back.return_comment == "财务部(徐红):款已退回"
    assert sum(desk.entries(Book.SALES, EntryKind.INVOICE_REQUEST)) == 0
    assert desk.session.get_one(InvoiceRequest, asked.paper_no).state == "void"
    assert desk.check_gate().gate_outcome == "wait"
    desk.pay("600")
    assert desk.ask().paper_no != asked.paper_no
    assert whole(desk)


@pytest.mark.rule("C11", "C13")
def test_what_an_ended_strand_left_unfinished_does_not_hinder_the_next(desk: InvoicingDesk) -> None:
    desk.pay("600")
    left = desk.ask()
    desk.approve(left.paper_no, "invoice_request")
    desk.instance = "strand-2"
    with pytest.raises(InvalidInput, match="no signed request"):
        desk.allow()
    desk.invoice(FIRST)
    assert desk.account.invoiced == Decimal(1000)


@pytest.mark.rule("X6")
def test_the_message_of_a_receipt_counts_as_read_only_by_a_look_that_came_after_it(
    desk: InvoicingDesk,
) -> None:
    unread = select(signals.Signal.message).where(
        signals.Signal.business_key == desk.number, signals.Signal.read_at.is_(None)
    )
    desk.check_gate()
    desk.pay("600")
    assert "Msg_PaymentForInvoice" in desk.session.scalars(unread).all()
    desk.check_gate()
    assert "Msg_PaymentForInvoice" not in desk.session.scalars(unread).all()


@pytest.mark.rule("C11", "X6")
@pytest.mark.parametrize("table", ["invoices", "invoice_lines"])
def test_what_was_issued_cannot_be_changed_in_the_database(desk: InvoicingDesk, table: str) -> None:
    desk.pay("600")
    desk.invoice(FIRST)
    with pytest.raises(DBAPIError, match="refused"):
        desk.session.execute(text(f"UPDATE {table} SET total = 1"))


# -- 红字发票 --------------------------------------------------------------------------------------------------


def credited(desk: InvoicingDesk, number: str = FIRST, red: str = RED) -> Any:
    """A credit note all the way; what the last step put out."""
    desk.open_credit()
    asked = desk.ask_credit(number)
    assert asked.form_errors == []
    desk.approve(asked.paper_no, "credit_note")
    return desk.record_credit(red)


@pytest.mark.rule("C11", "C4")
def test_a_credit_note_takes_the_invoice_back_whole_and_the_waiting_strand_invoices_anew(
    desk: InvoicingDesk,
) -> None:
    desk.pay("600")
    desk.invoice(FIRST)
    desk.check_gate()
    recorded = credited(desk)
    assert recorded.form_errors == []
    assert recorded.reissue is False
    red = desk.session.get_one(Invoice, RED)
    assert (red.corrects, red.net, red.tax, red.total) == (
        FIRST,
        Decimal("-897.94"),
        Decimal("-102.06"),
        Decimal("-1000.00"),
    )
    assert [(one.line_no, one.tax_rate, one.total) for one in red.lines] == [
        (1, Decimal(13), Decimal(-600)),
        (2, Decimal(9), Decimal(-400)),
    ]
    assert desk.entries(Book.FINANCE, EntryKind.INVOICE, EntryKind.CREDIT_NOTE) == [1000, 1000]
    assert desk.entries(Book.SALES, EntryKind.INVOICE_REQUEST) == [1000, -1000]
    assert desk.account.invoiced == 0
    desk.case_no, desk.instance = desk.number, "strand-1"
    checked = desk.check_gate()
    assert checked.gate_outcome == "work"
    assert [row["amount"] for row in checked.invoice_rows] == ["600.00", "400.00"]
    assert checked.invoices[-1]["kind"] == f"红字发票(冲销{FIRST})"
    desk.invoice(SECOND)
    assert whole(desk)


@pytest.mark.rule("C11")
def test_a_credit_note_sees_to_the_new_invoice_itself_when_no_strand_waits(desk: InvoicingDesk) -> None:
    desk.pay("1000")
    desk.invoice(FIRST)
    assert desk.check_gate().gate_outcome == "done"
    assert credited(desk).reissue is True
    desk.case_no, desk.instance = desk.number, "anew"
    assert desk.check_gate(reissue=True).gate_outcome == "work"
    desk.instance = "fulfilment-again"  # all other strands have ended, so fulfilment begins them anew
    assert desk.check_gate().gate_outcome == "work"
    desk.invoice(SECOND)
    desk.instance = "anew"
    overtaken = desk.ask()
    assert overtaken.request_outcome == "overtaken"
    assert overtaken.case_history[-1].comment == "合同金额¥1,000.00已全部开票"
    assert desk.check_gate(reissue=False).gate_outcome == "done"
    assert whole(desk)


@pytest.mark.rule("C11")
def test_a_strand_of_a_credit_note_waits_for_no_money(desk: InvoicingDesk) -> None:
    desk.instance = "anew"
    assert desk.check_gate(reissue=True).gate_outcome == "done"
    assert desk.check_gate(reissue=False).gate_outcome == "done", "what it is was said when it began"
    desk.instance = "strand-1"
    assert desk.check_gate(reissue="x").gate_outcome == "wait"


@pytest.mark.rule("C11", "C13")
def test_a_termination_has_ended_the_strand_that_waited(desk: InvoicingDesk) -> None:
    desk.pay("600")
    desk.invoice(FIRST)
    assert desk.check_gate().gate_outcome == "wait"
    ledger.set_status(desk.session, desk.number, ledger.TERMINATED)
    assert credited(desk).reissue is True


@pytest.mark.rule("C11", "X3")
def test_a_wrong_correction_comes_back_to_finance(desk: InvoicingDesk) -> None:
    desk.pay("600")
    desk.invoice(FIRST)
    assert desk.open_credit().credit_attached is False
    assert "没有可以冲销的发票" in said(desk.ask_credit("24312000000000000003"))
    assert "冲销原因：请填写" in said(desk.ask_credit(FIRST, reason=" "))
    assert "只有财务部可以办理" in said(desk.ask_credit(FIRST, by=KEEPER))
    asked = desk.ask_credit(FIRST)
    assert asked.form_errors == []
    with pytest.raises(InvalidInput, match="has not been signed"):
        desk.record_credit(RED)
    desk.approve(asked.paper_no, "credit_note")
    assert "已登记在合同" in said(desk.record_credit(FIRST))
    assert "开票日期" in said(desk.record_credit(RED, day="2026-06-29"))
    assert "只有财务部可以办理" in said(desk.record_credit(RED, by=KEEPER))
    assert desk.account.invoiced == Decimal(1000)


@pytest.mark.rule("C11", "X6")
def test_an_invoice_is_taken_back_once(desk: InvoicingDesk) -> None:
    desk.pay("600")
    desk.invoice(FIRST)
    first = desk.open_credit()
    assert desk.ask_credit(FIRST).form_errors == []
    desk.open_credit()
    assert f"已在{first.case_no}中申请冲销" in said(desk.ask_credit(FIRST))
    desk.case_no = first.case_no
    desk.approve(first.case_no, "credit_note")
    assert desk.record_credit(RED).form_errors == []
    desk.open_credit()
    assert "没有可以冲销的发票" in said(desk.ask_credit(FIRST))
    assert "没有可以冲销的发票" in said(desk.ask_credit(RED))


@pytest.mark.rule("C11", "X4")
def test_a_credit_note_is_withdrawn_by_who_filed_it_until_it_is_issued(desk: InvoicingDesk) -> None:
    desk.pay("600")
    desk.invoice(FIRST)
    desk.open_credit()
    desk.ask_credit(FIRST)
    assert desk.withdraw(requested=False).withdraw_outcome == "kept"
    assert desk.withdraw(by="guojing").withdraw_errors[0].message == "只有申请人或其代理人可以撤回"
    assert "撤回理由" in desk.withdraw(reason="").withdraw_errors[0].message
    withdrawn = desk.withdraw()
    assert (withdrawn.withdraw_outcome, withdrawn.case_status) == ("withdrawn", "已撤回")
    with pytest.raises(cases.CaseEnded):
        desk.ask_credit(FIRST)
    assert credited(desk).form_errors == []
    assert "不能撤回" in desk.withdraw().withdraw_errors[0].message


@pytest.mark.rule("X4", "X5")
def test_another_process_instance_cannot_claim_the_case(desk: InvoicingDesk) -> None:
    desk.pay("600")
    desk.invoice(FIRST)
    desk.open_credit()
    desk.instance = "thief"
    with pytest.raises(InvalidInput, match="belongs to another process instance"):
        desk.ask_credit(FIRST)


@pytest.mark.rule("X1", "X3")
def test_a_credit_note_by_command_is_checked_by_the_same_rules(desk: InvoicingDesk) -> None:
    desk.pay("600")
    desk.invoice(FIRST)
    good = {"applicant": FINANCE, "correctedInvoice": FIRST, "creditReason": "购买方名称有误"}
    assert starting.check(desk.session, ORG, good, TODAY) == []
    for field in ("correctedInvoice", "creditReason"):
        (found,) = starting.check(desk.session, ORG, {**good, field: ""}, TODAY)
        assert found.field == field
    opened = desk.open_credit("salesflow", applicant=FINANCE, corrected_invoice=FIRST, credit_reason="有误")
    assert opened.credit_attached is True
    assert desk.ask_credit(FIRST, by=None).form_errors == []


def test_rows_of_the_desk_are_the_whole_contract() -> None:
    assert sum(Decimal(str(row["amount"])) for row in ROWS) == 1000
