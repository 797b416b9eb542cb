"""Interest on overdue principal, day by day at the rate of each day. Pure, exact (A3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from workers.debts.ageing import Debt

FEN = Decimal("0.01")
_EXACT = Context(prec=60)
"""No amount, rate and number of days needs more digits."""


@dataclass(frozen=True)
class Rate:
    """Per ten thousand and day, from a day on until the next one begins."""

    since: date
    rate: Decimal


@dataclass(frozen=True)
class Rates:
    """The rates of the policies by date, earliest first; days before the first bear the first one's.

    Contracts taken over from before the first policy are overdue on such days, too.
    """

    steps: tuple[Rate, ...]

    def on(self, day: date) -> Decimal:
        """The rate on a day."""
        known = [step.rate for step in self.steps if step.since <= day]
        return known[-1] if known else self.steps[0].rate if self.steps else Decimal(0)

    def spans(self, first: date, last: date) -> Iterator[tuple[int, Decimal]]:
        """The days from `first` to `last`, both included, as (number of days, rate)."""
        starts = [first, *(step.since for step in self.steps if first < step.since <= last)]
        for start, end in zip(starts, [*starts[1:], last + timedelta(days=1)], strict=True):
            yield (end - start).days, self.on(start)


def accrued(debt: Debt, rates: Rates, until: date) -> Decimal:
    """Interest in yuan for every day up to and including `until`, not rounded."""
    with localcontext(_EXACT):
        return sum(
            (
                (overdue * days * rate).scaleb(-4)
                for first, last, overdue in debt.spans(until)
                for days, rate in rates.spans(first, last)
            ),
            Decimal(0),
        )


def rounded(interest: Decimal) -> Decimal:
    """To the fen, as it is posted."""
    return interest.quantize(FEN, ROUND_HALF_UP)


def steps(found: Sequence[tuple[date, Decimal]]) -> Rates:
    """Rates from (first day, rate), in any order."""
    return Rates(tuple(Rate(since, rate) for since, rate in sorted(found)))
