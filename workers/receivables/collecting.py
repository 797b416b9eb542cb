"""Collections in the database: which debts need one, and what is known of one at a moment (A3–A5)."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import commission, debts, documents, ledger, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.commission import offsets
from workers.debts import Collection, Hold
from workers.errors import InvalidInput
from workers.ledger import ContractRow
from workers.org import OrgChart
from workers.receivables.rules import Limits, Litigation, Situation
from workers.receivables.store import CollectionContact, LitigationProposal, ReminderSent

PREFIX = "CS"
SYSTEM = "salesflow"
"""Whose deed it is when nobody has done it."""
PROCESS = "OverdueCollectionProcess"
MESSAGE = "Msg_DebtOverdue"
PAYMENT, SETTLED = "Msg_OverduePayment", "Msg_OverdueSettled"
ZERO = Decimal("0.00")


def start_all(session: Session, now: datetime) -> list[str]:
    """Have a collection started for each contract that is overdue and has none; returns the new cases' numbers.

    A case whose debt has gone without money, by a return or an amendment, is told so. Safe to repeat.
    """
    today = now.astimezone(SHANGHAI).date()
    collected = {
        one.contract_no: one.case_no
        for one in session.scalars(select(Collection).where(Collection.closed_at.is_(None)))
    }
    late = [
        contract
        for contract, place in debts.positions(session, today, unpaid=True)
        if place.overdue_principal > 0 and contract.contract_no not in collected
    ]
    for contract_no, case_no in collected.items():
        if debts.position(session, contract_no, today).settled:
            signals.send(session, SETTLED, case_no, f"核对 {today}")
    ledger.lock_contracts(session, [one.contract_no for one in late])
    started = [start(session, one, now) for one in late]
    return [number for number in started if number is not None]


def start(session: Session, contract: ContractRow, now: datetime) -> str | None:
    """Begin a case; the contract is locked. None when another transaction was faster or money has come."""
    number = contract.contract_no
    today = now.astimezone(SHANGHAI).date()
    taken = debts.open_case_of(session, number) is not None
    if taken or debts.position(session, number, today).overdue_principal <= 0:
        return None
    case_no = documents.next_number(session, PREFIX, today.year)
    debts.open_case(session, number, case_no, now)
    signals.send(session, MESSAGE, case_no, case_no, starts=PROCESS)
    return case_no


def find(session: Session, case_no: str) -> Collection:
    """The collection of that number. InvalidInput: there is none."""
    found = session.get(Collection, case_no, populate_existing=True)
    if found is None:
        raise InvalidInput(f"{case_no} collects no contract's debt")
    return found


def limits_on(session: Session, today: date) -> Limits:
    """The days of the policy that rules today."""
    document = debts.Rulings.of(session).on(today)
    return Limits(document.overdue_block_days, document.withhold_days, document.litigation_days)


def situation(session: Session, collection: Collection, today: date) -> Situation:
    """What is known of the case now; the contract must be locked."""
    contract = ledger.contract(session, collection.contract_no)
    place = debts.position(session, collection.contract_no, today)
    hold = debts.hold_of(session, contract.customer_no)
    proposal, last = latest_proposal(session, collection.case_no), last_contact(session, collection.case_no)
    sued = (
        proposal is not None and proposal.outcome == "approved"
    )  # a customer's promise does not keep legal waiting
    return Situation(
        today=today,
        settled=place.settled,
        overdue_days=place.overdue_days,
        limits=limits_on(session, today),
        held_by_us=_has_held(session, collection.case_no),
        held=hold is not None,
        hold_is_orphaned=hold is not None and debts.is_orphaned(session, hold),
        withholdable=withholdable(session, collection.contract_no, place.overdue_principal),
        reminded=last_reminder(session, collection.case_no) is not None,
        called=_was_called(session, collection.case_no),
        litigation=_litigation(proposal),
        refused_on=_day(proposal.decided_at) if proposal and proposal.outcome == "refused" else None,
        next_on=last.next_on if last is not None and (last.kind == "litigation" or not sued) else None,
    )


def withholdable(session: Session, contract_no: str, overdue: Decimal) -> Decimal:
    """Commission (yuan) that could still be withheld for the overdue debt (A4)."""
    missing = overdue - commission.withheld_for(session, contract_no).total
    due = sum((part.amount for part in offsets.due_of(session, contract_no)), ZERO)
    return max(min(missing, due), ZERO)


def last_contact(session: Session, case_no: str) -> CollectionContact | None:
    """The newest call or word of legal."""
    query = select(CollectionContact).where(CollectionContact.case_no == case_no)
    return session.scalars(query.order_by(CollectionContact.id.desc()).limit(1)).one_or_none()


def last_reminder(session: Session, case_no: str) -> ReminderSent | None:
    """The newest letter that went out."""
    query = select(ReminderSent).where(ReminderSent.case_no == case_no)
    return session.scalars(query.order_by(ReminderSent.document_version.desc()).limit(1)).one_or_none()


def latest_proposal(session: Session, case_no: str) -> LitigationProposal | None:
    """The newest paper that proposes litigation."""
    query = select(LitigationProposal).where(LitigationProposal.case_no == case_no)
    newest = LitigationProposal.proposed_at.desc(), LitigationProposal.paper_no.desc()
    return session.scalars(query.order_by(*newest).limit(1)).one_or_none()


def call_due(session: Session, collection: Collection, office: WorkingHours) -> datetime:
    """When the next call has to be made, in working time from what made it necessary.

    Counted from the agreed day, the letter or the case's beginning: a call that is offered anew, because money
    came or a limit was passed, keeps its deadline.
    """
    last, letter = last_contact(session, collection.case_no), last_reminder(session, collection.case_no)
    since = letter.recorded_at if letter is not None else collection.opened_at
    if last is not None:
        since = max(last.at, start_of(last.next_on)) if last.next_on else last.at
    return policy.due(session, "call_debtor", since, office)


def caller(org: OrgChart, salesperson: str, today: date) -> str:
    """Who calls: the contract's salesperson or who stands in; if they have left, the nearest one above."""
    if salesperson in org.people:
        person: str | None = salesperson
        if not org.person(salesperson).works_on(today):
            person = org.superior_of(salesperson, today)
        if person is not None:
            return org.acting(person, today)
    managers = org.holders("sales_manager", today)
    if not managers:
        raise InvalidInput(f"nobody can call for {salesperson}: no sales manager works here on {today}")
    return org.acting(managers[0], today)


def settle_hold(session: Session, customer_no: str, case_no: str, today: date, at: datetime) -> None:
    """Release the customer's hold when none of their contracts is overdue; else another case looks after it."""
    query = select(ContractRow.contract_no).where(ContractRow.customer_no == customer_no)
    numbers = session.scalars(query.order_by(ContractRow.contract_no)).all()
    overdue = [one for one in numbers if debts.position(session, one, today).overdue_principal > 0]
    if not overdue:
        reason = f"{case_no}结清，客户已无逾期款项"
        debts.release_hold(session, customer_no, reason=reason, by=SYSTEM, at=at)
    for number in overdue:
        other = debts.open_case_of(session, number)
        if other is not None and other != case_no:
            signals.send(session, PAYMENT, other, f"{case_no}结案")


def start_of(day: date) -> datetime:
    """The day's first moment in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def _has_held(session: Session, case_no: str) -> bool:
    return session.scalars(select(Hold.id).where(Hold.case_no == case_no).limit(1)).first() is not None


def _was_called(session: Session, case_no: str) -> bool:
    query = select(CollectionContact.id).where(
        CollectionContact.case_no == case_no, CollectionContact.kind == "call"
    )
    return session.scalars(query.limit(1)).first() is not None


def _litigation(proposal: LitigationProposal | None) -> Litigation:
    if proposal is None:
        return "none"
    known: dict[str, Litigation] = {"proposed": "proposed", "approved": "approved", "refused": "refused"}
    return known[proposal.outcome]


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(SHANGHAI).date() if moment else None
