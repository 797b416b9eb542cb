"""Tasks that somebody took before they went on leave go back to everybody they were offered to."""

from __future__ import annotations

from datetime import date

import structlog

from workers.engine.client import EngineClient, EngineRefused
from workers.org.chart import OrgChart

log = structlog.get_logger(__name__)


def release_tasks(engine: EngineClient, org: OrgChart, on: date) -> int:
    """Give back the taken tasks of people who are on leave or have left; returns how many.

    A task that was assigned to the person and offered to nobody else stays: it is theirs.
    """
    away = [user for user, person in org.people.items() if org.leave_of(user, on) or not person.works_on(on)]
    if not away:
        return 0
    released = 0
    for task in engine.post("/task", {"assigneeIn": away, "active": True}):
        others = {
            link["userId"] or link["groupId"]
            for link in engine.identity_links(task["id"])
            if link["type"] == "candidate"
        } - {task["assignee"]}
        if not others:
            continue
        try:
            engine.post(f"/task/{task['id']}/unclaim")
        except EngineRefused as error:  # completed meanwhile
            log.info("org.not_released", task=task["id"], reason=error.message)
            continue
        log.info("org.released", task=task["id"], user=task["assignee"])
        released += 1
    return released
