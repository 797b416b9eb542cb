"""Months: where an entry of today goes, and the closing that nothing gets past (C12)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers.calendar import SHANGHAI
from workers.errors import InvalidInput
from workers.ledger.heads import lock
from workers.ledger.store import Book, LedgerEntry, LedgerPeriod

_CLOSING = "ledger.counting_in"


class MonthNotOpen(InvalidInput):
    """The month cannot be closed: it is closed, lies ahead, or an earlier one is open."""


def open_month(session: Session, on: date) -> date:
    """First day of the month in which an entry made on that day counts: its own, or the first that is open."""
    own, closed = on.replace(day=1), last_closed(session)
    return own if closed is None else max(own, following(closed))


def still_open(session: Session, value_date: date, posted_at: datetime) -> date:
    """First day of the month in which money or interest of a value date counts: its own while that is open.

    Else the first open month. Before any month was closed the books begin with the month of their first entry. Hold
    the books' heads (`lock`) before.
    """
    on = posted_at.astimezone(SHANGHAI).date()
    closed = last_closed(session)
    first = following(closed) if closed is not None else _first_month(session) or on.replace(day=1)
    return max(first, min(value_date.replace(day=1), open_month(session, on)))


def period_of(session: Session, posted_at: datetime) -> date:
    """The same for a moment; in a block of `counting_in` that month."""
    return session.info.get(_CLOSING) or open_month(session, posted_at.astimezone(SHANGHAI).date())


@contextmanager
def counting_in(session: Session, month: date) -> Iterator[None]:
    """What is posted here counts in that month, although the next one may have begun.

    Hold the books' heads (`lock`) before. The database refuses entries of a month that is closed.
    """
    before = session.info.get(_CLOSING)
    session.info[_CLOSING] = month.replace(day=1)
    try:
        yield
    finally:
        session.info[_CLOSING] = before


def last_closed(session: Session) -> date | None:
    """First day of the newest closed month."""
    return session.scalar(select(func.max(LedgerPeriod.month)))


def following(month: date) -> date:
    """First day of the month after that one."""
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def close_month(session: Session, month: date, by: str, at: datetime) -> LedgerPeriod:
    """Close a month: from here on no entry counts in it. `by`: the account of who confirmed it.

    Entries on their way wait, and find it closed. The running month may be closed early. Raises MonthNotOpen.
    """
    month, running = month.replace(day=1), at.astimezone(SHANGHAI).date().replace(day=1)
    heads = lock(session)
    closed = last_closed(session)
    if closed is not None and month <= closed:
        raise MonthNotOpen(f"{month:%Y-%m} is closed")
    if month > running:
        raise MonthNotOpen(f"{month:%Y-%m} has not begun on {at.astimezone(SHANGHAI):%Y-%m-%d}")
    earlier = following(closed) if closed is not None else _first_month(session)
    if earlier is not None and earlier < month:
        raise MonthNotOpen(f"{earlier:%Y-%m} is open and comes before {month:%Y-%m}")
    sales, finance = heads[Book.SALES], heads[Book.FINANCE]
    period = LedgerPeriod(
        month=month,
        closed_at=at,
        closed_by=by,
        sales_seq=sales.last_seq,
        sales_hash=sales.last_hash,
        finance_seq=finance.last_seq,
        finance_hash=finance.last_hash,
    )
    session.add(period)
    session.flush()
    return period


def _first_month(session: Session) -> date | None:
    """The month of the earliest entry, while no month was ever closed."""
    first = session.scalar(select(func.min(LedgerEntry.period)))
    unmarked = session.scalar(select(func.min(LedgerEntry.posted_at)).where(LedgerEntry.period.is_(None)))
    months = [first, unmarked.astimezone(SHANGHAI).date().replace(day=1) if unmarked else None]
    return min((month for month in months if month is not None), default=None)
