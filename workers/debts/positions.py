"""What contracts owe on a day, and how customers have paid (A1, A2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workers import ledger, policy
from workers.debts import schedule
from workers.debts.ageing import ZERO, Position, buckets
from workers.debts.facts import Read, read, read_all
from workers.debts.grading import WINDOW_DAYS, Grade, Record, grade_of
from workers.debts.holds import hold_of, was_held
from workers.debts.interest import accrued, rounded
from workers.debts.rulings import Rulings
from workers.debts.schedule import DueItem
from workers.debts.store import Acceptance
from workers.ledger import ContractRow, LedgerAccount


def due_items(session: Session, contract_no: str, on: date) -> list[DueItem]:
    """What has become payable by the events up to `on`, paid or not. InvalidInput: unknown contract, no policy."""
    found = read(session, ledger.contract(session, contract_no), Rulings.of(session))
    return schedule.due_items(found.debt.parts, found.debt.facts, on)


def open_items(session: Session, contract_no: str, on: date) -> list[DueItem]:
    """What of it is unpaid at the end of the day; money pays the oldest item first."""
    return read(session, ledger.contract(session, contract_no), Rulings.of(session)).debt.open_items(on)


def overdue_items(session: Session, contract_no: str, on: date) -> list[DueItem]:
    """What is unpaid of the items whose due date lies before `on`, oldest first."""
    return [item for item in open_items(session, contract_no, on) if item.due_on < on]


def never_due(session: Session, contract_no: str, on: date) -> Decimal:
    """What nothing can make due any more once all that is overdue is given up (C10, A5); zero while something can.

    It waits for the acceptance of jointing work, and that for a first payment which does not come: all goods are
    signed for, so that nothing else falls due.
    """
    contract, account = ledger.contract(session, contract_no), ledger.account(session, contract_no)
    waits = contract.needs_jointing and session.get(Acceptance, contract_no) is None
    if not waits or account.reaches(policy.document_on(session, on).first_payment_percent):
        return ZERO
    debt = read(session, contract, Rulings.of(session)).debt
    items = debt.open_items(on)
    if any(item.due_on >= on for item in items) or any(
        line.to_deliver > 0 for line in ledger.goods(session, contract_no)
    ):
        return ZERO
    return debt.outstanding(on) - _sum(item.amount for item in items)


def position(session: Session, contract_no: str, on: date) -> Position:
    """What the contract owes at the end of the day. InvalidInput: unknown contract, or no policy was ever issued."""
    rulings = Rulings.of(session)
    return position_of(read(session, ledger.contract(session, contract_no), rulings), rulings, on)


def positions(session: Session, on: date, *, unpaid: bool = False) -> list[tuple[ContractRow, Position]]:
    """Every contract of the books with what it owes, by number; `unpaid`: without those that owe nothing now."""
    rulings = Rulings.of(session)
    query = select(ContractRow).where(ContractRow.status != ledger.SEALED).order_by(ContractRow.contract_no)
    if unpaid:
        owing = or_(
            LedgerAccount.received + LedgerAccount.written_off < LedgerAccount.amount,
            LedgerAccount.interest_paid < LedgerAccount.interest,
        )
        query = query.where(ContractRow.contract_no.in_(select(LedgerAccount.contract_no).where(owing)))
    found = read_all(session, session.scalars(query).all(), rulings)
    return [(one.contract, position_of(one, rulings, on)) for one in found]


def position_of(found: Read, rulings: Rulings, on: date) -> Position:
    """The position of a contract that was read."""
    debt = found.debt
    items, outstanding = debt.open_items(on), debt.outstanding(on)
    late = [item for item in items if item.due_on < on]
    oldest = min((item.due_on for item in late), default=None)
    return Position(
        due=_sum(item.amount for item in items if item.due_on <= on),
        overdue_principal=_sum(item.amount for item in late),
        outstanding=outstanding,
        interest_accrued=rounded(accrued(debt, rulings.rates, on)),
        interest_posted=_sum(one.amount for one in found.interest if one.on <= on),
        interest_paid=_sum(one.amount for one in found.interest_paid if one.on <= on),
        oldest_due_on=oldest,
        overdue_days=(on - oldest).days if oldest else 0,
        buckets=buckets(items, outstanding, on),
    )


def grade(session: Session, customer_no: str, on: date) -> Grade | None:
    """The customer's credit grade on a day; None while the books know no contract of theirs."""
    query = select(ContractRow).where(
        ContractRow.customer_no == customer_no, ContractRow.status != ledger.SEALED
    )
    contracts = session.scalars(query.order_by(ContractRow.contract_no)).all()
    if not contracts:
        return None
    rulings = Rulings.of(session)
    return grade_of_contracts(session, customer_no, read_all(session, contracts, rulings), rulings, on)


def grades(session: Session, on: date) -> dict[str, Grade]:
    """The grades of all customers of whom the books know a contract."""
    rulings = Rulings.of(session)
    query = select(ContractRow).where(ContractRow.status != ledger.SEALED).order_by(ContractRow.contract_no)
    by_customer: dict[str, list[Read]] = {}
    for found in read_all(session, session.scalars(query).all(), rulings):
        by_customer.setdefault(found.contract.customer_no, []).append(found)
    return {
        customer: grade_of_contracts(session, customer, found, rulings, on)
        for customer, found in sorted(by_customer.items())
    }


def grade_of_contracts(
    session: Session, customer_no: str, found: list[Read], rulings: Rulings, on: date
) -> Grade:
    """The grade from what was read of a customer's contracts."""
    document = rulings.on(on)
    record = Record(
        longest_overdue=max(one.debt.longest_overdue(on, WINDOW_DAYS) for one in found),
        held=hold_of(session, customer_no) is not None,
        was_held=was_held(session, customer_no, on, WINDOW_DAYS),
    )
    return grade_of(record, document.grade_b_days, document.grade_c_days, document.grade_d_days)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
