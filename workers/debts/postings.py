"""Post interest: the difference between what has accrued and what stands in the book (A3, C12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from workers import ledger
from workers.debts.ageing import ZERO
from workers.debts.facts import read
from workers.debts.interest import accrued, rounded
from workers.debts.rulings import Rulings
from workers.debts.schedule import total
from workers.ledger import Book, Draft, EntryKind, LedgerEntry


def post_interest(session: Session, contract_no: str, as_of: date, posted_at: datetime) -> list[LedgerEntry]:
    """Bring the posted interest to what is due for every day up to `as_of`; nothing when it is so already.

    A month that is not closed holds the interest of its own days: each gets an entry by its last day that counts in
    it, the running one an entry by `as_of`. The difference is negative after money of an earlier value date. Where
    interest is posted by a later day than `as_of` already, that day counts.
    """
    contract = ledger.lock_contract(session, contract_no)
    ledger.lock(session)
    rulings = Rulings.of(session)
    found = read(session, contract, rulings)
    first = ledger.still_open(session, date.min, posted_at)
    posted = list(found.interest)
    number = len(ledger.entries(session, contract_no, book=Book.FINANCE, kinds=[EntryKind.INTEREST]))
    drafts: list[Draft] = []
    made = ZERO
    for day in _days(first, max([as_of, *(one.on for one in posted)])):
        due = rounded(accrued(found.debt, rulings.rates, day))
        difference = due - total(one for one in posted if one.on <= day) - made
        if difference:
            made += difference
            number += 1
            drafts.append(_draft(contract_no, number, difference, day, max(first, day.replace(day=1))))
    if not drafts:
        return []
    return ledger.post_together(session, Book.FINANCE, contract_no, drafts, posted_at=posted_at)


def _days(first: date, last: date) -> Iterator[date]:
    """The last day of each month from the one that begins with `first`, and at the end `last`."""
    following = ledger.following(first)
    while following <= last:
        yield following - timedelta(days=1)
        following = ledger.following(following)
    yield last


def _draft(contract_no: str, number: int, amount: Decimal, day: date, month: date) -> Draft:
    reference = f"逾期利息 {contract_no} 第{number}笔"
    return Draft(EntryKind.INTEREST, amount, day, reference, reason=f"计至{day}", counts_in=month)
