"""Whether closed months stayed closed: each kept both books' heads, and nothing behind them counts in it (C12)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from workers.ledger.store import Book, LedgerPeriod


def closed_months(session: Session) -> Sequence[LedgerPeriod]:
    """The closed months, in the order in which they were closed."""
    query = select(LedgerPeriod).order_by(LedgerPeriod.month).execution_options(populate_existing=True)
    return session.scalars(query).all()


class MonthWatch:
    """Goes along with one book's entries, in their order."""

    def __init__(self, book: Book, months: Sequence[LedgerPeriod]) -> None:
        self._ahead = [
            (one.month, one.sales_seq, one.sales_hash)
            if book is Book.SALES
            else (one.month, one.finance_seq, one.finance_hash)
            for one in months
        ]
        self._closed: date | None = None
        self._pass(0, None)

    def _pass(self, seq: int, found: str | None) -> str | None:
        """Months that were closed when the book had that many entries; tells when its head was another."""
        wrong = None
        while self._ahead and self._ahead[0][1] <= seq:
            month, _, kept = self._ahead.pop(0)
            if found is not None and kept != found:
                wrong = f"{month:%Y-%m} was closed behind another entry than this one"
            self._closed = month
        return wrong

    def wrong_with(self, entry: Row[Any]) -> str | None:
        """What is wrong with the month in which the entry counts, or with a month that was closed behind it."""
        late = None
        if self._closed is not None and (entry.period is None or entry.period <= self._closed):
            late = f"it counts in a month that was closed before it was entered ({self._closed:%Y-%m})"
        return self._pass(entry.seq, entry.hash) or late

    def left(self) -> Iterator[str]:
        """Months that were closed behind entries which the book does not have."""
        for month, seq, _ in self._ahead:
            yield f"{month:%Y-%m} was closed behind entry {seq}"
