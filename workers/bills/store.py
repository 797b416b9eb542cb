"""Tables of the workshop's bills (维修结算单) and of what was paid on them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import MOMENT, MONEY, Base

COUNTER, TRANSFER = "counter", "transfer"


class ServiceBill(Base):
    """A bill, from the lines as they were really done (W9). Append-only."""

    __tablename__ = "service_bills"
    __table_args__ = (
        CheckConstraint("least(labour, parts) >= 0 AND total = labour + parts", name="adds_up"),
    )

    bill_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("service_orders.case_no"), unique=True)
    customer_no: Mapped[str] = mapped_column(String(32))
    labour: Mapped[Decimal] = mapped_column(MONEY)
    parts: Mapped[Decimal] = mapped_column(MONEY)
    total: Mapped[Decimal] = mapped_column(MONEY)
    issued_at: Mapped[datetime] = mapped_column(MOMENT)


class ServicePayment(Base):
    """Money of a bill: from the counter, or the part of a receipt that the bill took. Append-only.

    It counts until its receipt is taken back.
    """

    __tablename__ = "service_payments"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint(f"way IN ('{COUNTER}', '{TRANSFER}')", name="way_is_known"),
        CheckConstraint(f"receipt_id IS NULL OR way = '{TRANSFER}'", name="the_counter_has_no_receipt"),
        Index(
            "uq_service_payments_counter",
            "reference",
            unique=True,
            postgresql_where=text(f"way = '{COUNTER}'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    bill_no: Mapped[str] = mapped_column(ForeignKey(ServiceBill.bill_no), index=True)
    amount: Mapped[Decimal] = mapped_column(MONEY)
    way: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(80))
    """The till's receipt or the bank's reference."""
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipts.id"), unique=True)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(MOMENT)
