"""The stock-take: the form prefilled from the books, and what the warehouse counted (C7, C12, X3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from workers import cases
from workers.cases import FormReader
from workers.closing.arrivals import WAITS, Arrived, arrived
from workers.closing.messages import CountRow
from workers.closing.store import StockCount
from workers.ledger import LedgerGoods
from workers.money import plain

MOST_LINES = 5000


class Stock(NamedTuple):
    """What the book says lies in the warehouse for one contract line."""

    contract_no: str
    line_no: int
    goods: str
    unit: str
    quantity: Decimal
    arrived: Arrived | None = None
    """Of a return that finance has not booked yet: it lies there too, and is no stock by the book."""

    @property
    def named(self) -> str:
        """The goods, with the return that is to be counted too."""
        if self.arrived is None:
            return self.goods
        return (
            f"{self.goods}（另有退货{self.arrived.returns}{WAITS}{plain(self.arrived.quantity)}{self.unit}）"
        )

    @property
    def item(self) -> str:
        """How the form names the line."""
        return f"{self.contract_no}/{self.line_no}"


def in_stock(session: Session, at: datetime) -> list[Stock]:
    """Every contract line of which something lies in the warehouse, by the books of this moment or by a return."""
    waiting = arrived(session, at)
    goods = LedgerGoods
    quantity = goods.stored - goods.scrapped - (goods.dispatched - goods.returned)
    query = (
        select(
            goods.contract_no,
            goods.line_no,
            goods.product_name,
            goods.specification,
            goods.unit,
            quantity,
        )
        .where(or_(quantity > 0, tuple_(goods.contract_no, goods.line_no).in_(list(waiting))))
        .order_by(goods.contract_no, goods.line_no)
    )
    return [
        Stock(number, line, f"{name} {specification}", unit, stock, waiting.get((number, line)))
        for number, line, name, specification, unit, stock in session.execute(query)
    ]


def rows(stocks: list[Stock], counted: Mapping[str, str] | None = None) -> list[CountRow]:
    """The form's rows; what was counted already stands in them again."""
    return [
        CountRow(
            item=stock.item,
            goods=stock.named,
            book_stock=f"{plain(stock.quantity)} {stock.unit}",
            counted=(counted or {}).get(stock.item),
        )
        for stock in stocks
    ]


def as_sent(value: Any) -> dict[str, str]:
    """What was typed, by line, as far as it can be shown again."""
    sent = value if isinstance(value, list) else []
    return {
        str(row.get("item"))[:64]: cases.shown(row.get("counted"), 20) or ""
        for row in sent[:MOST_LINES]
        if isinstance(row, Mapping)
    }


def read(reader: FormReader, value: Any, stocks: list[Stock]) -> dict[str, Decimal]:
    """What was counted by line: every line of the book once, at the stock that the form showed.

    A line whose stock has moved while it was counted has to be looked at again.
    """
    counted: dict[str, Decimal] = {}
    known = {stock.item: stock for stock in stocks}
    sent = reader.rows("counts", "盘点", value, MOST_LINES) if stocks or value else []
    for number, row in sent:
        at, item = f"counts[{number - 1}].counted", str(row.get("item") or "")[:64]
        stock = known.get(item)
        if stock is None:
            reader.wrong(at, f"第{number}行 {item}：台帐上已没有结存，请核对新的清单")
            continue
        shown = f"{plain(stock.quantity)} {stock.unit}"
        quantity = _counted(reader, at, f"第{number}行 {item} 实盘数量", row.get("counted"))
        if row.get("bookStock") != shown:
            text = f"盘点期间台帐结存由{str(row.get('bookStock'))[:40]}变为{shown}，请复核实盘数量"
            reader.wrong(at, f"第{number}行 {item}：{text}")
        elif quantity is not None and item not in counted:
            counted[item] = quantity
    missing = [item for item in known if item not in counted]
    if missing and not reader.errors:
        reader.wrong("counts", f"盘点：还有{len(missing)}行没有实盘数量，如{missing[0]}")
    return counted


def keep(
    session: Session,
    case_no: str,
    stocks: list[Stock],
    counted: Mapping[str, Decimal],
    by: str,
    at: datetime,
) -> int:
    """Keep what was counted beside the book's stock; returns how many lines differ."""
    for stock in stocks:
        session.add(
            StockCount(
                case_no=case_no,
                contract_no=stock.contract_no,
                line_no=stock.line_no,
                book_quantity=stock.quantity,
                counted=counted[stock.item],
                counted_by=by,
                counted_at=at,
            )
        )
    session.flush()
    return sum(counted[stock.item] != stock.quantity for stock in stocks)


def _counted(reader: FormReader, field: str, label: str, value: Any) -> Decimal | None:
    """A quantity; what is left blank was not counted, and nothing is 0."""
    if value is None or not str(value).strip():
        reader.wrong(field, f"{label}：请填写，没有的填0")
        return None
    return reader.quantity(field, label, value)
