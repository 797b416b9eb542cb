"""What the forms offer: contracts with what was received on them, customers with their balance, receipts to reverse."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import bills, catalog, money
from workers.ledger import SEALED, ContractRow
from workers.ledger.store import LedgerAccount, LedgerCustomer
from workers.receipts import single
from workers.receipts.messages import Options
from workers.receipts.store import Receipt

MOST_CONTRACTS = 2000
MOST_RECEIPTS = 300


def all_of(session: Session) -> dict[str, Options]:
    """Every list."""
    return {
        "contract_options": [*_bills(session), *_contracts(session)],
        "customer_options": _customers(session),
        "receipt_options": _receipts(session),
    }


def _bills(session: Session) -> Options:
    """The workshop's bills that still take money; they are few, so they come first."""
    names = catalog.customers(session)
    return [
        {
            "label": f"{bill.bill_no} 维修结算单，未收{money.figures(left)}/{money.figures(bill.total)} "
            f"{names[bill.customer_no].name if bill.customer_no in names else bill.customer_no}",
            "value": bill.bill_no,
        }
        for bill, left in bills.open_ones(session)
    ]


def _contracts(session: Session) -> Options:
    """Contracts that still take money first, each time the newest first."""
    left = LedgerAccount.amount - LedgerAccount.received - LedgerAccount.written_off
    query = (
        select(
            ContractRow.contract_no,
            ContractRow.customer_name,
            LedgerAccount.amount,
            LedgerAccount.received,
            left.label("outstanding"),
        )
        .join(LedgerAccount, LedgerAccount.contract_no == ContractRow.contract_no)
        .where(ContractRow.status != SEALED)
        .order_by((left > 0).desc(), ContractRow.sealed_at.desc(), ContractRow.contract_no.desc())
        .limit(MOST_CONTRACTS)
    )
    return [
        {
            "label": (
                f"{one.contract_no} 未收{money.figures(one.outstanding)}，"
                f"已收{money.figures(one.received)}/{money.figures(one.amount)} {one.customer_name}"
            ),
            "value": one.contract_no,
        }
        for one in session.execute(query)
    ]


def _customers(session: Session) -> Options:
    query = select(LedgerCustomer.customer_no, LedgerCustomer.balance).where(LedgerCustomer.balance > 0)
    balances = {one.customer_no: one.balance for one in session.execute(query)}
    return [
        {
            "label": f"{one.name}({number})"
            + (f"，余额{money.figures(balances[number])}" if number in balances else ""),
            "value": number,
        }
        for number, one in catalog.customers(session).items()
    ]


def _receipts(session: Session) -> Options:
    query = (
        select(Receipt).where(Receipt.reversed_at.is_(None)).order_by(Receipt.id.desc()).limit(MOST_RECEIPTS)
    )
    return [{"label": single.described(one), "value": str(one.id)} for one in session.scalars(query)]
