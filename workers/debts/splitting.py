"""What money pays: principal, interest, or nothing, so that it becomes the customer's balance. Pure (A3, C11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from workers.debts.ageing import ZERO, Debt
from workers.debts.interest import Rates, accrued, rounded
from workers.debts.schedule import Dated, total

First = Literal["principal", "interest"]


@dataclass(frozen=True)
class Money:
    """Money that came in, in yuan."""

    reference: str
    value_date: date
    amount: Decimal


@dataclass(frozen=True)
class Split:
    """What the money paid; the three add up to it."""

    principal: Decimal
    interest: Decimal
    surplus: Decimal

    @property
    def amount(self) -> Decimal:
        """The money."""
        return self.principal + self.interest + self.surplus


def split(amount: Decimal, outstanding: Decimal, interest_owed: Decimal, first: First) -> Split:
    """Principal up to what is outstanding, interest up to what is owed, in the policy's order; the rest is surplus."""
    if first == "principal":
        principal = min(amount, max(outstanding, ZERO))
        interest = min(amount - principal, max(interest_owed, ZERO))
    else:
        interest = min(amount, max(interest_owed, ZERO))
        principal = min(amount - interest, max(outstanding, ZERO))
    return Split(principal, interest, amount - principal - interest)


def split_all(
    debt: Debt,
    interest_paid: Sequence[Dated],
    moneys: Sequence[Money],
    rates: Rates,
    first_on: Callable[[date], First],
    limit: Decimal,
) -> list[Split]:
    """What each of `moneys` pays, by value date; `debt` and `interest_paid` hold what was paid besides them.

    The interest that it meets is that of the days before its value date: the day itself bears interest on what is
    left at its end. `limit` is the principal that is outstanding without these moneys. The order in which they became
    known plays no part, so that a late paper comes to the same figures as a punctual one.
    """
    found: dict[str, Split] = {}
    paid, interest = list(debt.paid), list(interest_paid)
    for money in sorted(moneys, key=lambda one: one.value_date):  # stable: on one day as they came
        before = money.value_date - timedelta(days=1)
        owed = rounded(accrued(replace(debt, paid=tuple(paid)), rates, before)) - total(interest)
        part = split(money.amount, limit, owed, first_on(money.value_date))
        limit -= part.principal
        paid.append(Dated(money.value_date, part.principal))
        interest.append(Dated(money.value_date, part.interest))
        found[money.reference] = part
    return [found[money.reference] for money in moneys]
