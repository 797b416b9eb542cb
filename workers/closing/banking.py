"""The bank's side: receipts without a line of a statement, and lines that nobody has claimed (A6, C12).

The tables belong to the room `receipts`, which the closing does not import; here they are only read.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Row, cast, column, exists, func, or_, select, table
from sqlalchemy.orm import Session

from workers import money
from workers.closing.rules import BANK_LINE, NO_STATEMENT, RECEIPT, Difference

ZERO = Decimal("0.00")

_STATEMENTS = table("bank_statements", *map(column, ("id", "state")))
_LINES = table(
    "bank_statement_lines",
    *map(
        column,
        ("statement_id", "value_date", "amount", "payer", "remark", "key", "state", "receipt_id"),
    ),
)
_RECEIPTS = table(
    "receipts",
    *map(
        column,
        (
            *("id", "bank_reference", "kind", "contract_no", "amount", "value_date"),
            *("recorded_at", "reversed_at"),
        ),
    ),
)


def differences(session: Session, month: date) -> Iterator[Difference]:
    """What the bank and finance's book do not have in common, by the bank's date."""
    last = month.replace(day=monthrange(month.year, month.month)[1])
    yield from _unclaimed(session, last)
    yield from _taken_back(session, month, last)
    received = list(_without_line(session, month, last))
    if received and not _has_statement(session, month, last):
        total = sum((row.amount for row in received), ZERO)
        yield Difference(
            NO_STATEMENT,
            f"{month:%Y-%m}没有导入银行流水，{len(received)}笔收款无法与银行核对",
            "银行流水0笔",
            f"收款{len(received)}笔，合计{money.figures(total)}",
        )
        return
    for row in received:
        yield Difference(
            RECEIPT,
            f"{row.value_date}收款{row.bank_reference}在银行流水上没有",
            "银行流水无此笔",
            f"收款{money.figures(row.amount)}",
            row.contract_no,
        )


def _unclaimed(session: Session, last: date) -> Iterator[Difference]:
    query = (
        select(_LINES)
        .join(_STATEMENTS, _STATEMENTS.c.id == _LINES.c.statement_id)
        .where(_STATEMENTS.c.state == "open", _LINES.c.state == "unmatched", _LINES.c.value_date <= last)
        .order_by(_LINES.c.value_date, _LINES.c.key)
    )
    for row in session.execute(query):
        yield Difference(
            BANK_LINE,
            f"{row.value_date}流水{row.key}：{row.payer} {row.remark}"[:500],
            f"银行流水{money.figures(row.amount)}",
            "未认领，台帐无此笔",
        )


def _taken_back(session: Session, month: date, last: date) -> Iterator[Difference]:
    """Money on a statement whose receipt was taken back since the month began and not entered anew."""
    reversed_on = cast(func.timezone("Asia/Shanghai", _RECEIPTS.c.reversed_at), Date)
    again = _RECEIPTS.alias("again")
    query = (
        select(_LINES)
        .join(_STATEMENTS, _STATEMENTS.c.id == _LINES.c.statement_id)
        .join(_RECEIPTS, _RECEIPTS.c.id == _LINES.c.receipt_id)
        .where(
            _STATEMENTS.c.state == "open",
            _LINES.c.value_date <= last,
            reversed_on >= month,
            ~exists().where(again.c.bank_reference == _LINES.c.key, again.c.reversed_at.is_(None)),
        )
        .order_by(_LINES.c.value_date, _LINES.c.key)
    )
    for row in session.execute(query):
        yield Difference(
            BANK_LINE,
            f"{row.value_date}流水{row.key}：{row.payer} {row.remark}"[:500],
            f"银行流水{money.figures(row.amount)}",
            "收款已冲正，台帐无此笔",
        )


def _without_line(session: Session, month: date, last: date) -> Iterator[Row[Any]]:
    """Money of the month, and what came late, that no line of a statement shows."""
    line = exists().where(
        or_(_LINES.c.receipt_id == _RECEIPTS.c.id, _LINES.c.key == _RECEIPTS.c.bank_reference),
        _LINES.c.state != "ignored",
    )
    recorded = cast(func.timezone("Asia/Shanghai", _RECEIPTS.c.recorded_at), Date)
    query = (
        select(_RECEIPTS)
        .where(
            _RECEIPTS.c.kind != "offset",  # a customer's balance that was applied: no money came
            _RECEIPTS.c.reversed_at.is_(None),
            _RECEIPTS.c.value_date <= last,
            or_(_RECEIPTS.c.value_date >= month, recorded >= month),
            ~line,
        )
        .order_by(_RECEIPTS.c.id)
    )
    yield from session.execute(query)


def _has_statement(session: Session, month: date, last: date) -> bool:
    query = (
        select(func.count())
        .select_from(_LINES.join(_STATEMENTS, _STATEMENTS.c.id == _LINES.c.statement_id))
        .where(_STATEMENTS.c.state == "open", _LINES.c.value_date.between(month, last))
    )
    return bool(session.scalar(query))
