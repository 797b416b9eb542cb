"""The tables of the refunds: what was asked for (its case is the paper), and the bank's payment."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from workers.cases import Case
from workers.database.base import MOMENT, MONEY, Base

FILLED, RETURNED, PAID, VOID = "filled", "returned", "paid", "void"
STATES = (FILLED, RETURNED, PAID, VOID)
REFUND, LARGE_REFUND = "refund", "large_refund"
"""Stages of approval, by the policy's limit of a large amount."""


class Refund(Base):
    """A customer's balance that is to be paid back. What is `filled` is promised: nothing else spends it."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(one) for one in STATES)})", name="state_is_known"),
        CheckConstraint(f"stage IN ('{REFUND}', '{LARGE_REFUND}')", name="stage_is_known"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        Index("ix_refunds_promised", "customer_no", postgresql_where=text(f"state = '{FILLED}'")),
    )

    case_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), primary_key=True)
    customer_no: Mapped[str] = mapped_column(String(32))
    customer_name: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Decimal] = mapped_column(MONEY)
    payee: Mapped[str] = mapped_column(String(200))
    payee_bank: Mapped[str] = mapped_column(String(200))
    payee_account: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    filled_by: Mapped[str] = mapped_column(String(64))
    filled_at: Mapped[datetime] = mapped_column(MOMENT)


class RefundPayment(Base):
    """The bank's payment of a signed refund. Append-only."""

    __tablename__ = "refund_payments"

    case_no: Mapped[str] = mapped_column(ForeignKey(Refund.case_no), primary_key=True)
    paid_on: Mapped[date] = mapped_column(Date)
    """The bank's date."""
    bank_reference: Mapped[str] = mapped_column(String(80), unique=True)
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)
