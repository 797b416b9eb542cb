"""Rules on human steps: who, until when, with what form; posts instead of persons; who may start what."""

from __future__ import annotations

from collections.abc import Iterator

from workers.check.code import hint
from workers.check.context import Context
from workers.check.expressions import is_expression
from workers.check.findings import Finding
from workers.check.project import Process
from workers.check.sources import brought, is_none
from workers.check.xml import Element, bpmn, camunda, ident

ORG_FILE = "config/org.yaml"
DOERS = ("assignee", "candidateUsers", "candidateGroups")
STANDING = "standing"
"""The extension property of a user task that is open as long as its case is and so has no due date."""


def check(context: Context) -> Iterator[Finding]:
    """Findings on user tasks, candidates and starters."""
    for process in context.processes:
        for task in process.every("userTask"):
            yield from _user_task(process, task)
        for element in process.element.iter():
            yield from _candidates(context, process, element)
        yield from _starters(context, process)
    known = {process.id for process in context.processes}
    for post, starts in context.org.starts.items() if context.whole else ():
        for started in starts:
            if started not in known:
                message = f"starts.{post} names {started}, which no diagram holds{hint(started, known)}"
                yield Finding(ORG_FILE, started, "starter", message)


def _user_task(process: Process, task: Element) -> Iterator[Finding]:
    missing = []
    if not task.get(camunda("formRef")) and not task.get(camunda("formKey")):
        missing.append("has no form")
    if not any(task.get(camunda(doer)) for doer in DOERS):
        missing.append("has nobody to do it (assignee, candidate users or candidate groups)")
    if not task.get(camunda("dueDate")) and _property(task, STANDING) != "true":
        missing.append(f"has no due date (a standing task has the extension property {STANDING}=true)")
    if not _records_who(task):
        missing.append("has no complete listener that records currentUser()")
    for message in missing:
        yield Finding(process.file, ident(task), "user-task", message)


def _property(element: Element, name: str) -> str | None:
    for entry in element.iter(camunda("property")):
        if entry.get("name") == name:
            return entry.get("value")
    return None


def _records_who(task: Element) -> bool:
    return any(
        listener.get("event") == "complete" and "currentUser()" in _said(listener)
        for listener in task.iter(camunda("taskListener"))
    )


def _said(listener: Element) -> str:
    return " ".join([listener.get("expression", ""), *(str(part) for part in listener.itertext())])


def _candidates(context: Context, process: Process, element: Element) -> Iterator[Finding]:
    for attribute in ("candidateGroups", "candidateStarterGroups"):
        for group in _literals(element, attribute):
            if group not in context.org.posts:
                message = f"the group {group} is no post of {ORG_FILE}{hint(group, context.org.posts)}"
                yield Finding(process.file, ident(element), "group-unknown", message)
    for attribute in ("assignee", "candidateUsers", "candidateStarterUsers"):
        for user in _literals(element, attribute):
            message = f"names the person {user}; use a post (candidate groups) or a variable"
            yield Finding(process.file, ident(element), "user-named", message)


def _literals(element: Element, attribute: str) -> Iterator[str]:
    value = element.get(camunda(attribute), "")
    if not is_expression(value):
        yield from (part.strip() for part in value.split(",") if part.strip())


def _starters(context: Context, process: Process) -> Iterator[Finding]:
    starters = {post for post, starts in context.org.starts.items() if process.id in starts}
    by_hand = any(
        is_none(start) and (start.get(camunda("formRef")) or not _is_called(context, process))
        for start in process.element.iterchildren(bpmn("startEvent"))
    )
    if by_hand and not starters:
        message = f"people start it, but no post may; add {process.id} under starts in {ORG_FILE}"
        yield Finding(process.file, process.id, "starter", message)


def _is_called(context: Context, process: Process) -> bool:
    """Whether a process is a part of others: its start says what a call brings, or a call activity names it."""
    return bool(brought(process)) or any(
        call.get("calledElement") == process.id
        for other in context.processes
        for call in other.every("callActivity")
    )
