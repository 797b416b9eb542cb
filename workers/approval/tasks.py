"""The steps of an approval: plan the route, offer a step, record a signature, sum up (C2, C3, X2, X5)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workers import cases, policy
from workers.approval import history, route, signing
from workers.approval.messages import (
    AssignStep,
    Conclude,
    PlanRoute,
    RecordSignature,
    RoutePlanned,
    SignatureRecorded,
    StageConcluded,
    StepAssigned,
)
from workers.approval.route import Round
from workers.approval.rules import DECISIONS, extra_posts, fill, posts_of
from workers.approval.stages import APPROVE, Stage, stage_of
from workers.approval.store import APPROVED, OPEN
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import Case
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import Router, TaskContext

router = Router("approval")


@router.task("plan_route")
def plan_route(request: PlanRoute, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> RoutePlanned:
    """Write down who has to sign in this stage, and find out at once whether that is possible."""
    session, stage = uow.session, stage_of(request.stage)
    owner = _owner(stage, request.called_by, task)
    case = _open_case(session, task, owner)
    if not stage.posts and case.process_instance_id is None:
        case.process_instance_id = (
            owner  # a paper that no process has opened: nobody else gathers its signatures
        )
    posts = posts_of(stage, extra_posts(request.extra_approvers), org)
    fill(posts, case.filers, (), org, task.now.astimezone(SHANGHAI).date())
    cases.clear_approved(session, case.case_no, request.stage)
    steps = Round.plan(session, case, request.stage, posts, org).steps
    text = ("、" if stage.parallel else " → ").join(step.title for step in steps)
    cases.note(session, case.case_no, "系统", "确定审批路线", text, task.now)
    return RoutePlanned.of_case(session, case.case_no, route_text=text)


@router.task("assign_step")
def assign_step(
    request: AssignStep, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> StepAssigned:
    """Offer the step that is up to those who may sign it today."""
    session = uow.session
    owner = _owner(stage_of(request.stage), request.called_by, task)
    case = _open_case(session, task, owner)
    current = Round.latest(session, case, request.stage)
    step = current.step_for(request.post)
    if step is None:
        raise InvalidInput(f"case {case.case_no}: no step of {request.stage} is left to be signed")
    place = current.entitled(step, org, task.now.astimezone(SHANGHAI).date())
    if step.state != OPEN or step.candidates != place.candidates:
        whom = route.names(place.candidates, org)
        if place.level != step.post:
            whom = f"{whom}(由{org.post_name(place.level)}代行)"
        cases.note(session, case.case_no, "系统", f"送{step.title}", whom, task.now)
    due = policy.due(session, current.stage.deadline_of(step.post), task.now, office)
    due = route.offer(step, place.candidates, task.now, due)
    cases.status(session, case.case_no, current.waiting_text(org))
    return StepAssigned.of_case(
        session,
        case.case_no,
        approver_candidates=",".join(place.candidates),
        approval_step=step.title,
        approval_due=due,
        decision_options=[{"label": DECISIONS[one], "value": one} for one in current.stage.decisions],
    )


@router.task("record_signature")
def record_signature(
    form: RecordSignature, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> SignatureRecorded:
    """Check who signed against the stored route, and keep the signature; a forged one is refused."""
    owner = _owner(stage_of(form.stage), form.called_by, task)
    case = cases.lock(uow.session, task.case_no, owner)
    return signing.sign(Round.latest(uow.session, case, form.stage), form, task, org)


@router.task("conclude")
def conclude(request: Conclude, uow: UnitOfWork, task: TaskContext, office: WorkingHours) -> StageConcluded:
    """Sum up a stage that was signed in parallel: one return sends everything back."""
    session = uow.session
    case = cases.lock(session, task.case_no, task.process_instance_id)
    current = Round.latest(session, case, request.stage)
    given = current.records
    against = [record for record in given if record.decision != APPROVE]
    if against:
        current.supersede()
        cases.status(session, case.case_no, f"已退回,待{case.applicant_name}修改")
    elif all(step.state == APPROVED for step in current.steps):
        signatures = [history.as_signature(record) for record in given]
        cases.set_approved(session, case.case_no, request.stage, task.now, signatures)
        cases.status(session, case.case_no, "会签完成,待销售业务科用印")
    else:
        raise InvalidInput(f"case {case.case_no}: {request.stage} has not been signed by everybody")
    before = cases.approved(session, case.case_no, "declaration")
    return StageConcluded.of_case(
        session,
        case.case_no,
        approval_outcome="returned" if against else "approved",
        return_comment=";".join(signing.words(record) for record in against) or None,
        signatures=[*(before.signatures if before else ()), *(history.as_signature(one) for one in given)],
        seal_due=policy.due(session, "seal", task.now, office),
    )


def _owner(stage: Stage, called_by: str | None, task: TaskContext) -> str | None:
    """The process instance to which the case has to belong: a paper's signatures are gathered for another one."""
    return called_by if called_by and not stage.posts else task.process_instance_id


def _open_case(session: Session, task: TaskContext, owner: str | None) -> Case:
    case = cases.lock(session, task.case_no, owner)
    if case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    return case
