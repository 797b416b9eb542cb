"""Take and free slots: the rows' locks order those who book at the same moment, so that one of them wins (W1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.calendar import SHANGHAI
from workers.org import OrgChart
from workers.service.offers import Load, Offer, offers, spoken
from workers.service.store import ServiceBooking, ServiceSlot
from workers.service.workshop import Workshop

POST = "technician"


def capacity(org: OrgChart, shop: Workshop) -> Callable[[date], int]:
    """Cars at the same time on a day: as many as there are bays, and technicians who are not on leave."""

    def of_day(day: date) -> int:
        there = [one for one in org.holders(POST, day) if org.leave_of(one, day) is None]
        return min(shop.bays, len(there))

    return of_day


def load_since(session: Session, since: datetime) -> dict[datetime, Load]:
    """What has been given away of the slots from that moment on."""
    rows = session.scalars(select(ServiceSlot).where(ServiceSlot.starts_at >= since))
    return {row.starts_at.astimezone(SHANGHAI): Load(row.taken, row.arrivals) for row in rows}


def offered(
    session: Session, org: OrgChart, shop: Workshop, now: datetime, since: date, hours: Decimal
) -> list[Offer]:
    """The appointments to offer at this moment, quiet hours first."""
    return offers(now, since, hours, load_since(session, now - shop.slot), capacity(org, shop), shop)


def held(session: Session, case_no: str) -> ServiceBooking | None:
    """The appointment that the order holds."""
    query = select(ServiceBooking).where(ServiceBooking.case_no == case_no, ServiceBooking.freed_at.is_(None))
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def book(
    session: Session,
    case_no: str,
    at: datetime,
    hours: Decimal,
    *,
    by: str,
    now: datetime,
    org: OrgChart,
    shop: Workshop,
) -> ServiceBooking | str:
    """Take the slots of an appointment; in Chinese why not, when there is no such slot or another was quicker."""
    count = shop.slots_needed(hours)
    slots = shop.slots_from(at, count)
    if not slots or slots[0] + shop.slot <= now:
        return "预约时间：这个时间不在营业时间内或已经过去，请另选"
    room = capacity(org, shop)
    rows = _lock(session, slots, room, shop.arrivals)
    first = rows[0]
    # what was given away before a bay or a technician fell out stays promised, and nothing is added to it
    full = any(
        row.taken >= min(row.capacity, room(slot.date())) for row, slot in zip(rows, slots, strict=True)
    )
    if full or first.arrivals >= min(first.most_arrivals, shop.arrivals):
        return f"预约时间：{spoken(at)}刚刚订满，请另选时间"
    for row in rows:
        row.taken += 1
    first.arrivals += 1
    booking = ServiceBooking(case_no=case_no, arrives_at=at, slot_starts=slots, booked_by=by, booked_at=now)
    session.add(booking)
    session.flush()
    return booking


def free(session: Session, case_no: str, because: str, now: datetime) -> ServiceBooking | None:
    """Give the order's slots back; None when it holds none."""
    booking = held(session, case_no)
    if booking is None:
        return None
    rows = _locked(session, booking.slot_starts)
    rows[0].arrivals -= 1
    return _freed(session, booking, rows, because, now)


def free_rest(session: Session, case_no: str, because: str, now: datetime) -> ServiceBooking | None:
    """Give back what has not begun of the slots of a car that needs its place no longer; None when it holds none."""
    booking = held(session, case_no)
    if booking is None:
        return None
    rows = _locked(session, (at for at in booking.slot_starts if at > now))
    return _freed(session, booking, rows, because, now)


def _freed(
    session: Session, booking: ServiceBooking, rows: Iterable[ServiceSlot], because: str, now: datetime
) -> ServiceBooking:
    for row in rows:
        row.taken -= 1
    booking.freed_at, booking.freed_because = now, because
    session.flush()
    return booking


def _lock(
    session: Session, slots: list[datetime], room: Callable[[date], int], arrivals: int
) -> list[ServiceSlot]:
    wanted = [
        {
            "starts_at": at,
            "capacity": max(1, room(at.date())),
            "taken": 0,
            "most_arrivals": arrivals,
            "arrivals": 0,
        }
        for at in slots
    ]
    session.execute(insert(ServiceSlot).values(wanted).on_conflict_do_nothing())
    rows = _locked(session, slots)
    for row in rows:  # the workshop has grown since the slot was first asked for
        row.capacity = max(row.capacity, room(row.starts_at.astimezone(SHANGHAI).date()))
        row.most_arrivals = max(row.most_arrivals, arrivals)
    return rows


def _locked(session: Session, slots: Iterable[datetime]) -> list[ServiceSlot]:
    """The rows in the order of time, locked: everybody locks in the same order, so that nobody waits in a circle."""
    query = select(ServiceSlot).where(ServiceSlot.starts_at.in_(list(slots))).order_by(ServiceSlot.starts_at)
    return list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))
