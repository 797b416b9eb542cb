"""Which appointments are offered: by remaining capacity, the quiet hours first, so that the load spreads (W1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from workers.calendar import SHANGHAI
from workers.service.workshop import Workshop

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Load:
    """What has been given away of a slot."""

    taken: int = 0
    """Cars that are in the workshop then."""
    arrivals: int = 0
    """Customers who come then."""


@dataclass(frozen=True)
class Offer:
    """An appointment that can be had."""

    at: datetime
    free: int
    """Cars that the fullest of its slots can still take."""

    @property
    def label(self) -> str:
        """As it stands in the form's list."""
        return f"{spoken(self.at)}（余{self.free}位）"


def spoken(moment: datetime) -> str:
    """A moment as customers read it."""
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日（周{WEEKDAYS[local.weekday()]}）{local:%H:%M}"


def possible(
    at: datetime, count: int, loads: Mapping[datetime, Load], capacity: Callable[[date], int], shop: Workshop
) -> Offer | None:
    """The appointment at that moment for a job of `count` slots; None when there is no room or no such slot."""
    slots = shop.slots_from(at, count)
    if not slots or loads.get(slots[0], Load()).arrivals >= shop.arrivals:
        return None
    free = min(capacity(slot.date()) - loads.get(slot, Load()).taken for slot in slots)
    return Offer(slots[0], free) if free > 0 else None


def offers(
    now: datetime,
    since: date,
    hours: Decimal,
    loads: Mapping[datetime, Load],
    capacity: Callable[[date], int],
    shop: Workshop,
) -> list[Offer]:
    """What is offered from the day `since` on: of each day the least loaded slots, in the order of time.

    The slot that runs at this moment belongs to them: that is how a customer who stands in the door is served.
    """
    count, found = shop.slots_needed(hours), list[Offer]()
    today = now.astimezone(SHANGHAI).date()
    last = today + timedelta(days=shop.booking_days)
    day = max(since, today)
    while day <= last and len(found) < shop.offers:
        open_slots = [at for at in shop.slots_of(day) if at + shop.slot > now]
        these = [one for at in open_slots if (one := possible(at, count, loads, capacity, shop))]
        these.sort(key=lambda one: (-one.free, loads.get(one.at, Load()).arrivals, one.at))
        found += sorted(these[: shop.offers_per_day], key=lambda one: one.at)
        day += timedelta(days=1)
    return found[: shop.offers]
