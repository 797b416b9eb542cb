"""Book money: the one way in which it gets into the books (A3, A6, C11).

Money pays what it would have paid, had every paper been there on its value date: a late paper that comes before
money already booked has that money booked anew behind it, both in one statement. Where an invoice or a commission
would not stand on what the books come to, the money stays as it was booked, and whoever books the late paper is told
which it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers import ledger, signals
from workers.calendar import SHANGHAI
from workers.debts import collecting
from workers.debts.ageing import ZERO, Debt
from workers.debts.facts import read
from workers.debts.giving_back import booked_as, rows_of, standing_entries
from workers.debts.positions import position
from workers.debts.postings import post_interest
from workers.debts.rulings import Rulings
from workers.debts.schedule import Dated, by_day
from workers.debts.splitting import Money, Split, split_all
from workers.debts.store import ReceivedMoney
from workers.errors import BusinessError, InvalidInput
from workers.ledger import Book, ContractRow, Draft, InvariantBroken

log = structlog.get_logger(__name__)

INVOICING_STRAND = "Msg_PaymentForInvoice"
FULFILMENT_STRANDS = ("Msg_PaymentReceived", INVOICING_STRAND)
PAYMENT, SETTLED = "Msg_OverduePayment", "Msg_OverdueSettled"
"""What a collection hears: that what is owed has changed, or that nothing is."""
VEHICLE_ORDER = "Msg_VehiclePayment"
"""Tells the order of a car, by its sale's number, that its contract got money (V7, V8)."""
JOINTING_STRAND = "Msg_PaymentForJointing"
"""Waits only for a contract that needs jointing; nobody would ever read what others are told."""


@dataclass(frozen=True)
class Booked:
    """Money as it was booked first; readable also when the transaction that met it is rolled back."""

    bank_reference: str
    contract_no: str
    amount: Decimal
    value_date: date
    received_at: datetime


class DuplicateReceipt(BusinessError):
    """The bank's reference is known: the money was booked before, as `first`."""

    code = "DUPLICATE_RECEIPT"

    def __init__(self, first: Booked) -> None:
        self.first = first
        super().__init__(
            f"银行流水号{first.bank_reference}已于{first.received_at.astimezone(SHANGHAI):%Y-%m-%d}"
            f"登记在合同{first.contract_no},金额{first.amount}元,不能重复登记"
        )


class NotAsBooked(InvalidInput):
    """The money's entries are not those of its row: an earlier release gave it back and left the row as it was."""


@dataclass(frozen=True)
class Received:
    """What the money paid, in yuan; the three add up to it."""

    principal: Decimal
    interest: Decimal
    surplus: Decimal
    kept: tuple[str, ...] = ()
    """Bank references of money with a later value date that should have been booked anew and could not be."""


def receive(
    session: Session,
    *,
    contract_no: str,
    amount: Decimal,
    value_date: date,
    bank_reference: str,
    posted_at: datetime,
    by: str = "",
) -> Received:
    """Book money (yuan, above zero) that came for a contract on `value_date`, and tell whoever waits for it.

    Principal up to what is outstanding and interest up to what is owed, in the order of the policy of that day; the
    surplus becomes the customer's balance, and so does all of it once a terminated contract owes nothing. Raises
    DuplicateReceipt when the reference is known, InvalidInput for an unknown contract or an amount that is none.
    """
    if amount <= 0:
        raise InvalidInput(f"money of {amount} yuan cannot be received")
    contract = ledger.lock_contract(session, contract_no)
    row = _note(session, contract_no, amount, value_date, bank_reference, posted_at, by)
    kept = _book(session, contract, row, posted_at)
    post_interest(session, contract_no, posted_at.astimezone(SHANGHAI).date(), posted_at)
    _tell(session, contract, row.reference, posted_at)
    return Received(row.principal, row.interest, row.surplus, kept)


def take_back(session: Session, bank_reference: str, *, reason: str, posted_at: datetime) -> None:
    """Reverse money that was booked by mistake; its reference is free again. InvalidInput: no such money.

    A collection that was told of the money hears that it has gone, and no more that all is paid; a car's order too.

    Raises InvariantBroken when an invoice, a commission or a spent balance stands on it, and NotAsBooked.
    """
    row = find(session, bank_reference)
    if row is None:
        raise InvalidInput(f"no money with the bank reference {bank_reference} is booked")
    ledger.lock_contract(session, row.contract_no)
    session.refresh(row)
    if not _is_as_booked(session, row):
        raise NotAsBooked(f"the money {bank_reference} was given back by an amendment")
    for entry in standing_entries(session, row):
        ledger.reverse(session, Book.FINANCE, entry.seq, reason=reason, posted_at=posted_at)
    row.taken_back_at = posted_at
    session.flush()
    today = posted_at.astimezone(SHANGHAI).date()
    post_interest(session, row.contract_no, today, posted_at)
    contract = ledger.contract(session, row.contract_no)
    if contract.origin == ledger.VEHICLE and contract.status == ledger.IN_FORCE:
        signals.send(session, VEHICLE_ORDER, contract.case_no, f"冲正 {row.reference}")
    case_no = collecting.open_case_of(session, row.contract_no)
    if case_no is not None and not position(session, row.contract_no, today).settled:
        signals.mark_read(session, SETTLED, case_no, posted_at)
        signals.send(session, PAYMENT, case_no, f"冲正 {row.reference}")


def find(session: Session, bank_reference: str) -> ReceivedMoney | None:
    """The money that is booked with that reference."""
    query = select(ReceivedMoney).where(
        ReceivedMoney.bank_reference == bank_reference, ReceivedMoney.taken_back_at.is_(None)
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _note(
    session: Session,
    contract_no: str,
    amount: Decimal,
    value_date: date,
    reference: str,
    at: datetime,
    by: str,
) -> ReceivedMoney:
    """The row of new money, all of it surplus yet. The unique index decides between two that come at once."""
    values = {
        "bank_reference": reference,
        "contract_no": contract_no,
        "amount": amount,
        "value_date": value_date,
        "principal": ZERO,
        "interest": ZERO,
        "surplus": amount,
        "received_at": at,
        "received_by": by,
    }
    new = insert(ReceivedMoney).values(values).on_conflict_do_nothing().returning(ReceivedMoney.id)
    number = session.scalars(new).one_or_none()
    row = session.get(ReceivedMoney, number) if number is not None else find(session, reference)
    if row is None:
        raise InvalidInput(f"the money {reference} was taken back at this moment")
    if number is None:
        first = Booked(row.bank_reference, row.contract_no, row.amount, row.value_date, row.received_at)
        raise DuplicateReceipt(first)
    # a reference that was taken back before is used in the books already
    earlier = select(ReceivedMoney.id).where(
        ReceivedMoney.bank_reference == reference, ReceivedMoney.id != row.id
    )
    if session.scalars(earlier.limit(1)).first() is not None:
        row.booking = 2
    return row


def _book(session: Session, contract: ContractRow, row: ReceivedMoney, at: datetime) -> tuple[str, ...]:
    """Split the money and enter it; money with a later value date is entered anew if that changes what it paid.

    Returns the references of such money when it cannot be entered anew.
    """
    later = _later(session, row)
    if later:
        try:
            with session.begin_nested():
                _enter(session, contract, [row, *later], at)
        except InvariantBroken as error:
            # an invoice or a commission stands on the later money: it stays as it is, nothing is lost
            log.info("debts.not_rebooked", contract_no=contract.contract_no, error=str(error))
            session.refresh(row)
        else:
            return ()
    _enter(session, contract, [row], at)
    return tuple(one.bank_reference for one in later)


def _later(session: Session, row: ReceivedMoney) -> list[ReceivedMoney]:
    """Money of the contract with a later value date, as it came."""
    return [
        one
        for one in rows_of(session, row.contract_no)
        if one.value_date > row.value_date and _is_as_booked(session, one)
    ]


def _is_as_booked(session: Session, row: ReceivedMoney) -> bool:
    return sum((one.amount for one in standing_entries(session, row)), ZERO) == row.amount


def _enter(session: Session, contract: ContractRow, rows: Sequence[ReceivedMoney], at: datetime) -> None:
    """The new money first, then what is booked: each counts in the month of its value date while that is open."""
    new, booked = rows[0], rows[1:]
    ledger.lock(session)
    splits = _splits(session, contract, rows)
    reason = f"起息日更早的款项{new.bank_reference}后到,重新抵充"
    drafts: list[Draft] = []
    for row, part in zip(booked, splits[1:], strict=True):
        if (row.principal, row.interest, row.surplus) != (part.principal, part.interest, part.surplus):
            month = ledger.still_open(session, row.value_date, at)
            wrong = standing_entries(session, row)
            drafts += [replace(ledger.reversal(entry, reason), counts_in=month) for entry in wrong]
            row.booking += 1
            row.principal, row.interest, row.surplus = part.principal, part.interest, part.surplus
            drafts += booked_as(row, counts_in=month)
    new.principal, new.interest, new.surplus = splits[0].principal, splits[0].interest, splits[0].surplus
    drafts += booked_as(new, counts_in=ledger.still_open(session, new.value_date, at))
    ledger.post_together(session, Book.FINANCE, contract.contract_no, drafts, posted_at=at)
    session.flush()


def _splits(session: Session, contract: ContractRow, rows: Sequence[ReceivedMoney]) -> list[Split]:
    """What each of `rows` pays; the first is new, the others are booked and are looked at anew."""
    rulings = Rulings.of(session)
    found = read(session, contract, rulings)
    booked = rows[1:]
    paid = by_day([*found.debt.paid, *(Dated(one.value_date, -one.principal) for one in booked)])
    interest = by_day([*found.interest_paid, *(Dated(one.value_date, -one.interest) for one in booked)])
    account = ledger.account(session, contract.contract_no)
    # what a terminated contract has not delivered is never asked for
    asked = min(account.amount, account.delivered) if contract.status == ledger.TERMINATED else account.amount
    limit = asked - account.received - account.written_off + sum((one.principal for one in booked), ZERO)
    return split_all(
        Debt(found.debt.parts, found.debt.facts, tuple(paid)),
        interest,
        [Money(str(one.id), one.value_date, one.amount) for one in rows],
        rulings.rates,
        lambda day: rulings.on(day).interest_first,
        max(limit, ZERO),
    )


def tell_strands(session: Session, contract: ContractRow, fact: str) -> None:
    """Wake the strands of a contract in force that wait for its money; a write-off ends that waiting too."""
    if contract.status != ledger.IN_FORCE:
        return
    if contract.origin == ledger.VEHICLE:
        signals.send(session, VEHICLE_ORDER, contract.case_no, fact)
        tell_invoicing(session, contract.contract_no, fact)
    else:
        for message in (*FULFILMENT_STRANDS, *([JOINTING_STRAND] if contract.needs_jointing else ())):
            signals.send(session, message, contract.contract_no, fact)


def tell_invoicing(session: Session, contract_no: str, fact: str) -> None:
    """Wake the invoicing of a car's contract, which stands at the gate only while money is missing again."""
    if signals.waits(session, INVOICING_STRAND, contract_no):
        signals.send(session, INVOICING_STRAND, contract_no, fact)


def tell_collection(session: Session, contract_no: str, fact: str, at: datetime) -> None:
    """Wake the case that collects the contract's debt, if there is one: what is owed has changed."""
    case_no = collecting.open_case_of(session, contract_no)
    if case_no is not None:
        # one of the two: a case that is told of both ends by whichever comes first
        settled = position(session, contract_no, at.astimezone(SHANGHAI).date()).settled
        signals.send(session, SETTLED if settled else PAYMENT, case_no, fact)


def _tell(session: Session, contract: ContractRow, fact: str, at: datetime) -> None:
    """Wake every strand and every case that waits for money; each re-reads what it needs."""
    tell_strands(session, contract, f"收款 {fact}")
    tell_collection(session, contract.contract_no, f"收款 {fact}", at)
