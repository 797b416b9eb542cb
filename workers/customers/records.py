"""Find a customer's record, or open it: one per phone, also when two meet the person in the same second (M5)."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers import cases
from workers.calendar import SHANGHAI
from workers.catalog import Customer
from workers.customers.rules import normalise, shown_phone
from workers.errors import InvalidInput

log = structlog.get_logger(__name__)

PREFIX = "KH"


def find(session: Session, customer_no: str) -> Customer:
    """The customer with that number. Raises InvalidInput when there is none."""
    row = session.get(Customer, customer_no)
    if row is None:
        raise InvalidInput(f"there is no customer {customer_no}")
    return row


def known(session: Session, phone_key: str) -> Customer | None:
    """Whose phone (E.164) it is; until the transaction ends nobody else opens a record for it (M5)."""
    # the unique index guards the record; the lock makes the second wait instead of fail
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"customer {phone_key}", 0))))
    return session.scalars(select(Customer).where(Customer.phone_key == phone_key)).one_or_none()


def meet(session: Session, *, phone: object, name: str, at: datetime, source: str) -> Customer:
    """The person with this phone; a new record (`KH-2026-0001`) when we have never met.

    What is known of a person stays: a name that is said differently does not replace the first, and `source` is
    how the person first came (walk-in, lead, referral, service). Raises InvalidInput when `phone` is none; forms
    ask `normalise` before.
    """
    key = normalise(phone)
    if key is None:
        raise InvalidInput("this is no phone number")
    met = known(session, key)
    if met is not None:
        met.name = met.name or name
        return met
    opened = Customer(
        no=cases.next_case_no(session, PREFIX, at.astimezone(SHANGHAI).year),
        name=name,
        kind="person",
        phone=shown_phone(key),
        phone_key=key,
        source=source,
    )
    session.add(opened)
    session.flush()
    log.info("customers.opened", customer_no=opened.no, source=source)
    return opened
