"""Rendering: Chinese without system fonts, the same bytes for the same data, data never run as markup."""

from __future__ import annotations

from typing import Any

import pytest

from workers.documents import rendering

NASTY = '<b>甲</b> #panic("x") $x^2$ *粗* `raw` \\ @ref // [引] \'; DROP TABLE contracts; --'


def contract(lines: int = 2, **fields: Any) -> dict[str, Any]:
    """What the contract's template prints."""
    party = {"name": "示例公司", "tax_no": "91", "address": "示例路1号", "contact": "赵磊", "phone": "000"}
    return {
        "number": "HT-2026-0001",
        "version": 1,
        "drawn_on": "2026-03-10",
        "declaration_no": "SB-2026-0001",
        "revision": 1,
        "place": "示例市",
        "seller": party,
        "buyer": party,
        "lines": [
            {
                "no": number,
                "product": "钢丝绳芯输送带",
                "specification": "ST1250",
                "unit": "米",
                "quantity": "120.5",
                "unit_price": "600.00",
                "amount": "72,300.00",
            }
            for number in range(1, lines + 1)
        ],
        "total_figures": "¥144,600.00",
        "total_words": "壹拾肆万肆仟陆佰元整",
        "delivery_date": "2026-05-01",
        "payment_terms": "款到发货",
        "interest_per_day": "5",
        "remarks": "",
        **fields,
    }


@pytest.mark.rule("C3")
def test_the_same_data_gives_the_same_bytes_and_other_data_others() -> None:
    first = rendering.render("contract", contract())
    assert first.startswith(b"%PDF-")
    assert rendering.render("contract", contract()) == first
    assert rendering.render("contract", contract(version=2)) != first


@pytest.mark.rule("C3")
def test_only_the_fonts_of_the_wheel_are_used() -> None:
    content = rendering.render("contract", contract())
    assert b"NotoSerifSC" in content
    assert b"NotoSansSC" in content


@pytest.mark.rule("C3", "X3")
def test_markup_in_the_data_is_printed_and_not_run() -> None:
    party = {"name": NASTY, "tax_no": NASTY, "address": NASTY, "contact": NASTY, "phone": ""}
    page = rendering.preview("contract", contract(buyer=party, remarks=NASTY, payment_terms=NASTY), "svg")
    assert page[0].startswith(b"<svg")
    assert b"<b>" not in page[0]


@pytest.mark.rule("C3")
@pytest.mark.parametrize("lines", [1, 40, 200])
def test_a_long_contract_runs_over_pages(lines: int) -> None:
    pages = rendering.preview("contract", contract(lines), "svg")
    assert (len(pages) > 1) == (lines > 1)


@pytest.mark.rule("C3")
def test_a_field_that_is_missing_is_an_error_and_no_blank_contract() -> None:
    data = contract()
    del data["delivery_date"]
    with pytest.raises(RuntimeError, match="delivery_date"):
        rendering.render("contract", data)
