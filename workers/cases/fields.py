"""Read what a form or a caller sent, field by field, and say in Chinese what is wrong with it (X3, rule 13).

SQL and HTML in a text are only text: they are stored and shown as such, never run. What a database or a
document cannot hold (control characters, half of a character pair, endless digits) is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from workers import money
from workers.calendar import SHANGHAI
from workers.cases.forms import FormError

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.{1,40}")
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_LATEST = date(2199, 12, 31)
_FIRST, _LAST = (datetime(year, 1, 1, tzinfo=SHANGHAI) for year in (1900, 2200))
MOST_NUMBER = 32
LARGEST_QUANTITY = Decimal("9999999.999")
"""In a product's unit: what NUMERIC(12,3) holds, with room for sums."""


class FormReader:
    """Collects what is wrong. Each method returns the value, or None (texts: "") when it cannot be used."""

    def __init__(self) -> None:
        self.errors: list[FormError] = []

    def wrong(self, field: str, message: str) -> None:
        """Add a finding of the caller's own."""
        self.errors.append(FormError(field=field, message=message))

    def text(
        self, field: str, label: str, value: object, limit: int, *, required: bool = True, lines: bool = False
    ) -> str:
        """A text of at most `limit` characters; `lines` allows line breaks."""
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.wrong(field, f"{label}：请填写")
            return ""
        if not isinstance(value, str):
            self.wrong(field, f"{label}：应为文字")
            return ""
        written = value.strip()
        if len(written) > limit:
            self.wrong(field, f"{label}：不得超过{limit}字（现有{len(written)}字）")
            return ""
        if _UNPRINTABLE.search(written) or (not lines and re.search(r"[\r\n\t]", written)):
            self.wrong(field, f"{label}：含有无法使用的字符")
            return ""
        return written

    def number(self, field: str, label: str, value: object, *, required: bool = True) -> str:
        """The number of a contract or a case, however it was typed: `ht-2026-0001` is HT-2026-0001."""
        return as_number(self.text(field, label, value, MOST_NUMBER, required=required))

    def amount(self, field: str, label: str, value: object) -> Decimal | None:
        """An amount in yuan above zero."""
        if self._missing(field, label, value):
            return None
        amount = money.parse(value)
        if amount is None:
            self.wrong(
                field,
                f"{label}：“{_short(value)}”不是有效金额，请写数字，如 1,000.00 或 1000（最多13位整数、2位小数）",
            )
        elif amount <= 0:
            self.wrong(field, f"{label}：必须大于0")
        else:
            return amount
        return None

    def decimal(self, field: str, label: str, value: object, lowest: int, highest: int) -> Decimal | None:
        """A number with at most two places from `lowest` to `highest`."""
        if self._missing(field, label, value):
            return None
        number = money.parse(value)
        if number is None or not lowest <= number <= highest:
            found = f"“{_short(value)}”"
            self.wrong(field, f"{label}：应为{lowest}到{highest}之间的数（最多2位小数），{found}无效")
            return None
        return number

    def quantity(self, field: str, label: str, value: object) -> Decimal | None:
        """A quantity in a product's unit with at most three places, not below zero; left blank it is zero."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return Decimal(0)
        number = read_number(value, 3)
        if number is None or number > LARGEST_QUANTITY:
            self.wrong(
                field, f"{label}：“{_short(value)}”不是有效数量，请写数字，不得为负（最多7位整数、3位小数）"
            )
            return None
        return number

    def whole(self, field: str, label: str, value: object, lowest: int, highest: int) -> int | None:
        """A whole number from `lowest` to `highest`."""
        if self._missing(field, label, value):
            return None
        written = (
            money.digits(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        )
        if not _WHOLE.fullmatch(written) or not lowest <= int(written) <= highest:
            self.wrong(field, f"{label}：应为{lowest}到{highest}之间的整数，“{_short(value)}”无效")
            return None
        return int(written)

    def day(self, field: str, label: str, value: object, *, required: bool = True) -> date | None:
        """A day: `2026-01-31`, or a moment of the engine, whose day in Shanghai counts."""
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.wrong(field, f"{label}：请填写")
            return None
        day = _read_day(value)
        if day is None or day > _LATEST:
            self.wrong(field, f"{label}：“{_short(value)}”不是有效日期")
            return None
        return day

    def choice(self, field: str, label: str, value: object, known: Mapping[str, str]) -> str | None:
        """One of the known codes; the finding names what may be chosen."""
        if isinstance(value, str) and value in known:
            return value
        self.wrong(field, f"{label}：请选择“{'”“'.join(known.values())}”")
        return None

    def moment(
        self,
        field: str,
        label: str,
        value: object,
        earliest: datetime | None = None,
        latest: datetime | None = None,
    ) -> datetime | None:
        """A moment from `earliest` to `latest`, where they are given; sent without an offset it is Shanghai's."""
        if self._missing(field, label, value):
            return None
        moment, earliest, latest = _read_moment(value), earliest or _FIRST, latest or _LAST
        if moment is None or not _FIRST <= moment <= _LAST:
            self.wrong(field, f"{label}：“{_short(value)}”不是有效的日期和时间")
        elif not earliest <= moment <= latest:
            span = "至".join(f"{one.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for one in (earliest, latest))
            self.wrong(field, f"{label}：应在{span}之间")
        else:
            return moment
        return None

    def rows(
        self, field: str, label: str, value: object, most: int, *, required: bool = True
    ) -> list[tuple[int, Mapping[str, Any]]]:
        """The rows of a table, each with its number from 1; rows that are left blank do not count."""
        if value is None and not required:
            return []
        if not isinstance(value, list | tuple):
            self.wrong(field, f"{label}：请至少填写一行" if value is None else f"{label}：格式不正确")
            return []
        filled = [(number, row) for number, row in enumerate(value, 1) if not _blank(row)]
        if not filled and required:
            self.wrong(field, f"{label}：请至少填写一行")
        if len(filled) > most:
            self.wrong(field, f"{label}：不得超过{most}行")
            return []
        good = []
        for number, row in filled:
            if isinstance(row, Mapping):
                good.append((number, row))
            else:
                self.wrong(f"{field}[{number - 1}]", f"{label}第{number}行：格式不正确")
        return good

    def _missing(self, field: str, label: str, value: object) -> bool:
        if value is None or (isinstance(value, str) and not value.strip()):
            self.wrong(field, f"{label}：请填写")
            return True
        return False


def _read_day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    written = money.half_width(value).strip()
    try:
        if _DAY.fullmatch(written):
            return date.fromisoformat(written)
        if _MOMENT.fullmatch(written):
            moment = datetime.fromisoformat(written)
            return (moment if moment.tzinfo is None else moment.astimezone(SHANGHAI)).date()
    except (ValueError, OverflowError):
        pass
    return None


def _read_moment(value: object) -> datetime | None:
    if isinstance(value, str) and _MOMENT.fullmatch(value.strip()):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    try:
        return value.replace(tzinfo=SHANGHAI) if value.tzinfo is None else value.astimezone(SHANGHAI)
    except OverflowError:
        return None


def _blank(row: object) -> bool:
    if row is None:
        return True
    return isinstance(row, Mapping) and all(value in (None, "", False) for value in row.values())


def _short(value: object) -> str:
    written = _UNPRINTABLE.sub("?", str(value))
    return written if len(written) <= 30 else f"{written[:30]}…"


def shown(value: object, limit: int) -> str | None:
    """What was sent in a field, as far as a form can show it again for mending; None for the rest."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    written = "".join(sign for sign in str(value)[:limit] if sign.isprintable() or sign == "\n")
    return written or None


def as_number(written: str) -> str:
    """A contract's or a case's number as the books have it: half width, in capitals, without blanks."""
    return "".join(money.half_width(written).upper().split())


def read_number(value: object, places: int) -> Decimal | None:
    """An exact decimal of at most 13 digits before the point and `places` behind it; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    if isinstance(value, int) and abs(value) >= 10**13:
        return None  # before `str`, which refuses numbers of thousands of digits
    written = money.digits(str(value))
    whole, point, fraction = written.removeprefix("+").partition(".")
    digits = whole.isascii() and whole.isdigit() and len(whole) <= 13
    if not digits or (point and not (fraction.isascii() and fraction.isdigit())):
        return None
    if len(fraction.rstrip("0")) > places or len(fraction) > 20:
        return None
    return Decimal(f"{whole}.{fraction or 0}").quantize(Decimal(1).scaleb(-places))
