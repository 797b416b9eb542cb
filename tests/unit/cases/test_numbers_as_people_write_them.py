"""Numbers are read as people and the system itself write them; what is ambiguous is refused, never guessed (X3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from workers.cases import FormReader


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1,000.00", "1000"),
        ("¥1,234.50", "1234.5"),
        ("￥１，２３４．５", "1234.5"),
        ("５０", "50"),
        (" 1234.5元 ", "1234.5"),
        ("1,234,567", "1234567"),
        (50, "50"),
    ],
)
def test_an_amount_is_read_with_commas_signs_and_full_width_digits(written: object, amount: str) -> None:
    reader = FormReader()
    assert reader.amount("amount", "金额", written) == Decimal(amount)
    assert reader.errors == []


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    "written", ["ht-2026-0002", " HT-2026-0002", "ＨＴ－２０２６－０００２", "Ht-2026 -0002"]
)
def test_a_contracts_number_is_read_however_it_was_typed(written: str) -> None:
    assert FormReader().number("contractNo", "合同编号", written) == "HT-2026-0002"


@pytest.mark.rule("X3")
@pytest.mark.parametrize("written", ["1,5", "12,34.00", "1,,000", "abc", "５²", "①", "1 000", "1.2.3"])
def test_what_may_mean_two_numbers_is_refused_in_the_words_it_was_written_in(written: str) -> None:
    reader = FormReader()
    assert reader.amount("amount", "金额", written) is None
    assert f"“{written}”不是有效金额" in reader.errors[0].message


@pytest.mark.rule("X3")
def test_quantities_whole_numbers_and_days_are_read_in_full_width_too() -> None:
    reader = FormReader()
    assert reader.quantity("q", "数量", "１，２００．５") == Decimal("1200.5")
    assert reader.decimal("p", "比例", "３０", 0, 100) == Decimal(30)
    assert reader.whole("n", "份数", "４", 1, 9) == 4
    assert reader.day("d", "日期", "２０２６－１２－０１") == date(2026, 12, 1)
    assert reader.errors == []
