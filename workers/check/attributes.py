"""Rules on attributes that the engine or the next reader needs: time to live, version, ids, uniqueness."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

from workers.check.context import Context
from workers.check.findings import Finding
from workers.check.project import EVENTS, GATEWAYS, TASKS, Process
from workers.check.xml import CAMUNDA_DMN, Element, bpmn, camunda, ident

_TIME_TO_LIVE = re.compile(r"^(\d+|P\d+D)$")
_PREFIXES = (
    *((name, "Task_") for name in (*TASKS, "callActivity")),
    *((name, "Gateway_") for name in GATEWAYS),
    *((name, "Event_") for name in EVENTS),
)


def check(context: Context) -> Iterator[Finding]:
    """Findings on processes and decisions as a whole, and on ids."""
    for process in context.processes:
        element, file = process.element, process.file
        yield from _life(
            file, element, element.get(camunda("historyTimeToLive")), element.get(camunda("versionTag"))
        )
        if element.get("isExecutable") != "true":
            yield Finding(
                file, ident(element), "executable", "is not executable; tick Executable in the properties"
            )
        yield from _ids(process)
    for folder in context.folders:
        for decision in folder.all_decisions:
            to_live, version = (
                decision.element.get(f"{{{CAMUNDA_DMN}}}{name}")
                for name in ("historyTimeToLive", "versionTag")
            )
            yield from _life(decision.file, decision.element, to_live, version)
    yield from _unique(context)


def _life(file: str, element: Element, to_live: str | None, version: str | None) -> Iterator[Finding]:
    if not to_live or not _TIME_TO_LIVE.match(to_live):
        message = f"historyTimeToLive is {to_live or 'not set'}; give days, such as P3650D"
        yield Finding(file, ident(element), "history-time-to-live", message)
    if not version:
        yield Finding(file, ident(element), "version-tag", "versionTag is not set; give one, such as 1.0")


def _ids(process: Process) -> Iterator[Finding]:
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", process.id.removesuffix("Process")).lower()
    alone = len(list(process.definitions.iterchildren(bpmn("process")))) == 1
    if not process.id.endswith("Process") or (alone and PurePosixPath(process.file).stem != words):
        message = f"the process {process.id} belongs in {words}.bpmn, and its id ends with Process"
        yield Finding(process.file, process.id, "id-style", message)
    for name, prefix in _PREFIXES:
        for element in process.every(name):
            if not ident(element).startswith(prefix):
                message = f"the id of a {name} begins with {prefix}; rename it"
                yield Finding(process.file, ident(element), "id-style", message)


def _unique(context: Context) -> Iterator[Finding]:
    seen: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for process in context.processes:
        seen["process", process.id].append((process.file, process.id))
        for start in process.every("startEvent"):
            # a start inside an event subprocess waits for its own case only
            if start.getparent() is not process.element:
                continue
            for definition in start.iterchildren(bpmn("messageEventDefinition")):
                if name := message_name(process, definition):
                    seen["start message", name].append((process.file, ident(start)))
    for folder in context.folders:
        for form in folder.all_forms:
            seen["form", form.id].append((form.file, form.id))
        for decision in folder.all_decisions:
            seen["decision", decision.id].append((decision.file, decision.id))
    for (kind, name), places in seen.items():
        for file, element in places[1:]:
            message = f"the {kind} {name} is already in {places[0][0]}; give this one another name"
            yield Finding(file, element, "unique-id", message)


def message_name(process: Process, definition: Element) -> str | None:
    """The name of the message that an event definition refers to; None where there is none."""
    reference = definition.get("messageRef", "").rpartition(":")[2]
    for message in process.definitions.iterchildren(bpmn("message")):
        if message.get("id") == reference:
            return message.get("name") or None
    return None
