"""Which month may be closed, and how a difference may be resolved (C12, X3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.cases import FormReader
from workers.closing import rules
from workers.closing.rules import STOCK, UNSIGNED, Difference

TODAY = date(2026, 4, 10)
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
STAFF = {"xuhong", "zhaolei"}

UNSIGNED_ONE = Difference(UNSIGNED, "第1行：未签收", "已发货10米", "已签收0米", "HT-1", 1)
SHORT = Difference(STOCK, "第1行：盘亏2米", "实盘8米", "台帐结存10米", "HT-1", 1, Decimal(-2))
OVER = Difference(STOCK, "第2行：盘盈1米", "实盘11米", "台帐结存10米", "HT-1", 2, Decimal(1))


@pytest.mark.rule("C12", "X3")
@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("2026-03", MARCH),
        ("2026-13", None),
        ("2026-3", None),
        ("三月", None),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_a_month_is_read_as_people_write_it(written: object, month: date | None) -> None:
    reader = FormReader()
    assert rules.read_month(reader, written) == month
    assert bool(reader.errors) == (month is None)


@pytest.mark.rule("C12")
@pytest.mark.parametrize(
    ("month", "reason", "next_open", "message"),
    [
        (MARCH, "", MARCH, None),
        (MARCH, "", None, None),
        (APRIL, "季度审计", APRIL, None),
        (APRIL, "", APRIL, "提前结账理由"),
        (APRIL, "季度审计", MARCH, "2026-03还没有结账"),
        (MARCH, "", APRIL, "已经结账"),
        (MAY, "季度审计", APRIL, "还没有开始"),
    ],
)
def test_months_are_closed_in_order_and_the_running_one_with_a_reason(
    month: date, reason: str, next_open: date | None, message: str | None
) -> None:
    reader = FormReader()
    found = rules.check_month(reader, month, reason, next_open, TODAY)
    if message is None:
        assert reader.errors == []
        assert found == (reason if month == APRIL else "")
    else:
        assert message in reader.errors[0].message


def row(one: Difference, **fields: object) -> dict[str, object]:
    filled = {"resolution": "in_transit", "responsible": "zhaolei", "reason": "下月签收"}
    return {"difference": f"01 {one.key}", **filled, **fields}


def read(rows: object, *known: Difference) -> tuple[list[rules.Resolved], list[str]]:
    reader = FormReader()
    found = rules.read_resolutions(reader, rows, {one.key: one for one in known}, STAFF)
    return found, [one.message for one in reader.errors]


@pytest.mark.rule("C12")
def test_a_difference_is_resolved_by_a_named_person_with_a_reason() -> None:
    found, errors = read([row(UNSIGNED_ONE), {**row(SHORT), "resolution": None}], UNSIGNED_ONE, SHORT)
    assert errors == []
    assert [(one.difference, one.resolution, one.responsible, one.reason) for one in found] == [
        (UNSIGNED_ONE, "in_transit", "zhaolei", "下月签收")
    ]


@pytest.mark.rule("C12", "X3")
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row(UNSIGNED_ONE, reason=" ")], "理由：请填写"),
        ([row(UNSIGNED_ONE, responsible=None)], "责任人：请填写"),
        ([row(UNSIGNED_ONE, responsible="nobody")], "不在职工名单内"),
        ([row(UNSIGNED_ONE, resolution="scrapped")], "这类差异只能选"),
        ([row(OVER, resolution="scrapped")], "这类差异只能选"),
        ([row(UNSIGNED_ONE, resolution="forget it")], "这类差异只能选"),
        ([row(UNSIGNED_ONE, difference="01 000000000000")], "已变化或已处理"),
        ([row(UNSIGNED_ONE), row(UNSIGNED_ONE)], "已变化或已处理"),
        ([row(UNSIGNED_ONE, resolution="")], "至少处理一项"),
        ("nonsense", "格式不正确"),
        (None, "请至少填写一行"),
    ],
)
def test_a_resolution_that_says_too_little_comes_back(rows: object, message: str) -> None:
    _, errors = read(rows, UNSIGNED_ONE, SHORT, OVER)
    assert any(message.replace("：", "") in one.replace(":", "").replace("：", "") for one in errors), errors


@pytest.mark.rule("C12")
def test_only_what_was_missing_at_the_count_may_be_scrapped() -> None:
    assert "scrapped" in SHORT.allowed
    assert "scrapped" not in OVER.allowed
    assert "scrapped" not in UNSIGNED_ONE.allowed
    found, errors = read([row(SHORT, resolution="scrapped")], SHORT)
    assert (found[0].resolution, errors) == ("scrapped", [])


@pytest.mark.rule("C12")
@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_another_figure_is_another_difference(first: str, second: str, other: str) -> None:
    one = Difference(UNSIGNED, "发货", first, second, "HT-1", 1)
    assert one.key == Difference(UNSIGNED, "发货", first, second, "HT-1", 1).key
    if other != first:
        assert one.key != Difference(UNSIGNED, "发货", other, second, "HT-1", 1).key
