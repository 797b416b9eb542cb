"""The tables of the closing: a case per month, what was counted, and how differences were resolved (C12)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from workers.cases import Case
from workers.database.base import MOMENT, Base
from workers.ledger import ContractRow

OPEN, CLOSED, WITHDRAWN = "open", "closed", "withdrawn"
QUANTITY = Numeric(12, 3)


class MonthClosing(Base):
    """The closing of one month; a withdrawn one leaves the month to another."""

    __tablename__ = "month_closings"
    __table_args__ = (
        CheckConstraint(f"state IN ('{OPEN}', '{CLOSED}', '{WITHDRAWN}')", name="state_is_known"),
        CheckConstraint("extract(day from month) = 1", name="month_is_its_first_day"),
        Index(
            "uq_month_closings_one_at_a_time",
            "month",
            unique=True,
            postgresql_where=text(f"state IN ('{OPEN}', '{CLOSED}')"),
        ),
    )

    case_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), primary_key=True)
    month: Mapped[date] = mapped_column(Date)
    early_reason: Mapped[str] = mapped_column(Text)
    """Why the running month is closed before it is over; empty otherwise."""
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    sales_confirmed_by: Mapped[str | None] = mapped_column(String(64))
    counted_at: Mapped[datetime | None] = mapped_column(MOMENT)
    opened_at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)


class StockCount(Base):
    """What the warehouse counted of one contract line, beside the book's stock of that moment. Append-only."""

    __tablename__ = "stock_counts"
    __table_args__ = (CheckConstraint("counted >= 0", name="counted_is_not_negative"),)

    case_no: Mapped[str] = mapped_column(ForeignKey(MonthClosing.case_no), primary_key=True)
    contract_no: Mapped[str] = mapped_column(ForeignKey(ContractRow.contract_no), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    book_quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    counted: Mapped[Decimal] = mapped_column(QUANTITY)
    counted_by: Mapped[str] = mapped_column(String(64))
    counted_at: Mapped[datetime] = mapped_column(MOMENT)


class DifferenceResolution(Base):
    """How a difference was resolved, by whom and why; it holds while the figures stay. Append-only."""

    __tablename__ = "difference_resolutions"
    __table_args__ = (CheckConstraint("reason <> ''", name="it_says_why"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey(MonthClosing.case_no), index=True)
    key: Mapped[str] = mapped_column(String(64))
    """Of the difference, figures included: another figure is another difference."""
    code: Mapped[str] = mapped_column(String(32))
    contract_no: Mapped[str | None] = mapped_column(String(32))
    line_no: Mapped[int | None]
    quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    description: Mapped[str] = mapped_column(Text)
    sales_side: Mapped[str] = mapped_column(Text)
    finance_side: Mapped[str] = mapped_column(Text)
    resolution: Mapped[str] = mapped_column(String(16))
    responsible: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime] = mapped_column(MOMENT)
