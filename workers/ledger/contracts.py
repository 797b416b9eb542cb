"""Contracts in the ledgers: enrolled at the seal, locked by who books for them, amended, completed (C4, C13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workers import signals
from workers.errors import InvalidInput
from workers.ledger import books, figures, invariants
from workers.ledger.account import ZERO, GoodsLine
from workers.ledger.heads import lock
from workers.ledger.invariants import InvariantBroken
from workers.ledger.store import IN_FORCE, Book, ContractRow, EntryKind, LedgerEntry, LedgerGoods
from workers.ledger.together import Draft, post_together

_AS_ORDERED = ("product_no", "product_name", "unit", "specification", "unit_price", "ordered")
"""What a line was sealed with; the rest follows the entries."""


def enrol(session: Session, contract: ContractRow, lines: Sequence[GoodsLine]) -> None:
    """Make a contract known to the ledgers, in the transaction that seals it; the entries follow.

    `lines`: as the contract states them; their amounts must add up to the contract's, or InvalidInput.
    """
    _refuse_other_sum(contract.contract_no, contract.amount, lines)
    session.add(contract)
    session.flush()
    session.add_all(_goods(contract.contract_no, line) for line in lines)
    session.flush()


def enter_signed(
    session: Session, contract: ContractRow, lines: Sequence[GoodsLine], posted_at: datetime
) -> None:
    """A contract that counts without the factory's seal (V7): known, in both books and in force at once."""
    enrol(session, contract, lines)
    for book in sorted(Book):
        books.post(
            session,
            book,
            EntryKind.CONTRACT,
            contract.contract_no,
            contract.amount,
            value_date=contract.sealed_on,
            reference=reference(contract.contract_no, contract.version),
            posted_at=posted_at,
            reference_sha256=contract.document_sha256,
        )
    put_in_force(session, contract, tell=False)
    session.flush()


def put_in_force(session: Session, contract: ContractRow, *, tell: bool = True) -> None:
    """The contract is in both books: it is in force, and its fulfilment is told to begin."""
    contract.status = IN_FORCE
    if tell:
        signals.send(
            session,
            "Msg_ContractEffective",
            contract.contract_no,
            reference(contract.contract_no, contract.version),
            starts="ContractFulfilmentProcess",
        )


def find(session: Session, contract_no: str) -> ContractRow | None:
    """The contract that the ledgers know under that number."""
    return session.get(ContractRow, contract_no)


def contract(session: Session, contract_no: str) -> ContractRow:
    """The same; InvalidInput when there is none."""
    found = find(session, contract_no)
    if found is None:
        raise InvalidInput(f"no contract {contract_no} in the ledgers")
    return found


def lock_contract(session: Session, contract_no: str) -> ContractRow:
    """The contract as it is committed now, its row locked until the transaction ends. InvalidInput: unknown.

    Taken first by every step that books for the contract or reads facts that such a step may change. Who books for
    several contracts in one transaction uses `lock_contracts` before the first entry.
    """
    return lock_contracts(session, [contract_no])[contract_no]


def lock_contracts(session: Session, numbers: Iterable[str]) -> dict[str, ContractRow]:
    """Several contracts, locked in the order of their numbers (no deadlock). InvalidInput: one is unknown."""
    session.flush()
    wanted = sorted(set(numbers))
    query = select(ContractRow).where(ContractRow.contract_no.in_(wanted)).order_by(ContractRow.contract_no)
    # not FOR UPDATE: that would also wait for foreign keys that other transactions check
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = {row.contract_no: row for row in session.scalars(query)}
    for number in wanted:
        if number not in found:
            raise InvalidInput(f"no contract {number} in the ledgers")
    return found


def set_status(session: Session, contract_no: str, status: str) -> ContractRow:
    """Mark a contract as `completed` or `terminated`, or a completed one as `in_force` again.

    The database refuses every other change of status.
    """
    row = lock_contract(session, contract_no)
    row.status = status
    session.flush()
    return row


def amend(
    session: Session,
    contract_no: str,
    *,
    version: int,
    amount: Decimal,
    delivery_date: date,
    document_sha256: str,
    lines: Sequence[GoodsLine],
    value_date: date,
    posted_at: datetime,
    payment_terms: str | None = None,
    needs_jointing: bool | None = None,
    reason: str = "",
    with_it: Sequence[Draft] = (),
) -> dict[Book, LedgerEntry]:
    """Put a sealed amendment in force (C13): the contract, its goods as ordered, and an entry in both books.

    `with_it`: what finance's book takes in the same statement: money received beyond the new amount that becomes the
    customer's balance (`debts.give_back`); amount and receipts fall together.

    `version` is a later one than the contract's. A line that `lines` no longer names is ordered no more. Returns
    the AMENDMENT entries, by the difference of the amounts (also when that is nothing). Raises InvariantBroken when
    more was received, invoiced, dispatched or earned than the contract would still allow: that is to be settled
    first; and InvalidInput when lines and amount disagree or a line changes its product after it was produced.
    """
    row = lock_contract(session, contract_no)
    lock(session)
    if version <= row.version:
        raise InvalidInput(f"{contract_no} is at version {row.version}: version {version} cannot amend it")
    _refuse_other_sum(contract_no, amount, lines)
    difference = amount - row.amount
    row.version, row.amount, row.delivery_date = version, amount, delivery_date
    row.document_sha256 = document_sha256
    row.payment_terms = row.payment_terms if payment_terms is None else payment_terms
    row.needs_jointing = row.needs_jointing if needs_jointing is None else needs_jointing
    _order_anew(session, contract_no, lines)
    paper = reference(contract_no, version)
    amendment = Draft(EntryKind.AMENDMENT, difference, value_date, paper, document_sha256, reason=reason)
    return {
        book: post_together(session, book, contract_no, [amendment, *more], posted_at=posted_at)[0]
        for book, more in ((Book.FINANCE, with_it), (Book.SALES, ()))
    }


def reference(contract_no: str, version: int) -> str:
    """How the books refer to a version of a contract."""
    return f"{contract_no} 第{version}版"


def _order_anew(session: Session, contract_no: str, lines: Sequence[GoodsLine]) -> None:
    before = {line.line_no: line for line in figures.goods(session, contract_no)}
    wanted = {line.line_no: line for line in lines}
    dropped = {number: replace(line, ordered=ZERO) for number, line in before.items() if number not in wanted}
    for number, line in sorted({**wanted, **dropped}.items()):
        old = before.get(number)
        if old is None:
            session.add(_goods(contract_no, line))
            continue
        if old.produced and old.product_no != line.product_no:
            raise InvalidInput(f"{contract_no} line {number}: {old.product_no} was produced already")
        values = {name: getattr(line, name) for name in _AS_ORDERED}
        broken = invariants.of_goods(replace(old, **values))
        if broken:
            raise InvariantBroken(f"amendment of {contract_no}", broken)
        change = update(LedgerGoods).where(
            LedgerGoods.contract_no == contract_no, LedgerGoods.line_no == number
        )
        session.execute(change.values(values).execution_options(synchronize_session=False))
    session.flush()


def _goods(contract_no: str, line: GoodsLine) -> LedgerGoods:
    ordered = {name: getattr(line, name) for name in _AS_ORDERED}
    return LedgerGoods(contract_no=contract_no, line_no=line.line_no, **ordered)


def _refuse_other_sum(contract_no: str, amount: Decimal, lines: Sequence[GoodsLine]) -> None:
    total = sum((line.amount for line in lines), ZERO)
    if lines and total != amount:
        raise InvalidInput(f"{contract_no}: its lines add up to {total}, its amount is {amount}")
