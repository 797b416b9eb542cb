"""Accrue commission by cumulative completion, and give way before a receipt is taken back (C9, C12)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, cast, func, or_, select
from sqlalchemy.orm import Session

from workers import ledger
from workers.calendar import SHANGHAI
from workers.commission import offsets, rules
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind, LedgerAccount, LedgerEntry


class NoContract(InvalidInput):
    """Without a contract in the books no commission accrues (C9)."""

    def __init__(self, contract_no: str) -> None:
        self.contract_no = contract_no
        super().__init__(f"no commission without a contract: {contract_no} is not in the books")


def accrue(session: Session, contract_no: str, month: date, posted_at: datetime) -> Decimal:
    """Post what has accrued by the end of `month` (its first day) and was not accrued before; returns it.

    Counts the receipts of the periods up to that month, never more than stands now: what was taken back since does
    not count. Negative when receipts were taken back; zero, and no entry, when nothing has changed: it may be asked
    for again. Raises NoContract.
    """
    account = _account(session, contract_no)
    received = min(received_by(session, contract_no, month), account.received)
    target = rules.completed(received, account.amount, account.commission_permille)
    last = date(month.year, month.month, monthrange(month.year, month.month)[1])
    on = min(last, posted_at.astimezone(SHANGHAI).date())
    return _bring_to(session, account, target, f"{month:%Y-%m}计提", "", on, posted_at)


def accrue_all(session: Session, month: date, posted_at: datetime) -> dict[str, Decimal]:
    """Accrue for every contract whose completion has changed by the end of the month; what accrued, by contract."""
    return {
        number: accrue(session, number, month, posted_at)
        for number, _ in sorted(_changed(session, month).items())
    }


def expected(session: Session, month: date) -> Decimal:
    """What would accrue in the department if the month were closed now."""
    return sum(_changed(session, month).values(), rules.ZERO)


def _changed(session: Session, month: date) -> dict[str, Decimal]:
    """What is to accrue by contract, for those where it is anything; one query for all contracts."""
    account, entry = LedgerAccount, LedgerEntry
    posted = func.date_trunc("month", func.timezone("Asia/Shanghai", entry.posted_at))
    received = (
        select(entry.contract_no, func.sum(entry.amount).label("received"))
        .where(
            entry.book == str(Book.FINANCE),
            entry.kind == str(EntryKind.RECEIPT),
            func.coalesce(entry.period, cast(posted, Date)) <= month,
        )
        .group_by(entry.contract_no)
        .subquery()
    )
    query = select(
        *(account.contract_no, account.amount, account.commission_permille, account.accrued),
        func.least(func.coalesce(received.c.received, 0), account.received),
    ).outerjoin(received, received.c.contract_no == account.contract_no)
    query = query.where(or_(received.c.received.is_not(None), account.accrued != 0))
    found = {}
    for number, amount, permille, accrued, sum_received in session.execute(query):
        change = rules.completed(sum_received, amount, permille) - accrued
        if change:
            found[number] = change
    return found


def give_way(
    session: Session, contract_no: str, amount: Decimal, *, value_date: date, posted_at: datetime, reason: str
) -> Decimal:
    """Take commission back before `amount` of receipts is reversed, as far as it would exceed what is earned.

    Commission that nobody has used goes first, then what is withheld; what was paid out is owed back by the
    salesperson (a negative PAYOUT). Returns what accrued (zero or less). Raises NoContract.
    """
    account = _account(session, contract_no)
    left = rules.completed(account.received - amount, account.amount, account.commission_permille)
    target = min(account.accrued, left)
    return _bring_to(session, account, target, "收款冲销", reason, value_date, posted_at)


def received_by(session: Session, contract_no: str, month: date) -> Decimal:
    """Principal received in the periods up to and including `month`."""
    found = ledger.entries(session, contract_no, book=Book.FINANCE, kinds=[EntryKind.RECEIPT])
    return sum((entry.amount for entry in found if entry.month <= month), rules.ZERO)


def _account(session: Session, contract_no: str) -> ledger.Account:
    contract = ledger.find(session, contract_no)
    if contract is None or contract.status == ledger.SEALED:
        raise NoContract(contract_no)
    ledger.lock(session)
    return ledger.account(session, contract_no)


def _bring_to(
    session: Session,
    account: ledger.Account,
    target: Decimal,
    what: str,
    reason: str,
    value_date: date,
    posted_at: datetime,
) -> Decimal:
    change = rules.accrual(target, account.accrued, account.withheld, account.paid_out)
    number = account.contract_no
    if change.accrued == 0:
        return rules.ZERO
    if change.released:
        offsets.give_up(
            session,
            number,
            change.released,
            reason=reason or what,
            value_date=value_date,
            posted_at=posted_at,
        )
    if change.recovered:
        ledger.post(
            session,
            Book.FINANCE,
            EntryKind.PAYOUT,
            number,
            -change.recovered,
            value_date=value_date,
            reference=_reference(session, number, EntryKind.PAYOUT, "应收回提成"),
            posted_at=posted_at,
            reason=reason or what,
        )
    ledger.post(
        session,
        Book.SALES,
        EntryKind.COMMISSION,
        number,
        change.accrued,
        value_date=value_date,
        reference=_reference(session, number, EntryKind.COMMISSION, what),
        posted_at=posted_at,
        reason=reason,
    )
    return change.accrued


def _reference(session: Session, contract_no: str, kind: EntryKind, name: str) -> str:
    """`name`, with a number when an entry of that name is there already."""
    known = {entry.reference for entry in ledger.entries(session, contract_no, kinds=[kind])}
    number, found = 1, name
    while found in known:
        number += 1
        found = f"{name}-{number}"
    return found
