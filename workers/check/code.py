"""Rules between diagrams and workers: topics both ways, and every input from somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from workers.check.context import Context
from workers.check.expressions import variables_read
from workers.check.findings import Finding
from workers.check.project import Process
from workers.check.sources import local_inputs, mapped
from workers.check.xml import camunda, ident, text

CODE = "workers"
"""What a finding names as its file when no diagram is wrong but the code."""


def hint(name: str, known: Iterable[str]) -> str:
    """'; did you mean …?' where something known looks alike."""
    alike = get_close_matches(name, list(known), 1)
    return f"; did you mean {alike[0]}?" if alike else ""


def check(context: Context) -> Iterator[Finding]:
    """Findings on topics, service tasks and inputs."""
    used: set[str] = set()
    for process in context.processes:
        used.update(topic for _, topic in process.external_tasks())
        yield from _topics(context, process)
        yield from _inputs(context, process)
        yield from _lost_outputs(context, process)
        yield from _service_tasks(process)
    for topic in context.topics.values():
        if topic.name.rpartition(".")[2] != topic.function:
            message = f"the topic {topic.name} is done by the function {topic.function}; name both alike"
            yield Finding(CODE, topic.name, "topic-name", message)
        if context.whole and topic.name not in used:
            message = f"no diagram uses the topic {topic.name}; draw its step or remove the worker"
            yield Finding(CODE, topic.name, "topic-unused", message)


def _topics(context: Context, process: Process) -> Iterator[Finding]:
    for element, topic in process.external_tasks():
        if topic not in context.topics:
            message = f"no worker does the topic {topic}{hint(topic, context.topics)}"
            yield Finding(process.file, ident(element), "topic-unknown", message)


def _service_tasks(process: Process) -> Iterator[Finding]:
    external = {ident(element) for element, _ in process.external_tasks()}
    for task in process.every("serviceTask", "sendTask", "businessRuleTask"):
        decides = task.get(camunda("decisionRef")) is not None
        kind = task.get(camunda("type"))
        if not decides and (ident(task) not in external or kind != "external"):
            message = "is no external task with a topic; set Implementation to External and name the topic"
            yield Finding(process.file, ident(task), "service-task", message)
    for task in process.every("scriptTask", "task", "manualTask"):
        message = "does nothing that a worker or a person is told of; make it a user task or a service task"
        yield Finding(process.file, ident(task), "service-task", message)


def _lost_outputs(context: Context, process: Process) -> Iterator[Finding]:
    for element, name in process.external_tasks():
        if (topic := context.topics.get(name)) is None:
            continue
        inputs = {entry.get("name", "") for entry in mapped(element, "inputParameter")}
        taken = {read for entry in mapped(element, "outputParameter") for read in variables_read(text(entry))}
        for variable in sorted(inputs & topic.puts_out - taken):
            message = (
                f"what {name} puts out as {variable} is lost: the input parameter {variable} makes it the task's "
                "own; remove the input parameter, since a worker reads the process variable without it, or add "
                f"the output parameter {variable}"
            )
            yield Finding(process.file, ident(element), "output-lost", message)


def _inputs(context: Context, process: Process) -> Iterator[Finding]:
    sources = context.sources(process)
    if sources.gaps:
        return
    known = sources.all
    for element, name in process.external_tasks():
        topic = context.topics.get(name)
        if topic is None:
            continue
        here = known | local_inputs(element)
        for variable in sorted(topic.needs - here):
            message = f"{name} needs {variable}, but no form, start, listener or worker provides it"
            message += hint(variable, here)
            yield Finding(process.file, ident(element), "input-unprovided", message)
    for task in process.every("businessRuleTask"):
        decision = process.folder.decisions.get(task.get(camunda("decisionRef"), ""))
        if decision is None:
            continue
        here = known | local_inputs(task)
        for variable in sorted(set(decision.inputs()) - here):
            message = f"{decision.id} reads {variable}, but nothing provides it{hint(variable, here)}"
            yield Finding(process.file, ident(task), "input-unprovided", message)
