"""Money of the workshop's bills: what the bill does not take is the customer's balance (A6, W9)."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import bills, money
from workers.bills import ServiceBill, ServicePayment
from workers.receipts.kept import Money, Paid, keep, move_balance
from workers.receipts.store import PAYMENT, Receipt


def pay(session: Session, paid: Money, bill: ServiceBill) -> Paid:
    """Book a payment for a bill: a part of it, all of it, or more."""
    takes = min(paid.amount, bills.left(session, bill))
    receipt = keep(session, paid, PAYMENT, bill.customer_no, bill_no=bill.bill_no)
    if takes > 0:
        enter(session, receipt, bill, takes)
    over = paid.amount - takes
    if over > 0:
        move_balance(session, receipt, over, f"维修结算单{bill.bill_no}多付")
    return Paid(receipt, f"超出结算单的{money.figures(over)}转入客户余额" if over > 0 else "")


def enter(session: Session, receipt: Receipt, bill: ServiceBill, amount: Decimal) -> None:
    """`amount` yuan of the receipt pay the bill."""
    bills.pay(
        session,
        bill,
        amount,
        reference=receipt.bank_reference,
        by=receipt.recorded_by,
        at=receipt.recorded_at,
        receipt_id=receipt.id,
    )
    bills.tell(session, bill, f"收款{receipt.id}")


def surplus(session: Session, receipt: Receipt) -> Decimal:
    """Yuan of the receipt that its bill did not take."""
    if receipt.bill_no is None:
        return Decimal(0)
    taken = session.scalar(select(ServicePayment.amount).where(ServicePayment.receipt_id == receipt.id))
    return receipt.amount - (taken or Decimal(0))


def taken_back(session: Session, receipt: Receipt) -> None:
    """The visit hears that its bill is owed again."""
    bill = bills.find(session, receipt.bill_no) if receipt.bill_no is not None else None
    if bill is not None:
        bills.tell(session, bill, f"冲正{receipt.id}")
