"""The heads of the books: whoever holds their rows writes, one after the other."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.ledger.chain import GENESIS
from workers.ledger.store import Book, LedgerBook


def lock(session: Session) -> dict[Book, LedgerBook]:
    """The heads of both books, locked until the transaction ends.

    Both at once and in one order, whichever is written: who writes into one book and then into the other meets
    no deadlock.
    """
    session.flush()
    query = select(LedgerBook).order_by(LedgerBook.book).with_for_update()
    query = query.execution_options(populate_existing=True)
    heads = session.scalars(query).all()
    if len(heads) < len(Book):
        for book in sorted(Book):
            new = insert(LedgerBook).values(book=book, last_seq=0, last_hash=GENESIS)
            session.execute(new.on_conflict_do_nothing())
        heads = session.scalars(query).all()
    return {Book(head.book): head for head in heads}
