"""Money that an amendment or a termination leaves over goes from the principal to the customer's balance (C13).

The newest receipts give first. What came through `receive` is booked anew with its own parts, so that its row goes on
saying what it paid; receipts of the opening have no row, only their entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import ledger
from workers.debts.ageing import ZERO
from workers.debts.store import ReceivedMoney
from workers.errors import InvalidInput
from workers.ledger import Book, Draft, EntryKind, LedgerEntry

KINDS = (EntryKind.RECEIPT, EntryKind.INTEREST_PAID, EntryKind.BALANCE)
"""What money is booked as, in the order of a row's principal, interest and surplus."""


def give_back(
    session: Session, contract_no: str, amount: Decimal, *, reference: str, value_date: date, reason: str
) -> list[Draft]:
    """The entries that give `amount` yuan of receipts back, for `ledger.amend` to make; the rows are changed already.

    `reference` and `value_date` are the amendment's. Raises InvalidInput when less than that was received. The
    contract's lock must be held.
    """
    entries = ledger.standing(ledger.entries(session, contract_no, book=Book.FINANCE, kinds=KINDS))
    rows = {row.reference: row for row in rows_of(session, contract_no)}
    drafts: list[Draft] = []
    left, without_row = amount, ZERO
    for receipt in reversed([one for one in entries if one.kind == EntryKind.RECEIPT]):
        if not left:
            break
        taken = min(left, receipt.amount)
        left -= taken
        drafts += _until(receipt, taken, value_date, f"{reference} 第{receipt.seq}笔", reason)
        row = rows.get(receipt.reference)
        if row is not None:
            wrong = [one for one in entries if one.reference == row.reference]
            drafts += [ledger.reversal(one, reason) for one in wrong]
            row.principal, row.surplus, row.booking = (
                row.principal - taken,
                row.surplus + taken,
                row.booking + 1,
            )
            drafts += booked_as(row, reason)
            continue
        without_row += taken
        drafts.append(ledger.reversal(receipt, reason))
        if receipt.amount > taken:
            rest = f"{reference} 第{receipt.seq}笔余额"
            kept = Draft(EntryKind.RECEIPT, receipt.amount - taken, receipt.value_date, rest, reason=reason)
            drafts.append(kept)
    if left:
        raise InvalidInput(f"{contract_no}: {amount} is more than was received")
    if without_row:
        drafts.append(Draft(EntryKind.BALANCE, without_row, value_date, reference, reason=reason))
    return drafts


def _until(receipt: LedgerEntry, taken: Decimal, day: date, reference: str, reason: str) -> Iterator[Draft]:
    """What is given back has paid from its own day until the day of the amendment: no interest for those days."""
    if receipt.value_date < day:
        paid = Draft(EntryKind.RECEIPT, taken, receipt.value_date, reference, reason=reason)
        yield paid
        yield Draft(EntryKind.RECEIPT, -taken, day, reference, reverses=paid, reason=reason)


def booked_as(row: ReceivedMoney, reason: str = "", counts_in: date | None = None) -> Iterator[Draft]:
    """The entries of money as its row says that it is split; `counts_in`: as in `Draft`."""
    for kind, amount in zip(KINDS, (row.principal, row.interest, row.surplus), strict=True):
        if amount > 0:
            yield Draft(kind, amount, row.value_date, row.reference, reason=reason, counts_in=counts_in)


def standing_entries(session: Session, row: ReceivedMoney) -> list[LedgerEntry]:
    """The entries of the row's present booking that nobody has taken back."""
    found = ledger.entries(session, row.contract_no, book=Book.FINANCE, kinds=KINDS)
    return [one for one in ledger.standing(found) if one.reference == row.reference]


def rows_of(session: Session, contract_no: str) -> list[ReceivedMoney]:
    """The money that is booked for a contract, by value date."""
    query = select(ReceivedMoney).where(
        ReceivedMoney.contract_no == contract_no, ReceivedMoney.taken_back_at.is_(None)
    )
    return list(session.scalars(query.order_by(ReceivedMoney.value_date, ReceivedMoney.id)))
