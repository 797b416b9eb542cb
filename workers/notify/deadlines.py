"""The watch over user tasks' deadlines: reminders, notices to superiors, priorities (X2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from workers.calendar import OFFICE, WorkingHours
from workers.engine.client import EngineClient, EngineRefused
from workers.notify import messages
from workers.notify.messages import DueTask
from workers.notify.rules import notices_for
from workers.notify.store import Notice, tell_all
from workers.org import OrgChart

log = structlog.get_logger(__name__)

REMINDER_HOURS = 4.0
"""Working hours before the deadline at which those who have to act are reminded."""
OVERDUE_PRIORITY = 75
"""A task's priority is 50 unless its diagram says otherwise; complaints stand higher than this."""
PAGE = 200
_TASK_FIELDS = (
    *("name", "description", "priority", "assignee", "owner", "delegationState", "due", "followUp"),
    *("parentTaskId", "caseInstanceId", "tenantId"),
)


@dataclass
class Watched:
    """What one look did."""

    tasks: int = 0
    told: int = 0
    raised: int = 0


def watch_deadlines(
    session: Session,
    engine: EngineClient,
    org: OrgChart,
    now: datetime,
    *,
    tasklist_url: str,
    office: WorkingHours = OFFICE,
    reminder_hours: float = REMINDER_HOURS,
) -> Watched:
    """Look once at every task that is due soon or overdue; the session's commit keeps the notices.

    Looking again changes nothing: each event is told once, and a priority that is high enough stays.
    """
    watched, notices = Watched(), list[Notice]()
    for item, task in due_tasks(engine, office.add(now, reminder_hours)):
        watched.tasks += 1
        notices += notices_for(task, org, now, messages.task_link(tasklist_url, task.id))
        if task.due < now and item["priority"] < OVERDUE_PRIORITY:
            watched.raised += raise_priority(engine, task.id)
    watched.told = tell_all(session, notices)
    return watched


def due_tasks(engine: EngineClient, before: datetime) -> Iterator[tuple[dict[str, Any], DueTask]]:
    """Open tasks due before that moment, oldest deadline first: as the engine tells them, as we read them."""
    query = {"dueBefore": f"{before:%Y-%m-%dT%H:%M:%S.000%z}", "active": True}
    order = {"sorting": [{"sortBy": "dueDate", "sortOrder": "asc"}, {"sortBy": "id", "sortOrder": "asc"}]}
    page: list[dict[str, Any]] = []
    first = 0
    while not first or len(page) == PAGE:
        page = engine.post("/task", {**query, **order}, firstResult=first, maxResults=PAGE)
        first += PAGE
        instances = sorted({item["processInstanceId"] for item in page if item["processInstanceId"]})
        found = engine.post("/process-instance", {"processInstanceIds": instances}) if instances else []
        case_nos = {instance["id"]: instance["businessKey"] for instance in found}
        for item in page:
            links = () if item["assignee"] else engine.identity_links(item["id"])
            offered = [link for link in links if link["type"] == "candidate"]
            yield (
                item,
                DueTask(
                    id=item["id"],
                    name=item["name"] or item["taskDefinitionKey"] or item["id"],
                    case_no=case_nos.get(item["processInstanceId"]),
                    due=datetime.fromisoformat(item["due"]),
                    assignee=item["assignee"],
                    candidates=tuple(link["userId"] for link in offered if link["userId"]),
                    groups=tuple(link["groupId"] for link in offered if link["groupId"]),
                ),
            )


def raise_priority(engine: EngineClient, task_id: str) -> bool:
    """Raise an overdue task's priority; False when it was completed meanwhile. Who may sign it stays.

    The engine can only update a task as a whole, so it is read right before: somebody who claims it within
    these milliseconds would have to claim it again.
    """
    try:
        task = engine.get(f"/task/{task_id}")
        engine.put(
            f"/task/{task_id}",
            {name: task.get(name) for name in _TASK_FIELDS} | {"priority": OVERDUE_PRIORITY},
        )
    except EngineRefused as error:
        log.info("deadlines.not_raised", task=task_id, reason=error.message)
        return False
    return True
