"""Post interest: the difference between what has accrued and what stands in the book (A3, C12)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from workers import ledger
from workers.debts.facts import read
from workers.debts.interest import accrued, rounded
from workers.debts.rulings import Rulings
from workers.debts.schedule import total
from workers.ledger import Book, EntryKind, LedgerEntry


def post_interest(session: Session, contract_no: str, as_of: date, posted_at: datetime) -> LedgerEntry | None:
    """Bring the posted interest to what is due for every day up to `as_of`; None when it is so already.

    The difference is negative after money of an earlier value date. It is never posted behind an earlier posting:
    then that one's day counts.
    """
    contract = ledger.lock_contract(session, contract_no)
    rulings = Rulings.of(session)
    found = read(session, contract, rulings)
    day = max([as_of, *(one.on for one in found.interest)])
    difference = rounded(accrued(found.debt, rulings.rates, day)) - total(found.interest)
    if not difference:
        return None
    before = ledger.entries(session, contract_no, book=Book.FINANCE, kinds=[EntryKind.INTEREST])
    return ledger.post(
        session,
        Book.FINANCE,
        EntryKind.INTEREST,
        contract_no,
        difference,
        value_date=day,
        reference=f"逾期利息 {contract_no} 第{len(before) + 1}笔",
        posted_at=posted_at,
        reason=f"计至{day}",
    )
