"""What a collection does next, on the policy's days exactly, and what its forms refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from workers.cases import FormReader
from workers.receivables.rules import (
    Limits,
    Situation,
    look_again_on,
    next_stage_on,
    read_call,
    read_progress,
    stage_of,
)

TODAY = date(2026, 6, 10)
LIMITS = Limits(30, 60, 90)
LATE = Situation(TODAY, settled=False, overdue_days=1, limits=LIMITS, reminded=True, called=True)


@pytest.mark.rule("A3", "A4", "A5")
@pytest.mark.parametrize(
    ("days", "stage"),
    [(1, "call"), (30, "call"), (31, "hold"), (60, "hold")],
)
def test_a_hold_is_placed_beyond_the_first_limit(days: int, stage: str) -> None:
    assert stage_of(replace(LATE, overdue_days=days)) == stage


@pytest.mark.rule("A4")
@pytest.mark.parametrize(("days", "stage"), [(60, "call"), (61, "withhold"), (90, "withhold")])
def test_commission_is_withheld_beyond_the_second_limit(days: int, stage: str) -> None:
    held = replace(LATE, overdue_days=days, held_by_us=True, held=True, withholdable=Decimal(5))
    assert stage_of(held) == stage
    assert stage_of(replace(held, withholdable=Decimal(0))) == "call"


@pytest.mark.rule("A5")
@pytest.mark.parametrize(("days", "stage"), [(90, "call"), (91, "litigation")])
def test_litigation_is_proposed_beyond_the_third_limit_after_a_letter_and_a_call(
    days: int, stage: str
) -> None:
    held = replace(LATE, overdue_days=days, held_by_us=True, held=True)
    assert stage_of(held) == stage
    assert stage_of(replace(held, called=False)) == "call"
    assert stage_of(replace(held, reminded=False)) == "remind"
    assert stage_of(replace(held, litigation="approved")) == "litigate"
    waiting = replace(held, litigation="approved", next_on=TODAY + timedelta(days=1))
    assert stage_of(waiting) == "wait"


@pytest.mark.rule("A5")
def test_refused_litigation_is_proposed_again_after_the_days_of_a_hold() -> None:
    refused = replace(
        LATE,
        overdue_days=150,
        held_by_us=True,
        litigation="refused",
        refused_on=TODAY - timedelta(days=30),
    )
    assert stage_of(refused) == "call"
    assert stage_of(replace(refused, refused_on=TODAY - timedelta(days=31))) == "litigation"


@pytest.mark.rule("A3")
def test_a_promise_is_waited_for_until_its_day() -> None:
    assert stage_of(replace(LATE, next_on=TODAY + timedelta(days=1))) == "wait"
    assert stage_of(replace(LATE, next_on=TODAY)) == "call"


@pytest.mark.rule("A3")
def test_a_hold_whose_case_has_ended_is_taken_over_and_a_released_one_is_not_placed_again() -> None:
    orphan = replace(LATE, overdue_days=3, held=True, hold_is_orphaned=True)
    assert stage_of(orphan) == "hold"
    released = replace(LATE, overdue_days=45, held_by_us=True, held=False)
    assert stage_of(released) == "call"


@pytest.mark.rule("A5")
def test_what_is_paid_in_full_ends_the_case_at_any_stage() -> None:
    for litigation in ("none", "proposed", "approved", "refused"):
        paid = replace(LATE, settled=True, overdue_days=200, litigation=litigation)  # type: ignore[arg-type]
        assert stage_of(paid) == "settled"


@pytest.mark.rule("A3", "A4", "A5")
def test_the_case_looks_again_when_the_next_limit_is_passed_or_a_promise_comes_due() -> None:
    due = date(2026, 5, 15)
    assert next_stage_on(TODAY, due, LIMITS) == date(2026, 6, 15)
    assert next_stage_on(date(2026, 6, 15), due, LIMITS) == date(2026, 7, 1)
    assert next_stage_on(date(2026, 12, 31), due, LIMITS) == date(2027, 1, 1)
    promised = TODAY + timedelta(days=2)
    assert look_again_on(TODAY, promised, date(2026, 6, 15)) == promised
    assert look_again_on(TODAY, date(2026, 6, 20), date(2026, 6, 15)) == date(2026, 6, 15)
    assert look_again_on(TODAY, TODAY, date(2026, 6, 15)) == date(2026, 6, 15)


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ((None, None, None, "说过"), "callOutcome"),
        (("promised", None, "2026-06-12", "说过"), "promisedOn"),
        (("promised", "2026-06-10", None, "说过"), "promisedOn"),
        (("promised", "2027-06-10", None, "说过"), "promisedOn"),
        (("refused", "2026-06-12", None, "说过"), "nextContactOn"),
        (("promised", "2026-06-12", None, ""), "callNote"),
        (({}, "2026-06-12", None, "说过"), "callOutcome"),
    ],
)
def test_a_call_without_outcome_date_or_note_comes_back(sent: tuple[object, ...], field: str) -> None:
    reader = FormReader()
    assert read_call(reader, *sent, TODAY) is None
    assert field in {error.field for error in reader.errors}


def test_a_good_call_and_a_good_word_of_legal_are_read() -> None:
    reader = FormReader()
    call = read_call(reader, "promised", "2026-06-20", None, "月底前付清", TODAY)
    assert call is not None
    assert (call.promised_on, call.next_on) == (date(2026, 6, 20), date(2026, 6, 20))
    assert read_progress(reader, "written_off", None, "公司已注销", TODAY) is not None
    assert read_progress(reader, "pending", "2026-07-01", "已立案", TODAY) is not None
    assert reader.errors == []
    assert read_progress(reader, "pending", None, "已立案", TODAY) is None
