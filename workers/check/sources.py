"""Where the variables of a process come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workers.check.expressions import variables_read, variables_set
from workers.check.project import Process
from workers.check.topics import Topic
from workers.check.xml import Element, bpmn, camunda, local, text

MESSAGE_VARIABLES = "variables"
"""The extension property of an event that names what its message (or start) brings."""


@dataclass(frozen=True)
class Sources:
    """The variables of one process by where they come from."""

    forms: frozenset[str]
    """Raw fields: what people write."""
    facts: frozenset[str]
    """What workers, decisions, listeners and mappings put out."""
    given: frozenset[str]
    """What a start, a message or a calling process brings."""
    read: frozenset[str]
    """What workers, decisions and expressions read."""
    gaps: bool
    """Whether a topic, form or decision is unknown: a finding of its own; others cannot be judged then."""

    @property
    def all(self) -> frozenset[str]:
        return self.forms | self.facts | self.given


def mapped(element: Element, kind: str) -> list[Element]:
    """The element's own mappings of a kind: inputParameter or outputParameter."""
    mapping = element.find(f"{{*}}extensionElements/{camunda('inputOutput')}")
    return [] if mapping is None else list(mapping.iterchildren(camunda(kind)))


def local_inputs(element: Element) -> frozenset[str]:
    """Variables that input mappings set on the element or on a scope around it."""
    scopes = (element, *element.iterancestors())
    return frozenset(entry.get("name", "") for scope in scopes for entry in mapped(scope, "inputParameter"))


def sources(process: Process, topics: Mapping[str, Topic], callers: Iterable[Process]) -> Sources:
    """What one process knows; `callers` are the processes that may call it."""
    forms: set[str] = set()
    facts: set[str] = set()
    given: set[str] = set()
    read: set[str] = set()
    gaps = False
    for _, name in process.external_tasks():
        if topic := topics.get(name):
            facts |= topic.puts_out
            read |= topic.reads
        else:
            gaps = True
    for element in process.element.iter():
        if form := process.form_of(element):
            forms |= form.submits()
        elif element.get(camunda("formRef")):
            gaps = True
        if page := process.page_of(element):
            forms |= process.folder.pages.get(page, frozenset())
            gaps = gaps or page not in process.folder.pages
        if decision := process.folder.decisions.get(element.get(camunda("decisionRef"), "")):
            read |= set(decision.inputs())
        elif element.get(camunda("decisionRef")):
            gaps = True
        _note(element, facts, given, read)
    for caller in callers:
        given |= _handed_over(caller, process.id)
    return Sources(frozenset(forms), frozenset(facts), frozenset(given), frozenset(read), gaps)


def _note(element: Element, facts: set[str], given: set[str], read: set[str]) -> None:
    for value in (*element.attrib.values(), element.text or ""):
        facts |= variables_set(str(value))
        read |= variables_read(str(value))
    for attribute in ("resultVariable", "initiator", "elementVariable"):
        if name := element.get(camunda(attribute)):
            facts.add(name)
    if element.tag == camunda("outputParameter"):
        facts.add(element.get("name", ""))
    elif element.tag == camunda("out") and element.get("target"):
        facts.add(element.get("target", ""))
    elif element.tag == camunda("in") and element.get("source"):
        read.add(element.get("source", ""))
    elif element.tag == camunda("property") and element.get("name") == MESSAGE_VARIABLES:
        given |= {name.strip() for name in element.get("value", "").split(",")}


def _handed_over(caller: Process, called: str) -> set[str]:
    return {
        mapping.get("target", "")
        for activity in caller.every("callActivity")
        if activity.get("calledElement") == called
        for mapping in activity.iter(camunda("in"))
    }


def brought(process: Process) -> frozenset[str]:
    """What whoever calls the process has to bring: named at its none start event, which no form fills."""
    return frozenset(
        name.strip()
        for start in process.element.iterchildren(bpmn("startEvent"))
        if is_none(start)
        for entry in start.iter(camunda("property"))
        if entry.get("name") == MESSAGE_VARIABLES
        for name in entry.get("value", "").split(",")
    )


def is_none(start: Element) -> bool:
    """Whether nothing triggers a start event: a person or a call activity starts it."""
    return not any(local(child).endswith("EventDefinition") for child in start)


def condition_variables(flow: Element) -> frozenset[str]:
    """The variables that a sequence flow's condition reads."""
    return frozenset(
        name
        for child in flow
        if local(child) == "conditionExpression"
        for name in variables_read(text(child))
    )
