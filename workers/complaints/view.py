"""What people read of a complaint, and its row under lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers import cases, customers
from workers.calendar import SHANGHAI
from workers.complaints.rules import ANSWERS
from workers.complaints.store import Complaint, ComplaintAnswer, ComplaintSolution
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import TaskContext


def find(session: Session, number: str) -> Complaint:
    """The complaint as it is committed. InvalidInput when there is none."""
    row = session.get(Complaint, number, populate_existing=True)
    if row is None:
        raise InvalidInput(f"{number} is no complaint")
    return row


def work_on(session: Session, task: TaskContext) -> Complaint:
    """The complaint under its case's lock. CaseEnded: it was withdrawn, so that the step will be gone."""
    case = cases.lock(session, task.case_no, task.process_instance_id)
    if case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    return find(session, task.case_no)


def latest_solution(session: Session, number: str) -> ComplaintSolution | None:
    """What was done last."""
    query = select(ComplaintSolution).where(ComplaintSolution.number == number)
    return session.scalars(query.order_by(ComplaintSolution.id.desc()).limit(1)).one_or_none()


def rounds(session: Session, number: str) -> int:
    """How many solutions were proposed so far."""
    query = select(func.count()).where(ComplaintSolution.number == number)
    return session.execute(query).scalar_one()


def facts(session: Session, row: Complaint, org: OrgChart, *, full: bool = True) -> dict[str, Any]:
    """The fields of `ComplaintFacts`; who solves and who asks has to call, so they get the whole phone number."""
    session.flush()
    return {
        **customers.view(session, row.customer_no, full=full),
        "complaint_text": row.what,
        "about_case_no": row.about_case,
        "against_name": org.name_of(row.against) if row.against else "未指明",
        "owner": row.owner or "",
        "owner_name": org.name_of(row.owner) if row.owner else "",
        "complaint_since": _moment(row.raised_at),
        "solutions": _solutions(session, row.number, org),
    }


def staff_options(org: OrgChart, today: datetime) -> list[dict[str, str]]:
    """Everybody whom a customer may have met, as a form's choices."""
    posts = (
        *("salesperson", "sales_manager", "service_advisor", "service_manager", "dispatcher", "technician"),
        *("quality", "finance", "warehouse"),
    )
    day = today.astimezone(SHANGHAI).date()
    people = {user: post for post in posts if post in org.posts for user in org.holders(post, day)}
    return [
        {"label": f"{org.name_of(user)}({org.post_name(post)})", "value": user}
        for user, post in people.items()
    ]


def _solutions(session: Session, number: str, org: OrgChart) -> list[dict[str, str]]:
    query = (
        select(ComplaintSolution, ComplaintAnswer)
        .outerjoin(ComplaintAnswer, ComplaintAnswer.solution_id == ComplaintSolution.id)
        .where(ComplaintSolution.number == number)
        .order_by(ComplaintSolution.id, ComplaintAnswer.id)
    )
    return [
        {
            "time": _moment(solution.at),
            "who": org.name_of(solution.by),
            "solution": solution.solution,
            "answer": _words(answer) if answer is not None else "",
        }
        for solution, answer in session.execute(query)
    ]


def _words(answer: ComplaintAnswer) -> str:
    said = f"（{answer.said_by}，{_moment(answer.said_at)}）" if answer.said_at else ""
    return f"{ANSWERS[answer.answer]}{said}{'：' + answer.note if answer.note else ''}"


def _moment(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
