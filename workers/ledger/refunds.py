"""An amendment that gives money back: what was paid beyond the new amount becomes the customer's balance (C13).

Amount and receipts fall together: neither half alone keeps the books' rules, so the entries are made in one
statement, and the rules are asked of what they come to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from workers.errors import InvalidInput
from workers.ledger import books, effects, figures, invariants, periods
from workers.ledger.chain import hash_of
from workers.ledger.heads import lock
from workers.ledger.invariants import InvariantBroken
from workers.ledger.store import Book, EntryKind, LedgerEntry

FINANCE = Book.FINANCE


def amend(
    session: Session,
    contract_no: str,
    customer_no: str,
    difference: Decimal,
    refund: Decimal,
    *,
    value_date: date,
    reference: str,
    posted_at: datetime,
    reference_sha256: str,
    reason: str,
) -> LedgerEntry:
    """Finance's AMENDMENT by `difference`, with `refund` yuan of receipts moved to the customer's balance.

    The newest receipts are taken back; the rest of one that is taken back in part is entered anew by its own value
    date. Raises InvariantBroken, and InvalidInput when less than `refund` was received.
    """

    def entry(kind: EntryKind, amount: Decimal, on: date, paper: str, **more: object) -> LedgerEntry:
        return LedgerEntry(
            book=str(FINANCE),
            contract_no=contract_no,
            kind=str(kind),
            amount=amount,
            posted_at=posted_at,
            value_date=on,
            reference=paper,
            reason=reason or "合同变更",  # a reversal says why
            **more,
        )

    amendment = entry(
        EntryKind.AMENDMENT, difference, value_date, reference, reference_sha256=reference_sha256
    )
    entries, left = [amendment], refund
    for receipt in reversed(standing_receipts(session, contract_no)):
        if not left:
            break
        taken = min(left, receipt.amount)
        left -= taken
        paper, on = receipt.reference, receipt.value_date
        entries.append(entry(EntryKind.RECEIPT, -receipt.amount, on, paper, reverses=receipt.seq))
        if receipt.amount > taken:
            paper = f"{reference} 第{receipt.seq}笔余额"
            entries.append(entry(EntryKind.RECEIPT, receipt.amount - taken, on, paper))
    if left:
        raise InvalidInput(f"{contract_no}: {refund} is more than was received")
    entries.append(entry(EntryKind.BALANCE, refund, value_date, reference, customer_no=customer_no))
    _append(session, contract_no, entries)
    return amendment


def standing_receipts(session: Session, contract_no: str) -> list[LedgerEntry]:
    """The receipts that nobody has taken back, oldest first."""
    found = books.entries(session, contract_no, book=FINANCE, kinds=[EntryKind.RECEIPT])
    gone = {one.reverses for one in found}
    return [one for one in found if one.reverses is None and one.seq not in gone]


def _append(session: Session, contract_no: str, entries: Sequence[LedgerEntry]) -> None:
    head = lock(session)[FINANCE]
    account = figures.account(session, contract_no)
    for one in entries:
        account = effects.on_account(account, FINANCE, EntryKind(one.kind), one.amount)
    broken = invariants.of_account(account)
    if broken:
        raise InvariantBroken(f"refund of {contract_no}", broken)
    rows = []
    period = periods.period_of(session, entries[0].posted_at)
    for one in entries:
        one.seq, one.prev_hash, one.period = head.last_seq + 1, head.last_hash, period
        one.hash = hash_of(one)
        head.last_seq, head.last_hash = one.seq, one.hash
        session.flush()  # the head moves by one entry at a time
        rows.append({column.key: getattr(one, column.key) for column in LedgerEntry.__table__.columns})
    try:
        session.execute(insert(LedgerEntry).values(rows))
    except IntegrityError as error:
        raise books.as_invariant(entries[0], error) from error
