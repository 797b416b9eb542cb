"""The simplest model of a debt that there is: one day after the other, one fen after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction


def overdue_on(day: date, items: Sequence[tuple[date, int]], paid: Sequence[tuple[date, int]]) -> int:
    """Fen overdue at the end of the day; items and payments in fen."""
    asked = sum(amount for due, amount in items if due < day)
    covered = sum(amount for value, amount in paid if value <= day)
    return max(0, asked - covered)


def interest(
    items: Sequence[tuple[date, int]],
    paid: Sequence[tuple[date, int]],
    rate: Callable[[date], Decimal],
    first: date,
    last: date,
) -> Fraction:
    """Yuan, exact."""
    total, day = Fraction(0), first
    while day <= last:
        total += Fraction(overdue_on(day, items, paid), 100) * Fraction(rate(day)) / 10000
        day += timedelta(days=1)
    return total


def overdue_days(day: date, items: Sequence[tuple[date, int]], paid: Sequence[tuple[date, int]]) -> int:
    """Since the first item that the payments do not cover in full."""
    covered = sum(amount for value, amount in paid if value <= day)
    for due, amount in sorted(items):
        covered -= amount
        if covered < 0:
            return max(0, (day - due).days)
    return 0
