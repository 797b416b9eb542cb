"""What an entry does to the figures: which sum it moves, and which way (pure).

The database's trigger on `ledger_entries` does the same; `verify` holds one against the other.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from workers.ledger.account import Account, GoodsLine
from workers.ledger.store import Book, EntryKind

Effect = tuple[str, int]
"""A field and the sign with which the entry's amount or quantity goes into it."""

K, SALES, FINANCE = EntryKind, Book.SALES, Book.FINANCE

ACCOUNT: dict[tuple[Book, EntryKind], Effect] = {
    (FINANCE, K.CONTRACT): ("amount", 1),
    (FINANCE, K.AMENDMENT): ("amount", 1),
    (FINANCE, K.DELIVERY): ("delivered", 1),
    (FINANCE, K.RETURN): ("delivered", -1),
    (FINANCE, K.RECEIPT): ("received", 1),
    (FINANCE, K.INTEREST): ("interest", 1),
    (FINANCE, K.INTEREST_PAID): ("interest_paid", 1),
    (FINANCE, K.INVOICE): ("invoiced", 1),
    (FINANCE, K.CREDIT_NOTE): ("invoiced", -1),
    (FINANCE, K.OFFSET): ("withheld", 1),
    (FINANCE, K.PAYOUT): ("paid_out", 1),
    (FINANCE, K.WRITE_OFF): ("written_off", 1),
    (SALES, K.PRODUCTION): ("produced", 1),
    (SALES, K.INBOUND): ("stored", 1),
    (SALES, K.SCRAP): ("stored", -1),
    (SALES, K.DISPATCH): ("dispatched", 1),
    (SALES, K.RETURN): ("dispatched", -1),
    (SALES, K.COMMISSION): ("accrued", 1),
}
"""By amount, into the contract's account."""

GOODS: dict[tuple[Book, EntryKind], Effect] = {
    (SALES, K.PRODUCTION): ("produced", 1),
    (SALES, K.INBOUND): ("stored", 1),
    (SALES, K.SCRAP): ("scrapped", 1),
    (SALES, K.DISPATCH): ("dispatched", 1),
    (SALES, K.RETURN): ("returned", 1),
    (FINANCE, K.DELIVERY): ("delivered", 1),
    (FINANCE, K.RETURN): ("delivered", -1),
}
"""By quantity, into the goods of the contract's line: such an entry names a line and a quantity."""

OF_BOOK: dict[Book, frozenset[EntryKind]] = {
    SALES: frozenset(
        {
            *(K.CONTRACT, K.AMENDMENT, K.PRODUCTION, K.INBOUND, K.SCRAP, K.DISPATCH, K.RETURN),
            *(K.INVOICE_REQUEST, K.COMMISSION),
        }
    ),
    FINANCE: frozenset(
        {
            *(K.CONTRACT, K.AMENDMENT, K.DELIVERY, K.RETURN, K.RECEIPT, K.INTEREST_PAID, K.INVOICE),
            *(K.CREDIT_NOTE, K.INTEREST, K.OFFSET, K.PAYOUT, K.WRITE_OFF, K.BALANCE),
        }
    ),
}
"""Which department books what (C4)."""

MAY_BE_NEGATIVE = frozenset({K.AMENDMENT, K.INTEREST, K.OFFSET, K.BALANCE, K.COMMISSION, K.PAYOUT})
"""Kinds that go both ways; of the others only a reversal is negative."""


def on_account(account: Account, book: Book, kind: EntryKind, amount: Decimal) -> Account:
    """The account after such an entry."""
    field, sign = ACCOUNT.get((book, kind), ("", 0))
    return replace(account, **{field: getattr(account, field) + sign * amount}) if sign else account


def on_goods(line: GoodsLine, book: Book, kind: EntryKind, quantity: Decimal) -> GoodsLine:
    """The line's goods after such an entry."""
    field, sign = GOODS.get((book, kind), ("", 0))
    return replace(line, **{field: getattr(line, field) + sign * quantity}) if sign else line


def net(line: GoodsLine, book: Book, kind: EntryKind) -> Decimal:
    """The quantity whose value such entries carry: what is made, stored, out, or delivered by now."""
    field, _ = ACCOUNT[book, kind]
    return {
        "produced": line.produced,
        "stored": line.stored - line.scrapped,
        "dispatched": line.dispatched - line.returned,
        "delivered": line.delivered,
    }[field]
