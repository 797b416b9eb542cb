"""An invoice or credit note enters the tax system's numbers into our books, once (C4, C11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import ledger
from workers.cases import FormReader
from workers.invoicing import requests
from workers.invoicing.rules import NO_TAX, Tax, TaxPaper
from workers.invoicing.store import ISSUED, Invoice, InvoiceLine, InvoiceRequest
from workers.ledger import Book, EntryKind


def number_is_free(session: Session, paper: TaxPaper, reader: FormReader) -> bool:
    """Add a finding when a paper of ours carries that number."""
    known = session.get(Invoice, paper.number)
    if known is None:
        return True
    reader.wrong("invoiceNumber", f"发票号码：{paper.number}已登记在合同{known.contract_no}下，请核对")
    return False


def record(
    session: Session,
    request: InvoiceRequest,
    paper: TaxPaper,
    lines: list[tuple[int, str, str, Tax]],
    rates: Mapping[int, Decimal],
    buyer: tuple[str, str],
    by: str,
    at: datetime,
) -> Invoice:
    """Keep the invoice with its lines, below zero for a credit note."""
    total = sum((tax for *_, tax in lines), NO_TAX)
    invoice = Invoice(
        number=paper.number,
        kind=request.kind,
        request_no=request.request_no,
        contract_no=request.contract_no,
        corrects=request.corrects,
        issued_on=paper.issued_on,
        buyer_name=buyer[0],
        buyer_tax_no=buyer[1],
        net=total.net,
        tax=total.tax,
        total=total.total,
        issued_by=by,
        issued_at=at,
        lines=[
            InvoiceLine(
                line_no=line_no,
                product_name=product,
                specification=specification,
                tax_rate=rates[line_no],
                net=tax.net,
                tax=tax.tax,
                total=tax.total,
            )
            for line_no, product, specification, tax in lines
        ],
    )
    session.add(invoice)
    request.state = ISSUED
    session.flush()
    return invoice


def book_invoice(
    session: Session, request: InvoiceRequest, paper: TaxPaper, buyer: tuple[str, str], by: str, at: datetime
) -> None:
    """Keep the invoice and enter it in finance's book. InvariantBroken: the gate has closed meanwhile."""
    lines = [
        (line.line_no, line.product_name, line.specification, tax) for line, tax in requests.parts(request)
    ]
    record(
        session, request, paper, lines, {one.line_no: one.tax_rate for one in request.lines}, buyer, by, at
    )
    ledger.post(
        session,
        Book.FINANCE,
        EntryKind.INVOICE,
        request.contract_no,
        request.amount,
        value_date=paper.issued_on,
        reference=paper.number,
        posted_at=at,
    )


def corrected(session: Session, request: InvoiceRequest) -> Invoice:
    """The invoice that the request for a credit note takes back."""
    return session.scalars(select(Invoice).where(Invoice.number == request.corrects)).one()


def book_credit_note(
    session: Session, request: InvoiceRequest, wrong: Invoice, paper: TaxPaper, by: str, at: datetime
) -> None:
    """Keep the credit note, which takes the whole invoice back, and enter it in both books."""
    lines = [
        (one.line_no, one.product_name, one.specification, -Tax(one.net, one.tax, one.total))
        for one in wrong.lines
    ]
    rates = {one.line_no: one.tax_rate for one in wrong.lines}
    record(session, request, paper, lines, rates, (wrong.buyer_name, wrong.buyer_tax_no), by, at)
    ledger.post(
        session,
        Book.FINANCE,
        EntryKind.CREDIT_NOTE,
        request.contract_no,
        request.amount,
        value_date=paper.issued_on,
        reference=paper.number,
        posted_at=at,
        reason=f"冲销发票{request.corrects}：{request.reason}"[:500],
    )
    # sales asks anew: what it had asked for is not open between the two books (C12)
    asked = ledger.booked(
        session, Book.SALES, EntryKind.INVOICE_REQUEST, request.contract_no, wrong.request_no
    )
    if asked is not None:
        reason = f"红字发票{paper.number}"
        ledger.reverse(session, Book.SALES, asked.seq, reason=reason, posted_at=at)
