"""When a customer is contacted: inside the limit, in working hours where any lie inside it (V9, W10). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from workers.calendar import SHANGHAI, WorkingHours, is_working_day

SETTLING_IN = timedelta(hours=1)
"""After the handover, and after a half day has begun: nobody is called on the doorstep or at nine sharp."""
BEFORE_CLOSING = timedelta(minutes=15)
LOOK_AHEAD = 30
"""Days; the longest run of days off has nine."""


@dataclass(frozen=True)
class Planned:
    """When to make contact, and the moment by which it must have been made; both aware, in Shanghai."""

    contact_at: datetime
    limit_at: datetime


@dataclass(frozen=True)
class Half:
    """Half of a shop's day. `works`: a working day of China's calendar, make-up days included."""

    opens: datetime
    closes: datetime
    afternoon: bool
    works: bool

    def moment(self, earliest: datetime) -> datetime | None:
        """The best moment that is not before `earliest`; None when the half is over by then."""
        if earliest >= self.closes:
            return None
        wanted = max(self.opens, earliest - SETTLING_IN) + SETTLING_IN
        return max(earliest, min(wanted, self.closes - BEFORE_CLOSING))


def plan(happened_at: datetime, limit_days: int, hours: WorkingHours) -> Planned:
    """The first contact after a handover; `limit_days` are calendar days from the moment of the handover.

    Preferred in this order, always inside the limit: working hours of a later day; what is left of the working hours
    of the same day (a handover on the eve of a holiday); the shop's hours of the limit's days, worked or not.
    """
    happened = happened_at.astimezone(SHANGHAI)
    limit = happened + timedelta(days=limit_days)
    inside = [
        (half, min(moment, limit))
        for half in _halves(happened.date(), limit.date(), hours)
        if half.opens <= limit and (moment := half.moment(_after_handover(half, happened))) is not None
    ]
    later = [(half, at) for half, at in inside if at.date() > happened.date()]
    same_day = [(half, at) for half, at in reversed(inside) if at.date() == happened.date()]
    for half, moment in [*later, *same_day]:
        if half.works:
            return Planned(moment, limit)
    for _, moment in [*later, *same_day]:
        return Planned(moment, limit)
    return Planned(limit, limit)


def plan_again(now: datetime, last_try: datetime, limit_at: datetime, hours: WorkingHours) -> datetime:
    """The next try after one that reached nobody: the other half of a day, inside the limit if that is possible."""
    start, tried = now.astimezone(SHANGHAI), last_try.astimezone(SHANGHAI)
    was_afternoon = tried.time() >= hours.lunch_end
    open_halves = [
        (half, moment)
        for half in _halves(start.date(), start.date() + timedelta(days=LOOK_AHEAD), hours)
        if half.afternoon != was_afternoon and (moment := half.moment(start)) is not None
    ]
    in_time = [(half, at) for half, at in open_halves if at <= limit_at]
    for half, moment in in_time:
        if half.works:
            return moment
    for _, moment in in_time:
        return moment
    return next(moment for half, moment in open_halves if half.works)


def plan_soon(now: datetime, limit_at: datetime, hours: WorkingHours) -> datetime:
    """The first working moment from now on: the customer is asked again after a concern was settled.

    Inside the limit the shop's hours of a day off count, if no working hours lie inside it any more.
    """
    start = now.astimezone(SHANGHAI)
    halves = list(_halves(start.date(), start.date() + timedelta(days=LOOK_AHEAD), hours))
    working = next(max(half.opens, start) for half in halves if half.works and half.closes > start)
    if working > limit_at:
        for half in halves:
            if half.closes > start and max(half.opens, start) <= limit_at:
                return max(half.opens, start)
    return working


def _after_handover(half: Half, happened: datetime) -> datetime:
    """On the day of the handover the customer is left alone for an hour, where the half day still has one."""
    if half.opens.date() == happened.date() and half.closes > happened:
        return max(happened, min(happened + SETTLING_IN, half.closes - BEFORE_CLOSING))
    return happened


def _halves(first: date, last: date, hours: WorkingHours) -> Iterator[Half]:
    day = first
    while day <= last:
        works = is_working_day(day)
        edges = ((hours.start, hours.lunch_start, False), (hours.lunch_end, hours.end, True))
        for opens, closes, afternoon in edges:
            yield Half(
                datetime.combine(day, opens, SHANGHAI),
                datetime.combine(day, closes, SHANGHAI),
                afternoon,
                works,
            )
        day += timedelta(days=1)
