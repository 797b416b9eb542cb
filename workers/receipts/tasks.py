"""The steps of the bank's money: open, enter one receipt, import a statement, resolve the unmatched (A6, X3, X4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import Case, FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.receipts import choices, claiming, importing, opening, reporting, single, uploads
from workers.receipts.messages import (
    ImportStatement,
    OpenReceipts,
    ReceiptForm,
    ReceiptRecorded,
    ReceiptsOpened,
    ReceiptsWithdrawn,
    RecordReceipt,
    ResolveUnmatched,
    StatementImported,
    UnmatchedResolved,
    WithdrawReceipts,
)
from workers.receipts.references import Refused
from workers.runtime import EngineVariables, Router, TaskContext

router = Router("receipts")
POST = "finance"
GONE = "本案已撤回或结束"


@router.task("open")
def open(  # noqa: A001 - the topic's name
    request: OpenReceipts, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ReceiptsOpened:
    """Number the case or find the one of a statement that came by command, and prepare the form."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    applicant = cases.starter(org, request.started_by, request.applicant, task.process_definition_key, today)
    case, way = opening.open_case(session, request, applicant, org.name_of(applicant), task)
    unmatched = _unmatched(session, case.case_no, task.now, office)
    texts = {
        "attached": "登记收款",
        "upload": f"待{case.applicant_name}上传银行流水",
        "arrived": reporting.waiting_text(unmatched["unmatched_count"]),
    }
    cases.status(session, case.case_no, texts.get(way, f"待{case.applicant_name}登记收款"))
    return ReceiptsOpened.of_case(
        session,
        case.case_no,
        case_no=case.case_no,
        entry_way=way,
        enter_due=policy.due(session, "enter_receipts", task.now, office),
        **_shown(request, attached=way == "attached"),
        **unmatched,
        **choices.all_of(session),
    )


def _shown(form: ReceiptForm, *, attached: bool) -> dict[str, Any]:
    """The form's fields; unread as they came when the check is next, so that it sees all of it."""
    if attached:
        return {field: getattr(form, field) for field in ReceiptForm.model_fields}
    sent = single.as_sent(form.model_dump(by_alias=True))
    return {field: sent[alias] for field, alias in _ALIASES.items()}


_ALIASES = dict(zip(ReceiptForm.model_fields, ReceiptForm.variable_names(), strict=True))


@router.task("record_receipt")
def record_receipt(form: RecordReceipt, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> ReceiptRecorded:
    """Book what finance entered by hand, whole or not at all."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    case = cases.lock(session, case_no, task.process_instance_id)
    reader, raw = FormReader(), form.model_dump(by_alias=True)
    by = _who(form.signed_by, case, reader, task, org, session)
    entry = single.read(raw, reader, today) if not reader.errors else None
    summary = None
    if entry is not None:
        try:
            summary = single.enter(session, entry, case_no, by, task.now)
        except Refused as error:
            reader.wrong("", str(error))
    if summary is not None:
        cases.note(session, case_no, org.name_of(by), "登记", summary, task.now, user=by)
        _finish(session, case_no, task.now)
    elif case.state == cases.OPEN:
        cases.status(session, case_no, f"待{case.applicant_name}修改收款登记")
    return ReceiptRecorded.of_case(
        session,
        case_no,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        receipt_summary=summary,
        **_shown(form, attached=False),
        **choices.all_of(session),
    )


@router.task("import_statement")
def import_statement(
    form: ImportStatement,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    engine: EngineVariables,
    office: WorkingHours,
) -> StatementImported:
    """Take the uploaded file in; rows that cannot be read go back to the person, the others are kept."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    reader = FormReader()
    by = _who(form.signed_by, case, reader, task, org, session)
    summary, faults, done = None, [], False
    if not reader.errors and form.upload_finished is True:
        done = uploads.finished(session, case_no, reader)
    elif not reader.errors:
        content = uploads.content(engine, task.process_instance_id, reader)
        if content is not None:
            name = uploads.filename(form.statement_filename)
            found = importing.take_in(session, content, name, case_no, by, task.now)
            summary, faults = reporting.summary(found), reporting.rows(found.faults)
            done = found.statement is not None and not found.faults and not found.remarks
            if found.statement is None:
                for wrong in reporting.refusal(found):
                    reader.wrong("statementFile", wrong)
            else:
                cases.note(
                    session, case_no, org.name_of(by), "导入流水", f"{name}：{summary}", task.now, user=by
                )
    unmatched = _unmatched(session, case_no, task.now, office)
    if case.state == cases.OPEN:
        left = unmatched["unmatched_count"]
        if done and not left:
            _finish(session, case_no, task.now)
        else:
            again = f"待{case.applicant_name}核对导入结果"
            cases.status(session, case_no, reporting.waiting_text(left) if done else again)
    return StatementImported.of_case(
        session,
        case_no,
        import_outcome="done" if done else "again",
        import_summary=summary,
        row_faults=faults,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        **unmatched,
        **choices.all_of(session),
    )


@router.task("resolve_unmatched")
def resolve_unmatched(
    form: ResolveUnmatched, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> UnmatchedResolved:
    """Book unmatched payments as finance has claimed them; all of the form or nothing of it."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, POST, task, org)
    _refuse_ended(case, reader)
    by, done = form.signed_by or "", []
    if not reader.errors:
        claims = claiming.read(form.claims, claiming.waiting(session, case_no, lock=True), reader)
        if not reader.errors:
            done = claiming.settle(session, claims, reader, case_no, by, task.now)
    for said in done:
        cases.note(session, case_no, org.name_of(by), "认领", said, task.now, user=by)
    unmatched = _unmatched(session, case_no, task.now, office, form.claims)
    if case.state == cases.OPEN and not unmatched["unmatched_count"]:
        _finish(session, case_no, task.now)
    elif case.state == cases.OPEN:
        cases.status(session, case_no, reporting.waiting_text(unmatched["unmatched_count"]))
    return UnmatchedResolved.of_case(
        session,
        case_no,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        **unmatched,
        **choices.all_of(session),
    )


@router.task("withdraw")
def withdraw(form: WithdrawReceipts, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> ReceiptsWithdrawn:
    """Withdraw the case if its applicant says so, with a reason, before anything was booked (X4)."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    booked = opening.has_booked(session, case_no)
    refused = "已有款项登记入账，不能撤回；登记有误的请办理冲正" if booked else ""
    found = cases.withdraw(session, case, form, task.now, org, gone=GONE, refused=refused, who="发起人")
    if found.done:
        opening.void(session, case_no)
    return ReceiptsWithdrawn.of_case(session, case_no, **found.fields)


def _who(
    signed_by: str | None, case: Case, reader: FormReader, task: TaskContext, org: OrgChart, session: Session
) -> str:
    """Who enters money: somebody of finance; without a signer it came with a technical account's start."""
    _refuse_ended(case, reader)
    if signed_by is None and not opening.has_booked(session, case.case_no):
        return case.applicant
    cases.require_post(reader, signed_by, POST, task, org)
    return signed_by or ""


def _refuse_ended(case: Case, reader: FormReader) -> None:
    if case.state != cases.OPEN:
        reader.wrong("", GONE)


def _unmatched(
    session: Session, case_no: str, now: datetime, office: WorkingHours, sent: object = None
) -> dict[str, Any]:
    lines = claiming.waiting(session, case_no)
    return {
        "claims": claiming.rows(lines, sent),
        "unmatched_count": len(lines),
        "claim_due": policy.due(session, "match_receipt", now, office),
        "claim_summary": reporting.claim_summary(lines),
    }


def _finish(session: Session, case_no: str, at: datetime) -> None:
    if cases.finish(session, case_no, cases.CLOSED, at):
        cases.status(session, case_no, "收款已登记")
