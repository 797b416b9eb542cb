"""Withhold commission for a customer's debt, and release it when the debt is paid (A4).

Withheld is the commission of the indebted contract first, then that of the salesperson's other contracts in the
order of their numbers; each to zero and not below. Every amount is an OFFSET entry in finance's book and a row that
says for which contract's debt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers import ledger
from workers.commission import rules
from workers.commission.rules import Part, Withheld
from workers.commission.store import CommissionOffset
from workers.ledger import Book, ContractRow, EntryKind, LedgerAccount


def withhold(
    session: Session,
    contract_no: str,
    up_to: Decimal,
    *,
    value_date: date,
    posted_at: datetime,
    reason: str = "客户欠款逾期",
) -> list[Part]:
    """Withhold commission for the overdue debt `up_to` of a contract; returns what was withheld now.

    What is withheld already counts, so that asking again changes nothing. The debt itself stays as it is.
    """
    ledger.lock(session)
    held = withheld_for(session, contract_no)
    parts = rules.withholding(up_to, held.total, due_of(session, contract_no))
    debt = max(up_to, held.debt) if held.parts else up_to
    _post(session, contract_no, parts, debt, 1, reason, value_date, posted_at)
    return parts


def release_withheld(
    session: Session,
    contract_no: str,
    still_overdue: Decimal,
    *,
    value_date: date,
    posted_at: datetime,
    reason: str = "客户欠款已付",
) -> list[Part]:
    """After a receipt: release what is withheld for the contract's debt by as much as the debt has gone down.

    `still_overdue`: the overdue debt after the receipt, measured as `up_to` of `withhold` was. Paid in full, all is
    released. Asking again changes nothing. Returns what was released.
    """
    ledger.lock(session)
    held = withheld_for(session, contract_no)
    parts = rules.release(held, still_overdue)
    debt = min(held.debt, max(still_overdue, rules.ZERO))
    _post(session, contract_no, parts, debt, -1, reason, value_date, posted_at)
    return parts


def give_up(
    session: Session, contract_no: str, amount: Decimal, *, reason: str, value_date: date, posted_at: datetime
) -> None:
    """Withheld commission of a contract that is no longer earned: for whichever debts it was withheld, newest first."""
    for debtor in _debtors(session, contract_no):
        held = withheld_for(session, debtor)
        here = [part for part in held.parts if part.contract_no == contract_no]
        parts = rules.take(here, amount)
        _post(session, debtor, parts, held.debt, -1, reason, value_date, posted_at)
        amount -= sum((part.amount for part in parts), rules.ZERO)


def withheld_for(session: Session, contract_no: str) -> Withheld:
    """What is withheld now for the debt of a contract."""
    query = select(CommissionOffset).where(CommissionOffset.debt_contract_no == contract_no)
    rows = session.scalars(query.order_by(CommissionOffset.id)).all()
    sums: defaultdict[str, Decimal] = defaultdict(lambda: rules.ZERO)
    for row in rows:
        sums[row.contract_no] += row.amount
    parts = tuple(Part(number, amount) for number, amount in sums.items() if amount)
    return Withheld(rows[-1].debt if rows else rules.ZERO, parts)


def due_of(session: Session, contract_no: str) -> list[Part]:
    """Commission still due to the contract's salesperson: of this contract first, then of the others by number."""
    session.flush()
    salesperson = ledger.contract(session, contract_no).salesperson
    numbers = session.scalars(
        select(ContractRow.contract_no)
        .join(LedgerAccount, LedgerAccount.contract_no == ContractRow.contract_no)
        .where(
            ContractRow.salesperson == salesperson,
            LedgerAccount.accrued > LedgerAccount.withheld + LedgerAccount.paid_out,
        )
        .order_by(ContractRow.contract_no != contract_no, ContractRow.contract_no)
    )
    return [Part(number, ledger.account(session, number).payable) for number in numbers]


def _debtors(session: Session, contract_no: str) -> Sequence[str]:
    query = (
        select(CommissionOffset.debt_contract_no)
        .where(CommissionOffset.contract_no == contract_no)
        .group_by(CommissionOffset.debt_contract_no)
        .having(func.sum(CommissionOffset.amount) > 0)
        .order_by(func.max(CommissionOffset.id).desc())
    )
    return session.scalars(query).all()


def _post(
    session: Session,
    debtor: str,
    parts: Sequence[Part],
    debt: Decimal,
    sign: int,
    reason: str,
    value_date: date,
    posted_at: datetime,
) -> None:
    for part in parts:
        before = session.scalar(
            select(func.count()).where(
                CommissionOffset.debt_contract_no == debtor, CommissionOffset.contract_no == part.contract_no
            )
        )
        reference = f"{debtor}欠款抵扣-{(before or 0) + 1}"
        row = CommissionOffset(
            debt_contract_no=debtor,
            contract_no=part.contract_no,
            amount=sign * part.amount,
            debt=debt,
            reference=reference,
            reason=reason,
            posted_at=posted_at,
        )
        session.add(row)
        ledger.post(
            session,
            Book.FINANCE,
            EntryKind.OFFSET,
            part.contract_no,
            sign * part.amount,
            value_date=value_date,
            reference=reference,
            posted_at=posted_at,
            reason=f"{debtor}：{reason}",
        )
