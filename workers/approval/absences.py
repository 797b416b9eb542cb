"""When a leave begins or ends, open steps move to whoever may sign now (only leave moves a signature)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workers import cases, notify
from workers.approval import route
from workers.approval.route import Round
from workers.approval.rules import Unfillable
from workers.approval.store import OPEN, SUPERSEDED, ApprovalStep
from workers.calendar import SHANGHAI
from workers.cases import Case
from workers.notify import Notice
from workers.org import OrgChart

log = structlog.get_logger(__name__)


TASK = 7
"""The engine's number for tasks among the resources that rights are granted on."""


class TaskLinks(Protocol):
    """What of the engine's client is needed here (`engine.EngineClient` fits)."""

    def get(self, path: str, **params: Any) -> Any:
        """GET as JSON."""

    def post(self, path: str, body: object = None, **params: Any) -> Any:
        """POST a JSON body."""

    def delete(self, path: str, body: object = None, **params: Any) -> Any:
        """DELETE."""


@dataclass(frozen=True)
class Moved:
    """An open step that was offered to others, or that nobody may sign any more (`problem`)."""

    case_no: str
    step: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    problem: str | None = None


def reassign_absent(session: Session, org: OrgChart, engine: TaskLinks, now: datetime) -> list[Moved]:
    """Bring every open step in line with who is here today; returns what was changed.

    The engine is told before the database is committed: a crash between the two repeats the change, which
    does no harm. Steps of cases that have ended are closed. The caller commits.
    """
    close_ended(session)
    numbers = session.scalars(
        select(ApprovalStep.case_no)
        .where(ApprovalStep.state == OPEN)
        .distinct()
        .order_by(ApprovalStep.case_no)
    ).all()
    moved: list[Moved] = []
    for case_no in numbers:
        moved += _reassign_case(session, case_no, org, engine, now)
    return moved


def close_ended(session: Session) -> None:
    """Supersede the undecided steps of cases that were withdrawn or closed."""
    ended = select(Case.case_no).where(Case.state != cases.OPEN)
    session.execute(
        update(ApprovalStep)
        .where(ApprovalStep.state.in_(route.UNDECIDED), ApprovalStep.case_no.in_(ended))
        .values(state=SUPERSEDED)
        .execution_options(synchronize_session="fetch")
    )


def _reassign_case(
    session: Session, case_no: str, org: OrgChart, engine: TaskLinks, now: datetime
) -> list[Moved]:
    case = cases.find(session, case_no)
    stages = session.scalars(
        select(ApprovalStep.stage)
        .where(ApprovalStep.case_no == case_no, ApprovalStep.state == OPEN)
        .distinct()
    ).all()
    today = now.astimezone(SHANGHAI).date()
    moved: list[Moved] = []
    for name in stages:
        if Round.latest(session, case, name).is_offered_to(org, today):
            continue  # nearly always: nobody's signature has to wait for this round
        case = cases.lock(session, case_no)
        current = Round.latest(session, case, name)
        for step in current.undecided:
            if step.state == OPEN:
                moved += _reassign_step(current, step, org, engine, now)
        if any(one.problem is None for one in moved):
            cases.status(session, case_no, current.waiting_text(org))
            _refresh_view(session, case_no, engine)
    return moved


def _reassign_step(
    current: Round, step: ApprovalStep, org: OrgChart, engine: TaskLinks, now: datetime
) -> list[Moved]:
    before = dict(step.candidates or {})
    try:
        place = current.entitled(step, org, now.astimezone(SHANGHAI).date())
    except Unfillable as problem:
        log.warning("approval.unfillable", case_no=step.case_no, step=step.title, reason=str(problem))
        notify.tell_all(current.session, _alarms(step, org, now, str(problem)))
        return [Moved(step.case_no, step.title, tuple(before), (), str(problem))]
    after = dict(place.candidates)
    if after == before:
        return []
    if set(after) != set(before):
        tasks = _tasks_of(step, set(before), engine)
        if not tasks:
            return []  # the engine is about to make the task: the next round finds it
        for task_id in tasks:
            _relink(task_id, set(after), engine)
    step.candidates = after
    whom = f"{route.names(before, org)} → {route.names(after, org)}"
    cases.note(current.session, step.case_no, "系统", f"{step.title}改由他人办理", whom, now)
    log.info("approval.moved", case_no=step.case_no, step=step.title, before=[*before], after=[*after])
    return [Moved(step.case_no, step.title, tuple(before), tuple(after))]


def _alarms(step: ApprovalStep, org: OrgChart, now: datetime, reason: str) -> list[Notice]:
    """Tell the operators, once per step and day, that nobody may sign."""
    day = now.astimezone(SHANGHAI).date()
    return [
        Notice(
            f"unfillable:{step.id}:{day}:{user}",
            user,
            f"{step.case_no} {step.title}:无人可办理",
            f"案件{step.case_no}的“{step.title}”现在无人有权办理,请检查组织架构。\n{reason}",
        )
        for user in org.acting_holders("operator", day)
    ]


def _tasks_of(step: ApprovalStep, before: set[str], engine: TaskLinks) -> list[str]:
    """The engine's task of the step: the one offered to those users, or already to others after a crash."""
    found = [str(task["id"]) for task in engine.get("/task", processInstanceBusinessKey=step.case_no)]
    offered = {task_id: _candidates(task_id, engine) for task_id in found}
    fitting = [task_id for task_id, users in offered.items() if users and users == before]
    if len(fitting) != 1:
        fitting = [
            task_id for task_id, users in offered.items() if users and _is_titled(task_id, step, engine)
        ]
    return fitting


def _is_titled(task_id: str, step: ApprovalStep, engine: TaskLinks) -> bool:
    seen = engine.get(f"/task/{task_id}/variables", deserializeValues=False)
    return any(value.get("value") == step.title for value in seen.values())


def _candidates(task_id: str, engine: TaskLinks) -> set[str]:
    links = engine.get(f"/task/{task_id}/identity-links", type="candidate")
    return {str(link["userId"]) for link in links if link.get("userId")}


def _relink(task_id: str, users: set[str], engine: TaskLinks) -> None:
    """Offer the task to exactly those users; a claim by somebody else is undone."""
    offered = _candidates(task_id, engine)
    for user in sorted(users - offered):
        engine.post(f"/task/{task_id}/identity-links", {"userId": user, "type": "candidate"})
    for user in sorted(offered - users):
        engine.post(f"/task/{task_id}/identity-links/delete", {"userId": user, "type": "candidate"})
        # the engine leaves the candidate's right on the task behind: they would still see and complete it
        for right in engine.get("/authorization", resourceType=TASK, resourceId=task_id, userIdIn=user):
            engine.delete(f"/authorization/{right['id']}")
    assignee = engine.get(f"/task/{task_id}").get("assignee")
    if assignee and assignee not in users:
        engine.post(f"/task/{task_id}/unclaim")


def _refresh_view(session: Session, case_no: str, engine: TaskLinks) -> None:
    """Show the applicant's tracking form where the case stands now."""
    view = cases.overview(session, case_no)
    history = [line.model_dump(by_alias=True) for line in view.case_history]
    variables = {
        "caseStatus": {"value": view.case_status, "type": "String"},
        "caseHistory": {"value": _as_json(history), "type": "Json"},
    }
    for instance in engine.get("/process-instance", businessKey=case_no, active=True):
        engine.post(f"/process-instance/{instance['id']}/variables", {"modifications": variables})


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
