"""What a sealed contract may become: goods and money that have moved set the limits (C13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.contract import changes
from workers.contract.changes import Standing, StandingLine
from workers.contract.rules import Line, ValidDeclaration

D = Decimal
BELT = StandingLine(1, "P001", "钢丝绳芯输送带", "米", "ST1600", D("100"), D("600"))
ROLLER = StandingLine(2, "P003", "托辊", "台", "φ108", D("10"), D("186"))
STANDS = Standing(
    contract_no="HT-2026-0001",
    version=1,
    customer_no="K0001",
    customer_name="北方矿业",
    salesperson="zhaolei",
    delivery_date=date(2026, 5, 1),
    payment_terms="T30-70",
    payment_terms_text="预付30%",
    remarks="",
    lines=(BELT, ROLLER),
    amount=D("61860.00"),
)


def line(number: int, of: StandingLine, **fields: Any) -> Line:
    """A declared line like one of the contract."""
    values = {
        "line_no": number,
        "product_no": of.product_no,
        "specification": of.specification,
        "quantity": of.quantity,
        "unit_price": of.unit_price,
        "list_price": of.unit_price,
        "floor_price": of.unit_price,
    }
    return Line(**{**values, **fields})


def declared(*lines: Line, **fields: Any) -> ValidDeclaration:
    """What is declared: by default what the contract says already."""
    values = {
        "customer_no": STANDS.customer_no,
        "salesperson": STANDS.salesperson,
        "delivery_date": STANDS.delivery_date,
        "payment_terms": STANDS.payment_terms,
        "payment_terms_text": STANDS.payment_terms_text,
        "remarks": STANDS.remarks,
        "order_intent": "",
        "lines": lines or (line(1, BELT), line(2, ROLLER)),
    }
    return ValidDeclaration(**{**values, **fields})


def wrong(declaration: ValidDeclaration, **standing: Any) -> str:
    """All findings in one text."""
    stands = replace(STANDS, **standing)
    return "\n".join(
        f"{one.field} {one.message}"
        for one in changes.findings(changes.numbered(declaration, stands), stands)
    )


def done(of: StandingLine, produced: str, dispatched: str = "0") -> StandingLine:
    """The line with goods made and gone out."""
    return replace(of, produced=D(produced), dispatched=D(dispatched))


@pytest.mark.rule("C13")
def test_a_declaration_that_changes_nothing_is_refused() -> None:
    assert "没有变更" in wrong(declared())


@pytest.mark.rule("C13")
@pytest.mark.parametrize(
    "fields",
    [
        {"delivery_date": date(2026, 6, 1)},
        {"payment_terms_text": "货到付款"},
        {"remarks": "请用木箱包装"},
        {"lines": (line(1, BELT, quantity=D("120")), line(2, ROLLER))},
        {"lines": (line(1, BELT),)},
    ],
)
def test_every_term_may_change_while_nothing_has_moved(fields: dict[str, Any]) -> None:
    assert wrong(declared(**fields)) == ""


@pytest.mark.rule("C13")
def test_customer_and_salesperson_stay() -> None:
    found = wrong(declared(customer_no="K0002", salesperson="wuqian"))
    assert "customerNo 客户" in found
    assert "salesperson 业务员" in found


@pytest.mark.rule("C13")
def test_a_line_keeps_its_number_and_a_new_one_gets_a_new_number() -> None:
    new = line(1, BELT, specification="ST2000")
    found = changes.numbered(declared(new, line(2, ROLLER), line(3, BELT)), STANDS)
    assert [(one.line_no, one.specification) for one in found.lines] == [
        (3, "ST2000"),
        (2, "φ108"),
        (1, "ST1600"),
    ]


@pytest.mark.rule("C13", "C8")
@pytest.mark.parametrize(
    ("quantity", "refused"), [("59.999", True), ("60", False), ("100", False), ("200", False)]
)
def test_a_line_cannot_go_below_what_was_made_or_sent(quantity: str, refused: bool) -> None:
    lines = (done(BELT, "60", "20"), ROLLER)
    changed = declared(line(1, BELT, quantity=D(quantity)), line(2, ROLLER, quantity=D("11")))
    found = wrong(changed, lines=lines)
    assert ("lines[0].quantity 第1行 数量" in found) == refused


@pytest.mark.rule("C13")
def test_goods_made_twice_after_failed_quality_do_not_bind_beyond_the_order() -> None:
    lines = (done(BELT, "130", "0"), ROLLER)
    assert wrong(declared(remarks="改"), lines=lines) == ""


@pytest.mark.rule("C13")
def test_the_price_of_goods_that_have_gone_out_stays() -> None:
    changed = declared(line(1, BELT, unit_price=D("590")), line(2, ROLLER))
    assert "单价不能变更" in wrong(changed, lines=(done(BELT, "60", "1"), ROLLER))
    assert wrong(changed, lines=(done(BELT, "60"), ROLLER)) == ""


@pytest.mark.rule("C13")
def test_a_line_whose_goods_were_made_is_neither_dropped_nor_made_another_product() -> None:
    lines = (BELT, done(ROLLER, "1"))
    assert "不能取消" in wrong(declared(line(1, BELT)), lines=lines)
    other = declared(line(1, BELT), line(2, ROLLER, specification="φ133"))
    assert "不能取消" in wrong(other, lines=lines)


@pytest.mark.rule("C13", "C11")
def test_the_amount_does_not_fall_below_what_is_invoiced_delivered_or_written_off() -> None:
    small = declared(line(1, BELT))
    paid = {"received": D("61860.00")}
    assert "红字发票" in wrong(small, invoiced=D("60000.01"), **paid)
    assert wrong(small, invoiced=D("60000.00"), **paid) == ""
    assert "已交付" in wrong(small, delivered=D("60000.01"))
    assert "核销" in wrong(small, written_off=D("60000.01"))


@pytest.mark.rule("C13", "C11")
@pytest.mark.parametrize(("received", "refused"), [("37439.99", True), ("37440.00", False)])
def test_an_increase_does_not_put_invoices_below_the_gate(received: str, refused: bool) -> None:
    grown = declared(line(1, BELT, quantity=D("104")))
    standing = {
        "received": D(received),
        "invoiced": D("1.00"),
        "invoice_gate_percent": D("60"),
        "lines": (BELT,),
        "amount": D("60000.00"),
    }
    assert ("不足60%" in wrong(grown, **standing)) == refused


@pytest.mark.rule("C13")
@given(
    received=st.decimals("0", "90000", places=2),
    written_off=st.decimals("0", "5000", places=2),
    total=st.decimals("5000", "90000", places=2),
)
def test_what_stays_of_the_receipts_never_exceeds_the_new_amount(
    received: Decimal, written_off: Decimal, total: Decimal
) -> None:
    back = changes.surplus(total, replace(STANDS, received=received, written_off=written_off))
    assert 0 <= back <= received
    assert received - back + written_off <= max(total, written_off)
    assert back == 0 or received - back + written_off == total or back == received


@pytest.mark.rule("C13")
def test_all_changes_are_said_line_by_line() -> None:
    new = line(3, ROLLER, product_no="P004", specification="大号", quantity=D("2"), unit_price=D("50"))
    changed = declared(
        line(1, BELT, quantity=D("120.5")), new, delivery_date=date(2026, 6, 1), remarks="木箱"
    )
    found = changes.changes(changes.numbered(changed, STANDS), STANDS, {"P004": "改向滚筒"})
    assert [str(one) for one in found] == [
        "第1行 钢丝绳芯输送带(ST1600)：100 × ¥600.00 → 120.5 × ¥600.00",
        "第3行 改向滚筒(大号)：无 → 2 × ¥50.00",
        "第2行 托辊(φ108)：10 × ¥186.00 → 取消",
        "合同金额：¥61,860.00 → ¥72,400.00",
        "交货日期：2026-05-01 → 2026-06-01",
        "其他约定：无 → 木箱",
    ]
