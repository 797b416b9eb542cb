"""Ageing and interest, by value date and day by day, against the naive model."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.debts import naive
from workers.debts.ageing import BUCKETS, Debt, bucket_of, buckets
from workers.debts.interest import Rates, accrued, rounded, steps
from workers.debts.schedule import Dated, Facts, Part

DELIVERED = (Part(Decimal(100), "delivery", 0),)
FIVE = steps([(date(2026, 1, 1), Decimal(5))])
START = date(2027, 12, 1)


def debt(items: list[tuple[date, int]], paid: list[tuple[date, int]]) -> Debt:
    """A contract whose deliveries are due at once; amounts in fen."""
    asked = tuple(Dated(due, Decimal(amount) / 100) for due, amount in items)
    price = Dated(min(due for due, _ in items) - timedelta(days=1), Decimal(10**9))
    money = tuple(Dated(value, Decimal(amount) / 100) for value, amount in paid)
    return Debt(DELIVERED, Facts(prices=(price,), deliveries=asked), money)


@pytest.mark.rule("A3")
def test_interest_begins_on_the_day_after_the_due_date() -> None:
    owed = debt([(date(2026, 5, 1), 10_000_00)], [])
    assert accrued(owed, FIVE, date(2026, 5, 1)) == 0
    assert accrued(owed, FIVE, date(2026, 5, 2)) == Decimal("5.0000")
    assert accrued(owed, FIVE, date(2026, 5, 11)) == Decimal(50)


@pytest.mark.rule("A3")
def test_a_part_payment_stops_interest_on_that_part_from_its_value_date_across_a_leap_day() -> None:
    # due 2028-02-20: nine days (21..29 February, the leap day among them) on 10,000, then 4,000 from 1 March
    owed = debt([(date(2028, 2, 20), 10_000_00)], [(date(2028, 3, 1), 6_000_00)])
    assert accrued(owed, FIVE, date(2028, 2, 28)) == Decimal(40)
    assert accrued(owed, FIVE, date(2028, 2, 29)) == Decimal(45)
    assert accrued(owed, FIVE, date(2028, 3, 1)) == Decimal(47)
    assert accrued(owed, FIVE, date(2028, 3, 10)) == Decimal(65)
    common = debt([(date(2027, 2, 20), 10_000_00)], [(date(2027, 3, 1), 6_000_00)])
    assert accrued(common, FIVE, date(2027, 3, 10)) == Decimal(60)


@pytest.mark.rule("A3", "C1")
def test_each_day_bears_the_rate_of_the_policy_in_force_on_it() -> None:
    owed = debt([(date(2026, 5, 1), 10_000_00)], [])
    rates = steps([(date(2026, 5, 6), Decimal(7)), (date(2026, 1, 1), Decimal(5))])
    assert accrued(owed, rates, date(2026, 5, 5)) == Decimal(20)  # 2..5 May at 5
    assert accrued(owed, rates, date(2026, 5, 7)) == Decimal(34)  # 6 and 7 May at 7


def test_days_before_the_first_policy_bear_its_rate_and_without_any_there_is_no_interest() -> None:
    owed = debt([(date(2026, 5, 1), 10_000_00)], [])
    assert accrued(owed, steps([(date(2026, 5, 20), Decimal(5))]), date(2026, 5, 11)) == Decimal(50)
    assert accrued(owed, Rates(()), date(2026, 5, 11)) == 0


@pytest.mark.rule("A3")
def test_a_payment_pays_the_oldest_item_first() -> None:
    first, second = date(2026, 5, 1), date(2026, 6, 1)
    owed = debt([(first, 100_00), (second, 200_00)], [(date(2026, 6, 10), 150_00)])
    assert owed.overdue_days(date(2026, 6, 9)) == 39
    assert owed.overdue_days(date(2026, 6, 10)) == 9
    assert [(item.due_on, item.amount) for item in owed.open_items(date(2026, 6, 10))] == [
        (second, Decimal("150.00"))
    ]


@pytest.mark.rule("A1")
@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (0, "未到期"),
        (1, "1-30天"),
        (30, "1-30天"),
        (31, "31-60天"),
        (60, "31-60天"),
        (61, "61-90天"),
        (90, "61-90天"),
        (91, "90天以上"),
        (4000, "90天以上"),
    ],
)
def test_the_classes_of_age_begin_and_end_exactly(days: int, bucket: str) -> None:
    due = date(2026, 1, 1)
    owed = debt([(due, 100_00)], [])
    on = due + timedelta(days=days)
    assert bucket_of(days) == bucket
    assert owed.overdue_days(on) == days
    found = buckets(owed.open_items(on), Decimal("100.00"), on)
    assert {name for name, amount in found.items() if amount} == {bucket}
    assert list(found) == list(BUCKETS)


@pytest.mark.rule("A1")
def test_what_no_event_has_made_payable_yet_is_not_due() -> None:
    owed = debt([(date(2026, 1, 1), 100_00)], [])
    on = date(2026, 1, 11)
    found = buckets(owed.open_items(on), Decimal("1000.00"), on)
    assert (found["未到期"], found["1-30天"]) == (Decimal("900.00"), Decimal("100.00"))


fen = st.integers(1, 10**8)
when = st.integers(0, 150).map(lambda number: START + timedelta(days=number))
dated = st.lists(st.tuples(when, fen), max_size=5)


@pytest.mark.rule("A3")
@settings(max_examples=200)
@given(
    st.lists(st.tuples(when, fen), min_size=1, max_size=5),
    dated,
    st.dictionaries(when, st.integers(0, 10_000).map(lambda rate: Decimal(rate) / 100), max_size=3),
    when,
)
def test_interest_is_that_of_the_naive_model(
    items: list[tuple[date, int]],
    paid: list[tuple[date, int]],
    changes: dict[date, Decimal],
    until: date,
) -> None:
    rates = steps([(date(2020, 1, 1), Decimal(5)), *changes.items()])
    expected = naive.interest(items, paid, rates.on, START, until)
    found = accrued(debt(items, paid), rates, until)
    assert Fraction(found) == expected
    assert abs(Fraction(rounded(found)) - expected) <= Fraction(1, 200)


@pytest.mark.rule("A1", "A2")
@settings(max_examples=200)
@given(st.lists(st.tuples(when, fen), min_size=1, max_size=5), dated, when, st.integers(1, 200))
def test_overdue_amounts_and_days_are_those_of_the_naive_model(
    items: list[tuple[date, int]], paid: list[tuple[date, int]], on: date, window: int
) -> None:
    owed = debt(items, paid)
    # goods that are not delivered yet are not owed yet
    known = [item for item in items if item[0] <= on]
    assert owed.overdue(on) == Decimal(naive.overdue_on(on, known, paid)) / 100
    assert owed.overdue_days(on) == naive.overdue_days(on, known, paid)
    days = [on - timedelta(days=number) for number in range(window)]
    longest = max(naive.overdue_days(day, [one for one in items if one[0] <= day], paid) for day in days)
    assert owed.longest_overdue(on, window) == longest
