"""A contract is compared with its declaration field by field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from workers.contract.differences import ContractDiffers, differences
from workers.contract.store import ContractLine, ContractVersion, Declaration, DeclarationLine

TERMS: dict[str, Any] = {
    "customer_no": "K0001",
    "delivery_date": date(2026, 5, 1),
    "payment_terms": "T100",
    "payment_terms_text": "款到发货",
    "remarks": "",
    "total": Decimal("6500.00"),
}
LINE: dict[str, Any] = {
    "line_no": 1,
    "product_no": "P001",
    "specification": "ST1250",
    "quantity": Decimal("10.000"),
    "unit_price": Decimal("650.00"),
    "amount": Decimal("6500.00"),
}


def compare(terms: dict[str, Any] | None = None, *lines: dict[str, Any]) -> list[str]:
    contract = ContractVersion(**{**TERMS, **(terms or {})})
    contract.lines = [ContractLine(**line) for line in lines or (LINE,)]
    return differences(contract, Declaration(**TERMS, lines=[DeclarationLine(**LINE)]))


@pytest.mark.rule("C3")
def test_a_contract_as_approved_has_no_differences() -> None:
    assert compare() == []
    assert compare(None, {**LINE, "quantity": Decimal(10)}) == []


@pytest.mark.rule("C3")
@pytest.mark.parametrize(
    ("terms", "line", "name"),
    [
        ({"customer_no": "K0002"}, {}, "客户"),
        ({"delivery_date": date(2026, 5, 2)}, {}, "交货日期"),
        ({"payment_terms": "T30"}, {}, "付款条件"),
        ({"payment_terms_text": "月结"}, {}, "付款条件"),
        ({"remarks": "另送"}, {}, "备注"),
        ({"total": Decimal("1.00")}, {}, "合计金额"),
        ({}, {"product_no": "P002"}, "产品"),
        ({}, {"specification": "ST1000"}, "规格"),
        ({}, {"quantity": Decimal(11)}, "数量"),
        ({}, {"unit_price": Decimal("650.01")}, "单价"),
        ({}, {"amount": Decimal(1)}, "金额"),
    ],
)
def test_each_difference_is_named(terms: dict[str, Any], line: dict[str, Any], name: str) -> None:
    found = compare(terms, {**LINE, **line})
    assert len(found) == 1
    assert name in found[0]


@pytest.mark.rule("C3")
def test_a_line_more_or_less_is_a_difference() -> None:
    assert "1行" in compare(None, LINE, {**LINE, "line_no": 2})[0]


@pytest.mark.rule("C3")
def test_the_error_names_the_contract_and_at_most_ten_differences() -> None:
    error = ContractDiffers("HT-2026-0001", [f"差异{number}" for number in range(12)])
    assert error.code == "CONTRACT_DIFFERS"
    assert "HT-2026-0001" in str(error)
    assert "差异9" in str(error)
    assert "共12处" in str(error)
    assert len(str(error)) < 600
