"""Pure rules of invoices: the gate, what may be asked for, and the tax in it (C11, X3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from workers import money
from workers.cases import FormReader

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
MOST_REASON = 500
_NUMBER = re.compile(r"[0-9A-Za-z-]{8,40}")


@dataclass(frozen=True)
class Tax:
    """The parts of an amount, in yuan: net + tax = total."""

    net: Decimal
    tax: Decimal
    total: Decimal

    @classmethod
    def within(cls, total: Decimal, rate: Decimal) -> Tax:
        """Take the tax at `rate` per cent out of an amount that includes it, to the fen."""
        net = (total * HUNDRED / (HUNDRED + rate)).quantize(CENT, ROUND_HALF_UP)
        return cls(net, total - net, total)

    def __add__(self, other: Tax) -> Tax:
        return Tax(self.net + other.net, self.tax + other.tax, self.total + other.total)

    def __neg__(self) -> Tax:
        return Tax(-self.net, -self.tax, -self.total)


NO_TAX = Tax(Decimal("0.00"), Decimal("0.00"), Decimal("0.00"))


@dataclass(frozen=True)
class Invoiceable:
    """A line of the contract and what is left of it to be invoiced, in yuan."""

    line_no: int
    product_name: str
    specification: str
    amount: Decimal
    left: Decimal


@dataclass(frozen=True)
class RequestedLine:
    """What is asked for of a line: an amount with the tax in it, and the rate in per cent."""

    line_no: int
    product_name: str
    specification: str
    amount: Decimal
    tax_rate: Decimal


def gate_is_open(received: Decimal, amount: Decimal, gate_percent: Decimal) -> bool:
    """Whether enough of the contract has been received: exact, 60.00 % is enough for 60, 59.99 % is not."""
    return amount > 0 and received * HUNDRED >= amount * gate_percent


def apportion(total: Decimal, lines: Sequence[Invoiceable]) -> list[Decimal]:
    """Spread an amount over the lines by what is left of each, to the fen and to the last one."""
    left = sum((line.left for line in lines), Decimal(0))
    shares: list[Decimal] = []
    spread = Decimal(0)
    for line in lines:
        spread += line.left
        before = sum(shares, Decimal(0))
        shares.append((total * spread / left).quantize(CENT, ROUND_HALF_UP) - before if left else Decimal(0))
    return shares


def read_request(
    reader: FormReader, rows: object, lines: Sequence[Invoiceable], most: Decimal
) -> list[RequestedLine]:
    """The lines that are asked for; findings go to `reader`. `most`: yuan that may still be invoiced."""
    known = {str(line.line_no): line for line in lines}
    wanted: list[RequestedLine] = []
    for number, row in reader.rows("invoiceRows", "开票明细", rows, len(lines) + 1):
        found = _line(reader, number, row, known)
        if found is not None:
            wanted.append(found)
    if len({line.line_no for line in wanted}) != len(wanted):
        reader.wrong("invoiceRows", "开票明细：同一合同行只能填写一次")
    if not wanted and not reader.errors:
        reader.wrong("invoiceRows", "开票明细：请至少填写一行金额")
    total = sum((line.amount for line in wanted), Decimal(0))
    if total > most:
        reader.wrong(
            "invoiceRows", f"开票金额：合计{money.figures(total)}超过尚可开票的{money.figures(most)}"
        )
    return wanted


def _line(
    reader: FormReader, number: int, row: Mapping[str, object], known: Mapping[str, Invoiceable]
) -> RequestedLine | None:
    at, label = f"invoiceRows[{number - 1}]", f"第{number}行"
    line = known.get(str(row.get("lineNo", "")).strip())
    if line is None:
        reader.wrong(f"{at}.lineNo", f"{label}：合同没有这一行")
        return None
    if row.get("amount") in (None, "") or money.parse(row.get("amount")) == 0:
        return None  # nothing of this line is asked for
    amount = reader.amount(f"{at}.amount", f"{label}金额", row.get("amount"))
    rate = reader.decimal(f"{at}.taxRate", f"{label}税率", row.get("taxRate"), 0, 100)
    if amount is None or rate is None:
        return None
    if amount > line.left:
        reader.wrong(
            f"{at}.amount",
            f"{label}金额：{money.figures(amount)}超过该行尚未开票的{money.figures(line.left)}",
        )
        return None
    return RequestedLine(line.line_no, line.product_name, line.specification, amount, rate)


@dataclass(frozen=True)
class TaxPaper:
    """What finance reads off the tax system: the number and the day."""

    number: str
    issued_on: date


def read_tax_paper(
    reader: FormReader, number: object, issued_on: object, earliest: date, today: date
) -> TaxPaper | None:
    """The tax system's number and date; None with findings. `earliest`: when that was settled which it states."""
    written = reader.text("invoiceNumber", "发票号码", number, 40).replace(" ", "")
    if written and not _NUMBER.fullmatch(written):
        reader.wrong("invoiceNumber", "发票号码：应为税务系统给出的8到40位号码")
    day = reader.day("invoiceDate", "开票日期", issued_on)
    if day is not None and not earliest <= day <= today:
        reader.wrong("invoiceDate", f"开票日期：{day}应在{earliest}与今天之间")
    if reader.errors or day is None:
        return None
    return TaxPaper(written, day)
