"""A car's money is booked as all money is: once, known to statements, taken back, paid from a balance (A6, V7)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.integration import invoicing_desk
from tests.integration.contract_desk import NOW
from tests.integration.invoicing_desk import InvoicingDesk
from tests.integration.orders_desk import CASHIER, SALE, OrdersDesk, said
from tests.integration.receipts_desk import ReceiptsDesk, row
from workers import ledger, signals, vehicles
from workers.database.unit_of_work import UnitOfWork
from workers.receipts.store import IGNORED, MATCHED, UNMATCHED, Receipt, StatementLine
from workers.signals import Signal
from workers.vehicle_orders import view

DAY, BUYER = "2026-03-10", "钱多多"


@pytest.fixture
def desk(session: Session) -> OrdersDesk:
    """A contract in force that waits for its deposit."""
    found = OrdersDesk(session)
    found.in_force()
    return found


@pytest.fixture(autouse=True)
def the_books_are_whole(session: Session) -> Iterator[None]:
    yield
    assert ledger.verify(session) == []


def bank(desk: OrdersDesk, instance: str = "bank") -> ReceiptsDesk:
    """Finance's desk for the bank's money, on the same day."""
    found = ReceiptsDesk(desk.session, instance, case_no="none yet")
    found.now = NOW
    return found


def customer_of(desk: OrdersDesk) -> str:
    return vehicles.sale(desk.session, SALE).customer_no


def number_of(desk: OrdersDesk) -> str:
    contract = view.latest(desk.session, SALE)
    assert contract is not None
    return contract.contract_no


def lines(session: Session) -> list[tuple[str, str]]:
    query = select(StatementLine.state, StatementLine.reason).order_by(StatementLine.id)
    return [(state, reason) for state, reason in session.execute(query)]


def prepaid(desk: OrdersDesk, amount: str) -> None:
    """Money of the customer that came before there was anything to pay."""
    bank(desk, f"prepaid {amount}").enter(
        receipt_action="prepayment",
        customer_no=customer_of(desk),
        amount=amount,
        value_date=DAY,
        bank_reference=f"预付{amount}",
    )


@pytest.mark.rule("V7", "A6")
def test_a_prepayment_pays_the_deposit_once_and_never_more_than_is_there(desk: OrdersDesk) -> None:
    prepaid(desk, "15000.00")
    assert desk.read_deposit().credit_figures == "¥15,000.00"
    known = desk.pay("15000.00", "预付15000.00")
    assert f"客户{customer_of(desk)}的余额，不能重复登记" in said(known.form_errors)
    refused = desk.pay("20000.00", payment_source="balance")
    assert "客户余额¥15,000.00不足¥20,000.00" in said(refused.form_errors)
    assert refused.payment_source == "balance"
    paid = desk.pay("15000.00", payment_source="balance")
    assert (paid.form_errors, paid.received_figures, paid.credit_figures) == ([], "¥15,000.00", "¥0.00")
    again = desk.pay("15000.00", payment_source="balance")  # the same task after a crash
    assert (again.form_errors, again.received_figures) == ([], "¥15,000.00")
    assert desk.pay("5000.00", "流水1").form_errors == []
    assert desk.read_deposit().payment_outcome == "received"


@pytest.mark.rule("V7", "A6")
def test_what_finance_typed_is_the_same_payment_when_the_statement_brings_it(desk: OrdersDesk) -> None:
    assert desk.pay("20000.00", "流水 21").form_errors == []
    imported = bank(desk).take_in(row("20000.00", BUYER, "定金", "流水21", DAY), row("1.00", BUYER, day=DAY))
    assert imported.form_errors == []
    assert lines(desk.session)[0] == (IGNORED, f"已在{SALE}登记，没有重复登记")
    assert ledger.account(desk.session, number_of(desk)).received == Decimal("20001.00")


@pytest.mark.rule("V7", "A6")
def test_a_line_without_a_reference_that_looks_like_typed_money_goes_to_a_person(desk: OrdersDesk) -> None:
    assert desk.pay("20000.00", "流水31").form_errors == []
    bank(desk).take_in(row("20000.00", BUYER, "定金", "", DAY))
    ((state, reason),) = lines(desk.session)
    assert (state, f"{SALE}登记过同日同金额的收款" in reason) == (UNMATCHED, True)
    assert ledger.account(desk.session, number_of(desk)).received == Decimal("20000.00")


@pytest.mark.rule("V7", "A6")
def test_what_the_statement_brought_cannot_be_typed_again(desk: OrdersDesk) -> None:
    bank(desk).take_in(row("20000.00", BUYER, f"购车{number_of(desk)}", "流水41", DAY))
    assert lines(desk.session) == [(MATCHED, "合同编号")]
    assert "不能重复登记" in said(desk.pay("20000.00", "流水41").form_errors)
    assert desk.read_deposit().payment_outcome == "received"


@pytest.mark.rule("V7", "A6")
def test_a_line_that_waits_to_be_claimed_is_claimed_and_not_typed(desk: OrdersDesk) -> None:
    clerk = bank(desk)
    imported = clerk.take_in(row("20000.00", "代付的亲戚", "购车", "流水51", DAY))
    refused = desk.pay("20000.00", "流水51")
    assert f"流水号流水51的款项在{clerk.case_no}中等待认领" in said(refused.form_errors)
    (claim,) = imported.claims
    clerk.resolve([{"lineId": claim.line_id, "decision": "contract", "contractNo": number_of(desk)}])
    assert desk.read_deposit().payment_outcome == "received"


@pytest.mark.rule("V7", "A6", "C12")
def test_typed_money_is_taken_back_and_the_order_hears_of_it(desk: OrdersDesk) -> None:
    assert desk.pay("20000.00", "流水61").form_errors == []
    receipt = desk.session.scalars(select(Receipt)).one()
    assert (receipt.case_no, receipt.recorded_by, receipt.payer) == (SALE, CASHIER, BUYER)
    signals.mark_read(desk.session, "Msg_VehiclePayment", SALE, NOW)
    reversal = {"receipt_action": "reversal", "receipt_id": str(receipt.id), "reversal_reason": "退票"}
    bank(desk).enter(**reversal)
    assert signals.has_unread(desk.session, SALE, ["Msg_VehiclePayment"])
    waiting = desk.read_deposit()
    assert (waiting.payment_outcome, waiting.money_wanted) == ("waiting", "¥20,000.00")
    assert desk.pay("20000.00", "流水61").form_errors == []  # the bank's second try under the same reference
    assert desk.read_deposit().payment_outcome == "received"


@pytest.mark.rule("V7", "V8", "A6")
def test_deposit_and_balance_come_through_form_and_statement_and_what_is_too_much_stays_the_customers(
    desk: OrdersDesk,
) -> None:
    assert desk.pay("20000.00", "流水71").form_errors == []
    assert desk.read_deposit().payment_outcome == "received"
    assert desk.read_balance().money_wanted == "¥108,000.00"
    bank(desk).take_in(row("100000.00", BUYER, f"{number_of(desk)}车款", "流水72", DAY))
    assert desk.read_balance().money_wanted == "¥8,000.00"
    over = desk.pay("8500.00", "流水73")
    assert (over.form_errors, over.credit_figures) == ([], "¥500.00")
    assert "转入客户余额¥500.00" in over.case_history[-1].comment
    assert desk.read_balance().payment_outcome == "received"
    assert ledger.customer_balance(desk.session, customer_of(desk)) == Decimal("500.00")


# -- the invoice ---------------------------------------------------------------------------------------------------


class CarInvoicing(InvoicingDesk):
    """The invoicing of a car's contract, months later by the clock."""

    def __init__(self, session: Session, number: str) -> None:
        self.session, self.now, self.instance = session, invoicing_desk.NOW, "car's invoice"
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        self.case_no = self.number = number


CAR = [{"lineNo": "1", "amount": "128000.00", "taxRate": "13"}]


def begun(desk: OrdersDesk) -> list[str]:
    query = select(Signal.business_key).where(
        Signal.message == "Msg_InvoiceWanted", Signal.starts == "InvoicingProcess"
    )
    return list(desk.session.scalars(query))


@pytest.mark.rule("V8", "C11")
def test_a_car_that_is_paid_is_invoiced_once_before_or_after_its_handover(session: Session) -> None:
    desk = OrdersDesk(session)
    desk.until_handover()
    number = number_of(desk)
    desk.read_balance()
    assert begun(desk) == [number]
    invoicing = CarInvoicing(session, number)
    assert invoicing.check_gate().gate_outcome == "work"
    assert desk.hand_over().handover_result == "delivered"
    invoicing.invoice("26117000000000008801", CAR)
    assert invoicing.check_gate().gate_outcome == "done"
    assert ledger.account(session, number).invoiced == Decimal("128000.00")


@pytest.mark.rule("V7", "C11")
def test_an_invoiced_car_is_cancelled_only_after_the_credit_note(session: Session) -> None:
    desk = OrdersDesk(session)
    desk.until_handover()
    CarInvoicing(session, number_of(desk)).invoice("26117000000000008802", CAR)
    desk.ask("nobody")
    assert "请财务部先办理红字发票" in said(desk.decide("returned").decision_errors)
    assert desk.decide("kept", reason="客户撤回").cancel_outcome == "kept"


@pytest.mark.rule("C11", "V7")
@pytest.mark.parametrize("cancelled", [False, True])
def test_a_car_whose_money_bounced_waits_at_the_gate_until_there_is_more_or_no_contract(
    session: Session, cancelled: bool
) -> None:
    desk = OrdersDesk(session)
    desk.until_handover()
    invoicing, number = CarInvoicing(session, number_of(desk)), number_of(desk)
    receipt = session.scalars(select(Receipt).where(Receipt.amount == Decimal(108000))).one()
    bank(desk).enter(receipt_action="reversal", receipt_id=str(receipt.id), reversal_reason="退票")
    assert invoicing.check_gate().gate_outcome == "wait"
    assert not signals.has_unread(session, number, ["Msg_PaymentForInvoice"])
    if cancelled:
        desk.ask("nobody")
        assert desk.decide("returned").cancel_outcome == "cancelled"
    else:
        assert desk.pay("60000.00", "流水81").form_errors == []
    assert signals.has_unread(session, number, ["Msg_PaymentForInvoice"])
    assert invoicing.check_gate().gate_outcome == ("done" if cancelled else "work")
