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
from workers.ledger.words import BOOKS, KINDS


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
        Figure(book=BOOKS[str(book)], label=label, count=str(count), amount=money.figures(total))
        for book in sorted(Book, reverse=True)
        for kind, label in KINDS.items()
        for count, total in [found.get((book, kind), (0, None))]
        if total is not None
    ]
