"""The steps of a signed 红字发票: finance issues it, the contract may be invoiced anew (C11)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from workers import cases, ledger, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import Approved, FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.invoicing import credit_notes, issuing, requests, rules
from workers.invoicing.credit_notes import ISSUER, STAGE
from workers.invoicing.messages import (
    AllowCreditNote,
    CreditNoteAllowed,
    CreditNoteRecorded,
    RecordCreditNote,
)
from workers.invoicing.routing import router
from workers.invoicing.store import InvoiceRequest
from workers.org import OrgChart
from workers.runtime import TaskContext


def _signed(session: Session, case_no: str) -> tuple[InvoiceRequest, Approved]:
    """The case's request and its signatures, as they stand in the database. InvalidInput: they do not."""
    request = credit_notes.find_request(session, case_no)
    approval = cases.approved(session, case_no, STAGE)
    if request is None or approval is None:
        raise InvalidInput(f"{case_no} has not been signed")
    return request, approval


def _numbered(
    reader: FormReader, form: RecordCreditNote, signed_on: date, today: date
) -> rules.TaxPaper | None:
    return rules.read_tax_paper(reader, form.invoice_number, form.invoice_date, signed_on, today)


@router.task("allow_credit_note")
def allow_credit_note(
    _: AllowCreditNote,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> CreditNoteAllowed:
    """The request is signed: finance gets to issue the credit note."""
    session = uow.session
    cases.lock(session, task.case_no, task.process_instance_id)
    request, approval = _signed(session, task.case_no)
    wrong = issuing.corrected(session, request)
    credit_notes.issue(session, request, wrong, company, org, task.now, approval)
    cases.status(session, task.case_no, "已签批，待财务部开具红字发票")
    return CreditNoteAllowed.of_case(
        session, task.case_no, issue_due=policy.due(session, "issue_credit_note", task.now, office)
    )


@router.task("record_credit_note")
def record_credit_note(
    form: RecordCreditNote, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> CreditNoteRecorded:
    """Enter the credit note that the tax system numbered; the contract may be invoiced anew."""
    session, reader = uow.session, FormReader()
    today = task.now.astimezone(SHANGHAI).date()
    case = cases.lock(session, task.case_no, task.process_instance_id)
    request, approval = _signed(session, task.case_no)
    contract = ledger.lock_contract(session, request.contract_no)
    wrong = issuing.corrected(session, request)
    cases.require_post(reader, form.signed_by, ISSUER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", "本申请已撤回或结束")
    paper, reissue = _numbered(reader, form, approval.at.astimezone(SHANGHAI).date(), today), False
    if paper is not None and issuing.number_is_free(session, paper, reader) and not reader.errors:
        by = form.signed_by or ""
        issuing.book_credit_note(session, request, wrong, paper, by, task.now)
        reissue = not requests.strand_waits(session, contract)
        if not reissue:
            signals.send(session, "Msg_PaymentForInvoice", request.contract_no, f"红字发票{paper.number}")
        cases.finish(session, task.case_no, cases.CLOSED, task.now)
        cases.note(session, task.case_no, org.name_of(by), "开具红字发票", paper.number, task.now, user=by)
        cases.status(session, task.case_no, f"已开红字发票{paper.number}")
    sent = form if reader.errors else RecordCreditNote()
    return CreditNoteRecorded.of_case(
        session,
        task.case_no,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        invoice_number=cases.shown(sent.invoice_number, 40),
        invoice_date=cases.shown(sent.invoice_date, 10),
        contract_no=request.contract_no,
        reissue=reissue,
    )
