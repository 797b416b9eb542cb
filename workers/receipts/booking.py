"""Enter money into the books, and take it back; `debts` decides what it pays (A6, C11, C12).

A refusal states in Chinese what stands in the way; nothing of the money is entered then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from workers import commission, debts, ledger, money, refunds
from workers.calendar import SHANGHAI
from workers.debts import DuplicateReceipt, NotAsBooked
from workers.errors import InvalidInput
from workers.ledger import AlreadyBooked, Book, ContractRow, EntryKind, InvariantBroken, words
from workers.receipts.references import Refused, refuse_known
from workers.receipts.store import OFFSET, PAYMENT, PREPAYMENT, Receipt

_BOOKING = 7_301_007
"""Key of the advisory lock that lets one transaction at a time book receipts."""


_MOST_NAMED = 5


@dataclass(frozen=True)
class Money:
    """Money that came in (yuan), and who enters it."""

    amount: Decimal
    value_date: date
    bank_reference: str
    payer: str
    remark: str
    case_no: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Paid:
    """A payment as it was booked, and in Chinese what finance has to know of it; mostly nothing."""

    receipt: Receipt
    remark: str


def one_at_a_time(session: Session) -> None:
    """Wait until no other transaction books receipts: whether a payment is known, and whose, is asked under it.

    Taken behind the case's lock and before those of contracts.
    """
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _BOOKING})


def lock_known(session: Session, numbers: Collection[str]) -> None:
    """Lock the contracts among these, all at once and in order, before the first of them is booked on."""
    found = session.scalars(select(ContractRow.contract_no).where(ContractRow.contract_no.in_(numbers)))
    ledger.lock_contracts(session, found.all())


def pay(session: Session, paid: Money, contract_no: str) -> Paid:
    """Book a payment for a contract. Raises Refused: unknown contract, or a reference that is booked already."""
    refuse_known(session, paid.bank_reference)
    contract = ledger.find(session, contract_no)
    if contract is None or contract.status == ledger.SEALED:
        raise Refused(f"台帐中没有生效的合同{contract_no}")
    with _explained(session):
        kept = _receive(session, paid, contract_no)
        return Paid(_keep(session, paid, PAYMENT, contract.customer_no, contract_no), _kept(kept))


def _kept(references: Sequence[str]) -> str:
    if not references:
        return ""
    named = "、".join(references[:_MOST_NAMED]) + (
        f"等{len(references)}笔" if references[_MOST_NAMED:] else ""
    )
    return f"起息日更晚的收款{named}已是发票或提成的依据，保持原登记，未按起息日重新抵充"


def keep_as_balance(session: Session, paid: Money, customer_no: str) -> Receipt:
    """Book money that belongs to no contract yet as the customer's balance. Raises Refused: reference is known."""
    refuse_known(session, paid.bank_reference)
    with _explained(session):
        receipt = _keep(session, paid, PREPAYMENT, customer_no, None)
        _move_balance(session, receipt, receipt.amount, paid.remark)
        return receipt


def apply_balance(session: Session, paid: Money, contract_no: str) -> Receipt:
    """Pay a contract from its customer's balance (客户余额抵付): never more than is there, or than is owed."""
    if ledger.find(session, contract_no) is None:
        raise Refused(f"台帐中没有合同{contract_no}")
    contract = ledger.lock_contract(session, contract_no)
    balance = ledger.customer_balance(session, contract.customer_no)
    if paid.amount > balance:
        raise Refused(f"客户余额{money.figures(balance)}不足{money.figures(paid.amount)}")
    owed = owed_on(session, contract_no, paid.value_date)
    if paid.amount > owed:
        raise Refused(f"合同{contract_no}应付{money.figures(owed)}，不能抵付{money.figures(paid.amount)}")
    refuse_known(session, paid.bank_reference)
    with _explained(session):
        receipt = _keep(session, paid, OFFSET, contract.customer_no, contract_no)
        _move_balance(session, receipt, -receipt.amount, paid.remark or f"抵付合同{contract_no}")
        _refuse_promised(session, contract.customer_no)
        _receive(session, paid, contract_no)
        return receipt


def owed_on(session: Session, contract_no: str, on: date) -> Decimal:
    """Principal and interest that the contract still takes."""
    position = debts.position(session, contract_no, on)
    return ledger.account(session, contract_no).outstanding + position.interest_owed


def take_back(session: Session, receipt: Receipt, reason: str, case_no: str, by: str, at: datetime) -> None:
    """Reverse a receipt (退票、冲正); commission that has accrued on it gives way first. Raises Refused."""
    if receipt.reversed_at is not None:
        raise Refused("该笔收款已经冲正")
    with _explained(session):
        if receipt.contract_no is not None:
            ledger.lock_contract(session, receipt.contract_no)
            booked = debts.find(session, receipt.bank_reference)
            if booked is None:
                raise InvalidInput(
                    f"the money {receipt.bank_reference} of receipt {receipt.id} is not booked"
                )
            commission.give_way(
                session,
                receipt.contract_no,
                booked.principal,
                value_date=at.astimezone(SHANGHAI).date(),
                posted_at=at,
                reason=reason,
            )
            debts.take_back(session, receipt.bank_reference, reason=reason, posted_at=at)
        if receipt.kind != PAYMENT:
            _move_balance_back(session, receipt, reason, at)
        _refuse_promised(session, receipt.customer_no)
        receipt.reversed_at, receipt.reversed_by = at, by
        receipt.reversal_reason, receipt.reversal_case_no = reason, case_no
        session.flush()


def _receive(session: Session, paid: Money, contract_no: str) -> tuple[str, ...]:
    received = debts.receive(
        session,
        contract_no=contract_no,
        amount=paid.amount,
        value_date=paid.value_date,
        bank_reference=paid.bank_reference,
        posted_at=paid.at,
        by=paid.by,
    )
    left = debts.position(session, contract_no, paid.at.astimezone(SHANGHAI).date())
    commission.release_withheld(
        session,
        contract_no,
        left.overdue_principal,
        value_date=paid.value_date,
        posted_at=paid.at,
    )
    return received.kept


def _keep(session: Session, paid: Money, kind: str, customer_no: str, contract_no: str | None) -> Receipt:
    receipt = Receipt(
        bank_reference=paid.bank_reference,
        kind=kind,
        case_no=paid.case_no,
        contract_no=contract_no,
        customer_no=customer_no,
        amount=paid.amount,
        value_date=paid.value_date,
        payer=paid.payer,
        remark=paid.remark,
        recorded_by=paid.by,
        recorded_at=paid.at,
    )
    session.add(receipt)
    session.flush()
    return receipt


def _move_balance(session: Session, receipt: Receipt, amount: Decimal, reason: str) -> None:
    ledger.lock(session)
    month = ledger.still_open(session, receipt.value_date, receipt.recorded_at)
    with ledger.counting_in(session, month):
        ledger.post(
            session,
            Book.FINANCE,
            EntryKind.BALANCE,
            None,
            amount,
            value_date=receipt.value_date,
            reference=_balance_reference(receipt),
            posted_at=receipt.recorded_at,
            customer_no=receipt.customer_no,
            reason=reason,
        )


def _move_balance_back(session: Session, receipt: Receipt, reason: str, at: datetime) -> None:
    entry = ledger.booked(
        session,
        Book.FINANCE,
        EntryKind.BALANCE,
        None,
        _balance_reference(receipt),
        customer_no=receipt.customer_no,
    )
    if entry is None:
        raise InvalidInput(f"the balance of receipt {receipt.id} is not booked")
    ledger.reverse(session, Book.FINANCE, entry.seq, reason=reason, posted_at=at)


def _refuse_promised(session: Session, customer_no: str) -> None:
    """A refund that is being signed or paid keeps its money. Asked under the books' lock, which the entry holds."""
    short = -refunds.free_balance(session, customer_no)
    if short > 0:
        held = money.figures(refunds.promised(session, customer_no))
        raise Refused(f"客户余额中有{held}正在办理退款，还差{money.figures(short)}：请先办完或撤回退款")


def _balance_reference(receipt: Receipt) -> str:
    """A paper is booked once, and a bank's reference may come again after a reversal: the id tells them apart."""
    return f"{receipt.bank_reference} 收款{receipt.id}"


@contextmanager
def _explained(session: Session) -> Iterator[None]:
    """All of it or nothing; what the books refuse is said as staff read it."""
    try:
        with session.begin_nested():
            yield
    except DuplicateReceipt as error:
        raise Refused(str(error)) from error
    except AlreadyBooked as error:
        raise Refused(words.booked_already(error.entry)) from error
    except NotAsBooked as error:
        raise Refused("该笔收款已随合同变更或终止转为客户余额，不能冲正") from error
    except InvariantBroken as error:
        raise Refused("；".join(SAID[rule.name] for rule in error.rules)) from error


SAID = words.RULES | {
    "invoiced_behind_the_gate": "收款将低于开票条件，而发票已经开出：请先开具红字发票，再办理冲正",
    "balance_not_negative": "客户余额不足：记入余额的款项已经使用，请先冲正用余额抵付的收款",
}
"""What stands in the way, by the ledger's invariant."""
