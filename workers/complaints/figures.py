"""How many complaints were raised, closed and are open, for the reports of a day or a month (K1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workers.complaints.store import SOLVED, Complaint


@dataclass(frozen=True)
class ComplaintLine:
    """A complaint as the report lists it."""

    number: str
    about_case: str | None
    against: str | None
    owner: str | None
    what: str
    raised_at: datetime
    closed_at: datetime | None
    late: bool
    """It was passed to a superior at least once."""


@dataclass(frozen=True)
class ComplaintFigures:
    """The complaints of a period: what was raised and solved in it, and what is open at its end."""

    raised: int
    solved: int
    still_open: tuple[ComplaintLine, ...]
    lines: tuple[ComplaintLine, ...]


def figures(session: Session, start: datetime, end: datetime) -> ComplaintFigures:
    """Of the period from `start` to before `end`, both aware; withdrawn ones count as raised only."""
    query = select(Complaint).where(
        Complaint.raised_at < end, or_(Complaint.closed_at.is_(None), Complaint.closed_at >= start)
    )
    rows = list(session.scalars(query.order_by(Complaint.raised_at, Complaint.number)))
    lines = {row.number: _line(row, end) for row in rows}
    return ComplaintFigures(
        raised=sum(row.raised_at >= start for row in rows),
        solved=sum(row.state == SOLVED and _within(row.closed_at, end) for row in rows),
        still_open=tuple(lines[row.number] for row in rows if not _within(row.closed_at, end)),
        lines=tuple(lines.values()),
    )


def _within(moment: datetime | None, end: datetime) -> bool:
    return moment is not None and moment < end


def _line(row: Complaint, end: datetime) -> ComplaintLine:
    return ComplaintLine(
        number=row.number,
        about_case=row.about_case,
        against=row.against,
        owner=row.owner,
        what=row.what,
        raised_at=row.raised_at,
        closed_at=row.closed_at if _within(row.closed_at, end) else None,
        late=row.escalations > 0,
    )
