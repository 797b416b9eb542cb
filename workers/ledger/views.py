"""What a ledger shows of a contract: its figures, who signed, and the entries of both books."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, column, func, select, table, tuple_
from sqlalchemy.orm import Session

from workers.calendar import SHANGHAI
from workers.errors import UserError
from workers.ledger import books, figures
from workers.ledger.account import Account, GoodsLine
from workers.ledger.store import Book, ContractRow, LedgerAccount, LedgerEntry
from workers.ledger.words import kind_name

# The approval room writes this table; here it is only shown.
_RECORDS = table(
    "approval_records",
    *map(
        column,
        (
            "id",
            "case_no",
            "stage",
            "post",
            "post_name",
            "signer",
            "signer_name",
            "acting_for",
            "decision",
            "comment",
            "reference",
            "signed_at",
        ),
    ),
)


class UnknownContract(UserError):
    """No ledger knows a contract of that number."""

    def __init__(self, contract_no: str) -> None:
        self.contract_no = contract_no
        super().__init__(f"no contract {contract_no} in the ledgers")


class ApprovalView(BaseModel):
    """One signature on the case, in the order in which they were given."""

    stage: str
    post: str
    post_name: str
    signer: str
    signer_name: str
    acting_for: str | None
    decision: str
    comment: str
    reference: str
    at: str


class EntryView(BaseModel):
    """One entry of a book; `kind_name` is its kind as staff call it."""

    seq: int
    kind: str
    kind_name: str
    amount: Decimal
    at: datetime
    value_date: date
    month: date
    reference: str
    line_no: int | None
    quantity: Decimal | None
    reverses: int | None
    reason: str


class GoodsView(BaseModel):
    """A line of the contract and what has become of it, in its unit."""

    line_no: int
    product_no: str
    product_name: str
    unit: str
    specification: str
    unit_price: Decimal
    amount: Decimal
    ordered: Decimal
    produced: Decimal
    stored: Decimal
    dispatched: Decimal
    delivered: Decimal
    returned: Decimal
    scrapped: Decimal
    in_stock: Decimal


class MoneyView(BaseModel):
    """The contract's sums in yuan, besides those of the summary."""

    outstanding: Decimal
    percent_received: Decimal
    written_off: Decimal
    interest: Decimal
    interest_paid: Decimal
    commission_earned: Decimal
    commission_accrued: Decimal
    commission_withheld: Decimal
    commission_paid: Decimal
    customer_balance: Decimal


class ContractSummary(BaseModel):
    """A contract with its figures, in yuan; money and goods as finance has booked them."""

    contract_no: str
    customer: str
    amount: Decimal
    received: Decimal
    delivered: Decimal
    invoiced: Decimal
    status: str


class ContractView(ContractSummary):
    """A contract with everything that the ledgers hold of it."""

    approvals: list[ApprovalView]
    books: dict[str, list[EntryView]]
    customer_no: str
    salesperson: str
    version: int
    origin: str
    sealed_on: date
    delivery_date: date
    payment_terms: str
    goods: list[GoodsView]
    money: MoneyView


@dataclass(frozen=True)
class Page:
    """A part of the contracts, newest first, and how many there are in all."""

    contracts: list[ContractSummary]
    total: int


def list_contracts(
    session: Session,
    *,
    limit: int | None = None,
    after: str | None = None,
    customer_no: str | None = None,
    status: str | None = None,
    unpaid: bool = False,
) -> Page:
    """Contracts by the day of their seal, newest first; `after`: only those that follow that one in the list.

    `unpaid`: principal is outstanding, due or not. Raises UnknownContract when `after` is none.
    """
    query = select(ContractRow, LedgerAccount.received, LedgerAccount.delivered, LedgerAccount.invoiced).join(
        LedgerAccount, LedgerAccount.contract_no == ContractRow.contract_no
    )
    count = select(func.count()).select_from(ContractRow)
    conditions: list[ColumnElement[bool]] = []
    if customer_no is not None:
        conditions.append(ContractRow.customer_no == customer_no)
    if status is not None:
        conditions.append(ContractRow.status == status)
    if unpaid:
        count = count.join(LedgerAccount, LedgerAccount.contract_no == ContractRow.contract_no)
        conditions.append(LedgerAccount.amount > LedgerAccount.received + LedgerAccount.written_off)
    total = session.scalars(count.where(*conditions)).one()
    if after is not None:
        last = session.get(ContractRow, after)
        if last is None:
            raise UnknownContract(after)
        conditions.append(
            tuple_(ContractRow.sealed_at, ContractRow.contract_no) < tuple_(last.sealed_at, last.contract_no)
        )
    newest = query.where(*conditions).order_by(ContractRow.sealed_at.desc(), ContractRow.contract_no.desc())
    found = session.execute(newest.limit(limit))
    return Page([ContractSummary(**_summary(row, *sums)) for row, *sums in found], total)


def show(session: Session, contract_no: str) -> ContractView:
    """One contract. Raises UnknownContract."""
    contract = session.get(ContractRow, contract_no)
    if contract is None:
        raise UnknownContract(contract_no)
    account = figures.account(session, contract_no)
    entries = books.entries(session, contract_no)
    return ContractView(
        **_summary(contract, account.received, account.delivered, account.invoiced),
        approvals=_approvals(session, contract.case_no),
        books={
            book.value: [_entry(entry) for entry in entries if entry.book == book]
            for book in (Book.SALES, Book.FINANCE)
        },
        customer_no=contract.customer_no,
        salesperson=contract.salesperson,
        version=contract.version,
        origin=contract.origin,
        sealed_on=contract.sealed_on,
        delivery_date=contract.delivery_date,
        payment_terms=contract.payment_terms,
        goods=[_goods(line) for line in figures.goods(session, contract_no)],
        money=_money(account, figures.customer_balance(session, contract.customer_no)),
    )


def _summary(
    contract: ContractRow, received: Decimal, delivered: Decimal, invoiced: Decimal
) -> dict[str, Any]:
    return {
        "contract_no": contract.contract_no,
        "customer": contract.customer_name,
        "amount": contract.amount,
        "received": received,
        "delivered": delivered,
        "invoiced": invoiced,
        "status": contract.status,
    }


def _money(account: Account, balance: Decimal) -> MoneyView:
    return MoneyView(
        outstanding=account.outstanding,
        percent_received=account.percent_received,
        written_off=account.written_off,
        interest=account.interest,
        interest_paid=account.interest_paid,
        commission_earned=account.earned,
        commission_accrued=account.accrued,
        commission_withheld=account.withheld,
        commission_paid=account.paid_out,
        customer_balance=balance,
    )


def _goods(line: GoodsLine) -> GoodsView:
    return GoodsView(**asdict(line), amount=line.amount, in_stock=line.in_stock)


def _entry(entry: LedgerEntry) -> EntryView:
    return EntryView(
        seq=entry.seq,
        kind=entry.kind,
        kind_name=kind_name(entry.kind, reversal=entry.reverses is not None),
        amount=entry.amount,
        at=entry.posted_at.astimezone(SHANGHAI),
        value_date=entry.value_date,
        month=entry.month,
        reference=entry.reference,
        line_no=entry.line_no,
        quantity=entry.quantity,
        reverses=entry.reverses,
        reason=entry.reason,
    )


def _approvals(session: Session, case_no: str) -> list[ApprovalView]:
    query = select(_RECORDS).where(_RECORDS.c.case_no == case_no).order_by(_RECORDS.c.id)
    return [
        ApprovalView(**row, at=row["signed_at"].astimezone(SHANGHAI).isoformat(timespec="seconds"))
        for row in session.execute(query).mappings()
    ]
