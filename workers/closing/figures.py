"""The month in figures, as the forms and the report show it (C12)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers import money
from workers.closing.comparing import counts_in
from workers.closing.messages import Figure
from workers.ledger import Book, EntryKind, LedgerEntry

BOOKS = {Book.SALES: "销售台帐", Book.FINANCE: "财务台帐"}
LABELS = {
    EntryKind.CONTRACT: "合同",
    EntryKind.AMENDMENT: "合同变更",
    EntryKind.PRODUCTION: "完工",
    EntryKind.INBOUND: "入库",
    EntryKind.SCRAP: "报废",
    EntryKind.DISPATCH: "发货",
    EntryKind.RETURN: "退货",
    EntryKind.INVOICE_REQUEST: "开票申请",
    EntryKind.COMMISSION: "提成计提",
    EntryKind.DELIVERY: "客户签收",
    EntryKind.RECEIPT: "收款",
    EntryKind.INTEREST_PAID: "收到利息",
    EntryKind.INVOICE: "发票",
    EntryKind.CREDIT_NOTE: "红字发票",
    EntryKind.INTEREST: "逾期利息",
    EntryKind.OFFSET: "提成扣留与发还",
    EntryKind.PAYOUT: "提成发放",
    EntryKind.WRITE_OFF: "核销",
    EntryKind.BALANCE: "客户余额",
}
"""What staff call the kinds of entry."""


def of_month(session: Session, month: date, books: Iterable[Book] = Book) -> list[Figure]:
    """How many entries of each kind count in the month, and their sum."""
    wanted = [str(book) for book in books]
    query = (
        select(LedgerEntry.book, LedgerEntry.kind, func.count(), func.sum(LedgerEntry.amount))
        .where(counts_in() == month, LedgerEntry.book.in_(wanted))
        .group_by(LedgerEntry.book, LedgerEntry.kind)
    )
    found = {
        (Book(book), EntryKind(kind)): (count, total) for book, kind, count, total in session.execute(query)
    }
    return [
        Figure(book=BOOKS[book], label=label, count=str(count), amount=money.figures(total))
        for book in sorted(Book, reverse=True)
        for kind, label in LABELS.items()
        for count, total in [found.get((book, kind), (0, None))]
        if total is not None
    ]
