"""Which case collects a contract's overdue debt, so that money finds it; and the day of a contract's acceptance."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.debts.store import Acceptance, Collection


def open_case_of(session: Session, contract_no: str) -> str | None:
    """The number of the case that collects the contract's debt now."""
    session.flush()
    query = select(Collection.case_no).where(
        Collection.contract_no == contract_no, Collection.closed_at.is_(None)
    )
    return session.scalars(query).one_or_none()


def open_case(session: Session, contract_no: str, case_no: str, at: datetime) -> None:
    """A case begins to collect. The contract must be locked; a second open case breaks a unique index."""
    session.add(Collection(case_no=case_no, contract_no=contract_no, opened_at=at))
    session.flush()


def close_case(session: Session, case_no: str, at: datetime) -> None:
    """The case has ended; closed already, it stays as it is."""
    found = session.get(Collection, case_no, with_for_update=True)
    if found is not None and found.closed_at is None:
        found.closed_at = at


def note_acceptance(session: Session, contract_no: str, on: date) -> None:
    """The jointing work was accepted on that day; a later report replaces it."""
    noted = insert(Acceptance).values(contract_no=contract_no, accepted_on=on)
    session.execute(
        noted.on_conflict_do_update(index_elements=[Acceptance.contract_no], set_={"accepted_on": on})
    )
