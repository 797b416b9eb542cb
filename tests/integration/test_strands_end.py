"""How a contract's strands end on PostgreSQL: by a termination, or because the money never comes (C10, C11, C13)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.integration.debts_desk import rule_from
from tests.integration.invoicing_desk import TODAY, InvoicingDesk
from workers import cases, debts, documents, ledger, signals
from workers.errors import InvalidInput
from workers.invoicing import ending as invoices
from workers.invoicing import messages as m
from workers.invoicing.store import InvoiceRequest
from workers.jointing import ending as jointing
from workers.jointing import messages as j
from workers.jointing.store import JointingOrder
from workers.jointing.waking import wake_at_open_gates
from workers.ledger import Book, EntryKind

PAPER = "26000000000000008801"


@pytest.fixture
def desk(session: Session) -> InvoicingDesk:
    """A contract of 1,000 yuan whose goods are joined on the customer's site."""
    return InvoicingDesk(session, needs_jointing=True)


def terminate(desk: InvoicingDesk) -> None:
    """The termination was sealed; what is open of the strands becomes void."""
    ledger.set_status(desk.session, desk.number, ledger.TERMINATED)
    jointing.void_orders(j.VoidOrders(), desk.uow, desk.task)
    invoices.void_requests(m.VoidRequests(), desk.uow, desk.task)


def write_off(desk: InvoicingDesk, amount: str) -> None:
    """Finance gives a debt up."""
    ledger.post(
        desk.session,
        Book.FINANCE,
        EntryKind.WRITE_OFF,
        desk.number,
        Decimal(amount),
        value_date=TODAY,
        reference="CS-2026-0001",
        posted_at=desk.now,
        reason="客户破产",
    )


def is_void(desk: InvoicingDesk, number: str | None) -> bool:
    """Whether a paper's case is closed and its document void."""
    assert number is not None
    closed = cases.find(desk.session, number).state == cases.CLOSED
    return closed and documents.find(desk.session, number).state == "void"


@pytest.mark.rule("C13", "C10", "C11")
@pytest.mark.parametrize("dispatched", [False, True])
def test_a_termination_voids_orders_and_requests_that_are_open(desk: InvoicingDesk, dispatched: bool) -> None:
    desk.pay("600")
    order = desk.order().paper_no
    if dispatched:
        desk.approve(order, "jointing_order")
        desk.dispatch()
    desk.check_gate()
    request = desk.ask().paper_no
    terminate(desk)
    assert is_void(desk, order)
    assert is_void(desk, request)
    assert desk.session.get_one(JointingOrder, order).state == "void"
    assert desk.session.get_one(InvoiceRequest, request).state == "void"
    history = {line.action: line.comment for line in cases.history(desk.session, desk.number)}
    assert history["开票申请作废"] == request
    assert history["接续派工单作废"] == (f"{order}（已派工，尚未验收）" if dispatched else order)
    terminate(desk)
    assert ledger.verify(desk.session) == []


@pytest.mark.rule("C13", "C12")
def test_a_request_that_was_signed_leaves_sales_book_with_the_termination(desk: InvoicingDesk) -> None:
    desk.pay("600")
    desk.check_gate()
    request = desk.ask().paper_no
    desk.approve(request, "invoice_request")
    desk.allow()
    terminate(desk)
    assert sum(desk.entries(Book.SALES, EntryKind.INVOICE_REQUEST)) == 0
    assert is_void(desk, request)
    assert ledger.verify(desk.session) == []


@pytest.mark.rule("C13", "C10", "C11")
def test_what_has_ended_stays_what_it_is_when_the_contract_is_terminated(desk: InvoicingDesk) -> None:
    desk.pay("600")
    desk.check_gate()
    request = desk.invoice(PAPER)
    order = desk.order()
    desk.approve(order.paper_no, "jointing_order")
    desk.dispatch()
    desk.accept()
    terminate(desk)
    assert desk.session.get_one(InvoiceRequest, request).state == "issued"
    assert desk.session.get_one(JointingOrder, order.paper_no).state == "accepted"


@pytest.mark.rule("C13")
def test_nothing_is_voided_of_a_contract_in_force(desk: InvoicingDesk) -> None:
    with pytest.raises(InvalidInput, match="in_force, not terminated"):
        jointing.void_orders(j.VoidOrders(), desk.uow, desk.task)
    with pytest.raises(InvalidInput, match="in_force, not terminated"):
        invoices.void_requests(m.VoidRequests(), desk.uow, desk.task)


@pytest.mark.rule("C13", "C11")
def test_the_request_of_a_credit_notes_own_strand_goes_on_after_the_termination(desk: InvoicingDesk) -> None:
    desk.pay("600")
    desk.check_gate(reissue=True)
    request = desk.ask().paper_no
    terminate(desk)
    assert desk.session.get_one(InvoiceRequest, request).state == "filled"


@pytest.mark.rule("C11", "A5")
@pytest.mark.parametrize(
    ("paid", "given_up", "outcome"),
    [("599.99", "400.01", "shut"), ("599.99", "400", "wait"), ("600", "400", "work")],
)
def test_a_write_off_below_the_gate_ends_the_invoicing_and_above_it_does_not(
    desk: InvoicingDesk, paid: str, given_up: str, outcome: str
) -> None:
    desk.pay(paid)
    write_off(desk, given_up)
    assert desk.check_gate().gate_outcome == outcome
    ended = [line.comment for line in cases.history(desk.session, desk.number) if line.action == "不再开票"]
    assert len(ended) == (outcome == "shut")
    assert all("占合同金额的59.99%，不足60%" in comment for comment in ended)
    assert desk.account.is_invoiced == (outcome == "shut")


def history(desk: InvoicingDesk, action: str) -> list[str]:
    """What the contract's history says of it."""
    return [line.comment for line in cases.history(desk.session, desk.number) if line.action == action]


@pytest.mark.rule("C10", "A5")
@pytest.mark.parametrize(
    ("paid", "given_up", "outcome"),
    [("299.99", "700.01", "shut"), ("299.99", "700", "wait"), ("300", "700", "work")],
)
def test_a_write_off_below_the_first_payment_ends_the_jointing_and_above_it_does_not(
    desk: InvoicingDesk, paid: str, given_up: str, outcome: str
) -> None:
    desk.pay(paid)
    assert desk.check_payment().jointing_outcome == ("work" if outcome == "work" else "wait")
    write_off(desk, given_up)
    assert desk.check_payment().jointing_outcome == outcome
    why = "已收款¥299.99，占合同金额的29.99%，不足30%，余款已核销；客户破产"
    assert history(desk, "不再接续") == ([why] if outcome == "shut" else [])


@pytest.mark.rule("C10", "A5")
def test_an_order_that_waited_for_its_money_is_void_when_that_is_written_off(desk: InvoicingDesk) -> None:
    desk.pay("300", "流水9")
    order = desk.order().paper_no
    desk.approve(order, "jointing_order")
    debts.take_back(desk.session, "流水9", reason="银行退票", posted_at=desk.now)
    assert desk.dispatch().dispatch_outcome == "wait"
    write_off(desk, "1000")
    assert desk.check_payment().jointing_outcome == "shut"
    assert is_void(desk, order)
    assert history(desk, "接续派工单作废") == [order]


@pytest.mark.rule("C10", "C1", "A5")
def test_a_policy_that_asks_for_less_begins_work_again_that_was_given_up(desk: InvoicingDesk) -> None:
    desk.pay("200")
    write_off(desk, "800")
    assert desk.check_payment().jointing_outcome == "shut"
    rule_from(desk.session, TODAY, first_payment_percent=Decimal(20))
    assert wake_at_open_gates(desk.session, desk.now) == [desk.number]
    assert desk.check_payment().jointing_outcome == "work"
    assert not signals.waits(desk.session, "Msg_PaymentForJointing", desk.number)


@pytest.mark.rule("C11", "X6")
def test_what_a_credit_note_has_issued_anew_is_told_to_the_contracts_own_strand(desk: InvoicingDesk) -> None:
    desk.pay("600")
    desk.check_gate()
    desk.instance = "credit-1"
    desk.check_gate(reissue=True)
    assert not signals.has_unread(desk.session, desk.number, ["Msg_PaymentForInvoice"])
    desk.invoice(PAPER)
    assert signals.has_unread(desk.session, desk.number, ["Msg_PaymentForInvoice"])
