"""Read contracts' debts from the books: what makes them due, what has paid them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import ledger
from workers.debts.ageing import Debt
from workers.debts.rulings import Rulings
from workers.debts.schedule import Dated, Facts, by_day
from workers.debts.store import Acceptance
from workers.ledger import Book, ContractRow, EntryKind, LedgerEntry

AT_A_TIME = 1000
"""Contracts read by one query."""
_READ = {
    *(EntryKind.CONTRACT, EntryKind.AMENDMENT, EntryKind.DELIVERY, EntryKind.RETURN, EntryKind.RECEIPT),
    *(EntryKind.WRITE_OFF, EntryKind.INTEREST, EntryKind.INTEREST_PAID),
}


@dataclass(frozen=True)
class Read:
    """A contract with its debt and its interest, as the finance book has them."""

    contract: ContractRow
    debt: Debt
    interest: tuple[Dated, ...]
    """Posted, by value date."""
    interest_paid: tuple[Dated, ...]


def read(session: Session, contract: ContractRow, rulings: Rulings) -> Read:
    """One contract's debt as it is booked now."""
    return read_all(session, [contract], rulings)[0]


def read_all(session: Session, contracts: Sequence[ContractRow], rulings: Rulings) -> list[Read]:
    """Many contracts' debts, in their order, with few queries."""
    session.flush()
    found: list[Read] = []
    for start in range(0, len(contracts), AT_A_TIME):
        some = contracts[start : start + AT_A_TIME]
        numbers = [one.contract_no for one in some]
        entries = _entries(session, numbers)
        accepted = {
            one.contract_no: one.accepted_on
            for one in session.scalars(select(Acceptance).where(Acceptance.contract_no.in_(numbers)))
        }
        for contract in some:
            own = entries[contract.contract_no]
            facts = Facts(
                prices=_sum(own, EntryKind.CONTRACT, EntryKind.AMENDMENT),
                deliveries=_sum(own, EntryKind.DELIVERY, less=EntryKind.RETURN),
                needs_jointing=contract.needs_jointing,
                accepted_on=accepted.get(contract.contract_no),
                settled_on=_settled_on(contract, own),
            )
            paid = _sum(own, EntryKind.RECEIPT, EntryKind.WRITE_OFF)
            found.append(
                Read(
                    contract=contract,
                    debt=Debt(rulings.parts(contract), facts, paid),
                    interest=_sum(own, EntryKind.INTEREST),
                    interest_paid=_sum(own, EntryKind.INTEREST_PAID),
                )
            )
    return found


def _entries(session: Session, numbers: Sequence[str]) -> dict[str, list[LedgerEntry]]:
    query = select(LedgerEntry).where(
        LedgerEntry.contract_no.in_(numbers),
        LedgerEntry.book == str(Book.FINANCE),
        LedgerEntry.kind.in_([str(kind) for kind in _READ]),
    )
    entries: defaultdict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in session.scalars(query.order_by(LedgerEntry.seq)):
        entries[entry.contract_no or ""].append(entry)
    return entries


def _sum(
    entries: Iterable[LedgerEntry], *kinds: EntryKind, less: EntryKind | None = None
) -> tuple[Dated, ...]:
    """The entries of these kinds by value date; a reversal has its entry's date, so that the two are nothing."""
    found = [
        Dated(entry.value_date, -entry.amount if entry.kind == less else entry.amount)
        for entry in entries
        if entry.kind in kinds or entry.kind == less
    ]
    return tuple(by_day(found))


def _settled_on(contract: ContractRow, entries: Iterable[LedgerEntry]) -> date | None:
    """A termination settles by an amendment; its day is the day of the settlement."""
    if contract.status != ledger.TERMINATED:
        return None
    return max((one.value_date for one in entries if one.kind == EntryKind.AMENDMENT), default=None)
