"""What a ledger shows of a contract: its figures, who signed, and the entries of both books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel
from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from workers.calendar import SHANGHAI
from workers.errors import UserError
from workers.ledger.store import Book, ContractRow, EntryKind, LedgerEntry

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
    """One entry of a book."""

    seq: int
    kind: str
    amount: Decimal
    at: datetime
    reference: str


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


def list_contracts(session: Session) -> list[ContractSummary]:
    """Every contract in the ledgers, by number."""
    contracts = session.scalars(select(ContractRow).order_by(ContractRow.contract_no)).all()
    entries: defaultdict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in session.scalars(select(LedgerEntry).where(LedgerEntry.book == Book.FINANCE)):
        entries[entry.contract_no].append(entry)
    return [ContractSummary(**_figures(contract, entries[contract.contract_no])) for contract in contracts]


def show(session: Session, contract_no: str) -> ContractView:
    """One contract. Raises UnknownContract."""
    contract = session.get(ContractRow, contract_no)
    if contract is None:
        raise UnknownContract(contract_no)
    query = select(LedgerEntry).where(LedgerEntry.contract_no == contract_no).order_by(LedgerEntry.seq)
    entries = session.scalars(query).all()
    return ContractView(
        **_figures(contract, [entry for entry in entries if entry.book == Book.FINANCE]),
        approvals=_approvals(session, contract.case_no),
        books={
            book.value: [_entry(entry) for entry in entries if entry.book == book]
            for book in (Book.SALES, Book.FINANCE)
        },
    )


def _figures(contract: ContractRow, finance: Sequence[LedgerEntry]) -> dict[str, object]:
    def total(kind: EntryKind) -> Decimal:
        return sum((entry.amount for entry in finance if entry.kind == kind), Decimal("0.00"))

    return {
        "contract_no": contract.contract_no,
        "customer": contract.customer_name,
        "amount": contract.amount,
        "received": total(EntryKind.RECEIPT),
        "delivered": total(EntryKind.DELIVERY),
        "invoiced": total(EntryKind.INVOICE),
        "status": contract.status,
    }


def _entry(entry: LedgerEntry) -> EntryView:
    return EntryView(
        seq=entry.seq,
        kind=entry.kind,
        amount=entry.amount,
        at=entry.posted_at.astimezone(SHANGHAI),
        reference=entry.reference,
    )


def _approvals(session: Session, case_no: str) -> list[ApprovalView]:
    query = select(_RECORDS).where(_RECORDS.c.case_no == case_no).order_by(_RECORDS.c.id)
    return [
        ApprovalView(**row, at=row["signed_at"].astimezone(SHANGHAI).isoformat(timespec="seconds"))
        for row in session.execute(query).mappings()
    ]
