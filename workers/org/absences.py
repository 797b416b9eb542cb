"""Open tasks of people who are away: what they took goes back, what was given to them goes to their substitute (X2)."""

from __future__ import annotations

from datetime import date

import structlog

from workers.engine.client import EngineClient, EngineRefused
from workers.org.chart import OrgChart

log = structlog.get_logger(__name__)


def release_tasks(engine: EngineClient, org: OrgChart, on: date) -> int:
    """Move the tasks of people who are on leave or have left; returns how many.

    A task that the person took goes back to all to whom it is offered. One that the diagram gave to the person, with
    others who may step in, goes to the substitute, without one to those others. A task that is offered to nobody
    else stays: it is theirs.
    """
    away = [user for user, person in org.people.items() if org.leave_of(user, on) or not person.works_on(on)]
    if not away:
        return 0
    released = 0
    for task in engine.post("/task", {"assigneeIn": away, "active": True}):
        user = task["assignee"]
        offered = [one for one in engine.identity_links(task["id"]) if one["type"] == "candidate"]
        users = {one["userId"] for one in offered if one["userId"]}
        groups = {one["groupId"] for one in offered if one["groupId"]}
        if not groups and not users - {user}:
            continue
        was_taken = user in users or any(org.may_act(user, post, on) for post in groups & org.posts.keys())
        substitute = None if was_taken else org.acting(user, on)
        try:
            _give(engine, task["id"], substitute if substitute != user else None)
        except EngineRefused as error:  # completed meanwhile
            log.info("org.not_released", task=task["id"], reason=error.message)
            continue
        log.info("org.released", task=task["id"], user=user, to=substitute)
        released += 1
    return released


def _give(engine: EngineClient, task_id: str, user: str | None) -> None:
    if user is None:
        engine.post(f"/task/{task_id}/unclaim")
    else:
        engine.post(f"/task/{task_id}/assignee", {"userId": user})
