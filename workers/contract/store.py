"""The tables of the contract room: declarations by revision, contracts by version, signatures, the seal's register."""

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
    LargeBinary,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workers.cases import Case
from workers.catalog import Customer, Product
from workers.database.base import MOMENT, MONEY, Base
from workers.documents import Document
from workers.vehicles import Sale

QUANTITY = Numeric(12, 3)
"""In the product's unit."""

FILED, RETURNED, REJECTED, WITHDRAWN = "filed", "returned", "rejected", "withdrawn"
DRAWN, SIGNED, SEALED, VOID = "drawn", "signed", "sealed", "void"
CHANGE, TERMINATION = "change", "termination"
OPEN, DONE, DROPPED = "open", "done", "dropped"


class Declaration(Base):
    """A valid declaration (合同申报单) as it was filed; a revised one is a new revision."""

    __tablename__ = "declarations"
    __table_args__ = (
        CheckConstraint("revision >= 1", name="revision_is_positive"),
        CheckConstraint("total > 0", name="total_is_positive"),
        CheckConstraint(
            f"state IN ('{FILED}', '{RETURNED}', '{REJECTED}', '{WITHDRAWN}')", name="state_is_known"
        ),
    )

    declaration_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    applicant: Mapped[str] = mapped_column(String(64))
    filed_by: Mapped[str] = mapped_column(String(64))
    filed_at: Mapped[datetime] = mapped_column(MOMENT)
    order_intent: Mapped[str] = mapped_column(Text)
    customer_no: Mapped[str] = mapped_column(ForeignKey(Customer.no))
    salesperson: Mapped[str] = mapped_column(String(64))
    delivery_date: Mapped[date] = mapped_column(Date)
    payment_terms: Mapped[str] = mapped_column(String(32))
    payment_terms_text: Mapped[str] = mapped_column(Text)
    remarks: Mapped[str] = mapped_column(Text)
    policy_version: Mapped[int]
    total: Mapped[Decimal] = mapped_column(MONEY)
    state: Mapped[str] = mapped_column(String(16), default=FILED)

    lines: Mapped[list[DeclarationLine]] = relationship(order_by="DeclarationLine.line_no")


class DeclarationLine(Base):
    """A product of a declaration; prices in yuan."""

    __tablename__ = "declaration_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["declaration_no", "revision"], ["declarations.declaration_no", "declarations.revision"]
        ),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("unit_price > 0", name="unit_price_is_positive"),
    )

    declaration_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    product_no: Mapped[str] = mapped_column(ForeignKey(Product.no))
    specification: Mapped[str] = mapped_column(String(500))
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    unit_price: Mapped[Decimal] = mapped_column(MONEY)
    amount: Mapped[Decimal] = mapped_column(MONEY)
    list_price: Mapped[Decimal] = mapped_column(MONEY)
    floor_price: Mapped[Decimal] = mapped_column(MONEY)


class DrawnContract(Base):
    """A contract's number and the case that it belongs to; versions follow each other under the number."""

    __tablename__ = "contracts_drawn"
    __table_args__ = (CheckConstraint(f"state IN ('{DRAWN}', '{SEALED}', '{VOID}')", name="state_is_known"),)

    contract_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), unique=True)
    state: Mapped[str] = mapped_column(String(16), default=DRAWN)
    """void (作废): the case was withdrawn; the number stays used."""


class ContractVersion(Base):
    """A contract as it was drawn up: a snapshot of what its document says, and the document's hash."""

    __tablename__ = "contract_versions"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_is_positive"),
        CheckConstraint(f"state IN ('{DRAWN}', '{SIGNED}', '{SEALED}', '{VOID}')", name="state_is_known"),
        UniqueConstraint("declaration_no", "declaration_revision"),
        ForeignKeyConstraint(["contract_no", "version"], [Document.number, Document.version]),
    )

    contract_no: Mapped[str] = mapped_column(ForeignKey("contracts_drawn.contract_no"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    declaration_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no))
    """The case that the version comes from: the declaration's, or a termination's."""
    declaration_revision: Mapped[int]
    customer_no: Mapped[str] = mapped_column(String(32))
    customer_name: Mapped[str] = mapped_column(String(200))
    salesperson: Mapped[str] = mapped_column(String(64))
    delivery_date: Mapped[date] = mapped_column(Date)
    payment_terms: Mapped[str] = mapped_column(String(32))
    payment_terms_text: Mapped[str] = mapped_column(Text)
    remarks: Mapped[str] = mapped_column(Text)
    total: Mapped[Decimal] = mapped_column(MONEY)
    document_sha256: Mapped[str] = mapped_column(String(64))
    drawn_at: Mapped[datetime] = mapped_column(MOMENT)
    state: Mapped[str] = mapped_column(String(16), default=DRAWN)

    lines: Mapped[list[ContractLine]] = relationship(order_by="ContractLine.line_no")


class ContractLine(Base):
    """A line of a contract, as its document states it."""

    __tablename__ = "contract_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_no", "version"], ["contract_versions.contract_no", "contract_versions.version"]
        ),
        CheckConstraint("amount >= 0", name="amount_is_not_negative"),
    )

    contract_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    product_no: Mapped[str] = mapped_column(String(32))
    product_name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(20))
    specification: Mapped[str] = mapped_column(String(500))
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    unit_price: Mapped[Decimal] = mapped_column(MONEY)
    amount: Mapped[Decimal] = mapped_column(MONEY)


class Amendment(Base):
    """An amendment of a sealed contract (C13): a change, which a declaration of its own carries, or the termination."""

    __tablename__ = "contract_amendments"
    __table_args__ = (
        CheckConstraint(f"kind IN ('{CHANGE}', '{TERMINATION}')", name="kind_is_known"),
        CheckConstraint(f"state IN ('{OPEN}', '{DONE}', '{DROPPED}')", name="state_is_known"),
        Index(
            "uq_contract_amendments_one_open",
            "contract_no",
            unique=True,
            postgresql_where=text(f"state = '{OPEN}'"),
        ),
    )

    amendment_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), primary_key=True)
    contract_no: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    applicant: Mapped[str] = mapped_column(String(64))
    declaration_no: Mapped[str | None] = mapped_column(ForeignKey(Case.case_no), unique=True)
    """The case of a change's declaration, once it is open."""
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    """open holds the contract: no other amendment of it may begin."""
    paper_no: Mapped[str | None] = mapped_column(String(32))
    """The termination's paper, once it is settled; each settlement has a paper of its own."""
    settlement: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    """The figures on that paper, in order to find out whether they still hold when it is signed."""


class CarDeclaration(Base):
    """A car's order that asks for the approval, because the price lies below the floor (V6, V7): a case carries it."""

    __tablename__ = "car_declarations"
    __table_args__ = (
        CheckConstraint(f"state IN ('{OPEN}', '{DONE}', '{DROPPED}')", name="state_is_known"),
        CheckConstraint("deposit > 0", name="deposit_is_positive"),
        Index(
            "uq_car_declarations_one_open",
            "sale_no",
            unique=True,
            postgresql_where=text(f"state = '{OPEN}'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sale_no: Mapped[str] = mapped_column(ForeignKey(Sale.sale_no))
    applicant: Mapped[str] = mapped_column(String(64))
    """The salesperson who agreed the terms: they fill, follow and withdraw the declaration."""
    deposit: Mapped[Decimal] = mapped_column(MONEY)
    promised_at: Mapped[datetime] = mapped_column(MOMENT)
    remarks: Mapped[str] = mapped_column(Text)
    declaration_no: Mapped[str | None] = mapped_column(ForeignKey(Case.case_no), unique=True)
    """The declaration's case, once it is open."""
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    """done: sealed; dropped: rejected, withdrawn, or its order was cancelled."""


class CustomerSignature(Base):
    """The customer's signature on one version: who, when, and the scan. Append-only."""

    __tablename__ = "customer_signatures"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_no", "version"], ["contract_versions.contract_no", "contract_versions.version"]
        ),
        UniqueConstraint("contract_no", "version"),
        CheckConstraint("scan_sha256 = encode(sha256(scan), 'hex')", name="sha256_is_of_the_scan"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    contract_no: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    document_sha256: Mapped[str] = mapped_column(String(64))
    """The document that the customer had before them."""
    signer: Mapped[str] = mapped_column(String(100))
    signed_on: Mapped[date] = mapped_column(Date)
    scan: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    scan_sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(32))
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)


class SealUse(Base):
    """One use of the contract seal (合同章), which sales operations keeps. Append-only."""

    __tablename__ = "seal_register"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_no", "contract_version"],
            ["contract_versions.contract_no", "contract_versions.version"],
        ),
        UniqueConstraint("contract_no", "contract_version"),
        CheckConstraint("copies >= 1", name="copies_is_positive"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    contract_no: Mapped[str] = mapped_column(String(32))
    contract_version: Mapped[int]
    document_sha256: Mapped[str] = mapped_column(String(64))
    sealed_by: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(MOMENT)
    copies: Mapped[int]
    remark: Mapped[str] = mapped_column(Text)
