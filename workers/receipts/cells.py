"""Read the cells of a bank's table: texts, amounts, days, as banks and Excel write them (A6). Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from workers.money import LARGEST

Cell = str | int | float | Decimal | date | datetime | None
"""What stands in a cell: text in a CSV, anything of these in a workbook."""

FEN = Decimal("0.01")
EARLIEST = date(2000, 1, 1)
_EXCEL_BEGINS = date(1899, 12, 30)
_EXACT_DIGITS = 15
"""Excel keeps no more digits of a number than these."""

_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufff0-\ufffc\ufffe\uffff\ud800-\udfff]"
)
_AS_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_DAY = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))")
_AFTER_DAY = re.compile(r"$|[T ]|[0-2]\d[0-5]\d[0-5]\d$")
_AMOUNT = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
_MONEY_SIGNS = re.compile(r"[¥元\s]|RMB|CNY", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)
_NOTHING = frozenset({"", "-", "--", "—", "——", "/"})


class Unreadable(ValueError):
    """The cell holds something else than it should; the message says so in Chinese."""


def text(cell: Cell) -> str:
    """The cell as text: full-width signs as plain ones, control characters gone, spaces at the ends cut."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        written = str(int(cell)) if cell.is_integer() and abs(cell) < 10**_EXACT_DIGITS else repr(cell)
    else:
        written = str(cell)
    written = unicodedata.normalize("NFKC", written.translate(_YUAN))
    written = _INVISIBLE.sub(" ", written).strip()
    if found := _AS_TEXT.match(written):
        written = found[1].strip()
    return written.removeprefix("'").strip()


_YUAN = {ord("￥"): "¥"}


def amount(cell: Cell) -> Decimal | None:
    """Yuan with two places, or None where nothing stands. Raises Unreadable."""
    if isinstance(cell, bool | date):
        raise Unreadable(f"“{_short(text(cell))}”不是金额")
    if isinstance(cell, int | float | Decimal):
        return _of_number(cell)
    written = _MONEY_SIGNS.sub("", text(cell))
    if written in _NOTHING:
        return None
    negative = written.startswith("(") and written.endswith(")")
    plain = written[1:-1] if negative else written
    if len(plain) > 40 or not _AMOUNT.fullmatch(plain):
        raise Unreadable(f"“{_short(text(cell))}”不是金额")
    return _in_fen(Decimal(plain.replace(",", "")) * (-1 if negative else 1), text(cell))


def _of_number(number: float | Decimal) -> Decimal:
    try:
        exact = Decimal(repr(number) if isinstance(number, float) else number)
        rounded = exact.quantize(FEN)
    except InvalidOperation:
        raise Unreadable(f"“{_short(str(number))}”不是金额") from None
    # a sum that Excel has worked out is off by a trifle
    return _in_fen(rounded if abs(exact - rounded) < Decimal("0.000001") else exact, str(number))


def _in_fen(number: Decimal, written: str) -> Decimal:
    if abs(number) > LARGEST:
        raise Unreadable(f"金额“{_short(written)}”超出可登记的范围")
    if number != number.quantize(FEN):
        raise Unreadable(f"金额“{_short(written)}”超过两位小数")
    return number.quantize(FEN)


def day(cell: Cell) -> date | None:
    """A day, or None where nothing stands. Raises Unreadable."""
    if isinstance(cell, datetime):
        return _within(cell.date())
    if isinstance(cell, date):
        return _within(cell)
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) and 36526 <= cell < 109574:
        return _within(_EXCEL_BEGINS + timedelta(days=int(cell)))
    written = text(cell)
    if written in _NOTHING:
        return None
    found = _DAY.match(written)
    if found is None or not _AFTER_DAY.match(written[found.end() :]):
        raise Unreadable(f"“{_short(written)}”不是日期")
    year, _, *parts = found.groups()
    month, number = (int(part) for part in parts if part is not None)
    try:
        return _within(date(int(year), month, number))
    except ValueError as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"“{_short(written)}”不是日期") from None


def _within(found: date) -> date:
    if found < EARLIEST:
        raise Unreadable(f"日期{found}早于{EARLIEST.year}年")
    return found


def number(cell: Cell) -> str:
    """A number that identifies something (a reference, an account), digit by digit. Raises Unreadable.

    Excel rounds long numbers: what is left of one must not stand for two payments at once.
    """
    if isinstance(cell, float) and (not cell.is_integer() or abs(cell) >= 10**_EXACT_DIGITS):
        raise Unreadable(f"“{cell!r}”已被Excel舍入，请从银行重新导出")
    written = re.sub(r"\s", "", text(cell))
    if _SCIENTIFIC.fullmatch(written):
        raise Unreadable(f"“{_short(written)}”已被Excel改成科学计数，请从银行重新导出")
    return "" if written in _NOTHING else written


def _short(written: str) -> str:
    return written if len(written) <= 30 else f"{written[:30]}…"
