"""What an amendment changes in a sealed contract, and whether the contract may change so (C13). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from workers import money
from workers.cases import FormError, FormReader
from workers.contract.rules import ValidDeclaration
from workers.money import plain


class DeclaredLine(Protocol):
    """A line of what was declared, read from a form or from the database."""

    @property
    def line_no(self) -> int: ...
    @property
    def product_no(self) -> str: ...
    @property
    def specification(self) -> str: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_price(self) -> Decimal: ...


class Declared(Protocol):
    """What was declared, read from a form or from the database."""

    @property
    def customer_no(self) -> str: ...
    @property
    def salesperson(self) -> str: ...
    @property
    def delivery_date(self) -> date: ...
    @property
    def payment_terms_text(self) -> str: ...
    @property
    def remarks(self) -> str: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def lines(self) -> Sequence[DeclaredLine]: ...


@dataclass(frozen=True)
class StandingLine:
    """A line of the contract in force and what has become of its goods, in the line's unit; prices in yuan."""

    line_no: int
    product_no: str
    product_name: str
    unit: str
    specification: str
    quantity: Decimal
    unit_price: Decimal
    produced: Decimal = Decimal(0)
    """Made and not scrapped."""
    dispatched: Decimal = Decimal(0)
    """Gone out and not come back."""

    @property
    def least(self) -> Decimal:
        """What the line cannot go below: what is made, as far as it was ordered, and what has gone out."""
        return max(min(self.produced, self.quantity), self.dispatched)

    @property
    def text(self) -> str:
        """The line in words."""
        return f"{self.product_name}({self.specification})"


@dataclass(frozen=True)
class Standing:
    """The contract in force, and what the books hold of it in yuan."""

    contract_no: str
    version: int
    customer_no: str
    customer_name: str
    salesperson: str
    delivery_date: date
    payment_terms: str
    payment_terms_text: str
    remarks: str
    lines: tuple[StandingLine, ...]
    amount: Decimal
    received: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)
    delivered: Decimal = Decimal(0)
    written_off: Decimal = Decimal(0)
    invoice_gate_percent: Decimal = Decimal(0)


class Change(NamedTuple):
    """One thing that an amendment changes, as people read it."""

    item: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.item}：{self.before} → {self.after}"


def numbered(declaration: ValidDeclaration, standing: Standing) -> ValidDeclaration:
    """The declaration with the contract's line numbers: a line keeps its number, a new one gets a new number.

    A line is the same as long as product and specification are; several that are alike follow their order.
    """
    left = list(standing.lines)
    last = max((line.line_no for line in left), default=0)
    lines = []
    for line in declaration.lines:
        key = (line.product_no, line.specification)
        same = next((one for one in left if (one.product_no, one.specification) == key), None)
        if same is not None:
            left.remove(same)
            lines.append(replace(line, line_no=same.line_no))
        else:
            last += 1
            lines.append(replace(line, line_no=last))
    return replace(declaration, lines=tuple(lines))


def findings(declaration: Declared, standing: Standing) -> list[FormError]:
    """Why the contract cannot become what the declaration says; empty when it can. `declaration` is `numbered`."""
    reader = FormReader()
    if declaration.customer_no != standing.customer_no:
        reader.wrong("customerNo", "客户：合同变更不能更换客户")
    if declaration.salesperson != standing.salesperson:
        reader.wrong("salesperson", "业务员：合同变更不能更换业务员")
    _lines(reader, declaration, standing)
    _money(reader, declaration.total, standing)
    if not reader.errors and not changes(declaration, standing, {}):
        reader.wrong("", f"申报内容与合同{standing.contract_no}第{standing.version}版相同，没有变更")
    return reader.errors


def _lines(reader: FormReader, declaration: Declared, standing: Standing) -> None:
    before = {line.line_no: line for line in standing.lines}
    for position, line in enumerate(declaration.lines):
        stands = before.pop(line.line_no, None)
        if stands is None:
            continue
        at, label = f"lines[{position}]", f"第{position + 1}行"
        if line.quantity < stands.least:
            done = f"已生产{plain(stands.produced)}，已发货{plain(stands.dispatched)}({stands.unit})"
            reader.wrong(
                f"{at}.quantity", f"{label} 数量：{stands.text}{done}，不能少于{plain(stands.least)}"
            )
        if stands.dispatched and line.unit_price != stands.unit_price:
            price = money.figures(stands.unit_price)
            message = f"{label} 单价：{stands.text}已有货物按{price}发出，单价不能变更；其余数量可另列一行"
            reader.wrong(f"{at}.unitPrice", message)
    for gone in before.values():
        if gone.least:
            message = (
                f"产品明细：原合同的{gone.text}已生产{plain(gone.produced)}，已发货{plain(gone.dispatched)}"
            )
            reader.wrong("lines", f"{message}({gone.unit})，该行不能取消，也不能改产品或规格")


def _money(reader: FormReader, total: Decimal, standing: Standing) -> None:
    new, field = money.figures(total), "lines"
    if total < standing.invoiced:
        invoiced = money.figures(standing.invoiced)
        message = f"合同金额：变更后{new}少于已开票{invoiced}，请先办理红字发票"
        reader.wrong(field, message)
    if total < standing.delivered:
        reader.wrong(field, f"合同金额：变更后{new}少于已交付货物的金额{money.figures(standing.delivered)}")
    if total < standing.written_off:
        reader.wrong(field, f"合同金额：变更后{new}少于已核销的{money.figures(standing.written_off)}")
    kept = standing.received - surplus(total, standing)
    gate = standing.invoice_gate_percent
    if standing.invoiced and kept * 100 < gate * total:
        message = f"合同金额：变更后{new}，已收款{money.figures(kept)}不足{plain(gate)}%，而已经开票"
        reader.wrong(field, f"{message}；请先收款或办理红字发票")


def surplus(total: Decimal, standing: Standing) -> Decimal:
    """What the customer has paid beyond an amount of `total`: it becomes the customer's balance. Yuan."""
    return max(Decimal("0.00"), min(standing.received, standing.received + standing.written_off - total))


def changes(declaration: Declared, standing: Standing, names: Mapping[str, str]) -> list[Change]:
    """What differs, in the order of the contract's text; `names`: product number -> name, of new lines."""
    found = [*_line_changes(declaration, standing, names)]
    if declaration.total != standing.amount:
        found.append(Change("合同金额", money.figures(standing.amount), money.figures(declaration.total)))
    compared = (
        ("交货日期", standing.delivery_date.isoformat(), declaration.delivery_date.isoformat()),
        ("付款条件", standing.payment_terms_text, declaration.payment_terms_text),
        ("其他约定", standing.remarks or "无", declaration.remarks or "无"),
    )
    return [*found, *(Change(*one) for one in compared if one[1] != one[2])]


def _line_changes(declaration: Declared, standing: Standing, names: Mapping[str, str]) -> Iterator[Change]:
    before = {line.line_no: line for line in standing.lines}
    for line in declaration.lines:
        stands = before.pop(line.line_no, None)
        after = f"{plain(line.quantity)} × {money.figures(line.unit_price)}"
        if stands is None:
            name = names.get(line.product_no, line.product_no)
            yield Change(f"第{line.line_no}行 {name}({line.specification})", "无", after)
        elif (line.quantity, line.unit_price) != (stands.quantity, stands.unit_price):
            yield Change(f"第{line.line_no}行 {stands.text}", _cost(stands), after)
    for gone in before.values():
        yield Change(f"第{gone.line_no}行 {gone.text}", _cost(gone), "取消")


def in_words(found: Sequence[Change]) -> str:
    """All changes in one text."""
    return "；".join(map(str, found))


def _cost(line: StandingLine) -> str:
    return f"{plain(line.quantity)} × {money.figures(line.unit_price)}"
