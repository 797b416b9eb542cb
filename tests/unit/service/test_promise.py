"""A delay is found from the promised time and the work left, early enough to call (W9)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from tests.unit.service.test_workshop import SHOP, at
from workers.service.promise import Standing, hours_left, in_danger, known_beforehand, look_again_at
from workers.service.staffing import rank

WARNING = Decimal(4)


def standing(hours: str, begun: datetime | None = None) -> Standing:
    """Promised for Thursday 16:00 on Tuesday morning."""
    return Standing(at("03-05T16:00"), at("03-03T09:00"), Decimal(hours), begun)


@pytest.mark.rule("W9")
def test_work_that_has_not_begun_by_the_warning_time_is_in_danger_though_it_would_just_fit() -> None:
    waiting = standing("2")
    assert not in_danger(waiting, at("03-05T11:59"), WARNING, SHOP)
    assert in_danger(waiting, at("03-05T12:01"), WARNING, SHOP)
    assert look_again_at(waiting, at("03-04T09:00"), WARNING, SHOP) == at("03-05T12:01")


@pytest.mark.rule("W9")
def test_much_work_is_in_danger_before_the_warning_time() -> None:
    waiting = standing("10")  # and half an hour for the check: from Wednesday 14:30 on
    assert not in_danger(waiting, at("03-04T14:30"), WARNING, SHOP)
    assert in_danger(waiting, at("03-04T14:31"), WARNING, SHOP)
    assert look_again_at(waiting, at("03-03T10:00"), WARNING, SHOP) == at("03-04T14:31")


@pytest.mark.rule("W9")
def test_work_under_way_counts_what_has_been_worked_on_it() -> None:
    busy = standing("3", begun=at("03-05T10:00"))
    assert hours_left(busy, at("03-05T12:00"), SHOP) == Decimal("1.5")
    assert not in_danger(busy, at("03-05T15:00"), WARNING, SHOP)
    assert in_danger(busy, at("03-05T15:20"), WARNING, SHOP)


@pytest.mark.rule("W9")
def test_a_short_promise_is_not_in_danger_as_soon_as_it_is_given() -> None:
    short = Standing(at("03-05T11:30"), at("03-05T09:00"), Decimal(1), None)
    assert not in_danger(short, at("03-05T09:00"), WARNING, SHOP)
    assert in_danger(short, at("03-05T10:01"), WARNING, SHOP)


@pytest.mark.rule("W9")
def test_the_next_look_is_always_later_than_now() -> None:
    late = standing("2", begun=at("03-05T10:00"))
    for now in (at("03-05T15:30"), at("03-05T16:00"), at("03-05T18:00"), at("03-07T09:00")):
        assert look_again_at(late, now, WARNING, SHOP) > now


@pytest.mark.rule("W9")
@pytest.mark.parametrize(
    ("told", "finished", "known"),
    [
        ([], "03-05T17:00", False),
        ([("03-05T15:00", "03-05T18:00")], "03-05T17:00", True),
        ([("03-05T15:00", "03-05T18:00")], "03-05T18:30", False),  # later than what was told
        ([("03-05T15:00", "03-05T16:00")], "03-05T17:00", False),  # additional work that changed no time
        ([("03-05T16:30", "03-05T18:00")], "03-05T17:00", False),  # told when it had passed
        ([("03-05T15:00", "03-05T18:00"), ("03-05T17:30", "03-06T12:00")], "03-06T11:00", True),
        ([("03-05T15:00", "03-05T18:00"), ("03-05T18:30", "03-06T12:00")], "03-06T11:00", False),
    ],
)
def test_a_delay_was_told_only_if_each_new_time_was_told_before_the_old_one_had_passed(
    told: list[tuple[str, str]], finished: str, known: bool
) -> None:
    talks = [(at(when), at(after)) for when, after in told]
    assert known_beforehand(at("03-05T16:00"), talks, at(finished)) is known


@pytest.mark.rule("W4")
def test_the_technician_has_the_skill_and_the_least_on_their_hands() -> None:
    skills = {"a": frozenset({"engine"}), "b": frozenset({"engine", "body"}), "c": frozenset({"body"})}
    load = {"a": Decimal(1), "b": Decimal(3)}
    assert [one.user for one in rank("abc", frozenset({"engine"}), skills, load)] == ["a", "b"]
    assert [one.user for one in rank("abc", frozenset({"body"}), skills, load)] == ["c", "b"]


@pytest.mark.rule("W4")
def test_where_nobody_has_every_skill_who_lacks_the_fewest_is_shown_with_what_is_missing() -> None:
    skills = {"a": frozenset({"engine"}), "b": frozenset[str]()}
    [only] = rank("ab", frozenset({"engine", "paint"}), skills, {})
    assert (only.user, only.missing) == ("a", frozenset({"paint"}))
