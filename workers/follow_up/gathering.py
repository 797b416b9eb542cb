"""What the day and month reports are made of, read from the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from workers.follow_up.analysis import AnswerFact, FollowUpFact, Gaps, Period, analyse
from workers.follow_up.questions import Questionnaire
from workers.follow_up.store import FollowUp, FollowUpContact, SurveyAnswer
from workers.org import OrgChart

NOBODY = "未知"


def gaps(session: Session, period: Period, org: OrgChart, asked: Questionnaire, now: datetime) -> Gaps:
    """The answers given in the period; the follow-ups that were due or first tried in it."""
    return analyse(
        _answers(session, period, org, asked), _follow_ups(session, period, org), min(now, period.end)
    )


def _answers(session: Session, period: Period, org: OrgChart, asked: Questionnaire) -> list[AnswerFact]:
    texts = {one.id: one.question for one in asked.questions}
    query = select(SurveyAnswer).where(SurveyAnswer.at >= period.start, SurveyAnswer.at < period.end)
    return [
        AnswerFact(
            step=asked.step_name(one.step),
            question=texts.get(one.question, one.question),
            person=org.name_of(one.person) if one.person else NOBODY,
            answer=one.answer,
            note=one.note,
        )
        for one in session.scalars(query.order_by(SurveyAnswer.follow_up_no, SurveyAnswer.question))
    ]


def _follow_ups(session: Session, period: Period, org: OrgChart) -> list[FollowUpFact]:
    first = (
        select(FollowUpContact.follow_up_no, func.min(FollowUpContact.at).label("tried"))
        .group_by(FollowUpContact.follow_up_no)
        .subquery()
    )
    query = (
        select(FollowUp, first.c.tried)
        .outerjoin(first, first.c.follow_up_no == FollowUp.number)
        .where(
            or_(
                and_(FollowUp.limit_at >= period.start, FollowUp.limit_at < period.end),
                and_(first.c.tried >= period.start, first.c.tried < period.end),
            )
        )
        .order_by(FollowUp.limit_at, FollowUp.number)
    )
    return [
        FollowUpFact(
            number=row.number,
            for_case=row.for_case,
            person=org.name_of(row.responsible),
            limit_at=row.limit_at,
            first_try_at=tried,
            outcome=row.outcome if row.closed_at is not None and row.closed_at < period.end else None,
        )
        for row, tried in session.execute(query)
    ]
