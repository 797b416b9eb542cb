"""Money: CNY with two places, always `Decimal`, never a float; words and figures for Chinese documents."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

import cn2an
from pydantic import Field

LARGEST = Decimal("9999999999999.99")
"""What NUMERIC(15,2) holds."""

Money = Annotated[Decimal, Field(max_digits=15, decimal_places=2)]
"""An amount in yuan."""

_PLAIN = re.compile(r"[+-]?[0-9]{1,13}(\.[0-9]{1,2})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xFFE5: "¥"}


def digits(written: str) -> str:
    """A number as people write it, in plain digits: full width, ¥, 元 and commas between thousands are read.

    What else is in it stays, so that whoever reads the number refuses it: `1,5` is neither 15 nor 1.5.
    """
    text = half_width(written).strip().removeprefix("¥").removesuffix("元").strip()
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text


def half_width(written: str) -> str:
    """The text with its full-width letters, digits and signs (`１２－Ａ`) as those of a keyboard."""
    return written.translate(_HALF_WIDTH)


def parse(text: object) -> Decimal | None:
    """Read an amount in yuan as a person or a form sends it; None when it is not one.

    At most 13 digits before and 2 behind the point, as text (see `digits`) or as a JSON number.
    """
    if isinstance(text, bool) or not isinstance(text, str | int | float | Decimal):
        return None
    written = digits(str(text))
    if not _PLAIN.fullmatch(written):
        return None
    return Decimal(written).quantize(Decimal("0.01"))


def fen(amount: Decimal) -> int:
    """Whole fen, as DMN compares them. Raises ValueError on a fraction of a fen."""
    scaled = amount * 100
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} is not a whole number of fen")
    return int(scaled)


def figures(amount: Decimal) -> str:
    """The amount as staff read it: `¥1,234.50`."""
    return f"¥{amount:,.2f}"


def plain(quantity: Decimal | None) -> str:
    """A quantity without the zeros that the database adds; nothing for none."""
    return "" if quantity is None else format(quantity.normalize(), "f")


def in_words(amount: Decimal) -> str:
    """The amount in 大写, as contracts and vouchers state it: `壹仟贰佰叁拾肆元伍角`."""
    if amount == 0:
        return "零元整"
    return str(cn2an.an2cn(format(amount, "f"), "rmb"))
