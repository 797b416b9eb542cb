"""Who hears of a deadline: who must act before it, their superiors after it. No signature moves (X2)."""

from __future__ import annotations

from datetime import date, datetime

from workers.calendar import SHANGHAI, is_working_day
from workers.notify import messages
from workers.notify.messages import DueTask
from workers.notify.store import Notice
from workers.org import OrgChart

OPERATOR = "operator"
"""The post that hears of an overdue task which waits for nobody who works here."""


def responsible(task: DueTask, org: OrgChart, on: date) -> list[str]:
    """Who has to act: the assignee, else all to whom the task is offered; substitutes for those on leave."""
    users = [task.assignee] if task.assignee else list(task.candidates)
    if not task.assignee:
        users += [user for post in task.groups if post in org.posts for user in org.holders(post, on)]
    working = dict(org.staff(on))
    return list(dict.fromkeys(org.acting(user, on) for user in users if user in working))


def notices_for(task: DueTask, org: OrgChart, now: datetime, link: str) -> list[Notice]:
    """What is to be told about a task that is due soon or overdue; telling it once is the outbox's work."""
    today = now.astimezone(SHANGHAI).date()
    people = responsible(task, org, today)
    if task.due >= now:
        subject, body = messages.reminder(task, link)
        return [Notice(f"reminder:{task.id}:{user}", user, subject, body) for user in people]
    if not people:
        subject, body = messages.overdue_orphan(task, link)
        users = org.acting_holders(OPERATOR, today) if OPERATOR in org.posts else {}
        return [Notice(f"orphan:{task.id}:{user}", user, subject, body) for user in users]
    late: dict[str, list[str]] = {}
    notices = []
    for user in people:
        superior = _superior(user, people, org, today)
        if superior:
            late.setdefault(superior, []).append(org.name_of(user))
        elif is_working_day(today):
            subject, body = messages.overdue_again(task, link)
            notices.append(Notice(f"overdue:{task.id}:{user}:{today}", user, subject, body))
    for superior, names in late.items():
        subject, body = messages.overdue(task, names, link)
        notices.append(Notice(f"overdue:{task.id}:{superior}", superior, subject, body))
    return notices


def _superior(user: str, people: list[str], org: OrgChart, on: date) -> str | None:
    """Who hears that the user is late; whoever is late too, or stands in for the superior, is passed over."""
    superior = org.superior_of(user, on)
    while superior:
        acting = org.acting(superior, on)
        if acting not in people:
            return acting
        superior = org.superior_of(superior, on)
    return None
