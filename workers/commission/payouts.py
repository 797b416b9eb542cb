"""What a salesperson's contracts have to be paid out, and the payment in finance's book (C9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import ledger
from workers.ledger import Book, ContractRow, EntryKind, LedgerAccount, LedgerEntry


@dataclass(frozen=True)
class Payable:
    """The commission of one contract as it stands, in yuan."""

    contract_no: str
    customer_name: str
    amount: Decimal
    received: Decimal
    percent_received: Decimal
    permille: int
    accrued: Decimal
    withheld: Decimal
    paid: Decimal
    payable: Decimal


def payable(session: Session, salesperson: str, *, everything: bool = False) -> list[Payable]:
    """The salesperson's contracts that have commission to be paid, by number; `everything`: all in the books."""
    session.flush()
    query = (
        select(ContractRow)
        .join(LedgerAccount, LedgerAccount.contract_no == ContractRow.contract_no)
        .where(ContractRow.salesperson == salesperson, ContractRow.status != ledger.SEALED)
        .order_by(ContractRow.contract_no)
    )
    if not everything:
        query = query.where(LedgerAccount.accrued > LedgerAccount.withheld + LedgerAccount.paid_out)
    return [
        _row(contract, ledger.account(session, contract.contract_no)) for contract in session.scalars(query)
    ]


def claimants(session: Session) -> set[str]:
    """The salespersons to whom more has accrued than was paid: it is payable, or withheld."""
    query = select(ContractRow.salesperson).join(
        LedgerAccount, LedgerAccount.contract_no == ContractRow.contract_no
    )
    return set(session.scalars(query.where(LedgerAccount.accrued > LedgerAccount.paid_out).distinct()))


def payout(
    session: Session,
    contract_no: str,
    amount: Decimal,
    *,
    value_date: date,
    reference: str,
    posted_at: datetime,
    reference_sha256: str | None = None,
) -> LedgerEntry:
    """Book that commission was paid, from the paper `reference`. The ledger refuses more than is payable."""
    return ledger.post(
        session,
        Book.FINANCE,
        EntryKind.PAYOUT,
        contract_no,
        amount,
        value_date=value_date,
        reference=reference,
        posted_at=posted_at,
        reference_sha256=reference_sha256,
    )


def _row(contract: ContractRow, account: ledger.Account) -> Payable:
    return Payable(
        contract_no=contract.contract_no,
        customer_name=contract.customer_name,
        amount=account.amount,
        received=account.received,
        percent_received=account.percent_received,
        permille=account.commission_permille,
        accrued=account.accrued,
        withheld=account.withheld,
        paid=account.paid_out,
        payable=account.payable,
    )
