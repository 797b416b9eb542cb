"""The figures that a person decides on, worked out at this moment and never typed by hand (A3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import debts, ledger, money
from workers.calendar import SHANGHAI
from workers.org import OrgChart
from workers.receivables.messages import ContactRow, DueRow
from workers.receivables.rules import LITIGATION_OUTCOMES, OUTCOMES
from workers.receivables.store import CollectionContact

MOST_ROWS = 200
"""Rows of a table on a form; the documents name everything."""


def of_contract(session: Session, contract_no: str, org: OrgChart, now: datetime) -> dict[str, Any]:
    """The fields of `DebtFigures` for a contract."""
    today = now.astimezone(SHANGHAI).date()
    contract, account = ledger.contract(session, contract_no), ledger.account(session, contract_no)
    place = debts.position(session, contract_no, today)
    hold = debts.hold_of(session, contract.customer_no)
    return {
        "contract_no": contract_no,
        "customer_name": contract.customer_name,
        "salesperson_name": org.name_of(contract.salesperson),
        "credit_grade": debts.grade(session, contract.customer_no, today),
        "total_figures": money.figures(account.amount),
        "received_figures": money.figures(account.received),
        "percent_received": f"{account.percent_received}%",
        "outstanding_figures": money.figures(place.outstanding),
        "overdue_figures": money.figures(place.overdue_principal),
        "overdue_days": place.overdue_days,
        "oldest_due_on": place.oldest_due_on.isoformat() if place.oldest_due_on else None,
        "interest_figures": money.figures(place.interest_owed),
        "withheld_figures": money.figures(account.withheld),
        "hold_text": _hold_text(hold),
        "due_rows": [
            DueRow(due_on=item.due_on.isoformat(), item=item.label, amount=money.figures(item.amount))
            for item in debts.due_items(session, contract_no, today)[:MOST_ROWS]
        ],
        "figures_at": now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
    }


def contacts(session: Session, case_no: str, org: OrgChart) -> list[ContactRow]:
    """What came of the calls and of litigation so far, newest last."""
    query = select(CollectionContact).where(CollectionContact.case_no == case_no)
    names = {**OUTCOMES, **LITIGATION_OUTCOMES}
    return [
        ContactRow(
            time=one.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            who=org.name_of(one.by),
            outcome=names[one.outcome],
            next_on=one.next_on.isoformat() if one.next_on else "",
            note=one.note,
        )
        for one in session.scalars(query.order_by(CollectionContact.id))
    ][-MOST_ROWS:]


def _hold_text(hold: debts.Hold | None) -> str:
    if hold is None:
        return "无"
    return f"{hold.placed_at.astimezone(SHANGHAI).date()}起停止签约和发货({hold.reason})"
