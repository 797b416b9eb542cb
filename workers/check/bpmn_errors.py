"""Rules on BPMN errors: what a worker declares is caught, and what is caught is declared."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from workers.check.context import Context
from workers.check.findings import Finding
from workers.check.project import SCOPES, Process
from workers.check.xml import Element, bpmn, camunda, ident, local

ANY = "*"
"""A catcher without errorRef catches every code."""


def check(context: Context) -> Iterator[Finding]:
    """Findings on error events and on workers' errors."""
    for process in context.processes:
        yield from _uncaught(context, process)
        yield from _undeclared(context, process)


def _code(process: Process, definition: Element) -> str | None:
    """The code that an error event definition stands for; None when its error has no code."""
    reference = definition.get("errorRef")
    if reference is None:
        return ANY
    for error in process.definitions.iterchildren(bpmn("error")):
        if error.get("id") == reference.rpartition(":")[2]:
            return error.get("errorCode") or None
    return None


def _definitions(event: Element) -> Iterator[Element]:
    return event.iterchildren(bpmn("errorEventDefinition"))


def _caught_at(process: Process, element: Element) -> Iterator[str | None]:
    """The codes caught at the element: by events on its border, and by event subprocesses inside of it."""
    for event in process.every("boundaryEvent"):
        if event.get("attachedToRef") == element.get("id"):
            yield from (_code(process, definition) for definition in _definitions(event))
    for inner in element.iterchildren(bpmn("subProcess")):
        if inner.get("triggeredByEvent") == "true":
            for start in inner.iterchildren(bpmn("startEvent")):
                yield from (_code(process, definition) for definition in _definitions(start))


def _uncaught(context: Context, process: Process) -> Iterator[Finding]:
    for element, name in process.external_tasks():
        topic = context.topics.get(name)
        if topic is None or not topic.errors:
            continue
        caught = set(_caught_at(process, element))
        for scope in element.iterancestors():
            if local(scope) in {*SCOPES, "process"}:
                caught.update(_caught_at(process, scope))
        for code in sorted(topic.errors):
            if not caught & {code, ANY}:
                message = (
                    f"{name} can end with the error {code}, which nothing catches; add a boundary error event"
                )
                yield Finding(process.file, ident(element), "error-uncaught", message)


def _undeclared(context: Context, process: Process) -> Iterator[Finding]:
    elements = {element.get("id"): element for element in process.element.iter() if element.get("id")}
    for event in process.every("boundaryEvent", "startEvent"):
        for definition in _definitions(event):
            code = _code(process, definition)
            if code is None:
                message = "catches an error that has no code; choose one with an error code"
                yield Finding(process.file, ident(event), "error-undeclared", message)
                continue
            if local(event) == "boundaryEvent":
                host = elements.get(event.get("attachedToRef"))
            else:
                host = next(islice(event.iterancestors(), 1, None), None)
            if host is None or local(host) == "callActivity":
                continue  # what a called process throws is not known here
            raised = _raised_within(context, process, host)
            if not raised or (code != ANY and not raised & {code, ANY}):
                said = "an error" if code == ANY else f"the error {code}"
                message = (
                    f"catches {said} that no worker here declares; remove it or declare it in the worker"
                )
                yield Finding(process.file, ident(event), "error-undeclared", message)


def _raised_within(context: Context, process: Process, host: Element) -> set[str]:
    raised: set[str] = set()
    for element in host.iter():
        name = element.get(camunda("topic"))
        if name is not None and name not in context.topics:
            raised.add(ANY)  # a finding of its own
        elif name is not None:
            raised |= context.topics[name].errors
        if local(element) == "endEvent":
            raised |= {code for found in _definitions(element) if (code := _code(process, found))}
    return raised
