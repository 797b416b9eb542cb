"""Write into the books: append an entry, take one back. Every entry keeps the invariants or is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from workers.errors import InvalidInput
from workers.ledger import effects, figures, invariants, periods
from workers.ledger.chain import hash_of
from workers.ledger.heads import lock
from workers.ledger.invariants import Broken, InvariantBroken
from workers.ledger.store import Book, ContractRow, EntryKind, LedgerBook, LedgerEntry


class AlreadyBooked(InvalidInput):
    """The paper stands in the book already, as `entry`: nothing was entered."""

    def __init__(self, entry: LedgerEntry) -> None:
        self.entry = entry
        super().__init__(f"{_name(entry)} stands in the book already, as entry {entry.seq}")


def post(
    session: Session,
    book: Book,
    kind: EntryKind,
    contract_no: str | None,
    amount: Decimal | None,
    *,
    value_date: date,
    reference: str,
    posted_at: datetime,
    line_no: int | None = None,
    quantity: Decimal | None = None,
    customer_no: str | None = None,
    reference_sha256: str | None = None,
    reason: str = "",
) -> LedgerEntry:
    """Append one entry to a book. Take the contract's lock before (`lock_contract`).

    `amount`: yuan; None for goods: what the quantity is worth (`figures.value`). `quantity`: in the line's unit.
    A BALANCE moves the balance of `customer_no`, or of the contract's customer; it alone may be without contract.
    Raises InvariantBroken, AlreadyBooked (one entry per book, contract, kind, reference and line), and
    InvalidInput for what no book takes; nothing is entered then, and the transaction can go on.
    """
    heads = lock(session)
    if kind is EntryKind.BALANCE and customer_no is None and contract_no is not None:
        customer_no = _customer_of(session, contract_no)
    if amount is None:
        if contract_no is None or line_no is None or quantity is None:
            raise InvalidInput(f"{kind} {reference}: an amount, or a line and a quantity, must be given")
        amount = figures.value(session, book, kind, contract_no, line_no, quantity)
    entry = LedgerEntry(
        book=str(book),
        contract_no=contract_no,
        customer_no=customer_no,
        kind=str(kind),
        line_no=line_no,
        quantity=quantity,
        amount=amount,
        posted_at=posted_at,
        value_date=value_date,
        reference=reference,
        reference_sha256=reference_sha256,
        reverses=None,
        reason=reason,
    )
    refuse_bad_shape(entry)
    before = booked(session, book, kind, contract_no, reference, line_no=line_no, customer_no=customer_no)
    if before is not None:
        raise AlreadyBooked(before)
    return _append(session, heads[book], entry)


def reverse(session: Session, book: Book, seq: int, *, reason: str, posted_at: datetime) -> LedgerEntry:
    """Take an entry back by one of the opposite amount and quantity, with the reason.

    The paper's number stays used: a corrected entry has a reference of its own. Raises InvariantBroken when other
    entries stand on this one, and InvalidInput: no such entry, a reversal itself, or taken back already.
    """
    heads = lock(session)
    wrong = refuse_reversed(session, book, seq, reason)
    entry = LedgerEntry(
        book=wrong.book,
        contract_no=wrong.contract_no,
        customer_no=wrong.customer_no,
        kind=wrong.kind,
        line_no=wrong.line_no,
        quantity=None if wrong.quantity is None else -wrong.quantity,
        amount=-wrong.amount,
        posted_at=posted_at,
        value_date=wrong.value_date,
        reference=wrong.reference,
        reference_sha256=wrong.reference_sha256,
        reverses=wrong.seq,
        reason=reason,
    )
    return _append(session, heads[book], entry)


def refuse_reversed(session: Session, book: Book, seq: int, reason: str) -> LedgerEntry:
    """The entry, which may be taken back for that reason. Raises InvalidInput as `reverse` does."""
    wrong = session.get(LedgerEntry, (str(book), seq))
    if wrong is None or wrong.reverses is not None:
        raise InvalidInput(f"{book} has no entry {seq} that could be reversed")
    if not reason.strip():
        raise InvalidInput(f"the reversal of entry {seq} in {book} needs a reason")
    taken = select(LedgerEntry.seq).where(LedgerEntry.book == str(book), LedgerEntry.reverses == seq)
    if session.scalars(taken).first() is not None:
        raise InvalidInput(f"entry {seq} in {book} was reversed already")
    return wrong


def booked(
    session: Session,
    book: Book,
    kind: EntryKind,
    contract_no: str | None,
    reference: str,
    *,
    line_no: int | None = None,
    customer_no: str | None = None,
) -> LedgerEntry | None:
    """The entry that was made from that paper, also when it was reversed since."""
    query = select(LedgerEntry).where(
        # == becomes IS NULL for None; IS NOT DISTINCT FROM would use no index
        LedgerEntry.contract_no == contract_no,
        LedgerEntry.book == str(book),
        LedgerEntry.kind == str(kind),
        LedgerEntry.reference == reference,
        LedgerEntry.line_no == line_no,
        LedgerEntry.reverses.is_(None),
    )
    if customer_no is not None:
        query = query.where(LedgerEntry.customer_no == customer_no)
    return session.scalars(query).first()


def entries(
    session: Session, contract_no: str, *, book: Book | None = None, kinds: Iterable[EntryKind] | None = None
) -> list[LedgerEntry]:
    """A contract's entries, finance's book first, each in the order in which they were made."""
    query = select(LedgerEntry).where(LedgerEntry.contract_no == contract_no)
    if book is not None:
        query = query.where(LedgerEntry.book == str(book))
    if kinds is not None:
        query = query.where(LedgerEntry.kind.in_([str(kind) for kind in kinds]))
    return list(session.scalars(query.order_by(LedgerEntry.book, LedgerEntry.seq)))


def _append(session: Session, head: LedgerBook, entry: LedgerEntry) -> LedgerEntry:
    broken = _broken(session, entry)
    if broken:
        raise InvariantBroken(_name(entry), broken)
    entry.seq, entry.prev_hash = head.last_seq + 1, head.last_hash
    entry.period = periods.period_of(session, entry.posted_at)
    entry.hash = hash_of(entry)
    head.last_seq, head.last_hash = entry.seq, entry.hash
    session.add(entry)
    try:
        session.flush()
    except IntegrityError as error:
        raise as_invariant(entry, error) from error
    return entry


def _broken(session: Session, entry: LedgerEntry) -> Sequence[Broken]:
    """The rules that the entry would break. Raises InvalidInput when it speaks of what the ledgers do not know."""
    book, kind = Book(entry.book), EntryKind(entry.kind)
    if entry.contract_no is None or kind is EntryKind.BALANCE:
        balance = figures.customer_balance(session, entry.customer_no or "")
        found = invariants.of_balance(balance + entry.amount)
        if entry.contract_no is not None:
            figures.account(session, entry.contract_no)
        return found
    account = figures.account(session, entry.contract_no)
    found = invariants.of_account(effects.on_account(account, book, kind, entry.amount))
    if (book, kind) in effects.GOODS:
        line = figures.line(session, entry.contract_no, entry.line_no or 0)
        found += invariants.of_goods(effects.on_goods(line, book, kind, entry.quantity or Decimal(0)))
    return found


def refuse_bad_shape(entry: LedgerEntry) -> None:
    """Raise InvalidInput for what no book takes."""
    book, kind = Book(entry.book), EntryKind(entry.kind)
    wrong = ""
    if kind not in effects.OF_BOOK[book]:
        wrong = f"the book of {book} does not take it"
    elif not entry.reference.strip():
        wrong = "the paper that it is booked from has no number"
    elif entry.amount != entry.amount.quantize(Decimal("0.01")):
        wrong = f"{entry.amount} has fractions of a fen"
    elif kind not in effects.MAY_BE_NEGATIVE and (entry.amount < 0 or (entry.quantity or 0) < 0):
        wrong = "only a reversal of it is negative"
    elif (book, kind) in effects.GOODS and (entry.line_no is None or not entry.quantity):
        wrong = "goods name a line and a quantity"
    elif entry.contract_no is None and (kind is not EntryKind.BALANCE or entry.customer_no is None):
        wrong = "it names no contract"
    elif kind is not EntryKind.BALANCE and entry.customer_no is not None:
        wrong = "only a balance names a customer"
    if wrong:
        raise InvalidInput(f"{_name(entry)}: {wrong}")


def _customer_of(session: Session, contract_no: str) -> str | None:
    return session.scalar(select(ContractRow.customer_no).where(ContractRow.contract_no == contract_no))


def as_invariant(entry: LedgerEntry, error: IntegrityError) -> Exception:
    """The database has the last word: its CHECK in our words; any other violation stays what it is."""
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    broken = invariants.of_check(constraint)
    return InvariantBroken(_name(entry), [broken]) if broken else error


def _name(entry: LedgerEntry) -> str:
    place = f" line {entry.line_no}" if entry.line_no is not None else ""
    return f"{entry.book} {entry.kind} {entry.reference} of {entry.contract_no or entry.customer_no}{place}"
