"""Receipts as they are kept, and what they do to their customer's balance (A6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from workers import ledger, money, refunds
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind
from workers.receipts.references import Refused
from workers.receipts.store import Receipt


@dataclass(frozen=True)
class Money:
    """Money that came in (yuan), and who enters it."""

    amount: Decimal
    value_date: date
    bank_reference: str
    payer: str
    remark: str
    case_no: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Paid:
    """A payment as it was booked, and in Chinese what finance has to know of it; mostly nothing."""

    receipt: Receipt
    remark: str


def keep(
    session: Session,
    paid: Money,
    kind: str,
    customer_no: str,
    *,
    contract_no: str | None = None,
    bill_no: str | None = None,
) -> Receipt:
    """The receipt's row."""
    receipt = Receipt(
        bank_reference=paid.bank_reference,
        kind=kind,
        case_no=paid.case_no,
        contract_no=contract_no,
        bill_no=bill_no,
        customer_no=customer_no,
        amount=paid.amount,
        value_date=paid.value_date,
        payer=paid.payer,
        remark=paid.remark,
        recorded_by=paid.by,
        recorded_at=paid.at,
    )
    session.add(receipt)
    session.flush()
    return receipt


def move_balance(session: Session, receipt: Receipt, amount: Decimal, reason: str) -> None:
    """Enter what the receipt does to its customer's balance, in yuan."""
    ledger.lock(session)
    month = ledger.still_open(session, receipt.value_date, receipt.recorded_at)
    with ledger.counting_in(session, month):
        ledger.post(
            session,
            Book.FINANCE,
            EntryKind.BALANCE,
            None,
            amount,
            value_date=receipt.value_date,
            reference=_balance_reference(receipt),
            posted_at=receipt.recorded_at,
            customer_no=receipt.customer_no,
            reason=reason,
        )


def move_balance_back(session: Session, receipt: Receipt, reason: str, at: datetime) -> None:
    """Reverse what `move_balance` entered."""
    entry = ledger.booked(
        session,
        Book.FINANCE,
        EntryKind.BALANCE,
        None,
        _balance_reference(receipt),
        customer_no=receipt.customer_no,
    )
    if entry is None:
        raise InvalidInput(f"the balance of receipt {receipt.id} is not booked")
    ledger.reverse(session, Book.FINANCE, entry.seq, reason=reason, posted_at=at)


def refuse_promised(session: Session, customer_no: str) -> None:
    """A refund that is being signed or paid keeps its money. Asked under the books' lock, which the entry holds."""
    short = -refunds.free_balance(session, customer_no)
    if short > 0:
        held = money.figures(refunds.promised(session, customer_no))
        raise Refused(f"客户余额中有{held}正在办理退款，还差{money.figures(short)}：请先办完或撤回退款")


def _balance_reference(receipt: Receipt) -> str:
    """A paper is booked once, and a bank's reference may come again after a reversal: the id tells them apart."""
    return f"{receipt.bank_reference} 收款{receipt.id}"
