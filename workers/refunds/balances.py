"""What of a customer's balance is still free: refunds that are being signed or paid are promised (A6)."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers import ledger
from workers.ledger.store import LedgerCustomer
from workers.refunds.store import FILLED, Refund


def promised(session: Session, customer_no: str, *, but: str = "") -> Decimal:
    """Yuan that refunds under way will pay out, those of the case `but` aside.

    Whoever lowers a balance or promises some of it holds the books' lock (`ledger.lock`), so that two of them never
    count on the same money.
    """
    session.flush()
    query = select(func.coalesce(func.sum(Refund.amount), 0)).where(
        Refund.customer_no == customer_no, Refund.state == FILLED, Refund.case_no != but
    )
    return Decimal(session.scalars(query).one())


def free_balance(session: Session, customer_no: str, *, but: str = "") -> Decimal:
    """Yuan of the customer's balance that nobody has been promised."""
    return ledger.customer_balance(session, customer_no) - promised(session, customer_no, but=but)


def in_credit(session: Session) -> dict[str, Decimal]:
    """Every customer's balance above zero, in yuan, by number."""
    session.flush()
    query = select(LedgerCustomer.customer_no, LedgerCustomer.balance).where(LedgerCustomer.balance > 0)
    return {
        row.customer_no: row.balance for row in session.execute(query.order_by(LedgerCustomer.customer_no))
    }
