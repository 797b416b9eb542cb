"""The commission's rules, with numbers of our own and with thousands that hypothesis finds (C9, C12, A4)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.commission import rules
from workers.commission.rules import Part, Withheld

FEN = Decimal("0.01")
D = Decimal

amounts = st.decimals("0.01", "99999999.99", places=2)
permilles = st.integers(0, 1000)


def earned(received: Decimal, permille: int) -> Decimal:
    """As the ledger states it."""
    return (received * permille / 1000).quantize(FEN, ROUND_HALF_UP)


@pytest.mark.rule("C12")
@pytest.mark.parametrize(
    ("received", "expected"),
    [("0", "0.00"), ("30000", "360.00"), ("59999.99", "719.99"), ("100000", "1200.00"), ("0.01", "0.00")],
)
def test_commission_accrues_by_what_has_been_received_to_date(received: str, expected: str) -> None:
    assert rules.completed(D(received), D(100000), 12) == D(expected)


@pytest.mark.rule("C12")
@given(amounts, permilles, st.integers(0, 1000))
def test_what_accrues_never_exceeds_what_is_earned_and_reaches_it_in_the_end(
    amount: Decimal, permille: int, share: int
) -> None:
    received = (amount * share / 1000).quantize(FEN)
    assert 0 <= rules.completed(received, amount, permille) <= earned(received, permille)
    assert rules.completed(amount, amount, permille) == rules.contract_commission(amount, permille)


@pytest.mark.rule("C12")
@given(amounts, permilles, st.lists(st.integers(0, 1000), max_size=12))
def test_monthly_accruals_add_up_to_the_completion_however_the_money_came(
    amount: Decimal, permille: int, shares: list[int]
) -> None:
    accrued = D(0)
    for share in shares:
        target = rules.completed((amount * share / 1000).quantize(FEN), amount, permille)
        accrued += rules.accrual(target, accrued, D(0), D(0)).accrued
        assert accrued == target


@pytest.mark.rule("C9", "C12")
@given(*[st.decimals(0, 10000, places=2)] * 4)
def test_when_receipts_are_taken_back_the_unused_goes_first_then_the_withheld_then_the_paid(
    target: Decimal, accrued: Decimal, withheld: Decimal, paid: Decimal
) -> None:
    withheld = min(withheld, accrued)
    paid = min(paid, accrued - withheld)
    change = rules.accrual(target, accrued, withheld, paid)
    assert accrued + change.accrued == target
    assert 0 <= paid - change.recovered <= target - (withheld - change.released)
    assert change.recovered == 0 or change.released == withheld
    if withheld + paid <= target:
        assert (change.released, change.recovered) == (0, 0)


@pytest.mark.rule("A4")
def test_commission_is_withheld_to_zero_and_not_below_the_debtors_own_first() -> None:
    due = [Part("HT-2", D("120.00")), Part("HT-1", D("80.00")), Part("HT-3", D("0.00"))]
    assert rules.withholding(D("150.00"), D(0), due) == [Part("HT-2", D("120.00")), Part("HT-1", D("30.00"))]
    assert rules.withholding(D("9999.00"), D(0), due) == due[:2]
    assert rules.withholding(D("150.00"), D("150.00"), due) == []
    assert rules.withholding(D("150.00"), D("200.00"), due) == []


parts = st.lists(st.decimals("0.01", 5000, places=2), max_size=5).map(
    lambda found: tuple(Part(f"HT-{number}", amount) for number, amount in enumerate(found))
)


@pytest.mark.rule("A4")
@given(st.decimals(0, 20000, places=2), st.decimals(0, 5000, places=2), parts)
def test_no_more_is_withheld_than_the_debt_and_than_the_commission_due(
    debt: Decimal, before: Decimal, due: tuple[Part, ...]
) -> None:
    taken = rules.withholding(debt, before, due)
    total = sum((one.amount for one in taken), D(0))
    assert total == min(max(D(0), debt - before), sum((one.amount for one in due), D(0)))
    limits = {one.contract_no: one.amount for one in due}
    assert all(0 < one.amount <= limits[one.contract_no] for one in taken)


@pytest.mark.rule("A4")
def test_a_receipt_releases_in_proportion_and_payment_in_full_releases_everything() -> None:
    withheld = Withheld(D("1000.00"), (Part("HT-1", D("200.00")), Part("HT-2", D("100.00"))))
    assert rules.release(withheld, D("1000.00")) == []
    assert rules.release(withheld, D("1200.00")) == []
    assert rules.release(withheld, D("800.00")) == [Part("HT-2", D("60.00"))]
    assert rules.release(withheld, D("500.00")) == [Part("HT-2", D("100.00")), Part("HT-1", D("50.00"))]
    assert rules.release(withheld, D(0)) == [Part("HT-2", D("100.00")), Part("HT-1", D("200.00"))]
    assert rules.release(Withheld(D("1000.00"), ()), D(0)) == []


@pytest.mark.rule("A4")
@given(st.decimals("0.01", 20000, places=2), parts, st.lists(st.integers(0, 100), max_size=6))
def test_whatever_is_paid_the_withheld_stays_within_the_debt_and_is_gone_with_it(
    debt: Decimal, withheld: tuple[Part, ...], percents: list[int]
) -> None:
    taken = rules.withholding(debt, D(0), withheld)
    state = Withheld(debt, tuple(taken))
    for percent in [*percents, 0]:
        left = (debt * percent / 100).quantize(FEN)
        gone = {one.contract_no: one.amount for one in rules.release(state, left)}
        kept = tuple(
            Part(one.contract_no, one.amount - gone.get(one.contract_no, D(0))) for one in state.parts
        )
        assert all(one.amount >= 0 for one in kept)
        state = Withheld(min(state.debt, max(left, D(0))), kept)
        assert state.total <= state.debt
    assert state.total == 0
