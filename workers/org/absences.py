"""Open tasks of people who are away: what they took goes back, what was given to them goes to their substitute (X2)."""

from __future__ import annotations

from datetime import date

import structlog

from workers.engine.client import EngineClient, EngineRefused
from workers.org.chart import OrgChart

log = structlog.get_logger(__name__)

LENT_BY = "lentBy"
"""The task's own variable: whose task it is while a substitute has it."""
TASK = 7
"""The engine's number for tasks among the resources that rights are granted on."""


def release_tasks(engine: EngineClient, org: OrgChart, on: date) -> int:
    """Move the tasks of people who are on leave or have left, and back when they return; returns how many.

    A task that the person took goes back to all to whom it is offered. One that the diagram gave to the person goes
    to the substitute, without one to those others who may step in. One that is offered to named people, of whom
    nobody else is left, stays: whom that step excludes is known to its room alone.
    """
    away = [user for user, person in org.people.items() if org.leave_of(user, on) or not person.works_on(on)]
    released = _give_back(engine, org, on)
    if not away:
        return released
    for task in engine.post("/task", {"assigneeIn": away, "active": True}):
        user = task["assignee"]
        offered = [one for one in engine.identity_links(task["id"]) if one["type"] == "candidate"]
        users = {one["userId"] for one in offered if one["userId"]}
        groups = {one["groupId"] for one in offered if one["groupId"]}
        if users == {user} and not groups:
            continue
        was_taken = user in users or any(org.may_act(user, post, on) for post in groups & org.posts.keys())
        substitute = None if was_taken else org.acting(user, on)
        try:
            if substitute is not None and substitute != user:
                _lend(engine, task["id"], user, substitute)
            elif offered:
                _give(engine, task["id"], None)
            else:
                continue  # nobody stands in for who has left: the task keeps its place for a person to move it
        except EngineRefused as error:  # completed meanwhile
            log.info("org.not_released", task=task["id"], reason=error.message)
            continue
        log.info("org.released", task=task["id"], user=user, to=substitute)
        released += 1
    return released


def _lend(engine: EngineClient, task_id: str, user: str, substitute: str) -> None:
    """The substitute has it for as long as the leave lasts; the task keeps whose it is."""
    kept = engine.get(f"/task/{task_id}/localVariables")
    if LENT_BY not in kept:
        engine.put(f"/task/{task_id}/localVariables/{LENT_BY}", {"value": user, "type": "String"})
    _give(engine, task_id, substitute)


def _give_back(engine: EngineClient, org: OrgChart, on: date) -> int:
    """Tasks that a leave moved go to who does that person's work today: themselves, once they are back."""
    returned = 0
    query = {"taskVariables": [{"name": LENT_BY, "operator": "neq", "value": ""}], "active": True}
    for task in engine.post("/task", query):
        owner = engine.get(f"/task/{task['id']}/localVariables/{LENT_BY}")["value"]
        whose = org.on_duty(owner, on)
        if whose is None or whose == task["assignee"]:
            continue
        try:
            _give(engine, task["id"], whose)
            _take_right(engine, task["id"], task["assignee"])
        except EngineRefused as error:  # completed meanwhile
            log.info("org.not_released", task=task["id"], reason=error.message)
            continue
        log.info("org.given_back", task=task["id"], user=task["assignee"], to=whose)
        returned += 1
    return returned


def _give(engine: EngineClient, task_id: str, user: str | None) -> None:
    if user is None:
        engine.post(f"/task/{task_id}/unclaim")
    else:
        engine.post(f"/task/{task_id}/assignee", {"userId": user})


def _take_right(engine: EngineClient, task_id: str, user: str | None) -> None:
    """The engine leaves the right on the task with who had it: a substitute would see and complete it for good."""
    if user is None or any(link["userId"] == user for link in engine.identity_links(task_id)):
        return
    for right in engine.get("/authorization", resourceType=TASK, resourceId=task_id, userIdIn=user):
        engine.delete(f"/authorization/{right['id']}")
