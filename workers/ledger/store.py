"""The tables of the ledgers: contracts in force, both books' entries, and each book's head.

Triggers of the migrations refuse to change or delete an entry, to move a head except by one entry, and to
touch what a contract was sealed with.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import MOMENT, MONEY, Base


class Book(StrEnum):
    """Whose ledger it is."""

    SALES = "sales"
    FINANCE = "finance"


class EntryKind(StrEnum):
    """What an entry books. Each department books its own events from its own papers."""

    CONTRACT = "contract"
    PRODUCTION = "production"
    DISPATCH = "dispatch"
    INVOICE_REQUEST = "invoice_request"
    COMMISSION = "commission"
    DELIVERY = "delivery"
    RECEIPT = "receipt"
    INVOICE = "invoice"
    PAYOUT = "payout"


SEALED = "sealed"
"""Sealed, and not yet in the books."""
IN_FORCE = "in_force"


class ContractRow(Base):
    """A sealed contract, as the ledgers know it."""

    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_is_not_negative"),
        CheckConstraint(f"status IN ('{SEALED}', '{IN_FORCE}')", name="status_is_known"),
    )

    contract_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int]
    case_no: Mapped[str] = mapped_column(String(32), unique=True)
    customer_no: Mapped[str] = mapped_column(String(32), index=True)
    customer_name: Mapped[str] = mapped_column(String(200))
    salesperson: Mapped[str] = mapped_column(String(64))
    amount: Mapped[Decimal] = mapped_column(MONEY)
    delivery_date: Mapped[date] = mapped_column(Date)
    document_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16), default=SEALED)
    sealed_at: Mapped[datetime] = mapped_column(MOMENT)


class LedgerBook(Base):
    """The head of a book: its last entry. The row's lock orders the entries."""

    __tablename__ = "ledger_books"
    __table_args__ = (CheckConstraint("book IN ('sales', 'finance')", name="book_is_known"),)

    book: Mapped[str] = mapped_column(String(16), primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    last_hash: Mapped[str] = mapped_column(String(64))


class LedgerEntry(Base):
    """One entry; `hash` covers its content and the hash of the entry before it."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="seq_is_positive"),
        CheckConstraint("amount >= 0 OR reverses IS NOT NULL", name="only_a_reversal_is_negative"),
        CheckConstraint("reverses IS NULL OR (reason <> '' AND reverses < seq)", name="a_reversal_says_why"),
        Index(
            "uq_ledger_entries_one_contract_entry",
            "book",
            "contract_no",
            unique=True,
            postgresql_where=text("kind = 'contract' AND reverses IS NULL"),
        ),
        Index(
            "uq_ledger_entries_one_entry_per_paper",
            "book",
            "contract_no",
            "kind",
            "reference",
            unique=True,
            postgresql_where=text("reverses IS NULL"),
        ),
        Index("uq_ledger_entries_reversed_once", "book", "reverses", unique=True),
    )

    book: Mapped[str] = mapped_column(ForeignKey("ledger_books.book"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    contract_no: Mapped[str] = mapped_column(ForeignKey("contracts.contract_no"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    amount: Mapped[Decimal] = mapped_column(MONEY)
    posted_at: Mapped[datetime] = mapped_column(MOMENT)
    value_date: Mapped[date] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(String(100))
    """The number of the paper that it was booked from."""
    reference_sha256: Mapped[str | None] = mapped_column(String(64))
    """That paper's hash, where its bytes are kept."""
    reverses: Mapped[int | None] = mapped_column(BigInteger)
    """The entry of the same book that this one takes back."""
    reason: Mapped[str] = mapped_column(Text, default="")
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
