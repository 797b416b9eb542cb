"""Pure rules of the commission: what accrues, what is withheld for a debt, what a receipt releases (C9, C12, A4).

All amounts in yuan with two places. 0 ≤ paid ≤ accrued − withheld ≤ accrued ≤ earned holds after every step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Part:
    """What falls on one contract's commission."""

    contract_no: str
    amount: Decimal


@dataclass(frozen=True)
class Withheld:
    """What is withheld for a debt, and how large the debt is that it stands for."""

    debt: Decimal
    parts: tuple[Part, ...]
    """In the order in which it was withheld; one part for each contract."""

    @property
    def total(self) -> Decimal:
        """Yuan."""
        return sum((part.amount for part in self.parts), ZERO)


@dataclass(frozen=True)
class Accrual:
    """How an account changes: what accrues, and what has to give way when it is less than was used."""

    accrued: Decimal
    """Negative when receipts were taken back."""
    released: Decimal = ZERO
    """Withheld commission that no longer exists."""
    recovered: Decimal = ZERO
    """Commission that was paid out and is owed back by the salesperson."""


def contract_commission(amount: Decimal, permille: int) -> Decimal:
    """The commission of a contract that is received in full."""
    return (amount * permille / 1000).quantize(FEN, ROUND_HALF_UP)


def completed(received: Decimal, amount: Decimal, permille: int) -> Decimal:
    """Commission by cumulative completion: receipts to date ÷ contract amount × contract commission (C12).

    Rounded down, so that it never exceeds what is earned; received in full, it is the contract's commission.
    """
    if amount <= 0 or received <= 0:
        return ZERO
    share = contract_commission(amount, permille) * min(received, amount) / amount
    return share.quantize(FEN, ROUND_FLOOR)


def accrual(target: Decimal, accrued: Decimal, withheld: Decimal, paid: Decimal) -> Accrual:
    """What accrues for the commission to be `target`, from what has accrued, is withheld and was paid.

    When less is earned than was accrued before, what nobody has used goes first, then what is withheld, and
    what was paid out is asked back at last.
    """
    short = max(ZERO, withheld + paid - target)
    released = min(withheld, short)
    return Accrual(target - accrued, released, short - released)


def withholding(up_to: Decimal, withheld: Decimal, due: Sequence[Part]) -> list[Part]:
    """What to withhold for a debt, from commission that is due, in its order: to zero and not below (A4)."""
    left, parts = max(ZERO, up_to - withheld), []
    for one in due:
        taken = min(left, max(ZERO, one.amount))
        if taken > 0:
            parts.append(Part(one.contract_no, taken))
            left -= taken
    return parts


def release(withheld: Withheld, still_overdue: Decimal) -> list[Part]:
    """What a receipt releases: the part of what is withheld that the debt has gone down by; all when it is paid.

    What was withheld last is released first: other contracts' commission before the debtor's own.
    """
    if still_overdue <= 0 or withheld.debt <= 0:
        return take(reversed(withheld.parts), withheld.total)
    if still_overdue >= withheld.debt:
        return []
    kept = (withheld.total * still_overdue / withheld.debt).quantize(FEN, ROUND_CEILING)
    return take(reversed(withheld.parts), withheld.total - kept)


def take(parts: Iterable[Part], amount: Decimal) -> list[Part]:
    """As much as `amount` from the parts, in their order."""
    taken = []
    for part in parts:
        some = min(part.amount, amount)
        if some > 0:
            taken.append(Part(part.contract_no, some))
            amount -= some
    return taken
