"""The credit grade, on the policy's days exactly."""

from __future__ import annotations

import pytest

from workers.debts.grading import Record, grade_of


@pytest.mark.rule("A2")
@pytest.mark.parametrize(
    ("days", "grade"), [(0, "A"), (1, "B"), (30, "B"), (31, "C"), (90, "C"), (91, "D"), (1000, "D")]
)
def test_the_longest_overdue_decides_the_grade(days: int, grade: str) -> None:
    assert grade_of(Record(days, held=False, was_held=False), 1, 31, 91) == grade


@pytest.mark.rule("A2", "A3")
def test_a_hold_makes_a_d_and_is_remembered_as_a_c() -> None:
    assert grade_of(Record(0, held=True, was_held=True), 1, 31, 91) == "D"
    assert grade_of(Record(0, held=False, was_held=True), 1, 31, 91) == "C"
    assert grade_of(Record(91, held=False, was_held=True), 1, 31, 91) == "D"
