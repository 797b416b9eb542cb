"""The tables of the receipts room: statements with their files, their lines, what was booked, what was taken back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workers.bills import ServiceBill
from workers.cases import Case
from workers.database.base import MOMENT, MONEY, Base

OPEN, WITHDRAWN = "open", "withdrawn"
MATCHED, UNMATCHED, RESOLVED, IGNORED = "matched", "unmatched", "resolved", "ignored"
PAYMENT, PREPAYMENT, OFFSET = "payment", "prepayment", "offset"


class BankStatement(Base):
    """A statement's file as it was uploaded. The same file counts once, unless its case was withdrawn."""

    __tablename__ = "bank_statements"
    __table_args__ = (
        CheckConstraint(f"state IN ('{OPEN}', '{WITHDRAWN}')", name="state_is_known"),
        CheckConstraint("sha256 = encode(sha256(content), 'hex')", name="sha256_is_of_the_content"),
        Index("uq_bank_statements_once", "sha256", unique=True, postgresql_where=text(f"state = '{OPEN}'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    account: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Rows that could not be read: line number and reason."""
    imported_by: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime] = mapped_column(MOMENT)


class StatementLine(Base):
    """A credit of a statement, and what became of it."""

    __tablename__ = "bank_statement_lines"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint(
            f"state IN ('{MATCHED}', '{UNMATCHED}', '{RESOLVED}', '{IGNORED}')", name="state_is_known"
        ),
        UniqueConstraint("statement_id", "line_no"),
        Index(
            "uq_bank_statement_lines_key", "key", unique=True, postgresql_where=text(f"state <> '{IGNORED}'")
        ),
        Index(
            "ix_bank_statement_lines_unmatched",
            "statement_id",
            postgresql_where=text(f"state = '{UNMATCHED}'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey(BankStatement.id))
    line_no: Mapped[int]
    value_date: Mapped[date] = mapped_column(Date)
    amount: Mapped[Decimal] = mapped_column(MONEY)
    currency: Mapped[str] = mapped_column(String(16))
    payer: Mapped[str] = mapped_column(Text)
    payer_account: Mapped[str] = mapped_column(String(100))
    remark: Mapped[str] = mapped_column(Text)
    bank_reference: Mapped[str] = mapped_column(String(80))
    """As the bank gave it; empty where it gave none."""
    key: Mapped[str] = mapped_column(String(80))
    """What the payment is known by, and booked under."""
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    """By what it was matched; why it was not; why it counts as none."""
    candidates: Mapped[list[str]] = mapped_column(JSONB)
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipts.id"))
    resolved_by: Mapped[str | None] = mapped_column(String(64))
    resolved_at: Mapped[datetime | None] = mapped_column(MOMENT)


class Receipt(Base):
    """Money that was booked: a payment, money kept as a customer's balance, or that balance applied.

    Nothing of it changes but that it is taken back once (退票、冲正). What a payment has paid is known by `debts`.
    """

    __tablename__ = "receipts"
    __table_args__ = (
        CheckConstraint(f"kind IN ('{PAYMENT}', '{PREPAYMENT}', '{OFFSET}')", name="kind_is_known"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint(
            f"num_nonnulls(contract_no, bill_no) = CASE WHEN kind = '{PREPAYMENT}' THEN 0 ELSE 1 END",
            name="only_a_prepayment_pays_nothing",
        ),
        CheckConstraint(
            "num_nulls(reversed_at, reversed_by, reversal_reason, reversal_case_no) IN (0, 4)",
            name="a_reversal_says_who_and_why",
        ),
        Index(
            "uq_receipts_bank_reference",
            "bank_reference",
            unique=True,
            postgresql_where=text("reversed_at IS NULL"),
        ),
        Index("ix_receipts_newest", "recorded_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    bank_reference: Mapped[str] = mapped_column(String(80))
    """The bank's, what stands in for it, or the number of the case that applied a balance."""
    kind: Mapped[str] = mapped_column(String(16))
    case_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), index=True)
    contract_no: Mapped[str | None] = mapped_column(ForeignKey("contracts.contract_no"), index=True)
    bill_no: Mapped[str | None] = mapped_column(ForeignKey(ServiceBill.bill_no), index=True)
    """Of the workshop's bill that it pays; what the bill does not take is the customer's balance."""
    customer_no: Mapped[str] = mapped_column(String(32))
    amount: Mapped[Decimal] = mapped_column(MONEY)
    value_date: Mapped[date] = mapped_column(Date)
    """The bank's date."""
    payer: Mapped[str] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(Text)
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)
    reversed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    reversed_by: Mapped[str | None] = mapped_column(String(64))
    reversal_reason: Mapped[str | None] = mapped_column(Text)
    reversal_case_no: Mapped[str | None] = mapped_column(ForeignKey(Case.case_no))
