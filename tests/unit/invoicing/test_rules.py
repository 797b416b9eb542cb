"""Rules of invoices without a database: the gate, what may be asked for, the tax in it, what finance reads off."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.cases import FormReader
from workers.invoicing.rules import (
    NO_TAX,
    Invoiceable,
    RequestedLine,
    Tax,
    apportion,
    gate_is_open,
    read_request,
    read_tax_paper,
)

FEN = st.integers(0, 10**11).map(lambda fen: Decimal(fen).scaleb(-2))
RATES = st.sampled_from([Decimal(one) for one in ("0", "1", "3", "5", "6", "9", "13", "17", "99.99", "100")])
SEALED, TODAY = date(2026, 3, 1), date(2026, 3, 10)


def line(line_no: int, left: str, amount: str = "1000") -> Invoiceable:
    """A line of a contract, and what is left of it."""
    return Invoiceable(line_no, f"输送带{line_no}", "ST1250", Decimal(amount), Decimal(left))


def row(line_no: object, amount: object, rate: object = "13") -> dict[str, object]:
    """A row of the form."""
    return {"lineNo": line_no, "product": "输送带", "left": "¥1,000.00", "amount": amount, "taxRate": rate}


def read(rows: Any, most: str = "2000", *lines: Invoiceable) -> tuple[list[RequestedLine], list[str]]:
    """What is asked for, and what is wrong with it."""
    reader = FormReader()
    found = read_request(reader, rows, lines or (line(1, "1000"), line(2, "1000")), Decimal(most))
    return found, [one.message for one in reader.errors]


@pytest.mark.rule("C11")
@pytest.mark.parametrize(
    ("received", "amount", "opens"),
    [
        ("59.99", "100", False),
        ("60.00", "100", True),
        ("5999.99", "10000", False),
        ("6000.00", "10000", True),
        ("599999999.99", "1000000000", False),
        ("0.59", "0.99", False),
        ("0.60", "0.99", True),
        ("0", "0", False),
    ],
)
def test_the_gate_opens_at_exactly_60_per_cent(received: str, amount: str, opens: bool) -> None:
    assert gate_is_open(Decimal(received), Decimal(amount), Decimal(60)) is opens


@pytest.mark.rule("C11")
@given(st.integers(1, 10**13), st.integers(0, 10**13), st.integers(0, 10000))
def test_the_gate_is_exact_for_every_amount(amount: int, received: int, hundredths: int) -> None:
    percent = Decimal(hundredths).scaleb(-2)
    opens = gate_is_open(Decimal(received).scaleb(-2), Decimal(amount).scaleb(-2), percent)
    assert opens == (received * 10000 >= amount * hundredths)


@pytest.mark.rule("C11")
@given(st.lists(FEN, min_size=1, max_size=20), st.integers(0, 1000))
def test_an_amount_spread_over_the_lines_adds_up_to_the_fen_and_asks_no_line_for_more_than_is_left(
    lefts: list[Decimal], permille: int
) -> None:
    lines = [Invoiceable(number, "带", "", left, left) for number, left in enumerate(lefts, 1)]
    left = sum(lefts, Decimal(0))
    total = (left * permille / 1000).quantize(Decimal("0.01"))
    shares = apportion(total, lines)
    assert sum(shares, Decimal(0)) == total
    assert all(0 <= share <= one.left for share, one in zip(shares, lines, strict=True))


@pytest.mark.rule("C11")
@given(st.lists(st.tuples(FEN, RATES), max_size=20))
def test_net_and_tax_add_up_to_the_total_whatever_the_rates(lines: list[tuple[Decimal, Decimal]]) -> None:
    parts = [Tax.within(total, rate) for total, rate in lines]
    whole = sum(parts, NO_TAX)
    assert whole.net + whole.tax == whole.total == sum((total for total, _ in lines), Decimal(0))
    for part, (_, rate) in zip(parts, lines, strict=True):
        assert part.net + part.tax == part.total
        assert abs(part.net * rate - part.tax * 100) <= Decimal("1.01") * (rate + 100) / 2
    assert sum([whole, -whole], NO_TAX) == NO_TAX


@pytest.mark.rule("C11")
def test_the_tax_of_an_amount_is_taken_out_of_it_and_rounded_to_the_fen() -> None:
    assert Tax.within(Decimal("113.00"), Decimal(13)) == Tax(*map(Decimal, ("100.00", "13.00", "113.00")))
    assert Tax.within(Decimal("100.00"), Decimal(13)) == Tax(*map(Decimal, ("88.50", "11.50", "100.00")))
    assert Tax.within(Decimal("0.01"), Decimal(13)) == Tax(*map(Decimal, ("0.01", "0.00", "0.01")))


@pytest.mark.rule("C11", "X3")
def test_rows_of_a_request_are_read_and_rows_with_nothing_are_left_out() -> None:
    found, errors = read([row("1", "400.50", "9"), row("2", "0.00"), row("2", ""), {}])
    assert errors == []
    assert found == [RequestedLine(1, "输送带1", "ST1250", Decimal("400.50"), Decimal(9))]


@pytest.mark.rule("C11", "X3")
@pytest.mark.parametrize(
    ("rows", "most", "says"),
    [
        ([row("1", "1000.01")], "2000", "第1行金额：¥1,000.01超过该行尚未开票的¥1,000.00"),
        ([row("1", "900"), row("2", "900")], "1000", "开票金额：合计¥1,800.00超过尚可开票的¥1,000.00"),
        ([row("1", "1"), row("1", "2")], "2000", "同一合同行只能填写一次"),
        ([row("3", "1")], "2000", "第1行：合同没有这一行"),
        ([row(None, "1")], "2000", "第1行：合同没有这一行"),
        ([row("1", "-5")], "2000", "第1行金额"),
        ([row("1", "5.001")], "2000", "第1行金额"),
        ([row("1", "NaN")], "2000", "第1行金额"),
        ([row("1", "5", "101")], "2000", "第1行税率"),
        ([row("1", "5", "-1")], "2000", "第1行税率"),
        ([row("1", "5", None)], "2000", "第1行税率"),
        ([row("1", "0")], "2000", "请至少填写一行金额"),
        ([], "2000", "请至少填写一行"),
        (None, "2000", "请至少填写一行"),
        ("SELECT", "2000", "格式不正确"),
        (["x"], "2000", "格式不正确"),
        ([row("1", "1")] * 4, "2000", "不得超过3行"),
    ],
)
def test_a_wrong_request_says_what_to_mend(rows: object, most: str, says: str) -> None:
    _, errors = read(rows, most)
    assert any(says in message for message in errors), errors


@pytest.mark.rule("C11", "X3")
@pytest.mark.parametrize(
    ("number", "day", "says"),
    [
        ("", "2026-03-10", "发票号码：请填写"),
        ("1234567", "2026-03-10", "8到40位号码"),
        ("一二三四五六七八", "2026-03-10", "8到40位号码"),
        ("9" * 41, "2026-03-10", "发票号码"),
        (12345678, "2026-03-10", "发票号码"),
        ("12345678'; --", "2026-03-10", "8到40位号码"),
        ("24312000000012345678", "2026-03-11", "应在2026-03-01与今天之间"),
        ("24312000000012345678", "2026-02-28", "应在2026-03-01与今天之间"),
        ("24312000000012345678", "bald", "不是有效日期"),
        ("24312000000012345678", None, "开票日期：请填写"),
    ],
)
def test_a_number_or_day_that_cannot_be_the_tax_systems_is_refused(
    number: object, day: object, says: str
) -> None:
    reader = FormReader()
    assert read_tax_paper(reader, number, day, SEALED, TODAY) is None
    assert says in reader.errors[0].message


@pytest.mark.rule("C11")
def test_the_tax_systems_number_may_be_written_in_groups() -> None:
    reader = FormReader()
    paper = read_tax_paper(reader, " 2431 2000 0000 1234 5678 ", "2026-03-01", SEALED, TODAY)
    assert reader.errors == []
    assert paper is not None
    assert (paper.number, paper.issued_on) == ("24312000000012345678", SEALED)
