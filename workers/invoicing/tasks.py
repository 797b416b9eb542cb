"""The steps of invoices (C11); 红字发票 are in `credit_notes` and `credit_issue`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, ledger, money, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import Approved, FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.invoicing import credit_issue, credit_notes, ending, gate, issuing, requests, rules
from workers.invoicing.gate import Gate
from workers.invoicing.messages import (
    AllowInvoice,
    CheckGate,
    GateChecked,
    InvoiceAllowed,
    InvoiceRecorded,
    PrepareRequest,
    RecordInvoice,
    RequestPrepared,
    RequestReturned,
    ReturnRequest,
)
from workers.invoicing.routing import router
from workers.invoicing.store import APPROVED, FILLED, RETURNED, InvoiceRequest
from workers.ledger import Book, EntryKind
from workers.org import OrgChart
from workers.runtime import TaskContext

__all__ = ["credit_issue", "credit_notes", "ending", "router"]

MESSAGE = "Msg_PaymentForInvoice"
STAGE = "invoice_request"
KEEPER, ISSUER = "sales_operations", "finance"


def _today(task: TaskContext) -> date:
    return task.now.astimezone(SHANGHAI).date()


def _tax_rate(session: Session, today: date) -> Decimal:
    return policy.document_on(session, today).tax_rate_percent


def _view(session: Session, found: Gate, today: date) -> dict[str, Any]:
    return gate.view(session, found, _tax_rate(session, today))


@router.task("check_gate")
def check_gate(form: CheckGate, uow: UnitOfWork, task: TaskContext, office: WorkingHours) -> GateChecked:
    """Read the receipts anew: is the gate open, is anything left to be invoiced, or is all of it done?"""
    session, today = uow.session, _today(task)
    found = gate.read(session, task.case_no, today)  # under the lock that every receipt takes
    strand = requests.strand(session, task, reissue=form.reissue is True)
    if not strand.reissue:
        signals.mark_read(session, MESSAGE, task.case_no, task.now)
    outcome = "done" if strand.reissue or found.is_settled else "wait"
    if found.left > 0 and found.is_open:
        outcome = "work"
    elif (
        outcome == "done"
        and found.left > 0
        and found.contract.status == ledger.IN_FORCE
        and not strand.reissue
    ):
        outcome = "shut"
        cases.note(session, task.case_no, "系统", "不再开票", gate.shut(found), task.now)
    if outcome == "wait":
        signals.note_wait(session, MESSAGE, task.case_no, task.now)
    strand.open = outcome in ("wait", "work")
    return GateChecked.of_case(
        session,
        task.case_no,
        gate_outcome=outcome,
        reissue=strand.reissue,
        request_due=policy.due(session, "request_invoice", task.now, office),
        **_view(session, found, today),
    )


@router.task("prepare_request")
def prepare_request(
    form: PrepareRequest,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
) -> RequestPrepared:
    """Check what is asked for against the gate at this moment, and make the paper that is signed."""
    session, today = uow.session, _today(task)
    found, reader = gate.read(session, task.case_no, today), FormReader()
    cases.require_post(reader, form.signed_by, KEEPER, task, org)
    reason = reader.text(
        "requestReason", "说明", form.request_reason, rules.MOST_REASON, required=False, lines=True
    )
    lines = rules.read_request(reader, form.invoice_rows, found.lines, found.left)
    fields = _view(session, found, today)
    outcome = "prepared"
    if not (found.is_open and found.left > 0):
        outcome, reader.errors = "overtaken", []  # no row would be good: back to the look at the money
        cases.note(session, task.case_no, "系统", "暂不能开票", gate.shut(found), task.now)
    elif reader.errors:
        outcome = "invalid"
        gate.refill(fields, _sent(form.invoice_rows))
    else:
        by = form.signed_by or ""
        request = requests.keep(session, task, lines, reason, by, org)
        fields |= requests.as_paper(session, request, found, company, task.now, org)
        text = f"{request.request_no}，价税合计{money.figures(request.amount)}"
        cases.note(session, task.case_no, org.name_of(by), "申请开票", text, task.now, user=by)
    return RequestPrepared.of_case(
        session,
        task.case_no,
        request_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        request_reason=cases.shown(form.request_reason, rules.MOST_REASON),
        **fields,
    )


def _sent(rows: object) -> dict[str, tuple[str | None, str | None]]:
    """Amounts and rates as they were sent, as far as a form can show them again."""
    return {
        str(row.get("lineNo")): (cases.shown(row.get("amount"), 20), cases.shown(row.get("taxRate"), 10))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping)
    }


@router.task("return_request")
def return_request(
    form: ReturnRequest, uow: UnitOfWork, task: TaskContext, office: WorkingHours
) -> RequestReturned:
    """The request comes back to sales operations with the signer's comment."""
    session, today = uow.session, _today(task)
    found = gate.read(session, task.case_no, today)
    request = requests.pending(session, task.process_instance_id, FILLED)
    if request is not None:
        request.state = RETURNED
    comment = form.return_comment if isinstance(form.return_comment, str) else ""
    fields = _view(session, found, today)
    if request is not None:
        gate.refill(
            fields,
            {
                str(line.line_no): (format(line.amount, "f"), f"{line.tax_rate.normalize():f}")
                for line in request.lines
            },
        )
    return RequestReturned.of_case(
        session,
        task.case_no,
        request_due=policy.due(session, "request_invoice", task.now, office),
        request_reason=request.reason if request is not None else None,
        return_comment=comment[: cases.COMMENT_LIMIT],
        **fields,
    )


@router.task("allow_invoice")
def allow_invoice(
    _: AllowInvoice,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> InvoiceAllowed:
    """The request is signed: sales books it, finance gets to issue the invoice."""
    session, today = uow.session, _today(task)
    found = gate.read(session, task.case_no, today)
    request, approval = _signed(session, task, FILLED, APPROVED)
    if request.state == FILLED:
        request.state = APPROVED
        requests.issue(session, request, found, company, task.now, org, approval)
        ledger.post(
            session,
            Book.SALES,
            EntryKind.INVOICE_REQUEST,
            task.case_no,
            request.amount,
            value_date=today,
            reference=request.request_no,
            posted_at=task.now,
        )
        cases.status(session, request.request_no, "已签批，待财务部开票")
    total, (name, tax_no) = requests.totals(request), requests.buyer(session, found)
    rows = [
        dict(zip(("line", "product", "specification", "rate", "net", "tax", "total"), row, strict=True))
        for row in requests.rows(request)
    ]
    return InvoiceAllowed.of_case(
        session,
        task.case_no,
        request_no=request.request_no,
        buyer_name=name,
        buyer_tax_no=tax_no,
        net_figures=money.figures(total.net),
        tax_figures=money.figures(total.tax),
        invoice_total_figures=money.figures(total.total),
        tax_rows=rows,
        issue_due=policy.due(session, "issue_invoice", task.now, office),
        **_view(session, found, today),
    )


@router.task("record_invoice")
def record_invoice(form: RecordInvoice, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> InvoiceRecorded:
    """Enter the invoice that the tax system numbered, if the gate is still open; or give the request back."""
    session, reader = uow.session, FormReader()
    found = gate.read(session, task.case_no, _today(task))
    cases.require_post(reader, form.signed_by, ISSUER, task, org)
    (request, approval), by = _signed(session, task, APPROVED), org.name_of(form.signed_by or "")
    comment = None
    if form.invoice_refused is True:
        reason = reader.text("refusalReason", "退回原因", form.refusal_reason, rules.MOST_REASON, lines=True)
        if not reader.errors:
            requests.void(session, request, f"财务部退回：{reason}", task.now)
            _note_both(session, task, request, by, "不能开票，退回", reason, form.signed_by)
            comment = f"财务部({by}):{reason}"
    else:
        signed_on = approval.at.astimezone(SHANGHAI).date()
        paper = _readable(reader, session, form, found, request, (signed_on, _today(task)))
        if paper is not None:
            buyer = requests.buyer(session, found)
            issuing.book_invoice(session, request, paper, buyer, form.signed_by or "", task.now)
            text = f"{paper.number}，价税合计{money.figures(request.amount)}"
            _note_both(session, task, request, by, "开具发票", text, form.signed_by)
            cases.finish(session, request.request_no, cases.CLOSED, task.now)
            cases.status(session, request.request_no, f"已开票，发票号码{paper.number}")
            _tell(session, task, found, paper.number)
    sent = form if reader.errors else RecordInvoice()
    return InvoiceRecorded.of_case(
        session,
        task.case_no,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        invoice_number=cases.shown(sent.invoice_number, 40),
        invoice_date=cases.shown(sent.invoice_date, 10),
        invoice_refused=sent.invoice_refused is True,
        refusal_reason=cases.shown(sent.refusal_reason, rules.MOST_REASON),
        return_comment=comment,
    )


def _readable(
    reader: FormReader,
    session: Session,
    form: RecordInvoice,
    found: Gate,
    request: InvoiceRequest,
    days: tuple[date, date],
) -> rules.TaxPaper | None:
    """The number and date of an invoice issued between `days`, if it may be issued now; None with findings."""
    paper = rules.read_tax_paper(reader, form.invoice_number, form.invoice_date, *days)
    if not found.is_open or found.left <= 0:
        reader.wrong("", gate.shut(found))
    elif request.amount > found.left:
        reader.wrong("", f"尚可开票{money.figures(found.left)}，少于本次的{money.figures(request.amount)}")
    if paper is not None:
        issuing.number_is_free(session, paper, reader)
    return None if reader.errors else paper


def _tell(session: Session, task: TaskContext, found: Gate, number: str) -> None:
    """What a credit note's strand has issued, the contract's own strand has to hear of."""
    reissued = requests.strand(session, task, reissue=False).reissue
    if reissued and found.contract.status == ledger.IN_FORCE:
        signals.send(session, MESSAGE, task.case_no, f"发票{number}")


def _note_both(
    session: Session,
    task: TaskContext,
    request: InvoiceRequest,
    who: str,
    action: str,
    text: str,
    user: str | None,
) -> None:
    """In the contract's history, and in the request's own."""
    for number in (task.case_no, request.request_no):
        cases.note(session, number, who, action, text, task.now, user=user)


def _signed(session: Session, task: TaskContext, *states: str) -> tuple[InvoiceRequest, Approved]:
    """The case's request and its signatures, as they stand in the database. InvalidInput: they do not."""
    request = requests.pending(session, task.process_instance_id, *states)
    approval = cases.approved(session, request.request_no, STAGE) if request else None
    if request is None or approval is None:
        raise InvalidInput(f"contract {task.case_no} has no signed request for an invoice")
    return request, approval
