"""What every step after a human one tells the process about its case, read anew from the database."""

from __future__ import annotations

from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers.calendar import SHANGHAI
from workers.cases.case_file import find
from workers.cases.store import CaseEvent
from workers.runtime import Message


class HistoryLine(Message):
    """One row of the history table on the forms."""

    time: str
    who: str
    action: str
    comment: str


class CaseView(Message):
    """Mixin of outputs: the protected variables of a case, so that nothing a form sent replaces them."""

    applicant: str
    case_status: str
    case_history: list[HistoryLine]

    @classmethod
    def of_case(cls, session: Session, case_no: str, /, **fields: Any) -> Self:
        """This output for a case: `fields` and what the database holds of it. InvalidInput: unknown case."""
        session.flush()
        case = find(session, case_no)
        return cls(
            **fields,
            applicant=case.applicant,
            case_status=case.status_text,
            case_history=history(session, case_no),
        )


def overview(session: Session, case_no: str) -> CaseView:
    """The case's protected variables alone."""
    return CaseView.of_case(session, case_no)


def history(session: Session, case_no: str) -> list[HistoryLine]:
    """What happened in a case, newest last, times in Shanghai."""
    events = session.scalars(select(CaseEvent).where(CaseEvent.case_no == case_no).order_by(CaseEvent.id))
    return [
        HistoryLine(
            time=event.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            who=event.who,
            action=event.action,
            comment=event.comment,
        )
        for event in events
    ]
