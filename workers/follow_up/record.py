"""A follow-up's rows: its tries, its concerns, which questions are still open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.calendar import SHANGHAI
from workers.errors import InvalidInput
from workers.follow_up.questions import Question, Questionnaire
from workers.follow_up.rules import Contact
from workers.follow_up.store import SALE, FollowUp, FollowUpConcern, FollowUpContact, SurveyAnswer
from workers.org import OrgChart


def find(session: Session, number: str) -> FollowUp:
    """The follow-up as it is committed. InvalidInput when there is none."""
    row = session.get(FollowUp, number, populate_existing=True)
    if row is None:
        raise InvalidInput(f"{number} is no follow-up")
    return row


def last_contact(session: Session, number: str) -> FollowUpContact | None:
    """The newest try."""
    query = select(FollowUpContact).where(FollowUpContact.follow_up_no == number)
    return session.scalars(query.order_by(FollowUpContact.id.desc()).limit(1)).one_or_none()


def contacts(session: Session, number: str) -> int:
    """How often somebody tried, whoever was reached."""
    query = select(func.count()).where(FollowUpContact.follow_up_no == number)
    return session.execute(query).scalar_one()


def tries(session: Session, number: str) -> int:
    """How often nobody was reached since the customer was last spoken to."""
    query = select(FollowUpContact.outcome).where(FollowUpContact.follow_up_no == number)
    count = 0
    for outcome in session.scalars(query.order_by(FollowUpContact.id.desc())):
        if outcome != "unreachable":
            break
        count += 1
    return count


def last_concern(session: Session, number: str) -> FollowUpConcern | None:
    """The newest concern, settled or not."""
    query = select(FollowUpConcern).where(FollowUpConcern.follow_up_no == number)
    return session.scalars(query.order_by(FollowUpConcern.id.desc()).limit(1)).one_or_none()


def open_questions(session: Session, row: FollowUp, asked: Questionnaire) -> list[Question]:
    """Those that the customer has not answered yet: asked again, a promise that was broken stays so."""
    query = select(SurveyAnswer.question).where(SurveyAnswer.follow_up_no == row.number)
    answered = set(session.scalars(query))
    return [one for one in asked.of(row.kind) if one.id not in answered]


def keep_answers(session: Session, row: FollowUp, contact: Contact, at: datetime) -> None:
    """Store the answers by step and by the person who did the step."""
    for one in contact.answers:
        session.execute(
            insert(SurveyAnswer)
            .values(
                follow_up_no=row.number,
                question=one.question.id,
                step=one.question.step,
                person=_answers_for(row, one.question),
                answer=one.answer,
                note=one.note,
                at=at,
            )
            .on_conflict_do_nothing()
        )


def _answers_for(row: FollowUp, question: Question) -> str | None:
    """Whose practice it measures: the follow-up itself is the responsible person's; else who is named for the
    question, or for its step."""
    if question.step in ("V9", "W10"):
        return row.responsible
    return row.people.get(question.id) or row.people.get(question.step)


def texts(session: Session, row: FollowUp, org: OrgChart, asked: Questionnaire) -> dict[str, Any]:
    """What a form shows of the handover and of what troubled the customer before."""
    met = [
        f"{asked.step_name(step)}：{org.name_of(user)}"
        for step, user in row.people.items()
        if step in asked.steps
    ]
    handed = "购车" if row.kind == SALE else "维修保养"
    car = f"，车架号{row.vin}" if row.vin else ""
    return {
        "handover_text": f"{row.happened_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M} 交车（{handed} {row.for_case}{car}）",
        "people_text": "；".join(met),
        "concern_text": concern_text(last_concern(session, row.number), org),
    }


def concern_text(concern: FollowUpConcern | None, org: OrgChart) -> str:
    """What troubled the customer, and how it was settled."""
    if concern is None:
        return ""
    if concern.settled_by is None:
        return concern.what
    return f"{concern.what}\n处理（{org.name_of(concern.settled_by)}）：{concern.measures}"
