"""Requests for invoices in the database: kept, shown as papers, carried to the end or returned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, catalog, documents, ledger, money
from workers.calendar import SHANGHAI
from workers.cases import Approved
from workers.documents import Company, Document, Paper
from workers.errors import InvalidInput
from workers.invoicing.gate import Gate
from workers.invoicing.rules import NO_TAX, RequestedLine, Tax
from workers.invoicing.store import (
    APPROVED,
    FILLED,
    INVOICE,
    RETURNED,
    VOID,
    InvoiceRequest,
    InvoiceRequestLine,
    InvoiceStrand,
)
from workers.ledger import Book, EntryKind
from workers.org import OrgChart
from workers.runtime import FileValue, TaskContext

KIND = "FP"
COLUMNS = ("行", "产品", "规格", "税率", "不含税金额", "税额", "价税合计")


def pending(session: Session, instance: str, *states: str) -> InvoiceRequest | None:
    """The request that the process instance carries on; there is one at a time."""
    query = select(InvoiceRequest).where(
        InvoiceRequest.process_instance_id == instance,
        InvoiceRequest.kind == INVOICE,
        InvoiceRequest.state.in_(states or (FILLED, APPROVED, RETURNED)),
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def keep(
    session: Session,
    task: TaskContext,
    lines: Sequence[RequestedLine],
    reason: str,
    by: str,
    org: OrgChart,
) -> InvoiceRequest:
    """Keep what was asked for: a returned request goes on under its number, otherwise a new one is numbered."""
    at = task.now
    request = pending(session, task.process_instance_id, FILLED, RETURNED)
    if request is None:
        number = documents.next_number(session, KIND, at.astimezone(SHANGHAI).year)
        cases.open_case(session, number, "invoice_request", by, org.name_of(by), at)
        request = InvoiceRequest(
            request_no=number,
            kind=INVOICE,
            contract_no=task.case_no,
            process_instance_id=task.process_instance_id,
        )
        session.add(request)
    else:
        request.lines.clear()
        session.flush()
        cases.note(session, request.request_no, org.name_of(by), "修改后重新提交", reason, at, user=by)
    request.amount = sum((line.amount for line in lines), NO_TAX.total)
    request.reason, request.state, request.filled_by, request.filled_at = reason, FILLED, by, at
    request.lines.extend(
        InvoiceRequestLine(
            line_no=line.line_no,
            product_name=line.product_name,
            specification=line.specification,
            amount=line.amount,
            tax_rate=line.tax_rate,
        )
        for line in lines
    )
    session.flush()
    return request


def parts(request: InvoiceRequest) -> list[tuple[InvoiceRequestLine, Tax]]:
    """Each line with its net and tax."""
    return [(line, Tax.within(line.amount, line.tax_rate)) for line in request.lines]


def totals(request: InvoiceRequest) -> Tax:
    """The request's net and tax: the sums of its lines, as the invoice states them."""
    return sum((tax for _, tax in parts(request)), NO_TAX)


def rows(request: InvoiceRequest) -> list[list[str]]:
    """The lines by COLUMNS."""
    return [
        [
            str(line.line_no),
            line.product_name,
            line.specification,
            f"{line.tax_rate.normalize():f}%",
            money.figures(tax.net),
            money.figures(tax.tax),
            money.figures(tax.total),
        ]
        for line, tax in parts(request)
    ]


def buyer(session: Session, gate: Gate) -> tuple[str, str]:
    """Name and 税号 of who is invoiced. InvalidInput: the catalog has lost the customer."""
    customer = catalog.customer(session, gate.contract.customer_no)
    if customer is None:
        raise InvalidInput(f"customer {gate.contract.customer_no} is not in the catalog")
    return customer.name, customer.tax_no


def facts(session: Session, request: InvoiceRequest, gate: Gate) -> list[tuple[str, str]]:
    """The paper's head."""
    total, (name, tax_no) = totals(request), buyer(session, gate)
    return [
        ("合同编号", request.contract_no),
        ("购买方", name),
        ("购买方税号", tax_no),
        ("合同金额", money.figures(gate.account.amount)),
        ("已收款", f"{money.figures(gate.account.received)}({gate.account.percent_received}%)"),
        ("已开票", money.figures(gate.account.invoiced)),
        ("本次价税合计", f"{money.figures(request.amount)}({money.in_words(request.amount)})"),
        ("其中不含税金额", money.figures(total.net)),
        ("其中税额", money.figures(total.tax)),
        ("说明", request.reason or "无"),
    ]


def issue(
    session: Session,
    request: InvoiceRequest,
    gate: Gate,
    company: Company,
    at: datetime,
    org: OrgChart,
    approval: Approved | None = None,
) -> Document:
    """Render and file the paper: with a box to be signed, or with the signatures that it got (X5)."""
    printed = Paper(
        KIND,
        facts=facts(session, request, gate),
        columns=COLUMNS,
        rows=rows(request),
        totals=[("价税合计", money.figures(request.amount))],
        signatures=[
            ("申请人", org.name_of(request.filled_by), request.filled_at),
            *documents.signed_by(approval),
        ],
    )
    number = request.request_no
    return documents.issue(session, printed, company, case_no=number, at=at, number=number)


def as_paper(
    session: Session, request: InvoiceRequest, gate: Gate, company: Company, at: datetime, org: OrgChart
) -> dict[str, Any]:
    """The request as its signer reads it: the fields of PaperView, with the document."""
    document = issue(session, request, gate, company, at, org)
    return cases.paper(
        "invoice_request",
        request.request_no,
        "开票申请",
        facts=facts(session, request, gate),
        columns=COLUMNS,
        rows=rows(request),
        amount=request.amount,
        document=FileValue(document.filename, document.content, document.media_type),
    )


def void(session: Session, request: InvoiceRequest, reason: str, at: datetime) -> None:
    """What was asked for is not issued: the request is void, and sales takes it out of its book."""
    booked = ledger.booked(
        session, Book.SALES, EntryKind.INVOICE_REQUEST, request.contract_no, request.request_no
    )
    if booked is not None:
        ledger.reverse(session, Book.SALES, booked.seq, reason=reason, posted_at=at)
    request.state = VOID
    documents.void(session, request.request_no)
    cases.finish(session, request.request_no, cases.CLOSED, at)
    cases.status(session, request.request_no, f"{reason}，作废"[:500])


def strand(session: Session, task: TaskContext, *, reissue: bool) -> InvoiceStrand:
    """The instance's row; what it is was said when it began. The contract must be locked."""
    row = session.get(InvoiceStrand, task.process_instance_id)
    if row is None:
        row = InvoiceStrand(
            process_instance_id=task.process_instance_id, contract_no=task.case_no, reissue=reissue
        )
        session.add(row)
    return row


def strand_waits(session: Session, contract: ledger.ContractRow) -> bool:
    """Whether the contract's fulfilment still sees to its invoices. The contract must be locked."""
    query = select(InvoiceStrand).where(
        InvoiceStrand.contract_no == contract.contract_no, InvoiceStrand.open, ~InvoiceStrand.reissue
    )
    # a termination interrupts fulfilment with all that it waits for
    return contract.status != ledger.TERMINATED and session.scalars(query).first() is not None
