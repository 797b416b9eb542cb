"""Rules on what a diagram refers to (forms, decisions, messages), and on what none refers to."""

from __future__ import annotations

from collections.abc import Iterator

from workers.check.attributes import message_name
from workers.check.code import hint
from workers.check.context import Context
from workers.check.expressions import is_expression
from workers.check.findings import Finding
from workers.check.project import Folder, Process
from workers.check.xml import Element, camunda, ident, local

BOUND = "deployment"
"""Running cases keep the forms, decisions and processes that they started with."""


def check(context: Context) -> Iterator[Finding]:
    """Findings on references, and on files that nothing refers to."""
    for process in context.processes:
        for element in process.every("startEvent", "userTask"):
            yield from _form(process, element)
        for element in process.every("businessRuleTask"):
            yield from _decision(process, element)
        yield from _messages(process)
    for folder in context.folders:
        if not folder.findings:
            yield from _orphans(folder)


def _form(process: Process, element: Element) -> Iterator[Finding]:
    name, file = ident(element), process.file
    if (form := element.get(camunda("formRef"))) is not None:
        if is_expression(form):
            return
        if form not in process.folder.forms:
            message = f"the form {form} is not in this folder{hint(form, process.folder.forms)}"
            yield Finding(file, name, "form-ref", message)
        if element.get(camunda("formRefBinding")) != BOUND:
            yield Finding(file, name, "form-ref", "set the form's binding to deployment")
    elif (key := element.get(camunda("formKey"))) is not None:
        page = process.page_of(element)
        if page is None:
            message = (
                f"the form key {key} is not embedded:deployment:<file>; name a form or a file of this folder"
            )
            yield Finding(file, name, "form-ref", message)
        elif not (process.folder.path / page).is_file():
            yield Finding(file, name, "form-ref", f"the file {page} is not in this folder")


def _decision(process: Process, element: Element) -> Iterator[Finding]:
    name, decision = ident(element), element.get(camunda("decisionRef"))
    if decision is None or is_expression(decision):
        return
    if decision not in process.folder.decisions:
        message = f"the decision {decision} is not in this folder{hint(decision, process.folder.decisions)}"
        yield Finding(process.file, name, "decision-ref", message)
    if element.get(camunda("decisionRefBinding")) != BOUND:
        yield Finding(process.file, name, "decision-ref", "set the decision's binding to deployment")
    if not element.get(camunda("resultVariable")):
        message = "the decision's result goes nowhere; name a result variable"
        yield Finding(process.file, name, "decision-ref", message)


def _messages(process: Process) -> Iterator[Finding]:
    for element in process.element.iter():
        kind = local(element) if isinstance(element.tag, str) else ""
        sends_itself = element.get(camunda("topic")) is not None
        if kind == "messageEventDefinition" and not sends_itself:
            holder = element.getparent()
        elif kind == "receiveTask":
            holder = element
        else:
            continue
        if holder is not None and message_name(process, element) is None:
            message = "its message does not exist or has no name; choose one in the properties"
            yield Finding(process.file, ident(holder), "message-ref", message)


def _orphans(folder: Folder) -> Iterator[Finding]:
    named = {
        element.get(camunda(attribute))
        for process in folder.processes
        for element in process.element.iter()
        for attribute in ("formRef", "decisionRef")
    }
    pages = {process.page_of(element) for process in folder.processes for element in process.element.iter()}
    required = {
        reference.get("href", "").removeprefix("#")
        for decision in folder.all_decisions
        for reference in decision.element.iter("{*}requiredDecision")
    }
    advice = "which no diagram of this folder uses; use it or remove the file"
    for form in folder.all_forms:
        if form.id not in named:
            yield Finding(form.file, form.id, "orphan", f"holds the form {form.id}, {advice}")
    for decision in folder.all_decisions:
        if decision.id not in named | required:
            yield Finding(decision.file, decision.id, "orphan", f"holds the decision {decision.id}, {advice}")
    for page in sorted(folder.pages.keys() - pages):
        yield Finding(f"{folder.name}{page}", page, "orphan", f"is a page {advice}")
