"""Holds: customers who get no new contract and no delivery until somebody entitled releases them (A3)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from workers import ledger, signals
from workers.calendar import SHANGHAI
from workers.debts.store import Collection, Hold
from workers.ledger import ContractRow

_HOLDS = 7_301
"""Class of the advisory locks on customers' holds."""


def hold_of(session: Session, customer_no: str) -> Hold | None:
    """The hold that is in force on the customer now."""
    query = select(Hold).where(Hold.customer_no == customer_no, Hold.released_at.is_(None))
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def refusal(session: Session, customer_no: str, step: str) -> str:
    """Why the customer gets nothing now, in Chinese; empty when nothing stands in the way (A3).

    `step`: what has to wait until the hold is released, as staff call it.
    """
    hold = hold_of(session, customer_no)
    if hold is None:
        return ""
    since = hold.placed_at.astimezone(SHANGHAI).date()
    return f"客户：欠款逾期，自{since}起停止签约和发货({hold.reason})，须由财务副总解除限制后才能{step}"


def place_hold(
    session: Session, customer_no: str, *, case_no: str, reason: str, by: str, at: datetime
) -> Hold:
    """Stop new contracts and deliveries. Who is held already stays so; a hold whose case has ended becomes ours."""
    _lock(session, customer_no)
    hold = hold_of(session, customer_no)
    if hold is not None:
        if is_orphaned(session, hold):
            hold.case_no = case_no
    else:
        hold = Hold(customer_no=customer_no, case_no=case_no, reason=reason, placed_by=by, placed_at=at)
        session.add(hold)
        session.flush()
    return hold


def release_hold(session: Session, customer_no: str, *, reason: str, by: str, at: datetime) -> Hold | None:
    """End the hold and wake the deliveries that wait for it; None when there is none (any more)."""
    _lock(session, customer_no)
    hold = hold_of(session, customer_no)
    if hold is None:
        return None
    hold.released_at, hold.released_by, hold.release_reason = at, by, reason
    session.flush()
    running = select(ContractRow.contract_no).where(
        ContractRow.customer_no == customer_no,
        ContractRow.status == ledger.IN_FORCE,
        ContractRow.origin != ledger.VEHICLE,  # who hands a car over asks again
    )
    for number in session.scalars(running):
        signals.send(session, "Msg_StockChanged", number, f"解除限制 {hold.id}")
    return hold


def is_orphaned(session: Session, hold: Hold) -> bool:
    """Whether the case that placed the hold has ended, so that nobody is asked to release it any more."""
    owner = session.get(Collection, hold.case_no)
    return owner is not None and owner.closed_at is not None


def was_held(session: Session, customer_no: str, on: date, days: int) -> bool:
    """Whether a hold was in force on any of the last `days` days, `on` included."""
    first = datetime.combine(on - timedelta(days=days - 1), time(), SHANGHAI)
    last = datetime.combine(on + timedelta(days=1), time(), SHANGHAI)
    query = select(Hold.id).where(
        Hold.customer_no == customer_no,
        Hold.placed_at < last,
        or_(Hold.released_at.is_(None), Hold.released_at >= first),
    )
    return session.scalars(query.limit(1)).first() is not None


def _lock(session: Session, customer_no: str) -> None:
    """One transaction at a time places or releases a hold of the customer. Taken after a contract's lock."""
    session.execute(select(func.pg_advisory_xact_lock(_HOLDS, func.hashtext(customer_no))))
