"""The forms of the work as they are shown: additional work for the customer, agreed work for the technician."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, money, policy
from workers.calendar import WorkingHours
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import estimating, lines, orders
from workers.service.store import AGREED, DONE, NOT_DONE, PROPOSED, ServiceLine, ServiceOrder
from workers.service.workshop import Workshop


def asked(session: Session, case_no: str) -> list[ServiceLine]:
    return [one for one in lines.of(session, case_no) if one.state == PROPOSED]


def extra_form(
    session: Session, order: ServiceOrder, task: TaskContext, office: WorkingHours, shop: Workshop
) -> dict[str, Any]:
    """The fields of `ExtraShown`; the suggested new time is the later of the promise and the work's, with room."""
    proposed = asked(session, order.case_no)
    hours = lines.hours(lines.of(session, order.case_no), PROPOSED, AGREED)  # if everything is agreed to
    soonest, suggested = (
        find(task.now, hours, shop) for find in (estimating.earliest, estimating.suggestion)
    )
    promised = max(suggested, order.promised_at or suggested)
    return {
        "extra_rows": [
            {
                "lineNo": str(one.line_no),
                "name": one.name,
                "quantity": f"{money.plain(one.quantity)} {one.unit}",
                "hours": lines.hours_text(one.hours),
                "amount": money.figures(lines.amount(one)),
                "reason": one.reason,
                "answer": "",
            }
            for one in proposed
        ],
        "extra_due": policy.due(session, "agree_extra_work", task.now, office),
        "extra_result": None,
        "extra_channel": None,
        "extra_promised_at": promised.isoformat(timespec="minutes"),
        "extra_note": None,
        "extra_earliest": orders.moment_text(soonest),
    }


def _before_the_promise(due: datetime, order: ServiceOrder, now: datetime) -> datetime:
    """The work is due by the promised time, if that is to come yet and earlier than the policy's deadline."""
    promised = order.promised_at
    return min(due, promised) if promised is not None and promised > now else due


def repair_form(
    session: Session,
    order: ServiceOrder,
    task: TaskContext,
    org: OrgChart,
    office: WorkingHours,
    quality: str = "",
) -> dict[str, Any]:
    """The fields of `RepairShown`: what the customer agreed to, and nothing else."""
    rows = [one for one in lines.of(session, order.case_no) if one.state in (AGREED, DONE, NOT_DONE)]
    return {
        "technician": org.on_duty(order.technician or "", orders.today(task)),
        "repair_rows": [
            {
                "lineNo": str(one.line_no),
                "name": one.name,
                "agreed": f"{money.plain(one.quantity)} {one.unit}",
                "actual": money.plain(one.quantity if one.actual is None else one.actual),
                "reason": one.reason if one.state == NOT_DONE else "",
            }
            for one in rows
        ],
        "repair_due": _before_the_promise(policy.due(session, "repair", task.now, office), order, task.now),
        "quality_text": quality,
    }


def as_typed(rows: list[dict[str, str]], sent: object, **limits: int) -> list[dict[str, str]]:
    """The rows of a form that comes back to be mended: with what was typed in the named cells, up to their limits."""
    typed = sent if isinstance(sent, list | tuple) else ()
    by_line = {str(row.get("lineNo")): row for row in typed if isinstance(row, Mapping)}
    return [
        row | {name: cases.shown(mine.get(name), limit) or "" for name, limit in limits.items()}
        if (mine := by_line.get(row["lineNo"])) is not None
        else row
        for row in rows
    ]
