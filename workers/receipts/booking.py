"""Enter money into the books, and take it back; `debts` decides what it pays (A6, C11, C12).

A refusal states in Chinese what stands in the way; nothing of the money is entered then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from workers import bills, commission, debts, ledger, money
from workers.calendar import SHANGHAI
from workers.debts import DuplicateReceipt, NotAsBooked
from workers.errors import InvalidInput
from workers.ledger import AlreadyBooked, ContractRow, InvariantBroken, words
from workers.receipts import billed
from workers.receipts.kept import Money, Paid, keep, move_balance, move_balance_back, refuse_promised
from workers.receipts.references import Refused, refuse_known
from workers.receipts.store import OFFSET, PAYMENT, PREPAYMENT, Receipt

_BOOKING = 7_301_007
"""Key of the advisory lock that lets one transaction at a time book receipts."""


_MOST_NAMED = 5


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
    """Book a payment for a contract or a bill of the workshop, which `contract_no` names as well.

    Raises Refused: no such contract, or a reference that is booked already.
    """
    refuse_known(session, paid.bank_reference)
    bill = bills.find(session, contract_no)
    if bill is not None:
        with _explained(session):
            return billed.pay(session, paid, bill)
    contract = ledger.find(session, contract_no)
    if contract is None or contract.status == ledger.SEALED:
        raise Refused(f"台帐中没有生效的合同{contract_no}")
    with _explained(session):
        kept = _receive(session, paid, contract_no)
        return Paid(keep(session, paid, PAYMENT, contract.customer_no, contract_no=contract_no), _kept(kept))


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
        receipt = keep(session, paid, PREPAYMENT, customer_no)
        move_balance(session, receipt, receipt.amount, paid.remark)
        return receipt


def apply_balance(session: Session, paid: Money, contract_no: str) -> Receipt:
    """Pay a contract or a bill from its customer's balance (客户余额抵付): never more than is there, or is owed."""
    bill = bills.find(session, contract_no)
    if bill is not None:
        customer_no, owed = bill.customer_no, bills.left(session, bill)
    elif ledger.find(session, contract_no) is not None:
        customer_no = ledger.lock_contract(session, contract_no).customer_no
        owed = owed_on(session, contract_no, paid.value_date)
    else:
        raise Refused(f"台帐中没有合同{contract_no}")
    balance = ledger.customer_balance(session, customer_no)
    if paid.amount > balance:
        raise Refused(f"客户余额{money.figures(balance)}不足{money.figures(paid.amount)}")
    if paid.amount > owed:
        whose = "合同" if bill is None else "维修结算单"
        raise Refused(f"{whose}{contract_no}应付{money.figures(owed)}，不能抵付{money.figures(paid.amount)}")
    refuse_known(session, paid.bank_reference)
    of = {"contract_no": contract_no} if bill is None else {"bill_no": contract_no}
    with _explained(session):
        receipt = keep(session, paid, OFFSET, customer_no, **of)
        move_balance(session, receipt, -receipt.amount, paid.remark or f"抵付合同{contract_no}")
        refuse_promised(session, customer_no)
        if bill is None:
            _receive(session, paid, contract_no)
        else:
            billed.enter(session, receipt, bill, paid.amount)
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
        if receipt.kind != PAYMENT or billed.surplus(session, receipt):
            move_balance_back(session, receipt, reason, at)
        refuse_promised(session, receipt.customer_no)
        receipt.reversed_at, receipt.reversed_by = at, by
        receipt.reversal_reason, receipt.reversal_case_no = reason, case_no
        session.flush()
        billed.taken_back(session, receipt)


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
