"""Order a follow-up, in the transaction that keeps the handover (V9, W10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers import cases, customers, policy
from workers.calendar import OFFICE, SHANGHAI, WorkingHours
from workers.follow_up.planning import plan
from workers.follow_up.store import SALE, SERVICE, FollowUp

PROCESS = "FollowUpProcess"
PREFIX = "GZ"
KIND = "follow_up"


def request(
    session: Session,
    *,
    for_case: str,
    kind: str,
    customer_no: str,
    responsible: str,
    channel: str,
    happened_at: datetime,
    people: Mapping[str, str],
    vin: str | None = None,
    at: datetime,
    hours: WorkingHours = OFFICE,
) -> FollowUp:
    """The follow-up of a sale or a service that was handed over at `happened_at`; the same one for the same case.

    `kind`: sale or service. `people`: step (or question, where somebody else did what
    it asks about) -> user id of who did it; `responsible`: the service person who was
    present. The process is called with the number that is returned. InvalidInput: unknown customer.
    """
    if kind not in (SALE, SERVICE):
        raise ValueError(f"a follow-up is of a sale or of service, not of {kind!r}")
    # the unique index guards the promise; the lock makes the second wait instead of fail
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"follow_up {for_case}", 0))))
    known = session.scalars(select(FollowUp).where(FollowUp.for_case == for_case)).one_or_none()
    if known is not None:
        return known
    customers.find(session, customer_no)
    rules = policy.document_on(session, happened_at.astimezone(SHANGHAI).date())
    planned = plan(happened_at, rules.follow_up_days, hours)
    number = cases.next_case_no(session, PREFIX, at.astimezone(SHANGHAI).year)
    cases.open_case(session, number, KIND, "salesflow", "系统", at)
    cases.link_document(session, number, for_case)
    row = FollowUp(
        number=number,
        for_case=for_case,
        kind=kind,
        customer_no=customer_no,
        vin=vin,
        responsible=responsible,
        channel=channel,
        people=dict(people),
        happened_at=happened_at,
        contact_at=planned.contact_at,
        limit_at=planned.limit_at,
        most_tries=rules.follow_up_tries,
    )
    session.add(row)
    session.flush()
    return row
