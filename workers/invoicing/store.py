"""Tables of the invoices: requests, invoices with their lines, and who stands at the gate. Issued ones never change."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, ForeignKey, ForeignKeyConstraint, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workers.database.base import MOMENT, MONEY, Base

FILLED, APPROVED, ISSUED, RETURNED, VOID = "filled", "approved", "issued", "returned", "void"
INVOICE, CREDIT_NOTE = "invoice", "credit_note"


class InvoiceRequest(Base):
    """An invoice that sales operations asks for (发票申请), or the correction of one by a 红字发票."""

    __tablename__ = "invoice_requests"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint(f"kind IN ('{INVOICE}', '{CREDIT_NOTE}')", name="kind_is_known"),
        CheckConstraint(
            f"state IN ('{FILLED}', '{APPROVED}', '{ISSUED}', '{RETURNED}', '{VOID}')", name="state_is_known"
        ),
        CheckConstraint(f"(kind = '{CREDIT_NOTE}') = (corrects IS NOT NULL)", name="a_credit_note_corrects"),
    )

    request_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    contract_no: Mapped[str] = mapped_column(ForeignKey("contracts.contract_no"), index=True)
    process_instance_id: Mapped[str] = mapped_column(String(64))
    """The one process instance that carries it on; what an ended one has left is nobody's."""
    amount: Mapped[Decimal] = mapped_column(MONEY)
    """价税合计."""
    corrects: Mapped[str | None] = mapped_column(String(40))
    """The invoice's number that a credit note takes back."""
    reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16), default=FILLED)
    filled_by: Mapped[str] = mapped_column(String(64))
    filled_at: Mapped[datetime] = mapped_column(MOMENT)

    lines: Mapped[list[InvoiceRequestLine]] = relationship(
        order_by="InvoiceRequestLine.line_no", cascade="all, delete-orphan"
    )


class InvoiceRequestLine(Base):
    """What is to be invoiced of a contract's line."""

    __tablename__ = "invoice_request_lines"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint("tax_rate BETWEEN 0 AND 100", name="tax_rate_is_a_percentage"),
    )

    request_no: Mapped[str] = mapped_column(ForeignKey("invoice_requests.request_no"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_name: Mapped[str] = mapped_column(String(200))
    specification: Mapped[str] = mapped_column(String(500))
    amount: Mapped[Decimal] = mapped_column(MONEY)
    """价税合计."""
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    """Per cent."""


class Invoice(Base):
    """An invoice or a credit note of the tax system (发票, 红字发票), in yuan. Append-only."""

    __tablename__ = "invoices"
    __table_args__ = (
        CheckConstraint("total = net + tax", name="total_is_net_and_tax"),
        CheckConstraint(f"kind IN ('{INVOICE}', '{CREDIT_NOTE}')", name="kind_is_known"),
    )

    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    """The tax system's number."""
    kind: Mapped[str] = mapped_column(String(16))
    request_no: Mapped[str] = mapped_column(ForeignKey("invoice_requests.request_no"), unique=True)
    contract_no: Mapped[str] = mapped_column(ForeignKey("contracts.contract_no"), index=True)
    corrects: Mapped[str | None] = mapped_column(ForeignKey("invoices.number"), unique=True)
    """Of a credit note: the invoice that it takes back, which it does once and whole."""
    issued_on: Mapped[date] = mapped_column(Date)
    buyer_name: Mapped[str] = mapped_column(String(200))
    buyer_tax_no: Mapped[str] = mapped_column(String(32))
    """税号."""
    net: Mapped[Decimal] = mapped_column(MONEY)
    """不含税金额; below zero on a credit note, like tax and total."""
    tax: Mapped[Decimal] = mapped_column(MONEY)
    """税额."""
    total: Mapped[Decimal] = mapped_column(MONEY)
    """价税合计."""
    issued_by: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime] = mapped_column(MOMENT)

    lines: Mapped[list[InvoiceLine]] = relationship(order_by="InvoiceLine.line_no")


class InvoiceLine(Base):
    """A line of an invoice with its tax. Append-only."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        ForeignKeyConstraint(["number"], ["invoices.number"]),
        CheckConstraint("total = net + tax", name="total_is_net_and_tax"),
    )

    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_name: Mapped[str] = mapped_column(String(200))
    specification: Mapped[str] = mapped_column(String(500))
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    net: Mapped[Decimal] = mapped_column(MONEY)
    tax: Mapped[Decimal] = mapped_column(MONEY)
    total: Mapped[Decimal] = mapped_column(MONEY)


class InvoiceStrand(Base):
    """An instance of the process that invoices a contract, and whether it still sees to that."""

    __tablename__ = "invoice_strands"

    process_instance_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    contract_no: Mapped[str] = mapped_column(ForeignKey("contracts.contract_no"), index=True)
    reissue: Mapped[bool]
    """It belongs to a credit note: it invoices anew and waits for no money."""
    open: Mapped[bool] = mapped_column(default=True)
