"""What is owed on a day and for how long: unpaid items, ageing buckets, the time that a debt was overdue. Pure (A1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from workers.debts.schedule import Dated, DueItem, Facts, Part, due_items, total

BUCKETS = ("未到期", "1-30天", "31-60天", "61-90天", "90天以上")
"""The classes of age, by days overdue."""
_LAST_DAYS = (0, 30, 60, 90)
DAY = timedelta(days=1)
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Debt:
    """A contract's debt by the day: what makes it due, and what has paid it."""

    parts: tuple[Part, ...]
    facts: Facts
    paid: tuple[Dated, ...] = ()
    """Principal by value date: receipts and what was written off."""

    def open_items(self, on: date) -> list[DueItem]:
        """What is unpaid at the end of the day; money pays the oldest item first."""
        left = total(one for one in self.paid if one.on <= on)
        unpaid = []
        for item in due_items(self.parts, self.facts, on):
            covered = min(item.amount, max(left, ZERO))
            left -= covered
            if item.amount > covered:
                unpaid.append(DueItem(item.due_on, item.amount - covered, item.label))
        return unpaid

    def outstanding(self, on: date) -> Decimal:
        """Price less principal paid at the end of the day."""
        return self.facts.until(on).amount - total(one for one in self.paid if one.on <= on)

    def overdue(self, on: date) -> Decimal:
        """The principal at the end of the day whose due date lies before it."""
        return sum((item.amount for item in self.open_items(on) if item.due_on < on), ZERO)

    def overdue_days(self, on: date) -> int:
        """Days since the oldest unpaid item was due; 0 when nothing is overdue."""
        late = [item.due_on for item in self.open_items(on) if item.due_on < on]
        return (on - min(late)).days if late else 0

    def changes(self) -> list[date]:
        """The days on which the overdue principal may be another than the day before, earliest first."""
        moments = self.facts.days()
        days = moments | {one.on for one in self.paid}
        for moment in moments:
            days |= {item.due_on + DAY for item in due_items(self.parts, self.facts, moment)}
        return sorted(days)

    def spans(self, until: date) -> Iterator[tuple[date, date, Decimal]]:
        """First day, last day (both included) and overdue principal of each stretch, up to `until`."""
        starts = [day for day in self.changes() if day <= until]
        if not starts:
            return
        ends = [*(day - DAY for day in starts[1:]), until]
        for first, last in zip(starts, ends, strict=True):
            overdue = self.overdue(first)
            if overdue > 0:
                yield first, last, overdue

    def longest_overdue(self, on: date, days: int) -> int:
        """The most days that the oldest unpaid item was overdue on any of the last `days` days, `on` included."""
        first = on - timedelta(days=days - 1)
        # between two changes an age only grows, so it is greatest on the last day before the next one
        looked_at = {on, *(day - DAY for day in self.changes() if first < day <= on)}
        return max(self.overdue_days(day) for day in looked_at)


@dataclass(frozen=True)
class Position:
    """What a contract owes at the end of a day, in yuan."""

    due: Decimal
    """Unpaid principal that has fallen due by then, today's included."""
    overdue_principal: Decimal
    outstanding: Decimal
    """All unpaid principal: the sum of the buckets."""
    interest_accrued: Decimal
    """Interest for every day up to this one, to the fen."""
    interest_posted: Decimal
    interest_paid: Decimal
    oldest_due_on: date | None
    """The due date of the oldest item that is overdue."""
    overdue_days: int
    buckets: dict[str, Decimal] = field(default_factory=dict)

    @property
    def interest_owed(self) -> Decimal:
        """Interest that has accrued and is not paid."""
        return max(self.interest_accrued - self.interest_paid, ZERO)

    @property
    def settled(self) -> bool:
        """Whether nothing is overdue and no interest is owed."""
        return self.overdue_principal <= 0 and self.interest_owed <= 0


def buckets(items: Sequence[DueItem], outstanding: Decimal, on: date) -> dict[str, Decimal]:
    """The outstanding principal by age; what no event has made payable yet is not due."""
    ages = dict.fromkeys(BUCKETS, ZERO)
    for item in items:
        if item.due_on < on:
            ages[bucket_of((on - item.due_on).days)] += item.amount
    ages[BUCKETS[0]] = outstanding - sum(ages.values(), ZERO)
    return ages


def bucket_of(overdue_days: int) -> str:
    """The class that a debt of that age belongs to."""
    for name, last in zip(BUCKETS, _LAST_DAYS, strict=False):
        if overdue_days <= last:
            return name
    return BUCKETS[-1]
