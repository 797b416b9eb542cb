"""The count beside the books: what is missing, what is above them, and what a return explains (C7, C8, C12)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from workers.closing.arrivals import WAITS, Arrived, arrived
from workers.closing.rules import ARRIVED, STOCK, Difference
from workers.closing.store import StockCount
from workers.ledger import LedgerGoods
from workers.money import plain

NONE = Arrived(Decimal(0), "")


def differences(session: Session, case_no: str) -> Iterator[Difference]:
    """What was counted otherwise than the book said at that moment; goods of a return are a difference of their own."""
    line = and_(LedgerGoods.contract_no == StockCount.contract_no, LedgerGoods.line_no == StockCount.line_no)
    query = (
        select(StockCount, LedgerGoods)
        .join(LedgerGoods, line)
        .where(StockCount.case_no == case_no, StockCount.counted != StockCount.book_quantity)
        .order_by(StockCount.contract_no, StockCount.line_no)
    )
    found = session.execute(query).all()
    waiting = arrived(session, found[0][0].counted_at) if found else {}
    for count, goods in found:
        yield from _of_line(count, goods, waiting.get((count.contract_no, count.line_no), NONE))


def _of_line(count: StockCount, goods: LedgerGoods, waiting: Arrived) -> Iterator[Difference]:
    off = count.counted - count.book_quantity
    explained = min(off, waiting.quantity) if off > 0 else Decimal(0)
    name = f"第{count.line_no}行 {goods.product_name} {goods.specification}"
    counted, book = (
        f"实盘{plain(count.counted)}{goods.unit}",
        f"台帐结存{plain(count.book_quantity)}{goods.unit}",
    )
    if explained:
        many = f"{plain(explained)}{goods.unit}"
        yield Difference(
            ARRIVED,
            f"{name}：多出{many}，退货{waiting.returns}{WAITS}",
            counted,
            f"{book}，退货{WAITS}{plain(waiting.quantity)}{goods.unit}",
            count.contract_no,
            count.line_no,
            explained,
        )
    if off != explained:
        rest = off - explained
        yield Difference(
            STOCK,
            f"{name}：{'盘盈' if rest > 0 else '盘亏'}{plain(abs(rest))}{goods.unit}",
            counted,
            book,
            count.contract_no,
            count.line_no,
            rest,
        )
