"""Compare both books, the count, the bank and the papers: every difference of a month (C4, C12).

Each comparison is one query that brings only what differs. Entries count up to and including the month.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, Subquery, and_, case, cast, column, func, select, table
from sqlalchemy.orm import Session

from workers import ledger, money
from workers.closing import banking, stocktaking
from workers.closing.rules import (
    COMMISSION,
    CONTRACT_AMOUNT,
    INVOICE,
    LEDGER,
    UNSIGNED,
    UNSTORED,
    Difference,
)
from workers.ledger import Book, EntryKind, LedgerAccount, LedgerEntry, LedgerGoods

K, SALES, FINANCE = EntryKind, Book.SALES, Book.FINANCE

# What quality has refused and the warehouse has missed goes back to production; the tables belong to the room
# `fulfilment`, here they are only read.
_REFUSED = table("goods_record_lines", *map(column, ("paper_no", "step", "line_no", "refused")))


def differences(session: Session, case_no: str, month: date, *, verified: bool = True) -> list[Difference]:
    """Everything on which two sides do not agree, in the order in which staff read it.

    `verified`: whether the books' chains are read through as well, which takes its time.
    """
    return [
        *_contract_amounts(session, month),
        *_unsigned(session, month),
        *_unstored(session, month),
        *stocktaking.differences(session, case_no),
        *_invoices(session, month),
        *banking.differences(session, month),
        *_commission(session),
        *(_verified(session) if verified else ()),
    ]


def counts_in() -> ColumnElement[date]:
    """The month in which an entry counts, as the database sees it."""
    posted = func.date_trunc("month", func.timezone("Asia/Shanghai", LedgerEntry.posted_at))
    return func.coalesce(LedgerEntry.period, cast(posted, Date))


def _sum(what: Any, *signed: tuple[Book, EntryKind, int]) -> ColumnElement[Decimal]:
    """The sum of a column over entries of some kinds, each with its sign."""
    ways = [
        (and_(LedgerEntry.book == str(book), LedgerEntry.kind == str(kind)), sign * what)
        for book, kind, sign in signed
    ]
    return func.coalesce(func.sum(case(*ways, else_=0)), 0)


def _contract_amounts(session: Session, month: date) -> Iterator[Difference]:
    amounts = {book: _sum(LedgerEntry.amount, (book, K.CONTRACT, 1), (book, K.AMENDMENT, 1)) for book in Book}
    query = (
        select(LedgerEntry.contract_no, amounts[SALES], amounts[FINANCE])
        .where(LedgerEntry.kind.in_([str(K.CONTRACT), str(K.AMENDMENT)]), counts_in() <= month)
        .group_by(LedgerEntry.contract_no)
        .having(amounts[SALES] != amounts[FINANCE])
        .order_by(LedgerEntry.contract_no)
    )
    for number, sales, finance in session.execute(query):
        yield Difference(
            CONTRACT_AMOUNT,
            "两本台帐的合同金额不一致",
            f"销售台帐{money.figures(sales)}",
            f"财务台帐{money.figures(finance)}",
            number,
        )


def _unsigned(session: Session, month: date) -> Iterator[Difference]:
    out = _sum(LedgerEntry.quantity, (SALES, K.DISPATCH, 1), (SALES, K.RETURN, -1))
    signed = _sum(LedgerEntry.quantity, (FINANCE, K.DELIVERY, 1), (FINANCE, K.RETURN, -1))
    for number, line, name, unit, sales, finance in session.execute(_by_line(month, out, signed)):
        yield Difference(
            UNSIGNED,
            f"第{line}行 {name}：已发货数量与客户签收数量不一致",
            f"已发货{money.plain(sales)}{unit}",
            f"已签收{money.plain(finance)}{unit}",
            number,
            line,
        )


def _unstored(session: Session, month: date) -> Iterator[Difference]:
    failed = _failed(month)
    made = _sum(LedgerEntry.quantity, (SALES, K.PRODUCTION, 1)) - func.coalesce(failed.c.failed, 0)
    stored = _sum(LedgerEntry.quantity, (SALES, K.INBOUND, 1))
    query = (
        _by_line(month, made, stored)
        .outerjoin(
            failed,
            and_(failed.c.contract_no == LedgerEntry.contract_no, failed.c.line_no == LedgerEntry.line_no),
        )
        .group_by(failed.c.failed)
    )
    for number, line, name, unit, produced, inbound in session.execute(query):
        yield Difference(
            UNSTORED,
            f"第{line}行 {name}：完工(减不合格与短少)数量与入库数量不一致",
            f"已完工{money.plain(produced)}{unit}",
            f"已入库{money.plain(inbound)}{unit}",
            number,
            line,
        )


def _failed(month: date) -> Subquery:
    """By contract and line: what of the batches that count in the month or before did not get into the stock."""
    batch = and_(
        LedgerEntry.reference == _REFUSED.c.paper_no,
        LedgerEntry.line_no == _REFUSED.c.line_no,
        LedgerEntry.book == str(SALES),
        LedgerEntry.kind == str(K.PRODUCTION),
        LedgerEntry.reverses.is_(None),
    )
    return (
        select(LedgerEntry.contract_no, _REFUSED.c.line_no, func.sum(_REFUSED.c.refused).label("failed"))
        .join(LedgerEntry, batch)
        .where(_REFUSED.c.step.in_(("inspect", "store")), counts_in() <= month)
        .group_by(LedgerEntry.contract_no, _REFUSED.c.line_no)
        .subquery()
    )


def _by_line(
    month: date, left: ColumnElement[Decimal], right: ColumnElement[Decimal]
) -> Select[*tuple[Any, ...]]:
    return (
        select(
            LedgerEntry.contract_no,
            LedgerEntry.line_no,
            LedgerGoods.product_name,
            LedgerGoods.unit,
            left,
            right,
        )
        .join(
            LedgerGoods,
            and_(
                LedgerGoods.contract_no == LedgerEntry.contract_no,
                LedgerGoods.line_no == LedgerEntry.line_no,
            ),
        )
        .where(LedgerEntry.line_no.is_not(None), counts_in() <= month)
        .group_by(LedgerEntry.contract_no, LedgerEntry.line_no, LedgerGoods.product_name, LedgerGoods.unit)
        .having(left != right)
        .order_by(LedgerEntry.contract_no, LedgerEntry.line_no)
    )


def _invoices(session: Session, month: date) -> Iterator[Difference]:
    asked = _sum(LedgerEntry.amount, (SALES, K.INVOICE_REQUEST, 1))
    issued = _sum(LedgerEntry.amount, (FINANCE, K.INVOICE, 1), (FINANCE, K.CREDIT_NOTE, -1))
    kinds = [str(kind) for kind in (K.INVOICE_REQUEST, K.INVOICE, K.CREDIT_NOTE)]
    query = (
        select(LedgerEntry.contract_no, asked, issued)
        .where(LedgerEntry.kind.in_(kinds), counts_in() <= month)
        .group_by(LedgerEntry.contract_no)
        .having(asked != issued)
        .order_by(LedgerEntry.contract_no)
    )
    for number, sales, finance in session.execute(query):
        yield Difference(
            INVOICE,
            "申请开票与已开发票(减红字)不一致",
            f"已申请{money.figures(sales)}",
            f"已开票{money.figures(finance)}",
            number,
        )


def _commission(session: Session) -> Iterator[Difference]:
    account = LedgerAccount
    query = (
        select(account.contract_no, account.accrued, account.withheld, account.paid_out)
        .where(account.accrued > account.withheld + account.paid_out)
        .order_by(account.contract_no)
    )
    for number, accrued, withheld, paid in session.execute(query):
        yield Difference(
            COMMISSION,
            f"提成已计提，尚有{money.figures(accrued - withheld - paid)}未发放",
            f"已计提{money.figures(accrued)}",
            f"已发放{money.figures(paid)}，扣留{money.figures(withheld)}",
            number,
        )


def _verified(session: Session) -> Iterator[Difference]:
    for finding in ledger.verify(session):
        if finding.code == "books_differ":
            continue  # listed above, with both figures
        place = f"{finding.book or ''} #{finding.seq}" if finding.seq else (finding.book or "")
        yield Difference(
            LEDGER,
            f"{finding.code}：{finding.message}"[:1000],
            place.strip() or "台帐",
            "校验不符",
            finding.contract_no,
        )
