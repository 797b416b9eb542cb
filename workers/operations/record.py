"""Write down what an operator orders, before it is done; find the order that a process acts on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers.operations.store import CANCEL, OperatorAction

ORDER = "operator:"
"""What stands before an order's id where a withdrawal says who asked for it; no account's name has a colon."""


def record(
    session: Session,
    action: str,
    by: str,
    reason: str,
    at: datetime,
    *,
    case_no: str | None = None,
    process: str | None = None,
    process_instance_id: str | None = None,
    **details: Any,
) -> OperatorAction:
    """Add a line to the record of operators' changes."""
    row = OperatorAction(
        id=str(uuid4()),
        action=action,
        at=at,
        by=by,
        reason=reason,
        case_no=case_no,
        process=process,
        process_instance_id=process_instance_id,
        details=details,
    )
    session.add(row)
    session.flush()
    return row


def cancellation(
    session: Session, sent_by: str | None, process_instance_id: str | None
) -> OperatorAction | None:
    """The operator's order to cancel this very instance that `sent_by` names, or None.

    `sent_by` is a process variable and proves nothing by itself: the order has to stand in our own record.
    """
    if sent_by is None or not sent_by.startswith(ORDER):
        return None
    row = session.get(OperatorAction, sent_by.removeprefix(ORDER)[:36])
    if row is None or row.action != CANCEL or row.process_instance_id != process_instance_id:
        return None
    return row


def recorded(session: Session, case_no: str | None = None, most: int = 50) -> list[OperatorAction]:
    """The newest lines first, of one case if one is named."""
    query = select(OperatorAction).order_by(OperatorAction.at.desc()).limit(most)
    if case_no is not None:
        query = query.where(OperatorAction.case_no == case_no)
    return list(session.scalars(query))
