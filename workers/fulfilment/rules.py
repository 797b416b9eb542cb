"""Pure rules of the goods: what is to be made and delivered, and what people may report of it (C6, C7, C8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from workers import money
from workers.cases import FormReader
from workers.ledger import Account, GoodsLine

Quantities = Mapping[int, Decimal]
"""Contract line -> quantity in the product's unit; lines without any are left out."""

WORK, WAIT, DONE = "work", "wait", "done"
MOST_ROWS = 200
MOST_REASON = 200
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Split:
    """A quantity that somebody divided: what is good (passed, signed for), what is not, and why."""

    quantity: Decimal
    refused: Decimal
    reason: str = ""


def to_produce(goods: Sequence[GoodsLine]) -> Quantities:
    """What no notice has brought into the stock yet, bad goods that came back included."""
    return {line.line_no: line.to_produce for line in goods if line.to_produce > 0}


def deliverable(goods: Sequence[GoodsLine]) -> Quantities:
    """What may leave now: never more than is in stock or than was ordered and is not on its way (C8)."""
    missing = {line.line_no: line.ordered - (line.dispatched - line.returned) for line in goods}
    able = {line.line_no: min(line.in_stock, missing[line.line_no]) for line in goods}
    return {number: quantity for number, quantity in able.items() if quantity > 0}


def is_delivered(goods: Sequence[GoodsLine]) -> bool:
    """Whether the customer has signed for everything that was ordered."""
    return all(line.to_deliver <= 0 for line in goods)


def production_plan(goods: Sequence[GoodsLine]) -> str:
    """work, wait (everything is made, not everything is delivered: goods may come back) or done."""
    if is_delivered(goods):
        return DONE
    return WORK if to_produce(goods) else WAIT


def delivery_plan(goods: Sequence[GoodsLine]) -> str:
    """work, wait (nothing can leave at this moment) or done."""
    if is_delivered(goods):
        return DONE
    return WORK if deliverable(goods) else WAIT


def left_of(notice: Quantities, stored: Quantities, goods: Sequence[GoodsLine]) -> Quantities:
    """What of an issued notice is still to be made; an amendment may have made it less (C6, C13)."""
    wanted = to_produce(goods)
    left = {
        line: min(quantity - stored.get(line, NOTHING), wanted.get(line, NOTHING))
        for line, quantity in notice.items()
    }
    return {line: quantity for line, quantity in left.items() if quantity > 0}


def read_quantities(
    reader: FormReader, field: str, label: str, rows: object, most: Quantities, limit: str
) -> dict[int, Decimal]:
    """A quantity per line, none above `most`, which staff call `limit`; blank and zero rows are left out."""
    before, found = len(reader.errors), {}
    for at, line, row in _rows(reader, field, label, rows, most):
        quantity = reader.quantity(f"{at}.quantity", f"第{line}行 {label}", row.get("quantity"))
        if quantity is None:
            continue
        if quantity > most[line]:
            message = f"第{line}行 {label}：{money.plain(quantity)}超过{limit}{money.plain(most[line])}"
            reader.wrong(f"{at}.quantity", message)
        elif quantity > 0:
            found[line] = quantity
    if not found and len(reader.errors) == before:
        reader.wrong(field, f"{label}：请至少填写一行数量")
    return found


def read_splits(
    reader: FormReader,
    field: str,
    names: tuple[str, str],
    labels: tuple[str, str],
    rows: object,
    whole: Quantities,
) -> dict[int, Split]:
    """Each line's quantity divided in two that add up to it; what is refused needs a reason.

    `names` are the row's fields for the good and the refused part, `labels` what staff call them.
    """
    good_name, bad_name = names
    good_label, bad_label = labels
    found: dict[int, Split] = {}
    for at, line, row in _rows(reader, field, f"{good_label}、{bad_label}", rows, whole):
        good = reader.quantity(f"{at}.{good_name}", f"第{line}行 {good_label}", row.get(good_name))
        bad = reader.quantity(f"{at}.{bad_name}", f"第{line}行 {bad_label}", row.get(bad_name))
        if good is None or bad is None:
            continue
        if good + bad != whole[line]:
            told = f"{good_label}{money.plain(good)}加{bad_label}{money.plain(bad)}应等于{money.plain(whole[line])}"
            reader.wrong(f"{at}.{good_name}", f"第{line}行：{told}")
        reason = reader.text(
            f"{at}.reason", f"第{line}行 {bad_label}原因", row.get("reason"), MOST_REASON, required=bad > 0
        )
        found[line] = Split(good, bad, reason)
    for line in sorted(whole.keys() - found.keys()) if not reader.errors else ():
        reader.wrong(field, f"第{line}行：请填写{good_label}和{bad_label}")
    return found


def read_past(
    reader: FormReader, field: str, label: str, value: object, earliest: date, today: date
) -> date | None:
    """A day that has come, and not before the paper that it follows."""
    day = reader.day(field, label, value)
    if day is not None and day > today:
        reader.wrong(field, f"{label}：{day}还没有到")
    elif day is not None and day < earliest:
        reader.wrong(field, f"{label}：{day}早于{earliest}，单据还没有签发")
    return day


def _rows(
    reader: FormReader, field: str, label: str, rows: object, known: Quantities
) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    seen: set[int] = set()
    for number, row in reader.rows(field, label, rows, MOST_ROWS):
        at, written = f"{field}[{number - 1}]", str(row.get("lineNo", ""))
        line = int(written) if written.isascii() and written.isdigit() and len(written) < 6 else 0
        if line not in known or line in seen:
            reader.wrong(at, f"{label}第{number}行：合同行号“{written[:10]}”不在本单之内或重复")
            continue
        seen.add(line)
        yield at, line, row


def read_moment(
    reader: FormReader, field: str, label: str, value: object, earliest: datetime, now: datetime
) -> datetime | None:
    """A moment that has come, and not before `earliest`; without a zone it is Shanghai's."""
    moment = reader.moment(field, label, value)
    if moment is None:
        return None
    if moment > now:
        reader.wrong(field, f"{label}：{moment:%Y-%m-%d %H:%M}还没有到")
    elif moment < earliest.replace(second=0, microsecond=0):
        reader.wrong(field, f"{label}：{moment:%Y-%m-%d %H:%M}早于出库登记")
    return moment


def progress(account: Account) -> str:
    """Where a contract stands, as shares of its amount; cut, so that 100% means all of it."""
    shares = (
        ("入库", account.stored),
        ("签收", account.delivered),
        ("回款", account.received),
        ("开票", account.invoiced),
    )
    whole = account.amount or Decimal(1)
    return "履行中：" + "，".join(f"{name}{int(part * 100 / whole)}%" for name, part in shares)
