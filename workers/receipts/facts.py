"""What the matching has to know of the books: contracts by number, customers by name, what is open (A6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workers import bills, catalog, debts
from workers.ledger import IN_FORCE, SEALED, ContractRow
from workers.ledger.store import COMPLETED, LedgerAccount
from workers.receipts.matching import Known, OpenContract

_LEFT = LedgerAccount.amount - LedgerAccount.received - LedgerAccount.written_off
_OWING = or_(_LEFT > 0, LedgerAccount.interest > LedgerAccount.interest_paid)


def known(session: Session) -> Known:
    """Every contract that is in the books, every bill of the workshop, and every customer."""
    numbers = session.scalars(select(ContractRow.contract_no).where(ContractRow.status != SEALED))
    names = {number: one.name for number, one in catalog.customers(session).items()}
    billed = frozenset(bills.numbers(session))
    return Known(frozenset(numbers) | billed, names, billed)


def open_numbers(session: Session, customers: Collection[str], amounts: Collection[Decimal]) -> list[str]:
    """Contracts on which money is due: all of these customers, and any on which exactly one of `amounts` is."""
    query = (
        select(ContractRow.contract_no)
        .join(LedgerAccount, LedgerAccount.contract_no == ContractRow.contract_no)
        .where(ContractRow.status.in_([IN_FORCE, COMPLETED]), _OWING)
        .where(or_(ContractRow.customer_no.in_(customers), _LEFT.in_(amounts)))
    )
    return list(session.scalars(query.order_by(ContractRow.contract_no)))


def open_contracts(session: Session, numbers: Iterable[str], on: date) -> dict[str, OpenContract]:
    """These contracts with what a payment would be for; those that are paid up are left out."""
    found = (open_contract(session, number, on) for number in numbers)
    return {one.contract_no: one for one in found if one is not None}


def open_contract(session: Session, contract_no: str, on: date) -> OpenContract | None:
    """One contract or bill with the amounts that somebody who pays it would pay; None when nothing is due on it."""
    bill = bills.find(session, contract_no)
    if bill is not None:
        left = bills.left(session, bill)
        return (
            OpenContract(contract_no, bill.customer_no, frozenset({left}), is_bill=True) if left > 0 else None
        )
    contract = session.get_one(ContractRow, contract_no)
    position = debts.position(session, contract_no, on)
    owed = position.interest_owed
    if position.outstanding <= 0 and owed <= 0:
        return None
    sums = {position.outstanding, position.due, position.overdue_principal}
    items = {item.amount for item in debts.open_items(session, contract_no, on)}
    expected = {*sums, *(one + owed for one in sums), *items}
    return OpenContract(contract_no, contract.customer_no, frozenset(one for one in expected if one > 0))
