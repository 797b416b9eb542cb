"""The policy's steps: draft, check, issue, close, withdraw (C1, X3, X4)."""

from __future__ import annotations

import structlog

from workers import cases, catalog
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormError
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.policy import drafts
from workers.policy.messages import (
    CheckDraft,
    ClosePolicy,
    DraftChecked,
    DraftOpened,
    IssuePolicy,
    OpenDraft,
    PolicyClosed,
    PolicyIssued,
    PolicyWithdrawn,
    WithdrawPolicy,
)
from workers.policy.rules import period_errors, validate_draft
from workers.policy.store import REJECTED, WITHDRAWN
from workers.policy.versions import due
from workers.runtime import Router, TaskContext

router = Router("policy")
log = structlog.get_logger(__name__)

STAGE = "policy"
PREFIX = "ZC"


@router.task("open_draft")
def open_draft(
    request: OpenDraft, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> DraftOpened:
    """Number the case, open its file, and fill the form from the policy in force."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    applicant = cases.starter(org, request.started_by, request.applicant, task.process_definition_key, today)
    case_no = cases.next_case_no(session, PREFIX, today.year)
    cases.open_case(
        session, case_no, STAGE, applicant, org.name_of(applicant), task.now, task.process_instance_id
    )
    attached = cases.is_technical(request.started_by) and request.prices is not None
    cases.status(session, case_no, "检查草案" if attached else f"待{org.name_of(applicant)}起草销售政策")
    products = {no: product.name for no, product in catalog.products(session).items()}
    return DraftOpened.of_case(
        session,
        case_no,
        case_no=case_no,
        draft_attached=attached,
        product_options=catalog.product_options(session),
        draft_due=due(session, "draft_policy", task.now, office),
        **drafts.prefilled(session, request, products, today),
    )


@router.task("check_draft")
def check_draft(form: CheckDraft, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> DraftChecked:
    """Check the draft; when nothing is wrong with it, keep it for the committee to decide on."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    case = cases.lock(session, case_no, task.process_instance_id)
    entitled = {case.applicant, org.acting(case.applicant, today)}
    # without a signer the draft came with the start, by a technical account: only before any form was sent
    attached = form.signed_by is None and not drafts.was_drafted(session, case_no)
    errors: list[FormError] = []
    if case.state != cases.OPEN:
        errors = [FormError(field="", message="本政策草案已撤回或结束")]
    elif form.signed_by not in entitled and not attached:
        log.warning("security: draft sent by another", case_no=case_no, user=form.signed_by)
        by = str(form.signed_by or "")[:64]
        cases.note(session, case_no, org.name_of(by) or "(未知)", "越权提交被拒绝", "", task.now, user=by)
        errors = [FormError(field="", message="只有起草人可以提交草案")]
    fields = drafts.as_sent(form)
    if not errors:
        products = {no: product.name for no, product in catalog.products(session).items()}
        draft, errors = validate_draft(form, products, drafts.issued_spans(session), today)
        if draft is not None:
            fields = drafts.as_read(draft, products)
            by = form.signed_by or case.applicant
            drafts.save_draft(session, case_no, draft, by, task.now)
            cases.sent_in(session, case_no, by)
            cases.clear_approved(session, case_no, STAGE)
            cases.note(session, case_no, org.name_of(by), "提交草案", draft.title, task.now, user=by)
            cases.status(session, case_no, "草案已提交,待联席会决定")
    if errors and case.state == cases.OPEN:
        cases.status(session, case_no, f"待{case.applicant_name}修改销售政策草案")
    return DraftChecked.of_case(session, case_no, has_errors=bool(errors), form_errors=errors, **fields)


@router.task("issue")
def issue(_: IssuePolicy, uow: UnitOfWork, task: TaskContext) -> PolicyIssued:
    """Put the approved draft in force and end the version before it, unless its time has passed meanwhile."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    case = cases.lock(session, case_no, task.process_instance_id)
    drafts.lock_issuing(session)
    approval, draft = cases.approved(session, case_no, STAGE), drafts.current_draft(session, case_no)
    if case.state != cases.OPEN:
        gone = [FormError(field="", message="本政策草案已撤回或结束,不能签发")]
        return PolicyIssued.of_case(session, case_no, has_errors=True, form_errors=gone)
    if approval is None or draft is None or approval.at < draft.drafted_at:
        raise InvalidInput(f"policy case {case_no}: the draft has not been decided on and signed")
    errors = period_errors(draft.valid_from, draft.valid_to, drafts.issued_spans(session), today)
    if errors:
        cases.clear_approved(session, case_no, STAGE)
        reasons = ";".join(error.message for error in errors)
        cases.note(session, case_no, "系统", "未能签发", reasons, task.now)
        cases.status(session, case_no, f"未能签发,待{case.applicant_name}修改销售政策草案")
        return PolicyIssued.of_case(session, case_no, has_errors=True, form_errors=errors)
    number = drafts.put_in_force(session, draft, approval, task.now)
    cases.finish(session, case_no, cases.CLOSED, task.now)
    text = f"第{number}版政策已签发,自{draft.valid_from}起生效"
    cases.note(session, case_no, "系统", "签发", text, task.now)
    cases.status(session, case_no, text)
    return PolicyIssued.of_case(session, case_no, policy_version=number)


@router.task("close")
def close(_: ClosePolicy, uow: UnitOfWork, task: TaskContext) -> PolicyClosed:
    """End the case of a rejected draft."""
    session, case_no = uow.session, task.case_no
    cases.lock(session, case_no, task.process_instance_id)
    if cases.finish(session, case_no, cases.CLOSED, task.now):
        drafts.end_draft(session, case_no, REJECTED)
        cases.note(session, case_no, "系统", "结束", "政策被否决", task.now)
        cases.status(session, case_no, "政策被否决")
    return PolicyClosed.of_case(session, case_no)


@router.task("withdraw")
def withdraw(form: WithdrawPolicy, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> PolicyWithdrawn:
    """Withdraw the case if its drafter says so, with a reason, before the policy is issued (X4)."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    gone = "本政策已签发或已结束,不能撤回"
    found = cases.withdraw(session, case, form, task.now, org, gone=gone, who="提出人")
    if found.done:
        drafts.end_draft(session, case_no, WITHDRAWN)
        cases.clear_approved(session, case_no, STAGE)
    return PolicyWithdrawn.of_case(session, case_no, **found.fields)
