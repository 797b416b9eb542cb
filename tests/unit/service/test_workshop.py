"""When the workshop is open on China's calendar of 2026, and which appointments it offers (W1)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from workers.calendar import SHANGHAI
from workers.service.offers import Load, offers, possible
from workers.service.workshop import Workshop, load_workshop
from workers.settings import ROOT

SHOP = load_workshop(ROOT / "config" / "service.yaml")


def at(text: str) -> datetime:
    """A moment of 2026 in Shanghai."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


def three(_: date) -> int:
    """A workshop for three cars."""
    return 3


@pytest.mark.rule("W1")
@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("02-13", "08:30-17:30"),  # Friday
        ("02-14", "08:30-17:30"),  # Saturday, worked for the Spring Festival
        ("02-15", None),  # Sunday that the Spring Festival takes in
        ("02-17", None),
        ("02-22", None),
        ("02-23", None),
        ("02-24", "08:30-17:30"),
        ("02-28", "08:30-17:30"),  # Saturday, worked
        ("03-01", "09:00-17:00"),  # an ordinary Sunday
        ("09-20", "08:30-17:30"),  # Sunday, worked for the National Day
        ("10-01", None),
        ("10-03", None),
        ("10-04", None),
        ("10-07", None),
        ("10-08", "08:30-17:30"),
        ("10-10", "08:30-17:30"),  # Saturday, worked
        ("10-11", "09:00-17:00"),
    ],
)
def test_opening_hours_follow_holidays_and_make_up_days_of_2026(day: str, hours: str | None) -> None:
    opening = SHOP.opening(date.fromisoformat(f"2026-{day}"))
    assert (f"{opening.open:%H:%M}-{opening.close:%H:%M}" if opening else None) == hours


@pytest.mark.rule("W1")
def test_a_day_of_our_own_is_closed_though_the_calendar_works() -> None:
    closed = SHOP.model_copy(update={"closed_on": frozenset({date(2026, 3, 4)})})
    assert closed.opening(date(2026, 3, 4)) is None


@pytest.mark.rule("W1")
def test_work_and_its_time_are_counted_over_the_spring_festival() -> None:
    assert SHOP.forward(at("02-14T16:30"), Decimal(2)) == at("02-24T09:30")
    assert SHOP.back(at("02-24T09:30"), Decimal(2)) == at("02-14T16:30")
    assert SHOP.between(at("02-14T16:30"), at("02-24T09:30")) == 2


@pytest.mark.rule("W1")
def test_a_long_job_goes_on_when_the_workshop_opens_again() -> None:
    assert SHOP.slots_from(at("02-14T16:30"), 2) == [at("02-14T16:30"), at("02-24T08:30")]
    assert SHOP.slots_from(at("02-16T09:30"), 1) == []


@pytest.mark.rule("W1")
def test_offers_avoid_the_peak_and_spread_over_the_days() -> None:
    loads = {at("03-04T08:30"): Load(2, 1), at("03-04T09:30"): Load(2, 1), at("03-04T10:30"): Load(1, 0)}
    found = offers(at("03-04T08:00"), date(2026, 3, 4), Decimal(1), loads, three, SHOP)
    first = [one.at for one in found if one.at.date() == date(2026, 3, 4)]
    assert first == [at("03-04T11:30"), at("03-04T12:30"), at("03-04T13:30")]
    assert len(found) == SHOP.offers
    assert len({one.at.date() for one in found}) == SHOP.offers // SHOP.offers_per_day


@pytest.mark.rule("W1")
def test_a_slot_that_is_full_anywhere_along_the_job_is_not_offered() -> None:
    loads = {at("03-04T09:30"): Load(3, 0)}
    assert possible(at("03-04T08:30"), 1, loads, three, SHOP) is not None
    assert possible(at("03-04T08:30"), 2, loads, three, SHOP) is None
    assert possible(at("03-04T10:30"), 1, {at("03-04T10:30"): Load(0, SHOP.arrivals)}, three, SHOP) is None


@pytest.mark.rule("W1")
def test_who_stands_in_the_door_gets_the_slot_that_runs_and_nobody_a_past_one() -> None:
    found = offers(at("03-04T09:50"), date(2026, 3, 4), Decimal(1), {}, three, SHOP)
    assert found[0].at == at("03-04T09:30")


def test_a_workshop_that_closes_before_it_opens_is_refused() -> None:
    broken = SHOP.model_dump()
    broken["hours"]["working_day"] = {"open": "17:00", "close": "08:00"}
    with pytest.raises(ValueError, match="closes before it opens"):
        Workshop.model_validate(broken)
