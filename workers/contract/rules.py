"""Pure rules of the declaration: is it valid, and what in it deviates from the policy (C2, X3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from workers import money
from workers.cases import LARGEST_QUANTITY, FormError, FormReader, read_number

MOST_LINES = 200
MOST_REMARKS = 1000
MOST_SPECIFICATION = 200
MOST_TERMS = 200
MOST_INTENT = 2000
LATEST_DELIVERY = timedelta(days=5 * 365)
OTHER_TERMS = "other"
"""Terms that the policy does not name: `specialTerms` says which, and approvers see that they deviate."""
OTHER_TERMS_OPTION = {"label": "其他(政策外，另行写明)", "value": OTHER_TERMS}

_FEN = Decimal("0.01")


class Price(Protocol):
    """What the policy asks for a product, in yuan per unit."""

    @property
    def list_price(self) -> Decimal: ...
    @property
    def floor_price(self) -> Decimal: ...


@dataclass(frozen=True)
class Choices:
    """What a declaration may choose from, as the database and the org chart state it today."""

    customers: frozenset[str]
    salespersons: frozenset[str]
    specifications: Mapping[str, str]
    """Product number -> the catalog's specification, which stands in for one left blank."""
    prices: Mapping[str, Price]
    payment_terms: Mapping[str, str]
    kept_date: date | None = None
    """A delivery date that may stay although it has passed: that of the contract to be changed."""


@dataclass(frozen=True)
class Line:
    """A line that may be sold."""

    line_no: int
    product_no: str
    specification: str
    quantity: Decimal
    unit_price: Decimal
    list_price: Decimal
    floor_price: Decimal

    @property
    def amount(self) -> Decimal:
        """Yuan, rounded to the fen."""
        return (self.quantity * self.unit_price).quantize(_FEN, ROUND_HALF_UP)

    @property
    def below_floor_permille(self) -> int:
        """How far the price lies below the floor, in ‰, rounded up; 0 when it does not."""
        return _below(self.unit_price, self.floor_price)

    @property
    def below_list_permille(self) -> int:
        """How far the price lies below the list price, in ‰, rounded up; 0 when it does not."""
        return _below(self.unit_price, self.list_price)


@dataclass(frozen=True)
class ValidDeclaration:
    """A declaration in which every field was read and checked."""

    customer_no: str
    salesperson: str
    delivery_date: date
    payment_terms: str
    payment_terms_text: str
    remarks: str
    order_intent: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """Yuan."""
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def terms_deviate(self) -> bool:
        """Whether the payment terms are none of the policy's."""
        return self.payment_terms == OTHER_TERMS

    @property
    def deviation_permille(self) -> int:
        """The worst line's distance below the floor, in ‰."""
        return max(line.below_floor_permille for line in self.lines)


def validate_declaration(
    raw: Mapping[str, Any], choices: Choices, today: date
) -> ValidDeclaration | list[FormError]:
    """Read a declaration as a form or a caller sent it, whatever that is; what is wrong, or the declaration."""
    reader = FormReader()
    customer_no = _choice(reader, "customerNo", "客户", raw.get("customerNo"), choices.customers)
    salesperson = _choice(reader, "salesperson", "业务员", raw.get("salesperson"), choices.salespersons)
    delivery_date = _delivery_date(reader, raw.get("deliveryDate"), today, choices.kept_date)
    codes = frozenset({*choices.payment_terms, OTHER_TERMS})
    terms = _choice(reader, "paymentTerms", "付款条件", raw.get("paymentTerms"), codes)
    remarks = reader.text("remarks", "备注", raw.get("remarks"), MOST_REMARKS, required=False, lines=True)
    intent = reader.text(
        "orderIntent", "订单意向", raw.get("orderIntent"), MOST_INTENT, required=False, lines=True
    )
    label = choices.payment_terms.get(terms, "")
    if terms == OTHER_TERMS:
        label = reader.text("specialTerms", "其他付款条件", raw.get("specialTerms"), MOST_TERMS)
    lines = _lines(reader, raw.get("lines"), choices)
    if not reader.errors and sum(line.amount for line in lines) > money.LARGEST:
        reader.wrong("lines", f"产品明细：合计金额超过{money.figures(money.LARGEST)}")
    if reader.errors or delivery_date is None:
        return reader.errors
    numbered = tuple(replace(line, line_no=number) for number, line in enumerate(lines, 1))
    return ValidDeclaration(customer_no, salesperson, delivery_date, terms, label, remarks, intent, numbered)


def _choice(reader: FormReader, field: str, label: str, value: object, known: frozenset[str]) -> str:
    chosen = reader.text(field, label, value, 64)
    if chosen and chosen not in known:
        reader.wrong(field, f"{label}：“{chosen[:30]}”不在可选范围内")
    return chosen


def _delivery_date(reader: FormReader, value: object, today: date, kept: date | None) -> date | None:
    day = reader.day("deliveryDate", "交货日期", value)
    if day is not None and day < today and day != kept:
        reader.wrong("deliveryDate", f"交货日期：{day}已经过去")
    elif day is not None and day > today + LATEST_DELIVERY:
        reader.wrong("deliveryDate", f"交货日期：{day}在五年以后，请核对")
    return day


def _lines(reader: FormReader, value: object, choices: Choices) -> list[Line]:
    lines = []
    for number, row in reader.rows("lines", "产品明细", value, MOST_LINES):
        line = _line(reader, number, row, choices)
        if line is not None:
            lines.append(line)
    return lines


def _line(reader: FormReader, number: int, row: Mapping[str, Any], choices: Choices) -> Line | None:
    at, label, before = f"lines[{number - 1}]", f"第{number}行 ", len(reader.errors)
    known = frozenset(choices.specifications)
    product_no = _choice(reader, f"{at}.productNo", f"{label}产品", row.get("productNo"), known)
    price = choices.prices.get(product_no)
    if len(reader.errors) == before and price is None:
        reader.wrong(f"{at}.productNo", f"{label}产品：执行中的销售政策没有该产品的价格")
    specification = row.get("specification")
    if specification is None or (isinstance(specification, str) and not specification.strip()):
        specification = choices.specifications.get(product_no)
    specification = reader.text(f"{at}.specification", f"{label}规格", specification, MOST_SPECIFICATION)
    quantity = _positive(reader, f"{at}.quantity", f"{label}数量", row.get("quantity"), places=3)
    unit_price = _positive(reader, f"{at}.unitPrice", f"{label}单价", row.get("unitPrice"), places=2)
    if quantity is None or unit_price is None or price is None or len(reader.errors) > before:
        return None
    line = Line(number, product_no, specification, quantity, unit_price, price.list_price, price.floor_price)
    if line.amount <= 0 or line.amount > money.LARGEST:
        reader.wrong(f"{at}.quantity", f"{label}金额：数量乘以单价超出可登记的范围")
        return None
    return line


_PLACES = {2: "两", 3: "三"}


def _positive(reader: FormReader, field: str, label: str, value: object, places: int) -> Decimal | None:
    """A number above zero; text, whole numbers and JSON numbers are read, as long as they are exact."""
    number = read_number(value, places)
    if number is None or number <= 0 or (places == 3 and number > LARGEST_QUANTITY):
        whole = 7 if places == 3 else 13
        message = f"{label}：必须是不超过{_PLACES[places]}位小数的正数(整数部分最多{whole}位)"
        blank = value is None or (isinstance(value, str) and not value.strip())
        reader.wrong(field, f"{label}：请填写" if blank else message)
        return None
    return number


def _below(price: Decimal, mark: Decimal) -> int:
    return max(0, math.ceil((mark - price) * 1000 / mark)) if mark > 0 else 0


def percent(permille: int) -> str:
    """‰ as staff read it: 52 -> `5.2%`."""
    return f"{permille / 10:g}%"


def line_deviation(line: Line) -> str:
    """What approvers read about a line's price."""
    if line.below_floor_permille:
        return f"低于底价{percent(line.below_floor_permille)}"
    if line.below_list_permille:
        return f"符合政策(低于目录价{percent(line.below_list_permille)}，不低于底价)"
    return "符合政策"


def deviation_summary(declaration: ValidDeclaration) -> str:
    """All deviations from the policy in one sentence."""
    low = [line for line in declaration.lines if line.below_floor_permille]
    said = []
    if low:
        numbers = "、".join(str(line.line_no) for line in low[:20]) + ("等" if len(low) > 20 else "")
        worst = percent(declaration.deviation_permille)
        said.append(f"共{len(declaration.lines)}行，其中第{numbers}行低于底价，最多低{worst}")
    if declaration.terms_deviate:
        said.append("付款条件不在政策之内")
    return "；".join(said) if said else "全部符合政策"
