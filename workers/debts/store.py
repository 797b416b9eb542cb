"""The tables of the debts room: money as it came, acceptance reports, holds, and the open collection cases."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import MOMENT, MONEY, Base


class ReceivedMoney(Base):
    """Money of one bank reference, and what it paid. The books hold the entries; this keeps what belongs together."""

    __tablename__ = "received_money"
    __table_args__ = (
        CheckConstraint("amount > 0 AND principal + interest + surplus = amount", name="nothing_is_lost"),
        CheckConstraint("least(principal, interest, surplus) >= 0", name="parts_are_not_negative"),
        Index(
            "uq_received_money_bank_reference",
            "bank_reference",
            unique=True,
            postgresql_where=text("taken_back_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    bank_reference: Mapped[str] = mapped_column(String(80))
    contract_no: Mapped[str] = mapped_column(ForeignKey("contracts.contract_no"), index=True)
    amount: Mapped[Decimal] = mapped_column(MONEY)
    value_date: Mapped[date] = mapped_column(Date)
    principal: Mapped[Decimal] = mapped_column(MONEY)
    interest: Mapped[Decimal] = mapped_column(MONEY)
    surplus: Mapped[Decimal] = mapped_column(MONEY)
    booking: Mapped[int] = mapped_column(default=1, server_default="1")
    """How often it was booked: a correction reverses the entries and books them anew under a reference of their own."""
    received_at: Mapped[datetime] = mapped_column(MOMENT)
    received_by: Mapped[str] = mapped_column(String(64))
    taken_back_at: Mapped[datetime | None] = mapped_column(MOMENT)

    @property
    def reference(self) -> str:
        """What the books' entries of the present booking refer to."""
        return (
            self.bank_reference
            if self.booking == 1
            else f"{self.bank_reference} 更正{self.id}-{self.booking}"
        )


class Acceptance(Base):
    """The day of a contract's jointing acceptance report: from it the last instalment is counted."""

    __tablename__ = "debt_acceptances"

    contract_no: Mapped[str] = mapped_column(ForeignKey("contracts.contract_no"), primary_key=True)
    accepted_on: Mapped[date] = mapped_column(Date)


class Hold(Base):
    """A customer gets no new contract and no delivery (A3): why, since when, and who released it with which reason."""

    __tablename__ = "customer_holds"
    __table_args__ = (
        CheckConstraint(
            "(released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (release_reason IS NULL)",
            name="a_release_says_who_and_why",
        ),
        Index(
            "uq_customer_holds_one_in_force",
            "customer_no",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_no: Mapped[str] = mapped_column(String(32), index=True)
    case_no: Mapped[str] = mapped_column(String(32))
    """The collection case that has led to it."""
    reason: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime] = mapped_column(MOMENT)
    placed_by: Mapped[str] = mapped_column(String(64))
    released_at: Mapped[datetime | None] = mapped_column(MOMENT)
    released_by: Mapped[str | None] = mapped_column(String(64))
    release_reason: Mapped[str | None] = mapped_column(Text)


class Collection(Base):
    """Which case collects a contract's overdue debt: one at a time."""

    __tablename__ = "collections"
    __table_args__ = (
        Index(
            "uq_collections_one_open", "contract_no", unique=True, postgresql_where=text("closed_at IS NULL")
        ),
    )

    case_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    contract_no: Mapped[str] = mapped_column(ForeignKey("contracts.contract_no"), index=True)
    opened_at: Mapped[datetime] = mapped_column(MOMENT)
    closed_at: Mapped[datetime | None] = mapped_column(MOMENT)
