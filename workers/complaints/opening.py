"""Raise a complaint: the row, the case, and the signal that starts its process (K1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers import cases, customers, signals
from workers.calendar import SHANGHAI
from workers.complaints.store import OPEN, Complaint

PROCESS = "ComplaintProcess"
MESSAGE = "Msg_ComplaintRaised"
PREFIX = "TS"
KIND = "complaint"
FOLLOW_UP = "follow_up"
PHONE = "phone"


def open(  # noqa: A001 - read as `complaints.open`
    session: Session,
    *,
    customer_no: str,
    about_case: str | None,
    against: str | None,
    what: str,
    source: str,
    by: str,
    at: datetime,
    by_name: str = "",
) -> str:
    """Enter a complaint and have its process started; returns its number. InvalidInput: unknown customer.

    `against` and `by` are user ids. To be called in the transaction that keeps the fact behind it. The same words of
    the same customer about the same case are one complaint for as long as it is open.
    """
    customers.find(session, customer_no)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"complaint {customer_no}", 0))))
    if (known := _open_one(session, customer_no, about_case, what)) is not None:
        return known
    number = cases.next_case_no(session, PREFIX, at.astimezone(SHANGHAI).year)
    cases.open_case(session, number, KIND, by, by_name or by, at)
    enter(
        session,
        number,
        customer_no=customer_no,
        about_case=about_case,
        against=against,
        what=what,
        source=source,
        by=by,
        at=at,
    )
    signals.send(session, MESSAGE, number, number, starts=PROCESS)
    return number


def _open_one(session: Session, customer_no: str, about_case: str | None, what: str) -> str | None:
    query = select(Complaint.number).where(
        Complaint.customer_no == customer_no,
        Complaint.about_case.is_not_distinct_from(about_case),
        Complaint.what == what,
        Complaint.state == OPEN,
    )
    return session.scalars(query.order_by(Complaint.number).limit(1)).first()


def enter(
    session: Session,
    number: str,
    *,
    customer_no: str,
    about_case: str | None,
    against: str | None,
    what: str,
    source: str,
    by: str,
    at: datetime,
) -> Complaint:
    """The complaint's row, for a case that is open."""
    row = Complaint(
        number=number,
        customer_no=customer_no,
        about_case=about_case,
        against=against,
        what=what,
        source=source,
        raised_by=by,
        raised_at=at,
        escalations=0,
        state=OPEN,
    )
    session.add(row)
    customers.remember(session, customer_no, at, "投诉", what[:200], number)
    if about_case:
        cases.link_document(session, number, about_case)
    return row
