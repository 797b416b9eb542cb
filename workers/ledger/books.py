"""Write into the books: enrol a sealed contract, append an entry, take one back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.errors import InvalidInput
from workers.ledger.chain import GENESIS, hash_of
from workers.ledger.store import Book, ContractRow, EntryKind, LedgerBook, LedgerEntry


def enrol(session: Session, contract: ContractRow) -> None:
    """Make a contract known to the ledgers, in the transaction that seals it; the entries follow."""
    session.add(contract)
    session.flush()


def find(session: Session, contract_no: str) -> ContractRow | None:
    """The contract that the ledgers know under that number."""
    return session.get(ContractRow, contract_no)


def lock(session: Session, books: Iterable[Book]) -> dict[Book, LedgerBook]:
    """The heads of the books, locked until the transaction ends, always in the same order (no deadlock)."""
    heads = {}
    for book in sorted(set(books)):
        session.execute(
            insert(LedgerBook).values(book=book, last_seq=0, last_hash=GENESIS).on_conflict_do_nothing()
        )
        query = select(LedgerBook).where(LedgerBook.book == book).with_for_update()
        heads[book] = session.scalars(query.execution_options(populate_existing=True)).one()
    return heads


def append(
    session: Session,
    book: Book,
    contract_no: str,
    kind: EntryKind,
    amount: Decimal,
    *,
    value_date: date,
    reference: str,
    posted_at: datetime,
    reference_sha256: str | None = None,
    reverses: int | None = None,
    reason: str = "",
) -> LedgerEntry:
    """Append one entry (yuan, two places) to a book.

    Every paper is booked once: a second entry of the same kind from the same `reference` breaks a unique
    index. Who writes into both books in one transaction calls `lock` for both before.
    """
    head = lock(session, [book])[book]
    entry = LedgerEntry(
        book=str(book),
        seq=head.last_seq + 1,
        contract_no=contract_no,
        kind=str(kind),
        amount=amount.quantize(Decimal("0.01")),
        posted_at=posted_at,
        value_date=value_date,
        reference=reference,
        reference_sha256=reference_sha256,
        reverses=reverses,
        reason=reason,
        prev_hash=head.last_hash,
    )
    entry.hash = hash_of(entry)
    session.add(entry)
    head.last_seq, head.last_hash = entry.seq, entry.hash
    session.flush()
    return entry


def reverse(session: Session, book: Book, seq: int, *, reason: str, posted_at: datetime) -> LedgerEntry:
    """Take an entry back by one of the opposite amount, with the reason. InvalidInput: no such entry."""
    wrong = session.get(LedgerEntry, (str(book), seq))
    if wrong is None or wrong.reverses is not None:
        raise InvalidInput(f"{book} has no entry {seq} that could be reversed")
    return append(
        session,
        book,
        wrong.contract_no,
        EntryKind(wrong.kind),
        -wrong.amount,
        value_date=wrong.value_date,
        reference=wrong.reference,
        posted_at=posted_at,
        reference_sha256=wrong.reference_sha256,
        reverses=wrong.seq,
        reason=reason,
    )
