"""A customer's credit grade from how late they paid. Pure (A2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Grade = Literal["A", "B", "C", "D"]
WINDOW_DAYS = 365
"""How long a late payment is remembered, the day itself included."""


@dataclass(frozen=True)
class Record:
    """What a customer's last year looks like."""

    longest_overdue: int
    """Days."""
    held: bool
    """New contracts and deliveries are stopped now."""
    was_held: bool
    """They were at some time in the window."""


def grade_of(record: Record, b_days: int, c_days: int, d_days: int) -> Grade:
    """A hold in force is a D; one within the window keeps a customer from being better than C."""
    if record.held or record.longest_overdue >= d_days:
        return "D"
    if record.was_held or record.longest_overdue >= c_days:
        return "C"
    return "B" if record.longest_overdue >= b_days else "A"
