"""The stock-take: the form prefilled from the books, and what the warehouse counted (C7, C12, X3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, and_, cast, or_, select, tuple_
from sqlalchemy.orm import Session

from workers import cases
from workers.cases import FormReader
from workers.closing.arrivals import WAITS, Arrived, arrived
from workers.closing.messages import CountRow, SurplusRow
from workers.closing.store import StockCount
from workers.ledger import LedgerGoods
from workers.money import plain

MOST_LINES = 5000


_QUANTITY = LedgerGoods.stored - LedgerGoods.scrapped - (LedgerGoods.dispatched - LedgerGoods.returned)


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
    line = tuple_(LedgerGoods.contract_no, LedgerGoods.line_no)
    return _of_book(session, or_(_QUANTITY > 0, line.in_(list(waiting))), waiting)


def _of_book(
    session: Session, wanted: ColumnElement[bool], waiting: Mapping[tuple[str, int], Arrived]
) -> list[Stock]:
    goods = LedgerGoods
    query = (
        select(
            goods.contract_no,
            goods.line_no,
            goods.product_name,
            goods.specification,
            goods.unit,
            _QUANTITY,
        )
        .where(wanted)
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


def read_beyond(
    reader: FormReader, session: Session, value: Any, listed: list[Stock]
) -> tuple[list[Stock], dict[str, Decimal]]:
    """Goods that were found of contract lines of which the book has none left: those lines, and how much was found."""
    found, counted = [], {}
    known = {stock.item for stock in listed}
    for number, row in reader.rows("surplusRows", "清单以外的实物", value, MOST_LINES, required=False):
        at, item = (
            f"surplusRows[{number - 1}].item",
            str(row.get("item") or "").strip().replace("／", "/")[:64],
        )
        contract_no, _, line_no = item.rpartition("/")
        line = and_(
            LedgerGoods.contract_no == contract_no, cast(LedgerGoods.line_no, String) == line_no.strip()
        )
        label = f"清单以外的实物第{number}行 {item}"
        stock = next(iter(_of_book(session, line, {})), None)
        if stock is None:
            reader.wrong(at, f"{label}：没有这个合同行，请写成合同编号/行号，如HT-2026-0001/1")
        elif stock.item in known:
            reader.wrong(at, f"{label}：已在上面的清单中，请在那里填写实盘数量")
        elif stock.item in counted:
            reader.wrong(at, f"{label}：重复")
        else:
            quantity = _counted(reader, at, f"{label} 实盘数量", row.get("counted"))
            if quantity is not None and quantity <= 0:
                reader.wrong(at, f"{label} 实盘数量：应大于0")
            found.append(stock)
            counted[stock.item] = quantity or Decimal(0)
    return found, counted


def beyond_as_sent(value: Any) -> list[SurplusRow]:
    """The rows that were added, as far as they can be shown again."""
    sent = value if isinstance(value, list) else []
    return [
        SurplusRow(item=cases.shown(row.get("item"), 64) or "", counted=cases.shown(row.get("counted"), 20))
        for row in sent[:MOST_LINES]
        if isinstance(row, Mapping)
    ]


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
