"""Entries that keep the books' rules only together: made in one statement, the rules asked of what they come to (C13).

An amendment that gives money back lowers amount and receipts at once, and money that is booked anew behind an earlier
paper leaves and returns: neither half alone would be allowed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from workers.errors import InvalidInput
from workers.ledger import books, effects, figures, invariants, periods
from workers.ledger.chain import hash_of
from workers.ledger.heads import lock
from workers.ledger.invariants import InvariantBroken
from workers.ledger.store import Book, ContractRow, EntryKind, LedgerEntry


@dataclass(frozen=True)
class Draft:
    """One entry of several, about money (yuan) of a contract; a BALANCE moves the contract's customer's."""

    kind: EntryKind
    amount: Decimal
    value_date: date
    reference: str
    reference_sha256: str | None = None
    reverses: int | Draft | None = None
    """The entry that it takes back: by its number, or one that stands before it among these."""
    reason: str = ""
    counts_in: date | None = None
    """The month in which it counts, by its first day; None: that of the day on which it is posted."""


def reversal(wrong: LedgerEntry, reason: str) -> Draft:
    """What takes that entry back."""
    return Draft(
        EntryKind(wrong.kind),
        -wrong.amount,
        wrong.value_date,
        wrong.reference,
        reference_sha256=wrong.reference_sha256,
        reverses=wrong.seq,
        reason=reason,
    )


def standing(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Those of one book's entries that nobody has taken back, in their order; reversals must be among them."""
    known = list(entries)
    gone = {one.reverses for one in known}
    return [one for one in known if one.reverses is None and one.seq not in gone]


def post_together(
    session: Session, book: Book, contract_no: str, drafts: Sequence[Draft], *, posted_at: datetime
) -> list[LedgerEntry]:
    """Append several entries of one contract to a book: all of them or none. Take the contract's lock before.

    Raises as `post` and `reverse` do; the rules are asked of the account and the balance behind the last entry.
    """
    head = lock(session)[book]
    customer_no = session.scalar(
        select(ContractRow.customer_no).where(ContractRow.contract_no == contract_no)
    )
    seqs = {id(draft): head.last_seq + place for place, draft in enumerate(drafts, 1)}
    entries = [_entry(book, contract_no, customer_no, draft, seqs, posted_at) for draft in drafts]
    for entry in entries:
        _refuse(session, entry, head.last_seq)
    _keep_the_rules(session, book, contract_no, entries)
    rows = []
    for one in entries:
        one.seq, one.prev_hash = head.last_seq + 1, head.last_hash
        one.period = one.period or periods.period_of(session, posted_at)
        one.hash = hash_of(one)
        head.last_seq, head.last_hash = one.seq, one.hash
        session.flush()  # the head moves by one entry at a time
        rows.append({column.key: getattr(one, column.key) for column in LedgerEntry.__table__.columns})
    try:
        session.execute(insert(LedgerEntry).values(rows))
    except IntegrityError as error:
        raise books.as_invariant(entries[0], error) from error
    return entries


def _entry(
    book: Book,
    contract_no: str,
    customer_no: str | None,
    draft: Draft,
    seqs: Mapping[int, int],
    posted_at: datetime,
) -> LedgerEntry:
    wrong = draft.reverses
    return LedgerEntry(
        book=str(book),
        contract_no=contract_no,
        customer_no=customer_no if draft.kind is EntryKind.BALANCE else None,
        kind=str(draft.kind),
        amount=draft.amount,
        posted_at=posted_at,
        value_date=draft.value_date,
        reference=draft.reference,
        reference_sha256=draft.reference_sha256,
        reverses=seqs[id(wrong)] if isinstance(wrong, Draft) else wrong,
        reason=draft.reason,
        period=draft.counts_in,
    )


def _refuse(session: Session, entry: LedgerEntry, last_seq: int) -> None:
    if entry.reverses is not None and entry.reverses > last_seq:
        return  # it is made together with what it takes back
    if entry.reverses is not None:
        books.refuse_reversed(session, Book(entry.book), entry.reverses, entry.reason)
        return
    books.refuse_bad_shape(entry)
    kind, customer_no = EntryKind(entry.kind), entry.customer_no
    before = books.booked(
        session, Book(entry.book), kind, entry.contract_no, entry.reference, customer_no=customer_no
    )
    if before is not None:
        raise books.AlreadyBooked(before)


def _keep_the_rules(session: Session, book: Book, contract_no: str, entries: Sequence[LedgerEntry]) -> None:
    account = figures.account(session, contract_no)
    balances: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in entries:
        kind = EntryKind(one.kind)
        account = effects.on_account(account, book, kind, one.amount)
        if (book, kind) in effects.GOODS:
            raise InvalidInput(f"{kind} {one.reference}: goods are booked one by one")
        if one.customer_no is not None:
            balances[one.customer_no] += one.amount
    broken = invariants.of_account(account)
    for customer_no, moved in balances.items():
        broken += invariants.of_balance(figures.customer_balance(session, customer_no) + moved)
    if broken:
        raise InvariantBroken(f"{book} {', '.join(one.kind for one in entries)} of {contract_no}", broken)
