"""What happened with a customer, over all processes (M5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy import text as expression
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.calendar import SHANGHAI
from workers.customers.store import CustomerLineRow
from workers.runtime import Message

SHOWN = 50
"""Forms show the latest lines; older ones stay in the table."""


class CustomerLine(Message):
    """One row of the customer's history on the forms."""

    time: str
    kind: str
    text: str
    case_no: str


def remember(session: Session, customer_no: str, at: datetime, kind: str, text: str, case_no: str) -> None:
    """Add a line; the same words of the same case are there already when a step comes again."""
    line = insert(CustomerLineRow).values(
        customer_no=customer_no, at=at, kind=kind, text=text, case_no=case_no
    )
    session.execute(
        line.on_conflict_do_nothing(
            index_elements=["customer_no", "case_no", "kind", expression("md5(text)")]
        )
    )


def history(session: Session, customer_no: str) -> list[CustomerLine]:
    """The latest lines, newest last, times in Shanghai."""
    newest = (
        select(CustomerLineRow)
        .where(CustomerLineRow.customer_no == customer_no)
        .order_by(CustomerLineRow.at.desc(), CustomerLineRow.id.desc())
        .limit(SHOWN)
    )
    return [
        CustomerLine(
            time=row.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            kind=row.kind,
            text=row.text,
            case_no=row.case_no,
        )
        for row in reversed(list(session.scalars(newest)))
    ]
