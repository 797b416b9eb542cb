"""What is owed on a bill and what pays it. Whoever pays holds the lock of the receipts, so that nothing pays twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Select, column, func, or_, select, table
from sqlalchemy.orm import Session

from workers import cases, signals
from workers.bills.store import COUNTER, TRANSFER, ServiceBill, ServicePayment
from workers.errors import InvalidInput

PAID = "Msg_ServicePayment"
"""Tells the visit that waits for its bill's money, by its number, that some came or was taken back."""
ZERO = Decimal("0.00")
_RECEIPTS = table("receipts", *map(column, ("id", "reversed_at")))
"""Of a room above this one, which is not imported; here it is only read."""


def find(session: Session, bill_no: str) -> ServiceBill | None:
    """The bill with that number."""
    return session.get(ServiceBill, bill_no)


def numbers(session: Session) -> list[str]:
    """Of every bill, paid or not."""
    return list(session.scalars(select(ServiceBill.bill_no)))


def left(session: Session, bill: ServiceBill) -> Decimal:
    """Yuan that the bill still takes."""
    session.flush()
    _, owed = session.execute(_with_left().where(ServiceBill.bill_no == bill.bill_no)).one()
    return owed


def open_ones(session: Session) -> list[tuple[ServiceBill, Decimal]]:
    """Every bill on which something is owed, with how many yuan, the newest first."""
    session.flush()
    query = _with_left().order_by(ServiceBill.issued_at.desc(), ServiceBill.bill_no.desc())
    return [(bill, owed) for bill, owed in session.execute(query) if owed > 0]


def within(
    session: Session, customers: Collection[str], amounts: Collection[Decimal]
) -> Mapping[str, Decimal]:
    """Open bills of these customers, and any on which exactly one of `amounts` is owed: number -> yuan."""
    return {
        bill.bill_no: owed
        for bill, owed in open_ones(session)
        if bill.customer_no in customers or owed in amounts
    }


def pay(
    session: Session,
    bill: ServiceBill,
    amount: Decimal,
    *,
    reference: str,
    by: str,
    at: datetime,
    receipt_id: int | None = None,
) -> ServicePayment:
    """Enter money of the bill: of a receipt, or without one the counter's. InvalidInput: more than is owed."""
    if not 0 < amount <= left(session, bill):
        raise InvalidInput(f"bill {bill.bill_no} does not take {amount} yuan")
    way = COUNTER if receipt_id is None else TRANSFER
    payment = ServicePayment(
        bill_no=bill.bill_no, amount=amount, way=way, reference=reference, receipt_id=receipt_id, by=by, at=at
    )
    session.add(payment)
    session.flush()
    return payment


def tell(session: Session, bill: ServiceBill, fact: str) -> None:
    """The visit looks at its bill again, unless it is over."""
    if cases.find(session, bill.case_no).state == cases.OPEN:
        signals.send(session, PAID, bill.case_no, fact)


def at_counter(session: Session, reference: str) -> ServicePayment | None:
    """The counter's money that is booked with that receipt."""
    query = select(ServicePayment).where(ServicePayment.reference == reference, ServicePayment.way == COUNTER)
    return session.scalars(query).one_or_none()


def counter_payments(session: Session, references: Collection[str]) -> list[tuple[str, Decimal, str]]:
    """Of the counter's money under these references: reference, yuan, the visit's number."""
    query = (
        select(ServicePayment.reference, ServicePayment.amount, ServiceBill.case_no)
        .join(ServiceBill, ServiceBill.bill_no == ServicePayment.bill_no)
        .where(ServicePayment.way == COUNTER, ServicePayment.reference.in_(references))
    )
    return [(reference, amount, case_no) for reference, amount, case_no in session.execute(query)]


def _with_left() -> Select[ServiceBill, Decimal]:
    counts = or_(ServicePayment.receipt_id.is_(None), _RECEIPTS.c.reversed_at.is_(None))
    paid = (
        select(func.coalesce(func.sum(ServicePayment.amount), ZERO))
        .outerjoin(_RECEIPTS, _RECEIPTS.c.id == ServicePayment.receipt_id)
        .where(ServicePayment.bill_no == ServiceBill.bill_no, counts)
        .correlate(ServiceBill)
        .scalar_subquery()
    )
    return select(ServiceBill, ServiceBill.total - paid)
