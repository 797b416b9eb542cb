"""The tables of the ledgers: contracts in force, both books' entries and heads, and the sums kept of them.

Triggers of the migrations refuse to change or delete an entry, to move a head except by one entry, to touch what
a contract was sealed with except by an amendment, and to enter anything into a closed month. The sums (accounts,
goods, customers) follow the entries by a trigger; nothing else may move them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from workers.calendar import SHANGHAI
from workers.database.base import MOMENT, MONEY, Base
from workers.ledger.invariants import RULES

QUANTITY = Numeric(12, 3)
"""In the unit of the contract's line."""
PERCENT = Numeric(5, 2)


class Book(StrEnum):
    """Whose ledger it is."""

    SALES = "sales"
    FINANCE = "finance"


class EntryKind(StrEnum):
    """What an entry books. Each department books its own events from its own papers (see `effects.OF_BOOK`)."""

    CONTRACT = "contract"
    AMENDMENT = "amendment"
    PRODUCTION = "production"
    INBOUND = "inbound"
    SCRAP = "scrap"
    DISPATCH = "dispatch"
    RETURN = "return"
    INVOICE_REQUEST = "invoice_request"
    COMMISSION = "commission"
    DELIVERY = "delivery"
    RECEIPT = "receipt"
    INTEREST_PAID = "interest_paid"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    INTEREST = "interest"
    OFFSET = "offset"
    PAYOUT = "payout"
    WRITE_OFF = "write_off"
    BALANCE = "balance"


SEALED = "sealed"
"""Sealed, and not yet in the books."""
IN_FORCE = "in_force"
COMPLETED = "completed"
TERMINATED = "terminated"

APPROVAL = "approval"
"""The contract came by the approval process: it has a seal."""
OPENING = "opening"
"""The contract ran already when the company began with these books (期初合同)."""
VEHICLE = "vehicle"
"""A car's standard contract (V7): signed and countersigned, without the factory's seal and its fulfilment."""


class ContractRow(Base):
    """A sealed contract, as the ledgers know it, with the terms that the ledger's rules ask for."""

    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_is_not_negative"),
        CheckConstraint(
            f"status IN ('{SEALED}', '{IN_FORCE}', '{COMPLETED}', '{TERMINATED}')", name="status_is_known"
        ),
        CheckConstraint(f"origin IN ('{APPROVAL}', '{OPENING}', '{VEHICLE}')", name="origin_is_known"),
        CheckConstraint(
            "commission_permille BETWEEN 0 AND 1000 AND invoice_gate_percent BETWEEN 0 AND 100",
            name="terms_are_shares",
        ),
        Index("ix_contracts_newest", "sealed_at", "contract_no"),
        Index("ix_contracts_customer_newest", "customer_no", "sealed_at", "contract_no"),
    )

    contract_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int]
    """Grows by amendments; gaps are versions that were drawn up and not sealed."""
    case_no: Mapped[str] = mapped_column(String(32), unique=True)
    customer_no: Mapped[str] = mapped_column(String(32))
    customer_name: Mapped[str] = mapped_column(String(200))
    salesperson: Mapped[str] = mapped_column(String(64))
    amount: Mapped[Decimal] = mapped_column(MONEY)
    delivery_date: Mapped[date] = mapped_column(Date)
    document_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16), default=SEALED)
    sealed_at: Mapped[datetime] = mapped_column(MOMENT)
    origin: Mapped[str] = mapped_column(String(16), default=APPROVAL)
    payment_terms: Mapped[str] = mapped_column(String(32))
    policy_version: Mapped[int]
    """The policy by which the contract was made: its instalments and rates count for it."""
    needs_jointing: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a line's product is joined on the customer's site (C10)."""
    commission_permille: Mapped[int]
    invoice_gate_percent: Mapped[Decimal] = mapped_column(PERCENT)

    @property
    def sealed_on(self) -> date:
        """The day of the seal, in Shanghai."""
        return self.sealed_at.astimezone(SHANGHAI).date()


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
        CheckConstraint(
            "(amount >= 0 AND coalesce(quantity, 0) >= 0) OR reverses IS NOT NULL OR kind IN"
            " ('amendment', 'interest', 'offset', 'balance', 'commission', 'payout')",
            name="only_a_reversal_is_negative",
        ),
        CheckConstraint("reverses IS NULL OR (reason <> '' AND reverses < seq)", name="a_reversal_says_why"),
        CheckConstraint(
            "contract_no IS NOT NULL OR (kind = 'balance' AND customer_no IS NOT NULL)",
            name="it_belongs_to_a_contract_or_customer",
        ),
        CheckConstraint(
            "kind <> 'balance' OR customer_no IS NOT NULL", name="a_balance_belongs_to_a_customer"
        ),
        CheckConstraint(
            "(line_no IS NOT NULL AND quantity IS NOT NULL) OR kind NOT IN"
            " ('production', 'inbound', 'scrap', 'dispatch', 'return', 'delivery')",
            name="goods_name_line_and_quantity",
        ),
        Index(
            "uq_ledger_entries_one_contract_entry",
            "book",
            "contract_no",
            unique=True,
            postgresql_where=text("kind = 'contract' AND reverses IS NULL"),
        ),
        Index(
            "uq_ledger_entries_one_entry_per_paper",
            "contract_no",
            "book",
            "kind",
            "reference",
            "line_no",
            "customer_no",
            unique=True,
            postgresql_where=text("reverses IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("uq_ledger_entries_reversed_once", "book", "reverses", unique=True),
        Index(
            "ix_ledger_entries_customer_no", "customer_no", postgresql_where=text("customer_no IS NOT NULL")
        ),
        Index("ix_ledger_entries_period", "period"),
    )

    book: Mapped[str] = mapped_column(ForeignKey("ledger_books.book"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    contract_no: Mapped[str | None] = mapped_column(ForeignKey("contracts.contract_no"), index=True)
    customer_no: Mapped[str | None] = mapped_column(String(32))
    """Whose balance a BALANCE entry moves; None on the others."""
    kind: Mapped[str] = mapped_column(String(32))
    line_no: Mapped[int | None]
    """The contract's line, of entries that book goods."""
    quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    amount: Mapped[Decimal] = mapped_column(MONEY)
    posted_at: Mapped[datetime] = mapped_column(MOMENT)
    value_date: Mapped[date] = mapped_column(Date)
    period: Mapped[date | None] = mapped_column(Date)
    """First day of the month in which it counts (C12); None on entries of the first release, see `month`."""
    reference: Mapped[str] = mapped_column(String(100))
    """The number of the paper that it was booked from."""
    reference_sha256: Mapped[str | None] = mapped_column(String(64))
    """That paper's hash, where its bytes are kept."""
    reverses: Mapped[int | None] = mapped_column(BigInteger)
    """The entry of the same book that this one takes back."""
    reason: Mapped[str] = mapped_column(Text, default="")
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    @property
    def month(self) -> date:
        """First day of the month in which it counts."""
        return self.period or self.posted_at.astimezone(SHANGHAI).date().replace(day=1)


def _invariants(table: str) -> tuple[CheckConstraint, ...]:
    return tuple(CheckConstraint(rule.sql, name=rule.name) for rule in RULES[table])


class LedgerAccount(Base):
    """A contract's sums, kept by the database from the entries; read by `figures.account`."""

    __tablename__ = "ledger_accounts"
    __table_args__ = _invariants("ledger_accounts")

    contract_no: Mapped[str] = mapped_column(ForeignKey("contracts.contract_no"), primary_key=True)
    amount: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    received: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    interest: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    interest_paid: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    invoiced: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    written_off: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    produced: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    stored: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    dispatched: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    delivered: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    accrued: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    withheld: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    paid_out: Mapped[Decimal] = mapped_column(MONEY, server_default="0")
    commission_permille: Mapped[int]
    """The contract's term, here for the CHECK; a trigger brings it."""
    invoice_gate_percent: Mapped[Decimal] = mapped_column(PERCENT)
    """The same."""


class LedgerGoods(Base):
    """The goods of a contract's line: as ordered by the seal or an amendment, the rest kept from the entries."""

    __tablename__ = "ledger_goods"
    __table_args__ = _invariants("ledger_goods")

    contract_no: Mapped[str] = mapped_column(ForeignKey("contracts.contract_no"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_no: Mapped[str] = mapped_column(String(32))
    product_name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(20))
    specification: Mapped[str] = mapped_column(String(500))
    unit_price: Mapped[Decimal] = mapped_column(MONEY)
    ordered: Mapped[Decimal] = mapped_column(QUANTITY)
    produced: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    stored: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    dispatched: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    delivered: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    returned: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    scrapped: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")


class LedgerCustomer(Base):
    """What a customer has paid beyond what their contracts ask for, kept from the BALANCE entries."""

    __tablename__ = "ledger_customers"
    __table_args__ = _invariants("ledger_customers")

    customer_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    balance: Mapped[Decimal] = mapped_column(MONEY, server_default="0")


class LedgerPeriod(Base):
    """A month that is closed, with both books' heads at that moment (C12). Append-only."""

    __tablename__ = "ledger_periods"
    __table_args__ = (CheckConstraint("extract(day from month) = 1", name="month_is_its_first_day"),)

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    closed_at: Mapped[datetime] = mapped_column(MOMENT)
    closed_by: Mapped[str] = mapped_column(String(64))
    sales_seq: Mapped[int] = mapped_column(BigInteger)
    sales_hash: Mapped[str] = mapped_column(String(64))
    finance_seq: Mapped[int] = mapped_column(BigInteger)
    finance_hash: Mapped[str] = mapped_column(String(64))
