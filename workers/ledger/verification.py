"""Prove that the ledgers are whole: nothing altered, nothing missing, both books alike, sums and papers right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from workers.ledger.chain import GENESIS, hash_of
from workers.ledger.effects import OF_BOOK
from workers.ledger.findings import Finding
from workers.ledger.guards import guard_findings
from workers.ledger.months import MonthWatch, closed_months
from workers.ledger.papers import line_findings, paper_findings
from workers.ledger.store import SEALED, Book, ContractRow, EntryKind, LedgerBook, LedgerEntry
from workers.ledger.sums import sum_findings

CHUNK = 5000
"""Entries read at a time, however long a book has become."""
GRACE = timedelta(minutes=10)
"""How long a sealed contract may be on its way into the books."""

_FRESH: dict[str, Any] = {"execution_options": {"populate_existing": True}}
"""What is committed now, not what the session has read before."""
_CONTRACTUAL = (EntryKind.CONTRACT, EntryKind.AMENDMENT)

__all__ = ["Finding", "verify"]


class Entered(NamedTuple):
    """What is compared of an entry that states the contract's amount."""

    seq: int
    kind: str
    contract_no: str
    amount: Decimal
    document_sha256: str | None
    reverses: int | None


Entries = dict[Book, list[Entered]]


def verify(session: Session, grace: timedelta = GRACE) -> list[Finding]:
    """Everything that is wrong with the ledgers; empty when they are whole.

    Holds both books' heads in share mode, so that no entry arrives while it looks.
    """
    session.flush()
    heads = {
        head.book: head
        for head in session.scalars(
            # in the order in which writers lock them: no deadlock
            select(LedgerBook).order_by(LedgerBook.book).with_for_update(read=True),
            **_FRESH,
        )
    }
    findings: list[Finding] = []
    entries: Entries = {book: [] for book in Book}
    months = closed_months(session)
    for book in Book:
        query = select(LedgerEntry.__table__).where(LedgerEntry.book == book).order_by(LedgerEntry.seq)
        stream = session.execute(query.execution_options(yield_per=CHUNK))
        findings += _chain(book, stream, heads.get(book), entries[book], MonthWatch(book, months))
    contracts = session.execute(select(ContractRow.__table__).order_by(ContractRow.contract_no)).all()
    overdue = session.scalars(select(func.now())).one() - grace
    expected = [one for one in contracts if one.status != SEALED or one.sealed_at < overdue]
    findings += _contract_entries(expected, entries)
    findings += _differences(entries)
    findings += sum_findings(session)
    findings += paper_findings(session, contracts, overdue)
    findings += line_findings(session)
    findings += guard_findings(session)
    return findings


def _chain(
    book: Book,
    stream: Iterable[Row[Any]],
    head: LedgerBook | None,
    contracts: list[Entered],
    months: MonthWatch,
) -> Iterator[Finding]:
    """What is wrong with one book by itself; the entries of contracts are added to `contracts` on the way."""
    seq, before = 0, GENESIS
    for entry in stream:
        if entry.kind in _CONTRACTUAL:
            contracts.append(
                Entered(
                    *(entry.seq, entry.kind, entry.contract_no, entry.amount),
                    *(entry.reference_sha256, entry.reverses),
                )
            )

        def finding(code: str, message: str, entry: Row[Any] = entry) -> Finding:
            return Finding(
                code=code, message=message, book=book, seq=entry.seq, contract_no=entry.contract_no
            )

        if entry.seq != seq + 1:
            yield finding("gap", f"entry {seq + 1} is missing before it")
        elif entry.prev_hash != before:
            yield finding("chain_broken", "it does not follow the entry before it")
        if entry.hash != hash_of(entry):
            yield finding("entry_altered", "its content is not what was entered")
        if entry.kind not in OF_BOOK[book]:
            yield finding("kind_of_other_book", f"the book of {book} does not take {entry.kind}")
        if late := months.wrong_with(entry):
            yield finding("closed_month", late)
        seq, before = entry.seq, entry.hash
    last_seq, last_hash = (head.last_seq, head.last_hash) if head else (0, GENESIS)
    if (last_seq, last_hash) != (seq, before):
        message = f"the book ends with entry {seq}, its head says {last_seq}"
        yield Finding(code="head_mismatch", message=message, book=book, seq=seq)
    for message in months.left():
        yield Finding(code="closed_month_differs", message=message, book=book)


def _contract_entries(contracts: Sequence[Row[Any]], entries: Entries) -> Iterator[Finding]:
    found: defaultdict[tuple[str, Book], list[Entered]] = defaultdict(list)
    for book, those in entries.items():
        for entry in those:
            if entry.reverses is None:
                found[entry.contract_no, book].append(entry)
    for contract in contracts:
        number = contract.contract_no
        missing = [
            book for book in Book if all(one.kind != EntryKind.CONTRACT for one in found[number, book])
        ]
        if len(missing) == len(Book):
            yield Finding(
                code="contract_without_entries", message="sealed, but in no book", contract_no=number
            )
            continue
        for book in missing:
            message = f"the book of {book} lacks it"
            yield Finding(code="entry_missing", message=message, book=book, contract_no=number)
        for book in Book:
            if book not in missing:
                yield from _against_contract(contract, book, found[number, book])


def _against_contract(contract: Row[Any], book: Book, entries: Sequence[Entered]) -> Iterator[Finding]:
    last = entries[-1]
    entered = sum((entry.amount for entry in entries), Decimal(0))

    def finding(code: str, message: str) -> Finding:
        return Finding(code=code, message=message, book=book, seq=last.seq, contract_no=contract.contract_no)

    if entered != contract.amount:
        yield finding("amount_differs", f"entered with {entered}, the contract says {contract.amount}")
    if last.document_sha256 != contract.document_sha256:
        yield finding("document_differs", "entered from another document than the contract's")


def _differences(entries: Entries) -> Iterator[Finding]:
    sums: dict[Book, defaultdict[str, Decimal]] = {}
    for book, those in entries.items():
        sums[book] = defaultdict(Decimal)
        for entry in those:
            sums[book][entry.contract_no] += entry.amount
    sales, finance = sums[Book.SALES], sums[Book.FINANCE]
    for number in sorted(sales.keys() & finance.keys()):
        if sales[number] != finance[number]:
            message = f"contract amount: sales {sales[number]}, finance {finance[number]}"
            yield Finding(code="books_differ", message=message, contract_no=number)
