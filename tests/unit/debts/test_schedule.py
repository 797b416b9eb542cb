"""When a contract's price is due."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.debts.schedule import Dated, DueItem, Facts, Part, due_items

SEALED = date(2026, 3, 1)
LATER = date(2030, 1, 1)
T30_60_10 = (
    Part(Decimal(30), "seal", 7),
    Part(Decimal(60), "delivery", 0),
    Part(Decimal(10), "acceptance", 30),
)
OTHER = (Part(Decimal(100), "delivery", 30),)


def day(number: int) -> date:
    return SEALED + timedelta(days=number)


def facts(amount: str = "1000.00", **more: Any) -> Facts:
    return Facts(prices=(Dated(SEALED, Decimal(amount)),), **more)


def plain(items: list[DueItem]) -> list[tuple[date, str]]:
    return [(item.due_on, str(item.amount)) for item in items]


@pytest.mark.rule("A1")
def test_the_part_after_the_seal_is_due_by_itself_and_the_others_wait_for_their_event() -> None:
    assert plain(due_items(T30_60_10, facts(), LATER)) == [(day(7), "300.00")]


@pytest.mark.rule("A1")
def test_each_signed_delivery_makes_its_share_due() -> None:
    delivered = (Dated(day(20), Decimal("333.33")), Dated(day(40), Decimal("666.67")))
    items = due_items(T30_60_10, facts(deliveries=delivered), LATER)
    assert plain(items) == [
        (day(7), "300.00"),
        (day(20), "200.00"),  # 300.00 rounded of 90 % less 100.00 of 30 %
        (day(40), "400.00"),
        (day(70), "100.00"),  # accepted with the full delivery, as there is no jointing work
    ]


@pytest.mark.rule("A1")
def test_with_jointing_the_last_part_waits_for_the_acceptance_report() -> None:
    delivered = (Dated(day(20), Decimal("1000.00")),)
    waiting = facts(deliveries=delivered, needs_jointing=True)
    assert [item.label for item in due_items(T30_60_10, waiting, LATER)] == [
        "签订后7天付30%",
        "交货当日付60%",
    ]
    reported = facts(deliveries=delivered, needs_jointing=True, accepted_on=day(50))
    assert plain(due_items(T30_60_10, reported, LATER))[-1] == (day(80), "100.00")
    assert len(due_items(T30_60_10, reported, day(49))) == 2


@pytest.mark.rule("A1")
def test_special_terms_ask_for_everything_some_days_after_delivery() -> None:
    items = due_items(OTHER, facts(deliveries=(Dated(day(3), Decimal("400.00")),)), LATER)
    assert plain(items) == [(day(33), "400.00")]


@pytest.mark.rule("A1")
def test_returned_goods_take_the_latest_delivery_back() -> None:
    moved = (
        Dated(day(10), Decimal("400.00")),
        Dated(day(20), Decimal("600.00")),
        Dated(day(25), Decimal("-700.00")),
    )
    returned = facts(deliveries=moved)
    assert plain(due_items(OTHER, returned, day(24))) == [(day(40), "400.00"), (day(50), "600.00")]
    assert plain(due_items(OTHER, returned, day(25))) == [(day(40), "300.00")]


@pytest.mark.rule("A1", "C13")
def test_an_amendment_counts_from_its_own_day() -> None:
    changed = Facts(prices=(Dated(SEALED, Decimal(1000)), Dated(day(30), Decimal(200))))
    assert plain(due_items(T30_60_10, changed, day(29))) == [(day(7), "300.00")]
    assert plain(due_items(T30_60_10, changed, day(30))) == [(day(7), "300.00"), (day(37), "60.00")]
    lowered = Facts(prices=(Dated(SEALED, Decimal(1000)), Dated(day(30), Decimal(-500))))
    assert plain(due_items(T30_60_10, lowered, day(30))) == [(day(7), "150.00")]


@pytest.mark.rule("A1", "C13")
def test_a_terminated_contract_is_due_with_what_it_is_still_worth() -> None:
    delivered = (Dated(day(20), Decimal("400.00")),)
    ended = Facts(
        prices=(Dated(SEALED, Decimal(1000)), Dated(day(30), Decimal(-600))),
        deliveries=delivered,
        settled_on=day(30),
    )
    items = due_items(T30_60_10, ended, LATER)
    assert sum(item.amount for item in items) == Decimal("400.00")
    assert max(item.due_on for item in items) == day(30)


amounts = st.integers(1, 10**9).map(lambda fen: Decimal(fen) / 100)


@st.composite
def split_terms(draw: st.DrawFn) -> tuple[Part, ...]:
    marks = sorted(draw(st.sets(st.integers(1, 9999), min_size=1, max_size=3)))
    edges = [0, *marks, 10000]
    percents = [Decimal(high - low) / 100 for low, high in pairwise(edges)]
    afters = ["seal", "delivery", "acceptance", "delivery"]
    return tuple(
        Part(percent, after, 5)  # type: ignore[arg-type]
        for percent, after in zip(percents, afters, strict=False)
    )


@pytest.mark.rule("A1")
@given(split_terms(), amounts, st.lists(st.integers(1, 10**6), min_size=1, max_size=6))
def test_no_fen_is_lost_when_a_contract_is_delivered_in_parts(
    parts: tuple[Part, ...], amount: Decimal, weights: list[int]
) -> None:
    left, moved = amount, []
    for number, weight in enumerate(weights):
        value = (amount * weight / sum(weights)).quantize(Decimal("0.01"))
        value = left if number == len(weights) - 1 else min(value, left)
        left -= value
        moved.append(Dated(day(number + 1), value))
    items = due_items(parts, facts(str(amount), deliveries=tuple(moved)), LATER)
    assert sum(item.amount for item in items) == amount
    assert all(item.amount > 0 for item in items)
