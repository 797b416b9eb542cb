"""Which month is up, the case of its closing, and the contracts that a closing books for (C12)."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from workers import ledger
from workers.cases import FormReader
from workers.closing import rules
from workers.closing.comparing import counts_in
from workers.closing.store import CLOSED, OPEN, MonthClosing
from workers.errors import InvalidInput
from workers.ledger import LedgerAccount, LedgerEntry

PREFIX = "YJ"


def next_open(session: Session) -> date | None:
    """First day of the month that has to be closed next; None while the books are empty."""
    closed = ledger.last_closed(session)
    if closed is not None:
        return (closed + timedelta(days=31)).replace(day=1)
    first: date | None = session.scalar(select(func.min(counts_in())))
    return first


def under_way(session: Session, month: date) -> MonthClosing | None:
    """The closing of that month that is open or done."""
    query = select(MonthClosing).where(MonthClosing.month == month, MonthClosing.state.in_([OPEN, CLOSED]))
    return session.scalars(query).one_or_none()


def wanted(
    reader: FormReader, session: Session, month: object, early_reason: object, today: date
) -> tuple[date, str] | None:
    """The month that was asked for and the reason for an early close; None when it may not be closed now."""
    found = rules.read_month(reader, month)
    if found is None:
        return None
    reason = rules.check_month(reader, found, early_reason, next_open(session), today)
    running = under_way(session, found)
    if running is not None and not reader.errors:
        reader.wrong("month", f"结账月份：{found:%Y-%m}的月结{running.case_no}正在办理")
    return None if reader.errors else (found, reason)


def number_for(session: Session, month: date) -> str:
    """The case's number, such as YJ-2026-01; after a withdrawn closing YJ-2026-01-2: a used number stays used."""
    before = session.scalar(select(func.count()).where(MonthClosing.month == month)) or 0
    return f"{PREFIX}-{month:%Y-%m}" + (f"-{before + 1}" if before else "")


def closing(session: Session, case_no: str) -> MonthClosing:
    """The closing of the case, as it is committed now. InvalidInput: none."""
    found = session.get(MonthClosing, case_no, populate_existing=True)
    if found is None:
        raise InvalidInput(f"case {case_no} closes no month")
    return found


def last_day(month: date) -> date:
    """The month's last day."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def contracts_with_debt(session: Session, month: date) -> list[str]:
    """Contracts whose interest may have changed: money is outstanding, or finance has booked since the month began."""
    moved = select(LedgerEntry.contract_no).where(counts_in() >= month, LedgerEntry.book == "finance")
    query = select(LedgerAccount.contract_no).where(
        or_(
            LedgerAccount.amount > LedgerAccount.received + LedgerAccount.written_off,
            LedgerAccount.contract_no.in_(moved),
        )
    )
    return list(session.scalars(query.order_by(LedgerAccount.contract_no)))
