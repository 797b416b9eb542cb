"""Is the promised time in danger? From the promise and the work that is left, early enough to call (W8, W9). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from workers.service.workshop import Workshop

LEAST_HOURS = Decimal("0.25")
"""Work that nobody has recorded as done takes at least that long."""
GRACE = timedelta(minutes=1)


@dataclass(frozen=True)
class Standing:
    """A promise, and how far the work is."""

    promised_at: datetime
    given_at: datetime
    """When the promise was given."""
    work_hours: Decimal
    """Hours of the agreed work that nobody has recorded as done."""
    begun_at: datetime | None
    """Since when the car is being worked on."""
    asked_at: datetime | None = None
    """Since when the customer's answer is awaited: the work stands still."""


def hours_left(standing: Standing, now: datetime, shop: Workshop) -> Decimal:
    """Work that is left until the car is ready: what is not recorded as done, less what has been worked on it, and
    the final check."""
    until = min(now, standing.asked_at) if standing.asked_at else now
    worked = shop.between(standing.begun_at, until) if standing.begun_at else Decimal(0)
    return max(standing.work_hours - worked, LEAST_HOURS) + shop.quality_hours


def known_beforehand(
    first: datetime, told: Iterable[tuple[datetime, datetime | None]], ready: datetime
) -> bool:
    """Whether a car that was there at `ready` was later than promised at no moment unknown to its customer.

    `told`: moments of the talks in their order, each with the time that was promised after it. A talk that comes
    after the promised time has passed, or that changes no time, tells nothing beforehand.
    """
    promised = first
    for at, after in told:
        if at > promised:
            return False
        promised = after or promised
    return ready <= promised


def goes_on(begun_at: datetime, asked_at: datetime, now: datetime, shop: Workshop) -> datetime:
    """From when the work counts as begun once the customer has answered: the wait is no work on the car."""
    return shop.back(now, shop.between(begun_at, asked_at))


def _needed(standing: Standing, now: datetime, warning_hours: Decimal, shop: Workshop) -> Decimal:
    """Hours before the promise from which it is in danger.

    Work that has not begun has to begin by the policy's warning time, or by half the time of a short promise.
    """
    left = hours_left(standing, now, shop)
    if standing.begun_at is not None:
        return left
    half = shop.between(standing.given_at, standing.promised_at) / 2
    return max(left, min(warning_hours, half))


def in_danger(standing: Standing, now: datetime, warning_hours: Decimal, shop: Workshop) -> bool:
    """Whether the customer has to be called, because the car will not be ready as promised."""
    return shop.forward(now, _needed(standing, now, warning_hours, shop)) > standing.promised_at


def look_again_at(standing: Standing, now: datetime, warning_hours: Decimal, shop: Workshop) -> datetime:
    """The next moment at which a promise that is safe now may be in danger; always later than `now`."""
    moments = (
        shop.back(standing.promised_at, _needed(standing, now, warning_hours, shop)) + GRACE,
        shop.back(standing.promised_at, warning_hours) + GRACE,
        shop.back(standing.promised_at, LEAST_HOURS + shop.quality_hours) + GRACE,
        standing.promised_at + GRACE,
    )
    return min((one for one in moments if one > now), default=now + timedelta(hours=1))
