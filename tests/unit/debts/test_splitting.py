"""What money pays, in either order, and that no order of arrival changes it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.debts.ageing import Debt
from workers.debts.interest import steps
from workers.debts.schedule import Dated, Facts, Part
from workers.debts.splitting import First, Money, Split, split, split_all

DUE = date(2026, 5, 1)
FIVE = steps([(date(2026, 1, 1), Decimal(5))])
PRICE = Decimal("10000.00")
OWED = Debt(
    (Part(Decimal(100), "delivery", 0),),
    Facts(prices=(Dated(DUE, PRICE),), deliveries=(Dated(DUE, PRICE),)),
)
money = st.integers(0, 10**10).map(lambda fen: Decimal(fen) / 100)
orders: st.SearchStrategy[First] = st.sampled_from(["principal", "interest"])


def pay(first: First, *moneys: tuple[int, str]) -> list[Split]:
    """What money pays that comes some days after the due date."""
    received = [
        Money(f"流水{number}", DUE + timedelta(days=days), Decimal(amount))
        for number, (days, amount) in enumerate(moneys)
    ]
    return split_all(OWED, [], received, FIVE, lambda _: first, PRICE)


def parts(found: Split) -> tuple[str, str, str]:
    return str(found.principal), str(found.interest), str(found.surplus)


@pytest.mark.rule("A3")
def test_principal_first_leaves_the_interest_for_the_end() -> None:
    # 11 days late: 10 days of interest on 10,000 have accrued before the value date
    first, second = pay("principal", (11, "6000.00"), (21, "5000.00"))
    assert parts(first) == ("6000.00", "0.00", "0.00")
    # 10 days on 10,000 and 10 on 4,000: 50 + 20
    assert parts(second) == ("4000.00", "70.00", "930.00")


@pytest.mark.rule("A3")
def test_interest_first_takes_the_interest_before_the_principal() -> None:
    first, second = pay("interest", (11, "6000.00"), (21, "5000.00"))
    assert parts(first) == ("5950.00", "50.00", "0.00")
    # 10 days on 4,050: 20.25
    assert parts(second) == ("4050.00", "20.25", "929.75")


@pytest.mark.rule("A3", "C12")
@pytest.mark.parametrize("first", ["principal", "interest"])
def test_a_late_paper_comes_to_the_same_figures_as_a_punctual_one(first: First) -> None:
    early, late = (5, "3000.00"), (30, "9000.00")
    assert pay(first, late, early)[::-1] == pay(first, early, late)


@pytest.mark.rule("A3")
@given(money, money, money, orders)
def test_money_in_is_principal_and_interest_and_surplus(
    amount: Decimal, outstanding: Decimal, interest: Decimal, first: First
) -> None:
    found = split(amount, outstanding, interest, first)
    assert found.amount == amount
    assert 0 <= found.principal <= outstanding
    assert 0 <= found.interest <= interest
    assert found.surplus >= 0
    if found.surplus > 0:
        assert (found.principal, found.interest) == (outstanding, interest)


@pytest.mark.rule("A3")
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 800_000)), min_size=1, max_size=5),
    orders,
    st.randoms(use_true_random=False),
)
def test_any_order_of_arrival_splits_the_money_alike(
    sent: list[tuple[int, int]], first: First, chance: object
) -> None:
    moneys = [
        Money(f"流水{number}", DUE + timedelta(days=days), Decimal(fen) / 100)
        for number, (days, fen) in enumerate(dict(sent).items())
    ]
    mixed = list(moneys)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    found = split_all(OWED, [], moneys, FIVE, lambda _: first, PRICE)
    again = split_all(OWED, [], mixed, FIVE, lambda _: first, PRICE)
    for one, part in zip(moneys, found, strict=True):
        assert again[mixed.index(one)] == part
        assert part.amount == one.amount
    assert sum(part.principal for part in found) <= PRICE
