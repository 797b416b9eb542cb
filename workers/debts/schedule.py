"""What a contract asks to be paid when: its instalments turned into due items. Pure.

Everything is seen as of a day: only what had happened by then counts, so that a later amendment or return does not
rewrite the days before it. Amounts are yuan; shares are rounded cumulatively, so that no fen is lost or made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

After = Literal["seal", "delivery", "acceptance"]
WHOLE = Decimal(100)
FEN = Decimal("0.01")
NAMES: dict[After, str] = {"seal": "签订", "delivery": "交货", "acceptance": "验收"}


@dataclass(frozen=True)
class Part:
    """One instalment: `percent` of the price, due `days` calendar days after the event."""

    percent: Decimal
    after: After
    days: int

    @property
    def label(self) -> str:
        """As staff read it: 交货后10天付60%."""
        when = f"后{self.days}天" if self.days else "当日"
        return f"{NAMES[self.after]}{when}付{self.percent.normalize():f}%"


@dataclass(frozen=True)
class Dated:
    """An amount (yuan, may be negative) that counts from a day on."""

    on: date
    amount: Decimal


@dataclass(frozen=True)
class Facts:
    """What has happened to a contract, as far as it makes something due."""

    prices: tuple[Dated, ...]
    """The price at the seal, then each amendment's difference."""
    deliveries: tuple[Dated, ...] = ()
    """Values that customers have signed for; returned goods are negative."""
    needs_jointing: bool = False
    accepted_on: date | None = None
    """The day of the jointing acceptance report."""
    settled_on: date | None = None
    """The day on which the contract was terminated: what it is still worth is due then."""

    def until(self, on: date) -> Facts:
        """What was known at the end of the day."""
        return Facts(
            prices=tuple(one for one in self.prices if one.on <= on),
            deliveries=tuple(one for one in self.deliveries if one.on <= on),
            needs_jointing=self.needs_jointing,
            accepted_on=self.accepted_on if self.accepted_on and self.accepted_on <= on else None,
            settled_on=self.settled_on if self.settled_on and self.settled_on <= on else None,
        )

    @property
    def amount(self) -> Decimal:
        """The contract's price."""
        return total(self.prices)

    def days(self) -> set[date]:
        """The days on which something changed."""
        moments = {one.on for one in (*self.prices, *self.deliveries)}
        return moments | {day for day in (self.accepted_on, self.settled_on) if day}


@dataclass(frozen=True)
class DueItem:
    """An amount that the customer has to pay on a day at the latest."""

    due_on: date
    amount: Decimal
    label: str


def due_items(parts: Sequence[Part], facts: Facts, on: date) -> list[DueItem]:
    """What has become payable by the events up to `on`, earliest first; items may be due later than `on`."""
    known = facts.until(on)
    items: list[DueItem] = []
    before = Decimal(0)
    for part in parts:
        items += _items(part, before, _events(part.after, known))
        before += part.percent
    items.sort(key=lambda item: item.due_on)
    return items if known.settled_on is None else _settled(items, known.amount, known.settled_on)


def _settled(items: Sequence[DueItem], amount: Decimal, on: date) -> list[DueItem]:
    """A terminated contract: what it is still worth, all of it due on the day of the termination at the latest."""
    items = [DueItem(min(item.due_on, on), item.amount, item.label) for item in items]
    rest = amount - sum((item.amount for item in items), Decimal(0))
    return [*items, DueItem(on, rest, "合同终止结算")] if rest > 0 else cut(items, -rest)


def _items(part: Part, before: Decimal, events: Sequence[Dated]) -> list[DueItem]:
    """The items of one instalment; `before` is the percentage that the earlier ones ask for."""
    items: list[DueItem] = []
    base = Decimal(0)
    for event in events:
        share = _share(base + event.amount, before, part) - _share(base, before, part)
        base += event.amount
        if share > 0:
            items.append(DueItem(event.on + timedelta(days=part.days), share, part.label))
        elif share < 0:
            items = cut(items, -share)
    return items


def _share(base: Decimal, before: Decimal, part: Part) -> Decimal:
    # the difference of two rounded sums: the shares of all instalments add up to the base
    return _round(base * (before + part.percent) / WHOLE) - _round(base * before / WHOLE)


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, ROUND_HALF_UP)


def cut(items: Sequence[DueItem], amount: Decimal) -> list[DueItem]:
    """The items less `amount`, which is taken from the latest first."""
    kept: list[DueItem] = []
    for item in reversed(items):
        taken = min(item.amount, amount)
        amount -= taken
        if item.amount > taken:
            kept.append(DueItem(item.due_on, item.amount - taken, item.label))
    return kept[::-1]


def _events(after: After, known: Facts) -> list[Dated]:
    if after == "seal":
        return by_day(known.prices)
    if after == "delivery":
        return by_day(known.deliveries)
    return _acceptances(known)


def _acceptances(known: Facts) -> list[Dated]:
    """The price from the day of acceptance: the report's, or without jointing the day of the full delivery.

    What an amendment adds later counts as accepted once it is delivered too.
    """
    accepted: list[Dated] = []
    base = Decimal(0)
    for day in sorted(known.days()):
        now = known.until(day)
        delivered = now.amount > 0 and total(now.deliveries) >= now.amount
        reported = now.accepted_on is not None
        first = base == 0 and (reported if known.needs_jointing else delivered)
        grown = base > 0 and now.amount > base and delivered
        if first or grown or now.amount < base:
            accepted.append(Dated(day, now.amount - base))
            base = now.amount
    return accepted


def by_day(facts: Iterable[Dated]) -> list[Dated]:
    """One amount a day, earliest first; days on which nothing remains are left out."""
    sums: dict[date, Decimal] = {}
    for one in sorted(facts, key=lambda fact: fact.on):
        sums[one.on] = sums.get(one.on, Decimal(0)) + one.amount
    return [Dated(on, amount) for on, amount in sums.items() if amount]


def total(facts: Iterable[Dated]) -> Decimal:
    """The sum of the amounts."""
    return sum((one.amount for one in facts), Decimal("0.00"))
