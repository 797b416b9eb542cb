"""The bank's references: one payment, one reference, whichever way the money went (A6).

The tables of receipts and commission belong to other rooms, which this one does not import; here they are only read.
"""

from __future__ import annotations

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from workers.refunds.store import RefundPayment

_RECEIPTS = table("receipts", *map(column, ("bank_reference", "case_no", "reversed_at")))
_COMMISSION = table("commission_payments", *map(column, ("bank_reference", "case_no")))


def paid_out_under(session: Session, bank_reference: str) -> str | None:
    """The case in which a payment of ours is registered under that reference: a refund, a commission."""
    refund = select(RefundPayment.case_no).where(RefundPayment.bank_reference == bank_reference)
    commission = select(_COMMISSION.c.case_no).where(_COMMISSION.c.bank_reference == bank_reference)
    return session.scalars(refund).one_or_none() or session.scalars(commission).first()


def known_as(session: Session, bank_reference: str) -> str | None:
    """The case in which the reference is registered already: a refund, a receipt, a commission."""
    receipts = select(_RECEIPTS.c.case_no).where(
        _RECEIPTS.c.bank_reference == bank_reference, _RECEIPTS.c.reversed_at.is_(None)
    )
    return paid_out_under(session, bank_reference) or session.scalars(receipts).first()
