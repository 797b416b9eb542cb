"""Who decides on a cancellation: never who asked for it; the post above where nobody else is left (V7, X2)."""

from __future__ import annotations

from datetime import date

import structlog

from workers.calendar import SHANGHAI
from workers.cases import FormReader
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.vehicle_orders.store import VehicleCancellation

log = structlog.get_logger(__name__)

POST = "sales_manager"


def post(asked_by: str, task: TaskContext, org: OrgChart) -> str:
    """The post to which the decision is offered. InvalidInput when nobody is left, as `require`."""
    return _find(asked_by, _today(task), org)[0]


def require(
    reader: FormReader, by: str, request: VehicleCancellation, task: TaskContext, org: OrgChart
) -> str:
    """Add a finding unless `by` may decide; returns the post to which the decision is offered after findings."""
    today = _today(task)
    found, acting = _find(request.recorded_by, today, org)
    # leave moves new work, it locks nobody out: a holder who is away may still decide (X5)
    able = {*acting, *acting.values(), *org.holders(POST, today)} - {request.recorded_by}
    if by not in able:
        log.warning(
            "security: may not decide", sale_no=request.sale_no, user=by, asked_by=request.recorded_by
        )
        own = "不能决定自己提出的解除申请，" if by == request.recorded_by else ""
        reader.wrong("", f"{own}只有{org.post_name(found)}可以办理")
    return found


def _find(asked_by: str, today: date, org: OrgChart) -> tuple[str, dict[str, str]]:
    found = org.deciders(POST, {asked_by}, today)
    if found is None:
        raise InvalidInput(f"nobody may decide on {today} what {asked_by} asked for; see config/org.yaml")
    return found


def _today(task: TaskContext) -> date:
    return task.now.astimezone(SHANGHAI).date()
