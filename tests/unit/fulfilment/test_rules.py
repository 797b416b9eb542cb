"""The rules of the goods: what is planned, and what people may report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.calendar import SHANGHAI
from workers.cases import FormReader
from workers.fulfilment import rules
from workers.fulfilment.rules import DONE, WAIT, WORK, Split
from workers.ledger import Account, GoodsLine

TODAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=SHANGHAI)
HUGE = "9" * 400


def line(number: int = 1, ordered: str = "10", **quantities: str) -> GoodsLine:
    numbers = {name: Decimal(value) for name, value in quantities.items()}
    return GoodsLine(
        line_no=number,
        product_no="P001",
        product_name="输送带",
        unit="米",
        specification="ST1250",
        unit_price=Decimal("600.00"),
        ordered=Decimal(ordered),
        **numbers,
    )


def rows(**quantities: object) -> list[dict[str, object]]:
    """Rows of a list with one quantity each: `rows(_1="5")` is line 1 with 5."""
    return [{"lineNo": name.strip("_"), "quantity": value} for name, value in quantities.items()]


def read(sent: object, most: dict[int, Decimal] | None = None) -> tuple[dict[int, Decimal], list[str]]:
    reader = FormReader()
    limits = most or {1: Decimal("10"), 2: Decimal("2.5")}
    found = rules.read_quantities(reader, "lines", "数量", sent, limits, "通知单的")
    return found, [error.message for error in reader.errors]


def split(sent: object, whole: dict[int, Decimal] | None = None) -> tuple[dict[int, Split], list[str]]:
    reader = FormReader()
    names, labels = ("good", "bad"), ("合格", "不合格")
    found = rules.read_splits(reader, "lines", names, labels, sent, whole or {1: Decimal("10")})
    return found, [error.message for error in reader.errors]


@pytest.mark.rule("C6", "C7")
@pytest.mark.parametrize(
    ("goods", "plan"),
    [
        ([line()], WORK),
        ([line(produced="10", stored="9.999")], WORK),
        ([line(produced="10", stored="10")], WAIT),
        ([line(produced="10", stored="10", dispatched="10")], WAIT),
        ([line(produced="10", stored="10", dispatched="10", delivered="10")], DONE),
        ([line(produced="10", stored="10", scrapped="1")], WORK),
        (
            [line(produced="11", stored="11", scrapped="1", dispatched="11", returned="1", delivered="10")],
            DONE,
        ),
        ([line(), line(2, "5", produced="5", stored="5", dispatched="5", delivered="5")], WORK),
    ],
)
def test_production_works_until_all_is_stored_and_ends_when_all_is_delivered(
    goods: list[GoodsLine], plan: str
) -> None:
    assert rules.production_plan(goods) == plan


@pytest.mark.rule("C8")
@pytest.mark.parametrize(
    ("goods", "plan", "able"),
    [
        ([line()], WAIT, {}),
        ([line(produced="4", stored="4")], WORK, {1: Decimal(4)}),
        ([line(produced="10", stored="10", dispatched="10")], WAIT, {}),
        (
            [line(produced="10", stored="10", dispatched="10", returned="3", delivered="7")],
            WORK,
            {1: Decimal(3)},
        ),
        ([line(produced="12", stored="12", dispatched="9")], WORK, {1: Decimal(1)}),
        ([line(produced="10", stored="10", dispatched="10", delivered="10")], DONE, {}),
    ],
)
def test_a_delivery_never_exceeds_what_is_in_stock_or_was_ordered(
    goods: list[GoodsLine], plan: str, able: dict[int, Decimal]
) -> None:
    assert rules.delivery_plan(goods) == plan
    assert rules.deliverable(goods) == able


@pytest.mark.rule("C6", "C7", "C13")
def test_what_is_left_of_a_notice_falls_with_the_stock_and_with_an_amendment() -> None:
    notice = {1: Decimal(6), 2: Decimal(5)}
    goods = [line(1, "10", produced="5", stored="4"), line(2, "3")]
    assert rules.left_of(notice, {1: Decimal(4)}, goods) == {1: Decimal(2), 2: Decimal(3)}
    assert rules.left_of(notice, {1: Decimal(6)}, [line(1, "6", produced="6", stored="6")]) == {}


@pytest.mark.rule("C6", "C8")
def test_quantities_are_read_line_by_line_and_blank_rows_are_left_out() -> None:
    found, errors = read([*rows(_1="4.5", _2="0"), {"lineNo": "", "quantity": None}])
    assert (found, errors) == ({1: Decimal("4.500")}, [])
    assert read(rows(_1="10", _2="2.500"))[0] == {1: Decimal(10), 2: Decimal("2.5")}


@pytest.mark.rule("C6", "C8", "X3")
@pytest.mark.parametrize(
    ("sent", "word"),
    [
        (None, "至少填写一行"),
        ([], "至少填写一行"),
        ("12", "格式不正确"),
        (["x"], "格式不正确"),
        (rows(_1="0", _2=""), "至少填写一行数量"),
        (rows(_1="10.001"), "第1行 数量：10.001超过通知单的10"),
        (rows(_2="3"), "第2行 数量：3超过通知单的2.5"),
        (rows(_1="-1"), "不是有效数量"),
        (rows(_1="1.0001"), "不是有效数量"),
        (rows(_1="十"), "不是有效数量"),
        (rows(_1=True), "不是有效数量"),
        (rows(_1=HUGE), "不是有效数量"),
        (rows(_3="1"), "不在本单之内或重复"),
        (rows(_1="1") * 2, "不在本单之内或重复"),
        ([{"lineNo": HUGE, "quantity": "1"}], "不在本单之内或重复"),
        ([{"lineNo": "²", "quantity": "1"}], "不在本单之内或重复"),
        ([{"lineNo": {"a": 1}, "quantity": "1"}], "不在本单之内或重复"),
        ([{"quantity": "1"}], "不在本单之内或重复"),
    ],
)
def test_wrong_quantities_come_back_with_the_reason_in_chinese(sent: object, word: str) -> None:
    _, errors = read(sent)
    assert word in "；".join(errors)


@pytest.mark.rule("C7", "C8")
def test_a_split_adds_up_and_says_why_a_part_was_refused() -> None:
    found, errors = split([{"lineNo": "1", "good": "8", "bad": "2", "reason": "表面划伤"}])
    assert (found, errors) == ({1: Split(Decimal(8), Decimal(2), "表面划伤")}, [])
    assert split([{"lineNo": "1", "good": "", "bad": "10", "reason": "全部报废"}])[1] == []


@pytest.mark.rule("C7", "C8", "X3")
@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ([{"lineNo": "1", "good": "8", "bad": "1", "reason": "划伤"}], "应等于10"),
        ([{"lineNo": "1", "good": "11", "bad": "0"}], "应等于10"),
        ([{"lineNo": "1", "good": "8", "bad": "2", "reason": " "}], "不合格原因：请填写"),
        ([{"lineNo": "1", "good": "8", "bad": "2", "reason": "长" * 201}], "不得超过200字"),
        ([{"lineNo": "1", "good": "x", "bad": "2", "reason": "划伤"}], "不是有效数量"),
        ([{"lineNo": "2", "good": "1", "bad": "0"}], "不在本单之内或重复"),
        (None, "至少填写一行"),
    ],
)
def test_a_split_that_does_not_add_up_or_has_no_reason_comes_back(sent: object, word: str) -> None:
    assert word in "；".join(split(sent)[1])


@pytest.mark.rule("C7", "X3")
def test_a_line_that_is_left_out_of_a_split_is_asked_for() -> None:
    whole = {1: Decimal(1), 2: Decimal(2)}
    assert "第2行：请填写合格和不合格" in split([{"lineNo": "1", "good": "1", "bad": "0"}], whole)[1]


AMOUNTS = st.decimals(min_value=0, max_value=1000, places=3)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.rule("C6", "C8")
@given(most=AMOUNTS, asked=AMOUNTS)
def test_what_is_read_is_never_more_than_the_limit(most: Decimal, asked: Decimal) -> None:
    found, errors = read(rows(_1=str(asked)), {1: most})
    assert found.get(1, Decimal(0)) <= most
    assert bool(found) == (not errors)


@pytest.mark.rule("C7", "C8")
@given(whole=AMOUNTS, good=AMOUNTS)
def test_a_split_is_accepted_exactly_when_it_adds_up(whole: Decimal, good: Decimal) -> None:
    bad = whole - good
    sent = [{"lineNo": "1", "good": str(good), "bad": str(bad), "reason": "划伤"}]
    found, errors = split(sent, {1: whole})
    assert bool(errors) == (bad < 0)
    assert bad < 0 or found[1].quantity + found[1].refused == whole


@pytest.mark.rule("X3")
@given(sent=ANYTHING)
def test_nothing_that_is_sent_makes_the_readers_stumble(sent: Any) -> None:
    read(sent)
    split(sent)
    read([{"lineNo": "1", "quantity": sent}])
    split([{"lineNo": "1", "good": sent, "bad": sent, "reason": sent}])


def goods_of(ordered: Decimal, events: list[tuple[str, Decimal]]) -> GoodsLine:
    """A line after events of which each took what it could: the ledger refuses the rest."""
    made = {
        name: Decimal(0) for name in ("produced", "stored", "dispatched", "returned", "delivered", "scrapped")
    }

    def now() -> GoodsLine:
        return line(ordered=str(ordered), **{name: str(value) for name, value in made.items()})

    most: dict[str, Callable[[], Decimal]] = {
        "produced": lambda: max(now().to_produce, Decimal(0)),
        "stored": lambda: made["produced"] - (made["stored"] - made["scrapped"]),
        "dispatched": lambda: rules.deliverable([now()]).get(1, Decimal(0)),
        "returned": lambda: made["dispatched"] - made["returned"] - made["delivered"],
        "delivered": lambda: made["dispatched"] - made["returned"] - made["delivered"],
        "scrapped": lambda: now().in_stock,
    }
    for name, quantity in events:
        made[name] += min(quantity, most[name]())
    return now()


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["produced", "stored", "dispatched", "returned", "delivered", "scrapped"]), AMOUNTS
    ),
    max_size=30,
)


@pytest.mark.rule("C7", "C8")
@given(ordered=st.decimals(min_value="0.001", max_value=1000, places=3), events=EVENTS)
def test_whatever_happens_to_the_goods_some_strand_has_work_or_all_is_delivered(
    ordered: Decimal, events: list[tuple[str, Decimal]]
) -> None:
    one = goods_of(ordered, events)
    plans = (rules.production_plan([one]), rules.delivery_plan([one]))
    on_the_road = one.dispatched - one.returned - one.delivered
    assert WORK in plans or on_the_road > 0 or plans == (DONE, DONE)
    assert (DONE in plans) == (one.delivered >= one.ordered)
    able = rules.deliverable([one]).get(1, Decimal(0))
    assert one.dispatched - one.returned + able <= min(one.ordered, one.stored - one.scrapped)


@pytest.mark.rule("C7", "C8", "X3")
@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ("2026-03-11", "还没有到"),
        ("2026-02-28", "早于2026-03-01"),
        ("昨天", "不是有效日期"),
        (None, "请填写"),
    ],
)
def test_a_day_that_is_reported_lies_between_its_paper_and_today(sent: object, word: str) -> None:
    reader = FormReader()
    rules.read_past(reader, "on", "完工日期", sent, date(2026, 3, 1), TODAY)
    assert word in reader.errors[0].message


@pytest.mark.rule("C8")
@pytest.mark.parametrize("sent", ["2026-03-10T09:00", "2026-03-10T09:00+08:00", "2026-03-10T01:00:00Z"])
def test_the_moment_of_an_exit_is_read_in_shanghai(sent: str) -> None:
    reader = FormReader()
    found = rules.read_moment(reader, "leftAt", "出门时间", sent, NOW - timedelta(hours=1), NOW)
    assert (found, reader.errors) == (datetime(2026, 3, 10, 9, 0, tzinfo=SHANGHAI), [])


@pytest.mark.rule("C8", "X3")
@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ("2026-03-10T10:30", "还没有到"),
        ("2026-03-10T08:00", "早于出库登记"),
        ("早上", "不是有效的日期和时间"),
        (None, "请填写"),
        (7, "不是有效的日期和时间"),
        ("0001-01-01T00:00+23:00", "不是有效的日期和时间"),
    ],
)
def test_an_exit_is_neither_to_come_nor_before_its_release(sent: object, word: str) -> None:
    reader = FormReader()
    rules.read_moment(reader, "leftAt", "出门时间", sent, NOW - timedelta(hours=1), NOW)
    assert word in reader.errors[0].message


@pytest.mark.rule("C4")
def test_progress_is_cut_so_that_a_hundred_percent_means_all_of_it() -> None:
    account = Account(
        contract_no="HT-2026-0001",
        amount=Decimal("1000.00"),
        stored=Decimal("1000.00"),
        delivered=Decimal("999.99"),
        received=Decimal("599.99"),
    )
    assert rules.progress(account) == "履行中：入库100%，签收99%，回款59%，开票0%"
    assert rules.progress(Account(contract_no="HT-2026-0002")) == "履行中：入库0%，签收0%，回款0%，开票0%"
