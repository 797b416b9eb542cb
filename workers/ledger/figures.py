"""Read the sums that the database keeps: a contract's account, its goods, a customer's balance."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from workers.errors import InvalidInput
from workers.ledger import effects
from workers.ledger.account import ZERO, Account, GoodsLine
from workers.ledger.store import Book, EntryKind, LedgerAccount, LedgerCustomer, LedgerEntry, LedgerGoods

# Columns, never the mapped rows: a trigger moves them behind the session's back.
_ACCOUNT = [getattr(LedgerAccount, field.name) for field in fields(Account)]
_GOODS = [getattr(LedgerGoods, field.name) for field in fields(GoodsLine)]


def account(session: Session, contract_no: str) -> Account:
    """The contract's sums, everything that was posted in this transaction included. InvalidInput: unknown."""
    session.flush()
    row = session.execute(select(*_ACCOUNT).where(LedgerAccount.contract_no == contract_no)).one_or_none()
    if row is None:
        raise InvalidInput(f"no contract {contract_no} in the ledgers")
    return Account(**row._mapping)


def goods(session: Session, contract_no: str) -> list[GoodsLine]:
    """The contract's lines in their order; empty for a contract that was entered without lines."""
    session.flush()
    query = select(*_GOODS).where(LedgerGoods.contract_no == contract_no).order_by(LedgerGoods.line_no)
    return [GoodsLine(**row._mapping) for row in session.execute(query)]


def line(session: Session, contract_no: str, line_no: int) -> GoodsLine:
    """One line of the contract. InvalidInput: it has none of that number."""
    session.flush()
    query = select(*_GOODS).where(LedgerGoods.contract_no == contract_no, LedgerGoods.line_no == line_no)
    row = session.execute(query).one_or_none()
    if row is None:
        raise InvalidInput(f"contract {contract_no} has no line {line_no} in the ledgers")
    return GoodsLine(**row._mapping)


def customer_balance(session: Session, customer_no: str) -> Decimal:
    """What the customer has paid beyond what was asked, in yuan."""
    session.flush()
    query = select(LedgerCustomer.balance).where(LedgerCustomer.customer_no == customer_no)
    return session.scalar(query) or ZERO


def value(
    session: Session, book: Book, kind: EntryKind, contract_no: str, line_no: int, quantity: Decimal
) -> Decimal:
    """What an entry of that quantity of goods is worth, in yuan.

    The quantity to date at the line's price, less what was booked for it before: however often a line is divided,
    its entries add up to its amount, and the last one takes what rounding left.
    """
    if (book, kind) not in effects.GOODS:
        raise InvalidInput(f"{kind} in the book of {book} books no goods")
    before = line(session, contract_no, line_no)
    after = effects.on_goods(before, book, kind, quantity)
    field, sign = effects.ACCOUNT[book, kind]
    signs = {
        str(other): way
        for (its_book, other), (name, way) in effects.ACCOUNT.items()
        if its_book is book and name == field
    }
    moved = case(signs, value=LedgerEntry.kind) * LedgerEntry.amount
    query = select(func.coalesce(func.sum(moved), 0)).where(
        LedgerEntry.contract_no == contract_no,
        LedgerEntry.book == str(book),
        LedgerEntry.line_no == line_no,
        LedgerEntry.kind.in_(signs),
    )
    booked: Decimal = session.scalars(query).one()
    worth = after.value_of(effects.net(after, book, kind)) - booked
    return max(ZERO, sign * worth)
