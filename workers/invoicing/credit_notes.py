"""The steps of a 红字发票: finance corrects a wrong invoice by one that takes it back whole (C11, X4)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, documents, ledger, money, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import Approved, FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company, Document, Paper, Signature
from workers.invoicing.messages import (
    CheckCreditNote,
    CreditNoteChecked,
    CreditNoteOpened,
    CreditNoteReturned,
    CreditNoteWithdrawn,
    OpenCreditNote,
    ReturnCreditNote,
    WithdrawCreditNote,
)
from workers.invoicing.routing import router
from workers.invoicing.store import (
    CREDIT_NOTE,
    FILLED,
    INVOICE,
    ISSUED,
    RETURNED,
    VOID,
    Invoice,
    InvoiceRequest,
)
from workers.org import OrgChart
from workers.runtime import FileValue, TaskContext

KIND = "HZ"
STAGE = "credit_note"
ISSUER = "finance"
MOST_COMMENT = 500
COLUMNS = ("行", "产品", "规格", "税率", "不含税金额", "税额", "价税合计")


def correctable(session: Session, number: str) -> Invoice | None:
    """The invoice with that number, if no credit note has taken it back."""
    taken = select(Invoice.corrects).where(Invoice.corrects.is_not(None))
    query = select(Invoice).where(
        Invoice.number == number, Invoice.kind == INVOICE, Invoice.number.not_in(taken)
    )
    return session.scalars(query).one_or_none()


def read(session: Session, form: object, reader: FormReader) -> tuple[Invoice | None, str]:
    """The invoice that is to be taken back, and why; findings go to `reader`."""
    written = reader.text("correctedInvoice", "原发票号码", getattr(form, "corrected_invoice", None), 60)
    number = written.replace(" ", "")
    reason = reader.text(
        "creditReason", "冲销原因", getattr(form, "credit_reason", None), MOST_COMMENT, lines=True
    )
    wrong = correctable(session, number) if number else None
    if number and wrong is None:
        reader.wrong("correctedInvoice", f"原发票号码：没有可以冲销的发票{number[:40]}")
    return wrong, reason


def _today(task: TaskContext) -> date:
    return task.now.astimezone(SHANGHAI).date()


def find_request(session: Session, case_no: str) -> InvoiceRequest | None:
    return session.get(InvoiceRequest, case_no, populate_existing=True)


@router.task("open_credit_note")
def open_credit_note(
    request: OpenCreditNote, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> CreditNoteOpened:
    """Number the case of a credit note and open its file."""
    session, today = uow.session, _today(task)
    applicant = cases.starter(org, request.started_by, request.applicant, task.process_definition_key, today)
    name = org.name_of(applicant)
    case_no = documents.next_number(session, KIND, today.year)
    cases.open_case(session, case_no, STAGE, applicant, name, task.now, task.process_instance_id)
    cases.status(session, case_no, f"待{name}填写红字发票申请")
    attached = cases.is_technical(request.started_by) and request.corrected_invoice is not None
    return CreditNoteOpened.of_case(
        session,
        case_no,
        case_no=case_no,
        credit_attached=attached,
        credit_due=policy.due(session, "issue_credit_note", task.now, office),
        corrected_invoice=cases.shown(request.corrected_invoice, 40),
        credit_reason=cases.shown(request.credit_reason, MOST_COMMENT),
    )


@router.task("check_credit_note")
def check_credit_note(
    form: CheckCreditNote,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
) -> CreditNoteChecked:
    """Check the correction and make the paper that is signed."""
    session, reader = uow.session, FormReader()
    case = cases.lock(session, task.case_no, task.process_instance_id)
    if case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    if form.signed_by is not None:  # None: it came with the start
        cases.require_post(reader, form.signed_by, ISSUER, task, org)
    wrong, reason = read(session, form, reader)
    if wrong is not None:
        ledger.lock_contract(session, wrong.contract_no)
        _one_at_a_time(session, task.case_no, wrong, reader)
    fields = {}
    if wrong is not None and not reader.errors:
        by = form.signed_by or case.applicant
        request = _keep(session, task, wrong, reason, by)
        cases.sent_in(session, task.case_no, by)
        fields = _as_paper(session, request, wrong, company, org, task.now)
        cases.note(
            session,
            task.case_no,
            org.name_of(by),
            "提交红字发票申请",
            f"原发票{wrong.number}",
            task.now,
            user=by,
        )
        cases.status(session, task.case_no, "申请已提交，待签批")
    return CreditNoteChecked.of_case(
        session,
        task.case_no,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        corrected_invoice=cases.shown(form.corrected_invoice, 40),
        credit_reason=cases.shown(form.credit_reason, MOST_COMMENT),
        **fields,
    )


def _one_at_a_time(session: Session, case_no: str, wrong: Invoice, reader: FormReader) -> None:
    other = session.scalars(
        select(InvoiceRequest.request_no).where(
            InvoiceRequest.corrects == wrong.number,
            InvoiceRequest.request_no != case_no,
            InvoiceRequest.state.in_((FILLED, RETURNED)),
        )
    ).first()
    if other:
        reader.wrong("correctedInvoice", f"原发票号码：{wrong.number}已在{other}中申请冲销")


def _keep(session: Session, task: TaskContext, wrong: Invoice, reason: str, by: str) -> InvoiceRequest:
    request = find_request(session, task.case_no) or InvoiceRequest(
        request_no=task.case_no, kind=CREDIT_NOTE, process_instance_id=task.process_instance_id
    )
    request.contract_no, request.corrects, request.amount = wrong.contract_no, wrong.number, wrong.total
    request.reason, request.state, request.filled_by, request.filled_at = reason, FILLED, by, task.now
    session.add(request)
    session.flush()
    return request


def _facts(request: InvoiceRequest, wrong: Invoice) -> list[tuple[str, str]]:
    return [
        ("原发票号码", wrong.number),
        ("原开票日期", wrong.issued_on.isoformat()),
        ("合同编号", wrong.contract_no),
        ("购买方", wrong.buyer_name),
        ("购买方税号", wrong.buyer_tax_no),
        ("冲销价税合计", money.figures(wrong.total)),
        ("冲销原因", request.reason),
    ]


def _rows(wrong: Invoice) -> list[list[str]]:
    return [
        [
            str(one.line_no),
            one.product_name,
            one.specification,
            f"{one.tax_rate.normalize():f}%",
            *(money.figures(-amount) for amount in (one.net, one.tax, one.total)),
        ]
        for one in wrong.lines
    ]


def issue(
    session: Session,
    request: InvoiceRequest,
    wrong: Invoice,
    company: Company,
    org: OrgChart,
    at: datetime,
    approval: Approved | None = None,
) -> Document:
    """Render and file the request: with a box to be signed, or with the signatures that it got (X5)."""
    filler = Signature("申请人", org.name_of(request.filled_by), request.filled_at)
    printed = Paper(
        KIND,
        facts=_facts(request, wrong),
        columns=COLUMNS,
        rows=_rows(wrong),
        signatures=[filler, *documents.signed_by(approval)],
    )
    number = request.request_no
    return documents.issue(session, printed, company, case_no=number, at=at, number=number)


def _as_paper(
    session: Session, request: InvoiceRequest, wrong: Invoice, company: Company, org: OrgChart, at: datetime
) -> dict[str, object]:
    document = issue(session, request, wrong, company, org, at)
    return cases.paper(
        STAGE,
        request.request_no,
        "红字发票申请",
        facts=_facts(request, wrong),
        columns=COLUMNS,
        rows=_rows(wrong),
        amount=wrong.total,
        document=FileValue(document.filename, document.content, document.media_type),
    )


@router.task("return_credit_note")
def return_credit_note(
    form: ReturnCreditNote, uow: UnitOfWork, task: TaskContext, office: WorkingHours
) -> CreditNoteReturned:
    """The credit note comes back to finance with the signer's comment."""
    session = uow.session
    cases.lock(session, task.case_no, task.process_instance_id)
    request = find_request(session, task.case_no)
    if request is not None and request.state == FILLED:
        request.state = RETURNED
    comment = form.return_comment if isinstance(form.return_comment, str) else ""
    return CreditNoteReturned.of_case(
        session,
        task.case_no,
        credit_due=policy.due(session, "issue_credit_note", task.now, office),
        corrected_invoice=request.corrects if request is not None else None,
        credit_reason=request.reason if request is not None else None,
        return_comment=comment[: cases.COMMENT_LIMIT],
    )


@router.task("withdraw_credit_note")
def withdraw_credit_note(
    form: WithdrawCreditNote, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> CreditNoteWithdrawn:
    """Withdraw the case if its applicant says so, with a reason, before the credit note is issued (X4)."""
    session = uow.session
    case = cases.lock(session, task.case_no, task.process_instance_id)
    gone = "红字发票已开具或申请已结束，不能撤回"
    found = cases.withdraw(session, case, form, task.now, org, gone=gone)
    if found.done:
        request = find_request(session, task.case_no)
        if request is not None and request.state != ISSUED:
            request.state = VOID
        documents.void(session, task.case_no)
    return CreditNoteWithdrawn.of_case(session, task.case_no, **found.fields)
