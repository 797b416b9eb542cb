"""The declaration's rules: whatever is sent, it is either valid in every field or comes back with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers import money
from workers.cases import read_number
from workers.contract.rules import (
    LARGEST_QUANTITY,
    LATEST_DELIVERY,
    Choices,
    ValidDeclaration,
    deviation_summary,
    line_deviation,
    validate_declaration,
)

TODAY = date(2026, 3, 10)
HUGE = Decimal(10) ** 400
"""A number of 400 digits."""


@dataclass(frozen=True)
class Price:
    list_price: Decimal
    floor_price: Decimal


CHOICES = Choices(
    customers=frozenset({"K0001"}),
    salespersons=frozenset({"zhaolei"}),
    specifications={"P001": "ST1250", "P002": "", "P003": "没有价格"},
    prices={
        "P001": Price(Decimal("680.00"), Decimal("612.00")),
        "P002": Price(Decimal("420.00"), Decimal("385.00")),
    },
    payment_terms={"T100": "款到发货"},
)
LINE: dict[str, Any] = {
    "productNo": "P001",
    "specification": "ST1600",
    "quantity": "10",
    "unitPrice": "650.00",
}
GOOD: dict[str, Any] = {
    "customerNo": "K0001",
    "salesperson": "zhaolei",
    "deliveryDate": "2026-04-01",
    "paymentTerms": "T100",
    "remarks": "",
    "orderIntent": "电话",
    "lines": [LINE],
}


def check(raw: Mapping[str, Any]) -> ValidDeclaration | list[Any]:
    return validate_declaration(raw, CHOICES, TODAY)


def valid(**fields: Any) -> ValidDeclaration:
    found = check({**GOOD, **fields})
    assert isinstance(found, ValidDeclaration), found
    return found


def errors(**fields: Any) -> dict[str, str]:
    found = check({**GOOD, **fields})
    assert isinstance(found, list)
    return {error.field: error.message for error in found}


@pytest.mark.rule("C2")
def test_a_good_declaration_is_read_with_its_total_rounded_to_the_fen() -> None:
    declaration = valid(lines=[{**LINE, "quantity": "3.333", "unitPrice": "0.99"}, LINE])
    assert [line.amount for line in declaration.lines] == [Decimal("3.30"), Decimal("6500.00")]
    assert declaration.total == Decimal("6503.30")
    assert declaration.payment_terms_text == "款到发货"


@pytest.mark.rule("C2")
@pytest.mark.parametrize(
    ("value", "read"),
    [("12.50", "12.50"), (12, "12.00"), (12.5, "12.50"), (" 7 ", "7.00"), ("1.5000", "1.50"), ("+2", "2.00")],
)
def test_numbers_are_read_from_text_and_from_json_numbers(value: Any, read: str) -> None:
    assert read_number(value, 2) == Decimal(read)


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            " ",
            "abc",
            "1e3",
            "NaN",
            "Infinity",
            "1,00",
            "1²",
            "١٢",
            "1.234",
            "9" * 40,
            "0x10",
            "1.2.3",
            ".5",
        ),
        *("-1.999", "1_000", None, True, float("nan"), float("inf"), 1e22, HUGE, [], {}, b"1"),
    ],
)
def test_what_is_no_exact_number_is_not_read(value: Any) -> None:
    assert read_number(value, 2) is None


@pytest.mark.rule("X3")
def test_a_whole_number_with_more_digits_than_python_prints_is_not_read() -> None:
    assert read_number(10**5000, 2) is None


@pytest.mark.rule("X3")
@pytest.mark.parametrize("value", ["0", "-1", "-0.01", "0.00", "1.005", "text", 1e22, "9" * 40, HUGE])
def test_a_wrong_price_is_named_with_its_line(value: Any) -> None:
    found = errors(lines=[LINE, {**LINE, "unitPrice": value}])
    assert list(found) == ["lines[1].unitPrice"]
    assert found["lines[1].unitPrice"].startswith("第2行 单价：必须是不超过两位小数的正数")


@pytest.mark.rule("X3")
@pytest.mark.parametrize("value", ["0", "-3", "0.0001", str(LARGEST_QUANTITY + 1), False, "三"])
def test_a_wrong_quantity_is_named_with_its_line(value: Any) -> None:
    assert list(errors(lines=[{**LINE, "quantity": value}])) == ["lines[0].quantity"]


@pytest.mark.rule("X3")
def test_every_wrong_field_is_named_at_once() -> None:
    found = check({})
    assert isinstance(found, list)
    fields = {error.field for error in found}
    assert fields == {"customerNo", "salesperson", "deliveryDate", "paymentTerms", "lines"}


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"customerNo": "K9999"}, "customerNo"),
        ({"customerNo": {"$ne": ""}}, "customerNo"),
        ({"salesperson": "nobody"}, "salesperson"),
        ({"paymentTerms": "T999"}, "paymentTerms"),
        ({"paymentTerms": "other"}, "specialTerms"),
        ({"paymentTerms": "other", "specialTerms": "长" * 201}, "specialTerms"),
        ({"remarks": "长" * 1001}, "remarks"),
        ({"remarks": "\x00"}, "remarks"),
        ({"remarks": "\ud800"}, "remarks"),
        ({"orderIntent": 5}, "orderIntent"),
        ({"deliveryDate": (TODAY - timedelta(days=1)).isoformat()}, "deliveryDate"),
        ({"deliveryDate": (TODAY + LATEST_DELIVERY + timedelta(days=1)).isoformat()}, "deliveryDate"),
        ({"deliveryDate": "2026-02-30"}, "deliveryDate"),
        ({"deliveryDate": "下周"}, "deliveryDate"),
        ({"deliveryDate": 20260401}, "deliveryDate"),
        ({"lines": None}, "lines"),
        ({"lines": []}, "lines"),
        ({"lines": [{}, None]}, "lines"),
        ({"lines": [LINE] * 201}, "lines"),
        ({"lines": [LINE, "text"]}, "lines[1]"),
        ({"lines": [LINE, 7]}, "lines[1]"),
        ({"lines": [{**LINE, "productNo": "P404"}]}, "lines[0].productNo"),
        ({"lines": [{**LINE, "productNo": "P003"}]}, "lines[0].productNo"),
        ({"lines": [{**LINE, "productNo": "P002", "specification": " "}]}, "lines[0].specification"),
        ({"lines": [{**LINE, "specification": "规" * 201}]}, "lines[0].specification"),
        ({"lines": [{**LINE, "quantity": "9999999.999", "unitPrice": "9" * 13}]}, "lines[0].quantity"),
        ({"lines": [{**LINE, "quantity": "0.001", "unitPrice": "0.01"}]}, "lines[0].quantity"),
        ({"lines": [{**LINE, "quantity": "1000", "unitPrice": "9999999999"}] * 2}, "lines"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], field: str) -> None:
    assert list(errors(**fields)) == [field]


@pytest.mark.rule("X3")
def test_sql_and_html_in_texts_are_texts() -> None:
    nasty = "<img src=x onerror=alert(1)> '; DROP TABLE contracts; -- #panic(1)"
    declaration = valid(remarks=nasty, lines=[{**LINE, "specification": nasty}])
    assert declaration.remarks == declaration.lines[0].specification == nasty


@pytest.mark.rule("C2")
@pytest.mark.parametrize(
    ("price", "permille", "text"),
    [
        ("680.00", 0, "符合政策"),
        ("700.00", 0, "符合政策"),
        ("612.00", 0, "符合政策(低于目录价10%，不低于底价)"),
        ("611.99", 1, "低于底价0.1%"),
        ("550.80", 100, "低于底价10%"),
        ("0.01", 1000, "低于底价100%"),
    ],
)
def test_a_price_below_the_floor_deviates_by_so_many_permille(price: str, permille: int, text: str) -> None:
    declaration = valid(lines=[{**LINE, "unitPrice": price}])
    assert declaration.deviation_permille == permille
    assert line_deviation(declaration.lines[0]) == text


@pytest.mark.rule("C2")
def test_the_summary_names_the_lines_and_the_terms_that_deviate() -> None:
    low = {**LINE, "unitPrice": "600"}
    assert deviation_summary(valid()) == "全部符合政策"
    summary = deviation_summary(valid(lines=[LINE, low], paymentTerms="other", specialTerms="月结"))
    assert summary == "共2行，其中第2行低于底价，最多低2%；付款条件不在政策之内"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        ["K0001", "zhaolei", "T100", "other", "P001", "P002", "2026-04-01", "10", "-1", "1.005"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
rows = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("productNo", "specification", "quantity", "unitPrice"), json_values)
)
forms = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.just(value) | json_values for name, value in GOOD.items()},
        "lines": st.lists(rows | st.just(LINE) | json_values, max_size=4) | json_values,
    },
)


@pytest.mark.rule("X3")
@settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # the first text builds a table of Unicode
@given(forms)
def test_whatever_is_sent_is_read_or_refused_and_never_half_accepted(raw: dict[str, Any]) -> None:
    found = check(raw)
    if isinstance(found, list):
        assert found
        for error in found:
            assert error.message
            error.message.encode()
        return
    assert found.customer_no in CHOICES.customers
    assert found.salesperson in CHOICES.salespersons
    assert TODAY <= found.delivery_date <= TODAY + LATEST_DELIVERY
    assert found.lines
    assert found.total <= money.LARGEST
    assert money.fen(found.total) > 0
    for line in found.lines:
        assert line.product_no in CHOICES.prices
        assert 0 < line.quantity <= LARGEST_QUANTITY
        assert 0 < line.unit_price <= money.LARGEST
        assert line.specification.strip()
        line.specification.encode()


@pytest.mark.rule("C2")
@given(
    st.decimals(min_value="0.01", max_value="9999999", places=2),
    st.decimals(min_value="0.01", max_value="9999999", places=2),
)
def test_a_line_deviates_exactly_when_its_price_is_below_the_floor(price: Decimal, floor: Decimal) -> None:
    choices = Choices(
        **{**CHOICES.__dict__, "prices": {"P001": Price(list_price=floor * 2, floor_price=floor)}}
    )
    found = validate_declaration({**GOOD, "lines": [{**LINE, "unitPrice": str(price)}]}, choices, TODAY)
    assert isinstance(found, ValidDeclaration)
    assert (found.deviation_permille > 0) == (price < floor)
    assert 0 <= found.deviation_permille <= 1000


@pytest.mark.rule("X3")
@given(st.integers(min_value=0, max_value=10**13 - 1), st.integers(min_value=0, max_value=99))
def test_every_exact_amount_survives_reading_and_writing(yuan: int, cents: int) -> None:
    written = f"{yuan}.{cents:02d}"
    read = read_number(written, 2)
    assert read is not None
    assert format(read, "f") == written
    assert money.fen(read) == yuan * 100 + cents
