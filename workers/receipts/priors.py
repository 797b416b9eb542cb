"""Whether a payment of a statement is known already, and what it is known by (A6).

A bank's reference that comes again with the same amount is the same payment. With another amount it is not, whatever
the bank says: a person looks at it, and it is kept under a key of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from workers import bills
from workers.receipts.payments import Payment
from workers.receipts.store import (
    IGNORED,
    PAYMENT,
    PREPAYMENT,
    UNMATCHED,
    BankStatement,
    Receipt,
    StatementLine,
)


@dataclass(frozen=True)
class Prior:
    """A payment that is known: its amount in yuan, and the case in which it came."""

    amount: Decimal
    case_no: str


@dataclass(frozen=True)
class Place:
    """The key of a payment, and its state as far as that decides it; a reason without IGNORED: a person looks."""

    key: str
    state: str = UNMATCHED
    reason: str = ""


@dataclass
class Priors:
    """What was known before a statement came, and what has come of the statement so far."""

    known: Mapping[str, Prior]
    entered: Mapping[tuple[Decimal, date], str] = field(default_factory=dict)
    """What people have entered by hand: amount and day -> the case. For payments that have no reference."""
    taken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, session: Session, payments: Sequence[Payment]) -> Priors:
        """What the database knows of these payments. The caller holds `booking.one_at_a_time`."""
        keys = {key for one in payments for key in (one.key, *_other_keys(one))}
        lines = session.execute(
            select(StatementLine.key, StatementLine.amount, BankStatement.case_no)
            .join(BankStatement, BankStatement.id == StatementLine.statement_id)
            .where(StatementLine.key.in_(keys), StatementLine.state != IGNORED)
        )
        receipts = session.execute(
            select(Receipt.bank_reference, Receipt.amount, Receipt.case_no).where(
                Receipt.bank_reference.in_(keys), Receipt.reversed_at.is_(None)
            )
        )
        counter = bills.counter_payments(session, keys)
        known = {key: Prior(amount, case_no) for key, amount, case_no in (*counter, *lines, *receipts)}
        nameless = [one for one in payments if not one.reference]
        return cls(known, _entered(session, nameless))

    def place(self, payment: Payment) -> Place:
        """What the payment is known by, and whether it is known."""
        place = self._place(payment)
        if place.state != IGNORED:
            self.taken.add(place.key)
        return place

    def _place(self, payment: Payment) -> Place:
        prior = self.known.get(payment.key)
        if payment.key not in self.taken:
            if prior is None:
                return Place(payment.key, reason=self._looks_entered(payment))
            if prior.amount == payment.amount:
                return Place(payment.key, IGNORED, f"已在{prior.case_no}登记，没有重复登记")
        for key in _other_keys(payment):
            if key in self.known:
                return Place(payment.key, IGNORED, f"已在{self.known[key].case_no}登记，没有重复登记")
            if key not in self.taken:
                where = f"{prior.case_no}中" if prior and payment.key not in self.taken else "本文件中"
                return Place(key, reason=f"流水号{payment.reference}与{where}另一笔款项相同，请核对是否重复")
        return Place(payment.key, IGNORED, "本文件中同一笔款项重复过多")

    def _looks_entered(self, payment: Payment) -> str:
        case_no = None if payment.reference else self.entered.get((payment.amount, payment.value_date))
        return f"没有流水号；{case_no}登记过同日同金额的收款，请核对是否为同一笔" if case_no else ""


MOST_REPEATED = 20


def _other_keys(payment: Payment) -> list[str]:
    """Keys for payments that share the bank's reference without being the same."""
    made_of = f"{payment.value_date}|{payment.amount}|{payment.payer}"
    digests = (sha256(f"{made_of}|{number}".encode()).hexdigest()[:16] for number in range(MOST_REPEATED))
    return [f"{payment.key[:60]}~{digest}" for digest in digests]


def _entered(session: Session, payments: Sequence[Payment]) -> dict[tuple[Decimal, date], str]:
    if not payments:
        return {}
    query = select(Receipt.amount, Receipt.value_date, Receipt.case_no).where(
        Receipt.value_date.in_({one.value_date for one in payments}),
        Receipt.reversed_at.is_(None),
        Receipt.kind.in_([PAYMENT, PREPAYMENT]),
        ~exists().where(StatementLine.receipt_id == Receipt.id),
    )
    return {(amount, on): case_no for amount, on, case_no in session.execute(query)}
