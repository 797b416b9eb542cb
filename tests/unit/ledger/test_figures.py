"""The pure part of the figures: percentages, commission, goods, months, and which entry moves what."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.ledger import Account, Book, Broken, EntryKind, GoodsLine, InvariantBroken, invariants
from workers.ledger.effects import ACCOUNT, GOODS, MAY_BE_NEGATIVE, OF_BOOK
from workers.ledger.periods import following
from workers.ledger.words import kind_name
from workers.money import plain

YUAN = st.decimals("0", "99999999", places=2)


@pytest.mark.rule("C11")
@given(YUAN, YUAN, st.decimals("0", "100", places=2))
def test_the_percentage_shown_reaches_a_gate_exactly_when_the_sums_do(
    received: Decimal, amount: Decimal, gate: Decimal
) -> None:
    account = Account("HT", amount=amount, received=received, invoice_gate_percent=gate)
    assert (account.percent_received >= gate) == (received * 100 >= gate * amount or amount == 0)


@pytest.mark.rule("C11")
def test_the_percentage_is_cut_and_never_rounded_up() -> None:
    assert Account(
        "HT", amount=Decimal("100000.00"), received=Decimal("59999.99")
    ).percent_received == Decimal("59.99")
    assert Account("HT").percent_received == 100


@pytest.mark.rule("C9", "C12")
def test_commission_is_earned_by_what_was_received() -> None:
    account = Account("HT", received=Decimal("1250.41"), commission_permille=12, accrued=Decimal(10))
    assert account.earned == Decimal("15.00")
    assert account.payable == 10


@pytest.mark.rule("C8")
def test_goods_are_counted_through_scrap_and_return() -> None:
    line = GoodsLine(
        *(1, "P001", "输送带", "米", ""),
        unit_price=Decimal("0.335"),
        ordered=Decimal(100),
        produced=Decimal(110),
        stored=Decimal(105),
        scrapped=Decimal(5),
        dispatched=Decimal(60),
        returned=Decimal(10),
        delivered=Decimal(40),
    )
    assert (line.in_stock, line.to_produce, line.to_deliver) == (50, 0, 60)
    assert (line.value_of(Decimal(1)), line.amount) == (Decimal("0.34"), Decimal("33.50"))


@pytest.mark.rule("C4")
def test_every_kind_of_entry_has_its_book_and_moves_only_sums_of_that_book() -> None:
    assert OF_BOOK[Book.SALES] | OF_BOOK[Book.FINANCE] == set(EntryKind)
    for book, kind in (*ACCOUNT, *GOODS):
        assert kind in OF_BOOK[book]
    assert not MAY_BE_NEGATIVE & {kind for _, kind in GOODS}


@pytest.mark.rule("C4")
def test_what_is_broken_is_said_in_words_with_the_rules_ids() -> None:
    account = Account("HT", amount=Decimal(100), received=Decimal(90), written_off=Decimal("10.01"))
    (broken,) = invariants.of_account(account)
    assert str(broken) == (
        "received 90 and written off 10.01 are more than the contract's amount 100 (C4, A6, received_within_amount)"
    )
    error = InvariantBroken("finance receipt", [broken])
    assert error.rules == (broken,)
    assert str(error).startswith("finance receipt: received 90")
    assert invariants.of_check("ck_ledger_goods_dispatched_within_ordered") == Broken(
        "dispatched_within_ordered", ("C8",), "the database refuses it: dispatched - returned <= ordered"
    )
    assert invariants.of_check("ck_contracts_amount_is_not_negative") is None


@pytest.mark.rule("C12")
def test_december_is_followed_by_january() -> None:
    assert following(date(2026, 12, 1)) == date(2027, 1, 1)
    assert following(date(2026, 1, 1)) == date(2026, 2, 1)


def test_words_for_staff() -> None:
    assert kind_name("receipt") == "收款"
    assert kind_name("delivery", reversal=True) == "冲销：客户签收"
    assert [plain(one) for one in (Decimal("100.000"), Decimal("0.500"), None)] == ["100", "0.5", ""]
