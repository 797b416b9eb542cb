"""Open a case, write into it, lock it, finish it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.cases.store import CLOSED, OPEN, SEALED, WITHDRAWN, Case, CaseApproval, CaseEvent
from workers.errors import InvalidInput, SalesflowError

COMMENT_LIMIT = 2000
"""Characters of a comment; longer ones are refused on the form and cut here as the last resort."""


class CaseEnded(SalesflowError):
    """The case was withdrawn or closed: its instance is about to end, so the step is tried again and not found."""

    def __init__(self, case: Case) -> None:
        self.case_no, self.state = case.case_no, case.state
        super().__init__(f"case {case.case_no} is {case.state}")


@dataclass(frozen=True)
class Approved:
    """A stage that a case has passed: when, and every signature as a JSON-able dict in the route's order."""

    stage: str
    at: datetime
    signatures: Sequence[dict[str, Any]]


def open_case(
    session: Session,
    case_no: str,
    kind: str,
    applicant: str,
    applicant_name: str,
    at: datetime,
    process_instance_id: str | None = None,
) -> Case:
    """Open the file of a new case; its history starts with who filed it.

    With a process instance, only that one may work on the case (see `lock`).
    """
    case = Case(
        case_no=case_no,
        kind=kind,
        applicant=applicant,
        applicant_name=applicant_name,
        state=OPEN,
        status_text="",
        opened_at=at,
        process_instance_id=process_instance_id,
    )
    session.add(case)
    session.flush()
    note(session, case_no, applicant_name, "提出", "", at, user=applicant)
    return case


def refile(session: Session, case_no: str, applicant: str, applicant_name: str, at: datetime) -> None:
    """A case that was sent back was filled anew, perhaps by another person: whoever did it last is who filed it.

    Nobody signs what they filed, so the signers are found for the last one.
    """
    case = find(session, case_no)
    case.applicant, case.applicant_name = applicant, applicant_name
    note(session, case_no, applicant_name, "重新提出", "", at, user=applicant)


def sent_in(session: Session, case_no: str, by: str | None) -> None:
    """Keep who sent in what is to be signed now: a substitute does not sign what they filled in for the applicant."""
    find(session, case_no).sent_in_by = by


def note(
    session: Session,
    case_no: str,
    who: str,
    action: str,
    comment: str | None,
    at: datetime,
    user: str | None = None,
) -> None:
    """Add a line to the case's history; `who` is the name as staff read it, `user` the account."""
    text = (comment or "")[:COMMENT_LIMIT]
    session.add(CaseEvent(case_no=case_no, at=at, who=who, user_id=user, action=action, comment=text))


def status(session: Session, case_no: str, text: str) -> None:
    """Say in Chinese where the case stands and with whom."""
    find(session, case_no).status_text = text


def find(session: Session, case_no: str) -> Case:
    """The case without a lock. InvalidInput when there is none."""
    case = session.get(Case, case_no)
    if case is None:
        raise InvalidInput(f"case {case_no} is not in the database")
    return case


def lock(session: Session, case_no: str, process_instance_id: str | None = None) -> Case:
    """The case as it is committed now, its row locked until the transaction ends.

    InvalidInput: unknown, or another process instance than the one that opened it claims its number: a business
    key can be chosen by whoever starts a process (rule 13).
    """
    query = select(Case).where(Case.case_no == case_no).with_for_update()
    case = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if case is None:
        raise InvalidInput(f"case {case_no} is not in the database")
    if process_instance_id and case.process_instance_id and process_instance_id != case.process_instance_id:
        raise InvalidInput(f"case {case_no} belongs to another process instance than {process_instance_id}")
    return case


def finish(session: Session, case_no: str, state: str, at: datetime) -> bool:
    """End an open case as withdrawn, closed or sealed. False when something else has ended it already.

    The row's lock decides between a withdrawal and a seal that come at the same moment (X4).
    """
    if state not in (WITHDRAWN, CLOSED, SEALED):
        raise ValueError(f"a case cannot end as {state!r}")
    session.flush()
    case = lock(session, case_no)
    if case.state != OPEN:
        return False
    case.state = state
    case.closed_at = at
    return True


def link_document(session: Session, case_no: str, number: str) -> None:
    """Remember the document that the case has led to; later signatures are recorded on its number (X5)."""
    find(session, case_no).document_no = number


def set_approved(
    session: Session, case_no: str, stage: str, at: datetime, signatures: Sequence[dict[str, Any]]
) -> None:
    """Record that a stage of approval has been passed."""
    passed = insert(CaseApproval).values(case_no=case_no, stage=stage, at=at, signatures=list(signatures))
    session.execute(
        passed.on_conflict_do_update(
            index_elements=[CaseApproval.case_no, CaseApproval.stage],
            set_={"at": passed.excluded.at, "signatures": passed.excluded.signatures},
        )
    )


def clear_approved(session: Session, case_no: str, stage: str) -> None:
    """Forget that a stage was passed: it starts anew or was sent back."""
    session.execute(delete(CaseApproval).where(CaseApproval.case_no == case_no, CaseApproval.stage == stage))


def approved(session: Session, case_no: str, stage: str) -> Approved | None:
    """The stage's signatures if the case has passed it, else None."""
    row = session.execute(
        select(CaseApproval.at, CaseApproval.signatures).where(
            CaseApproval.case_no == case_no, CaseApproval.stage == stage
        )
    ).one_or_none()
    return Approved(stage, row.at, row.signatures) if row is not None else None
