"""The tables of the commission: for which debt what was withheld, the papers (业务提成单), the payments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workers.cases import Case
from workers.database.base import MOMENT, MONEY, Base
from workers.ledger import ContractRow

FILED, RETURNED, REJECTED, WITHDRAWN, PAID = "filed", "returned", "rejected", "withdrawn", "paid"
STATES = (FILED, RETURNED, REJECTED, WITHDRAWN, PAID)


class CommissionOffset(Base):
    """Commission of one contract withheld for the debt of one contract (+), or released again (−). Append-only."""

    __tablename__ = "commission_offsets"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_is_something"),
        CheckConstraint("debt >= 0", name="debt_is_not_negative"),
        UniqueConstraint("contract_no", "reference"),
        Index("ix_commission_offsets_contract_no", "contract_no"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    debt_contract_no: Mapped[str] = mapped_column(ForeignKey(ContractRow.contract_no), index=True)
    """The contract whose customer owes."""
    contract_no: Mapped[str] = mapped_column(ForeignKey(ContractRow.contract_no))
    """The contract whose commission is withheld."""
    amount: Mapped[Decimal] = mapped_column(MONEY)
    debt: Mapped[Decimal] = mapped_column(MONEY)
    """The debt that everything withheld for it stands for after this row."""
    reference: Mapped[str] = mapped_column(String(100))
    """Of the OFFSET entry in finance's book."""
    reason: Mapped[str] = mapped_column(Text)
    posted_at: Mapped[datetime] = mapped_column(MOMENT)


class CommissionPaper(Base):
    """A commission form (业务提成单) as it was filed; what comes back is filed again as the next revision.

    The case is the paper: its number, its signers, its document's versions.
    """

    __tablename__ = "commission_papers"
    __table_args__ = (
        CheckConstraint("revision >= 1", name="revision_is_positive"),
        CheckConstraint("total > 0", name="total_is_positive"),
        CheckConstraint(f"state IN ({', '.join(repr(one) for one in STATES)})", name="state_is_known"),
        Index(
            "uq_commission_papers_paid_once",
            "case_no",
            unique=True,
            postgresql_where=text(f"state = '{PAID}'"),
        ),
    )

    case_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    salesperson: Mapped[str] = mapped_column(String(64))
    filed_by: Mapped[str] = mapped_column(String(64))
    filed_at: Mapped[datetime] = mapped_column(MOMENT)
    total: Mapped[Decimal] = mapped_column(MONEY)
    note: Mapped[str] = mapped_column(Text)
    document_sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default=FILED)

    lines: Mapped[list[CommissionLine]] = relationship(order_by="CommissionLine.contract_no")


class CommissionLine(Base):
    """What a paper pays on one contract, and the figures that its signers read."""

    __tablename__ = "commission_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case_no", "revision"], ["commission_papers.case_no", "commission_papers.revision"]
        ),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint("amount <= payable", name="never_more_than_payable"),
        Index("ix_commission_lines_contract_no", "contract_no"),
    )

    case_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    contract_no: Mapped[str] = mapped_column(ForeignKey(ContractRow.contract_no), primary_key=True)
    customer_name: Mapped[str] = mapped_column(String(200))
    contract_amount: Mapped[Decimal] = mapped_column(MONEY)
    received: Mapped[Decimal] = mapped_column(MONEY)
    percent_received: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    accrued: Mapped[Decimal] = mapped_column(MONEY)
    withheld: Mapped[Decimal] = mapped_column(MONEY)
    paid: Mapped[Decimal] = mapped_column(MONEY)
    payable: Mapped[Decimal] = mapped_column(MONEY)
    amount: Mapped[Decimal] = mapped_column(MONEY)
    """What is to be paid."""


class CommissionPayment(Base):
    """The bank's payment of an approved paper. Append-only."""

    __tablename__ = "commission_payments"

    case_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), primary_key=True)
    revision: Mapped[int]
    paid_on: Mapped[date] = mapped_column(Date)
    bank_reference: Mapped[str] = mapped_column(String(64), unique=True)
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)
