"""Keep a signature, and decide what follows from it (C2, C3, X5)."""

from __future__ import annotations

from datetime import datetime

import structlog

from workers import cases
from workers.approval import history, route
from workers.approval.messages import RecordSignature, SignatureRecorded
from workers.approval.route import Round
from workers.approval.rules import DECISIONS, Signature, Unfillable, read_signature
from workers.approval.stages import APPROVE, REJECT, RETURN
from workers.approval.store import APPROVED, OPEN, REJECTED, RETURNED, ApprovalRecord, ApprovalStep
from workers.calendar import SHANGHAI
from workers.cases import FormError
from workers.org import OrgChart
from workers.runtime import TaskContext

log = structlog.get_logger(__name__)

_STATES = {APPROVE: APPROVED, RETURN: RETURNED, REJECT: REJECTED}
_OUTCOMES = {RETURN: "returned", REJECT: "rejected"}


def sign(current: Round, form: RecordSignature, task: TaskContext, org: OrgChart) -> SignatureRecorded:
    """Check who signed against the stored route and what they sent, then keep it and say what follows."""
    step = current.step_for(form.post)
    if current.case.state != cases.OPEN or step is None or step.state != OPEN:
        return _refused(current, [FormError(field="", message="本环节已结束,不能再签字")])
    # the engine's clock is not ours: a signature cannot lie behind the moment in which it is recorded
    at = min(form.signed_at or task.now, task.now)
    signer = form.signed_by or ""
    acting_for = _acting_for(current, step, signer, org, at)
    if acting_for is None:
        return _forged(current, step, signer, task, org)
    signature, errors = read_signature(
        current.stage, step.post, form.decision, form.comment, form.meeting_minutes
    )
    if signature is None:
        return _refused(current, errors)
    step.state, step.decided_at = _STATES[signature.decision], at
    record = _record(step, signature, signer, acting_for, org)
    record.signed_at, record.recorded_at, record.task_id = at, task.now, task.task_id
    current.session.add(record)
    current.session.flush()
    reference = f"[会议纪要 {signature.reference}]" if signature.reference else ""
    cases.note(
        current.session,
        step.case_no,
        route.names({signer: acting_for}, org),
        f"{step.title}:{DECISIONS[signature.decision]}",
        f"{reference}{signature.comment}",
        task.now,
        user=signer,
    )
    return _agreed(current, step, task.now, org) if step.state == APPROVED else _sent_back(current, record)


def words(record: ApprovalRecord) -> str:
    """A signature's comment with who made it, as the applicant reads it."""
    return f"{record.post_name}({record.signer_name}):{record.comment}"


def _acting_for(current: Round, step: ApprovalStep, signer: str, org: OrgChart, at: datetime) -> str | None:
    """Whom the signer acts for at that moment (themselves, unless a substitute); None if not entitled."""
    try:
        place = current.entitled(step, org, at.astimezone(SHANGHAI).date())
    except Unfillable:
        return None  # the step is offered anew, and that reports the chain to the operator
    return place.candidates.get(signer)


def _record(
    step: ApprovalStep, signature: Signature, signer: str, acting_for: str, org: OrgChart
) -> ApprovalRecord:
    substituted = acting_for != signer
    return ApprovalRecord(
        step_id=step.id,
        case_no=step.case_no,
        document_no=step.document_no,
        stage=step.stage,
        round=step.round,
        post=step.post,
        post_name=org.post_name(step.post),
        signer=signer,
        signer_name=org.name_of(signer),
        acting_for=acting_for if substituted else None,
        acting_for_name=org.name_of(acting_for) if substituted else None,
        decision=signature.decision,
        comment=signature.comment,
        reference=signature.reference,
    )


def _agreed(current: Round, step: ApprovalStep, now: datetime, org: OrgChart) -> SignatureRecorded:
    session, case_no = current.session, current.case.case_no
    cases.status(session, case_no, current.waiting_text(org) or f"{step.title}已同意")
    if current.undecided and not current.stage.parallel:
        return SignatureRecorded.of_case(session, case_no, approval_outcome="next")
    if not current.stage.parallel:  # a parallel stage is summed up by `conclude`
        signatures = [history.as_signature(record) for record in current.records]
        cases.set_approved(session, case_no, current.name, now, signatures)
    return SignatureRecorded.of_case(session, case_no, approval_outcome="approved")


def _sent_back(current: Round, record: ApprovalRecord) -> SignatureRecorded:
    session, case = current.session, current.case
    outcome = _OUTCOMES[record.decision]
    current.supersede()
    text = f"已退回,待{case.applicant_name}修改" if outcome == "returned" else f"{record.post_name}已否决"
    cases.status(session, case.case_no, text)
    return SignatureRecorded.of_case(
        session, case.case_no, approval_outcome=outcome, return_comment=words(record)
    )


def _refused(current: Round, errors: list[FormError]) -> SignatureRecorded:
    return SignatureRecorded.of_case(
        current.session, current.case.case_no, approval_outcome="refused", form_errors=errors
    )


def _forged(
    current: Round, step: ApprovalStep, signer: str, task: TaskContext, org: OrgChart
) -> SignatureRecorded:
    user = signer[:64]
    log.warning(
        "security: signature refused",
        case_no=step.case_no,
        step=step.title,
        user=user,
        candidates=sorted(step.candidates or {}),
        task_id=task.task_id,
    )
    who = org.name_of(user) or "(未知)"
    reason = f"{who}不是“{step.title}”的审批人,签字无效"
    cases.note(current.session, step.case_no, who, "签字被拒绝", reason, task.now, user=user or None)
    return _refused(current, [FormError(field="decision", message=reason)])
