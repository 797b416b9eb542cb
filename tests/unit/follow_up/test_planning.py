"""When a customer is contacted, on real dates of 2026: working days, holidays, make-up days (V9, W10)."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.calendar import OFFICE, SHANGHAI, is_working_day
from workers.follow_up.planning import plan, plan_again, plan_soon

DAYS = 2


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


@pytest.mark.rule("V9", "W10")
@pytest.mark.parametrize(
    ("handover", "contact"),
    [
        ("2026-03-03 16:00", "2026-03-04 10:00"),  # Tuesday: the next morning
        (
            "2026-03-06 16:00",
            "2026-03-06 17:00",
        ),  # Friday: Saturday and Sunday are off, an hour later the same day
        ("2026-03-07 15:00", "2026-03-09 10:00"),  # Saturday: Monday morning still lies inside the limit
        ("2026-02-13 15:00", "2026-02-14 10:00"),  # a Saturday that is worked for the Spring Festival
        ("2026-02-14 16:00", "2026-02-14 17:00"),  # the eve of the Spring Festival: the same afternoon
        ("2026-02-22 11:00", "2026-02-24 10:00"),  # the limit just reaches the first working day
        ("2026-09-18 16:00", "2026-09-20 10:00"),  # a Sunday that is worked for the National Day
        ("2026-09-30 11:00", "2026-09-30 14:30"),  # the eve of the National Day, in the morning
        ("2026-09-30 15:00", "2026-09-30 16:00"),  # the eve, in the afternoon
        ("2026-09-30 17:25", "2026-09-30 17:25"),  # the eve, five minutes before the office closes
        ("2026-10-06 12:00", "2026-10-08 10:00"),  # the last days of the holiday
        ("2026-10-09 15:00", "2026-10-10 10:00"),  # a Saturday that is worked after the National Day
    ],
)
def test_contact_is_planned_in_working_hours_wherever_any_lie_inside_the_limit(
    handover: str, contact: str
) -> None:
    planned = plan(at(handover), DAYS, OFFICE)
    assert planned.contact_at == at(contact)
    assert planned.limit_at == at(handover) + timedelta(days=2)
    assert is_working_day(planned.contact_at.date())


@pytest.mark.rule("V9", "W10")
@pytest.mark.parametrize(
    ("handover", "contact"),
    [
        ("2026-02-14 17:30", "2026-02-15 10:00"),  # the office has just closed for the Spring Festival
        (
            "2026-02-18 10:00",
            "2026-02-19 10:00",
        ),  # in the middle of it: the limit ends before the office opens
        ("2026-09-30 18:00", "2026-10-01 10:00"),
        ("2026-10-05 12:00", "2026-10-06 10:00"),
    ],
)
def test_without_working_hours_inside_the_limit_the_shop_calls_on_a_day_off(
    handover: str, contact: str
) -> None:
    planned = plan(at(handover), DAYS, OFFICE)
    assert planned.contact_at == at(contact)
    assert planned.contact_at <= planned.limit_at
    assert not is_working_day(planned.contact_at.date())


@pytest.mark.rule("V9")
def test_a_policy_that_wants_contact_the_same_day_gets_it_or_at_the_limit_itself() -> None:
    assert plan(at("2026-03-03 18:00"), 0, OFFICE).contact_at == at("2026-03-03 18:00")
    assert plan(at("2026-03-03 10:30"), 1, OFFICE).contact_at == at("2026-03-04 10:00")


MOMENTS = st.integers(min_value=0, max_value=361 * 24 * 60).map(
    lambda minutes: at("2026-01-01 00:00") + timedelta(minutes=minutes)
)


@pytest.mark.rule("V9", "W10")
@given(MOMENTS, st.integers(min_value=0, max_value=5))
def test_contact_never_lies_outside_the_limit_and_never_on_a_day_off_without_need(
    handover: datetime, days: int
) -> None:
    planned = plan(handover, days, OFFICE)
    assert handover <= planned.contact_at <= planned.limit_at
    if OFFICE.between(handover, planned.limit_at) > timedelta():
        assert is_working_day(planned.contact_at.date())
        assert OFFICE.start <= planned.contact_at.time() <= OFFICE.end


@pytest.mark.rule("V9")
@pytest.mark.parametrize(
    ("tried", "limit", "again"),
    [
        ("2026-03-04 10:20", "2026-03-05 16:00", "2026-03-04 14:30"),  # morning → afternoon
        ("2026-03-04 16:00", "2026-03-05 16:00", "2026-03-05 10:00"),  # afternoon → the next morning
        (
            "2026-03-06 16:00",
            "2026-03-06 16:00",
            "2026-03-09 10:00",
        ),  # the limit is over: the next working morning
        ("2026-10-01 10:05", "2026-10-02 18:00", "2026-10-01 14:30"),  # inside the limit also on a day off
        (
            "2026-10-02 15:00",
            "2026-10-02 18:00",
            "2026-10-08 10:00",
        ),  # after the limit nobody calls on a day off
    ],
)
def test_the_next_try_is_at_another_time_of_day(tried: str, limit: str, again: str) -> None:
    assert plan_again(at(tried), at(tried), at(limit), OFFICE) == at(again)


@pytest.mark.rule("V9")
@pytest.mark.parametrize(
    ("settled", "limit", "asked"),
    [
        ("2026-03-04 11:00", "2026-03-05 16:00", "2026-03-04 11:00"),
        ("2026-03-04 12:30", "2026-03-05 16:00", "2026-03-04 13:30"),
        ("2026-03-06 18:00", "2026-03-06 16:00", "2026-03-09 09:00"),
        ("2026-10-01 11:00", "2026-10-02 11:00", "2026-10-01 11:00"),
    ],
)
def test_after_a_concern_was_settled_the_customer_is_asked_again_at_once(
    settled: str, limit: str, asked: str
) -> None:
    assert plan_soon(at(settled), at(limit), OFFICE) == at(asked)


@given(MOMENTS, st.integers(min_value=-48, max_value=96))
def test_a_further_try_is_never_in_the_past(now: datetime, hours_left: int) -> None:
    limit = now + timedelta(hours=hours_left)
    for moment in (plan_again(now, now, limit, OFFICE), plan_soon(now, limit, OFFICE)):
        assert moment >= now
        assert time(9) <= moment.time() <= time(17, 30)
