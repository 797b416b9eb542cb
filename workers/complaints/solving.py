"""Own a complaint, solve it, pass it to the superior when its deadline has passed (K1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from workers import cases, notify, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.complaints import rules, view
from workers.complaints.messages import (
    Assign,
    Assigned,
    Escalate,
    Escalated,
    RecordSolution,
    SolutionRecorded,
)
from workers.complaints.router import router
from workers.complaints.store import Complaint, ComplaintSolution
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import TaskContext

log = structlog.get_logger(__name__)


@router.task("assign")
def assign(
    _: Assign, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours, company: Company
) -> Assigned:
    """Find the owner and tell the customer whom to tell; one that is not solved goes back to its owner."""
    session, number = uow.session, task.case_no
    row, today = view.work_on(session, task), task.now.astimezone(SHANGHAI).date()
    first = row.owner is None
    owner = org.acting(row.owner, today) if row.owner in org.people and row.owner else ""
    if not owner or owner == row.against or not org.person(owner).works_on(today):
        owner = rules.owner_of(org, row.against, row.about_case, today)
    _own(session, row, owner, task.now, office)
    if first:
        cases.note(session, number, "系统", "指定投诉负责人", org.name_of(owner), task.now)
        subject, body = received(row, org, company, today=task.now)
        notify.tell_customer(session, f"complaint:{number}", row.customer_no, subject, body)
    rounds = view.rounds(session, number)
    _tell_owner(session, row, org, "客户说没解决" if rounds else "投诉待处理", f"{number}:assigned:{rounds}")
    return Assigned.of_case(
        session,
        number,
        solvers=_solvers(row, org, today),
        solve_due=row.due_at,
        **view.facts(session, row, org),
    )


@router.task("escalate")
def escalate(
    _: Escalate, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours, company: Company
) -> Escalated:
    """Pass it to the next one above who is not complained about; at the top it stays, with a new deadline."""
    session, number = uow.session, task.case_no
    row, today = view.work_on(session, task), task.now.astimezone(SHANGHAI).date()
    before = row.owner or ""
    owner = rules.taker_over(org, before, row.against, today) or before
    row.escalations += 1
    _own(session, row, owner, task.now, office)
    words = f"{org.name_of(before)} → {org.name_of(owner)}"
    cases.note(session, number, "系统", "投诉逾期未解决，升级处理", words, task.now)
    _tell_owner(session, row, org, "投诉逾期，请您接手处理", f"{number}:escalated:{row.escalations}")
    if owner != before:
        body = f"投诉{number}超过处理期限，已由{org.name_of(owner)}接手，请交接情况。"
        notify.tell(
            session, f"complaint:{number}:passed:{row.escalations}", before, f"投诉{number}已升级", body
        )
        subject, text = received(row, org, company, today=task.now)
        notify.tell_customer(session, f"complaint:{number}:{row.escalations}", row.customer_no, subject, text)
    return Escalated.of_case(
        session,
        number,
        solvers=_solvers(row, org, today),
        solve_due=row.due_at,
        **view.facts(session, row, org),
    )


@router.task("record_solution")
def record_solution(
    form: RecordSolution,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    office: WorkingHours,
    company: Company,
) -> SolutionRecorded:
    """Keep what the owner has done; somebody else asks the customer whether it is solved."""
    session, number, reader = uow.session, task.case_no, FormReader()
    row, today, by = view.work_on(session, task), task.now.astimezone(SHANGHAI).date(), form.signed_by or ""
    if by not in rules.solvers(org, row.owner or "", row.against, today):
        log.warning("security: solution by another", case_no=number, user=by)
        reader.wrong("", "只有投诉负责人或其上级可以填写处理结果")
    solution = reader.text("solution", "处理结果", form.solution, rules.MOST_TEXT, lines=True)
    confirmers = rules.confirmers(org, by, row.against, today)
    if not confirmers:
        raise InvalidInput(f"complaint {number}: nobody is left who could ask the customer on {today}")
    if not reader.errors:
        if by != row.owner:  # a superior who steps in answers for it from here on
            row.owner = by
            subject, body = received(row, org, company, today=task.now)
            event = f"complaint:{number}:taken_over:{view.rounds(session, number)}"
            notify.tell_customer(session, event, row.customer_no, subject, body)
        session.add(ComplaintSolution(number=number, solution=solution, by=by, at=task.now))
        cases.note(session, number, org.name_of(by), "提出处理结果", solution, task.now, user=by)
        cases.status(session, number, "待客户确认是否解决")
    return SolutionRecorded.of_case(
        session,
        number,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        confirmers=",".join(confirmers),
        confirm_due=policy.due(session, "confirm_solution", task.now, office),
        solution=cases.shown(form.solution, rules.MOST_TEXT) if reader.errors else None,
        **view.facts(session, row, org),
    )


def received(row: Complaint, org: OrgChart, company: Company, *, today: datetime) -> tuple[str, str]:
    """Subject and body for the customer: who looks after it, and whom to tell if that does not help."""
    owner = row.owner or ""
    day = today.astimezone(SHANGHAI).date()
    above = rules.taker_over(org, owner, row.against, day)
    phone = f"，电话{company.phone}" if company.phone else ""
    lines = [
        f"您好！您的投诉已受理，编号{row.number}，由{_titled(org, owner)}负责处理{phone}。",
        "处理以后我们会请另一位同事与您核实，您确认解决了才算结束。",
    ]
    if above is not None:
        lines.append(f"如果对处理不满意，请直接找{_titled(org, above)}{phone}。")
    return f"投诉{row.number}已受理", "\n".join(lines)


def _titled(org: OrgChart, user: str) -> str:
    posts = org.posts_of(user)
    return f"{org.post_name(posts[0])}{org.name_of(user)}" if posts else org.name_of(user)


def _solvers(row: Complaint, org: OrgChart, day: date) -> str:
    return ",".join(rules.solvers(org, row.owner or "", row.against, day))


def _own(session: Session, row: Complaint, owner: str, now: datetime, office: WorkingHours) -> None:
    row.owner = owner
    row.due_at = policy.due(session, "solve_complaint", now, office)
    due = row.due_at.astimezone(SHANGHAI)
    cases.status(session, row.number, f"投诉处理中，期限{due:%Y-%m-%d %H:%M}")


def _tell_owner(session: Session, row: Complaint, org: OrgChart, subject: str, key: str) -> Any:
    due = (row.due_at or row.raised_at).astimezone(SHANGHAI)
    body = (
        f"投诉{row.number}由您负责，请最优先处理，期限{due:%Y-%m-%d %H:%M}。\n内容：{row.what}\n"
        f"投诉对象：{org.name_of(row.against) if row.against else '未指明'}"
    )
    notify.tell(session, f"complaint:{key}:{row.owner}", row.owner or "", f"{subject}：{row.number}", body)
