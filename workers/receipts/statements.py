"""A bank statement's file as payments that came in; what cannot be read comes back with its line (A6, X3). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from workers.receipts import cells, columns, sheets
from workers.receipts.cells import Unreadable
from workers.receipts.columns import Columns
from workers.receipts.payments import MOST_REFERENCE, Context, Payment, payment
from workers.receipts.sheets import NoTable, Row

_ACCOUNT = re.compile(r"(?:账号|账户|帐号|卡号)(?:\([^)]*\))?[:\s]*([0-9][0-9 -]{6,40})")
_CURRENCY = re.compile(r"币种[:\s]*([A-Za-z]{3}|人民币|美元|港币|欧元|日元|英镑)")


@dataclass(frozen=True)
class Fault:
    """A row that could not be read. `line_no` 0: it concerns the file as a whole."""

    line_no: int
    reason: str


@dataclass(frozen=True)
class Statement:
    """What could be read of a file."""

    account: str = ""
    payments: tuple[Payment, ...] = ()
    faults: tuple[Fault, ...] = ()
    ignored: int = 0
    """Rows that are no payment to us: debits, sums, what is printed below the table."""


def read(content: bytes, today: date) -> Statement:
    """Read a file, whatever it is: it never fails, what is wrong stands in `faults`."""
    try:
        tables = [
            (sheet, found)
            for sheet in sheets.read(content, lambda rows: _header(rows) is not None)
            if (found := _header(sheet.rows)) is not None
        ]
    except NoTable as error:
        return Statement(faults=(Fault(0, str(error)),))
    if not tables:
        needed = "交易日期、贷方金额(或收入金额、交易金额)、对方户名、摘要"
        return Statement(faults=(Fault(0, f"没有找到流水的表头：需要有{needed}等列名的一行"),))
    (sheet, (at, header)), *others = tables
    context = _preamble(sheet.rows[:at])
    payments: list[Payment] = []
    faults: list[Fault] = []
    ignored = 0
    for row in sheet.rows[at + 1 :]:
        filled = [text for text in map(cells.text, row.cells) if text]
        if not filled or columns.recognize(row.cells) is not None:  # the header comes again on every page
            continue
        try:
            paid = payment(context, row, header, filled, today)
        except Unreadable as error:
            faults.append(Fault(row.line_no, str(error)))
            continue
        if paid is None:
            ignored += 1
        else:
            payments.append(paid)
    faults += [Fault(0, f"工作表“{other.name}”也是流水，没有读取，请单独上传") for other, _ in others]
    return Statement(context.account, tuple(payments), tuple(faults), ignored)


def _header(rows: Sequence[Row]) -> tuple[int, Columns] | None:
    for at, row in enumerate(rows):
        if found := columns.recognize(row.cells):
            return at, found
    return None


def _preamble(rows: Sequence[Row]) -> Context:
    """The account and its currency, when they stand above the table."""
    written = "\n".join(" ".join(filter(None, map(cells.text, row.cells))) for row in rows)
    account, currency = _ACCOUNT.search(written), _CURRENCY.search(written)
    return Context(
        account=re.sub(r"[ -]", "", account[1])[:MOST_REFERENCE] if account else "",
        currency=currency[1] if currency else "",
    )
