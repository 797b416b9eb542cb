"""Rules on call activities: the called process is there, gets what it asks for, and puts out what is taken from it.

A none start event whose extension property `variables` names variables belongs to a process that is only called:
each call has to bring them.
"""

from __future__ import annotations

from collections.abc import Iterator

from workers.check.code import hint
from workers.check.context import Context
from workers.check.expressions import is_expression, variables_read
from workers.check.findings import Finding
from workers.check.project import Process
from workers.check.references import BOUND
from workers.check.sources import brought, local_inputs
from workers.check.xml import Element, camunda, ident

CALLED = "calledElement"


def check(context: Context) -> Iterator[Finding]:
    """Findings on every call activity."""
    known = {process.id: process for process in context.processes}
    for process in context.processes:
        for call in process.every("callActivity"):
            name = call.get(CALLED, "")
            if called := known.get(name):
                yield from _binding(process, call, called)
                yield from _handed_over(context, process, call, called)
                yield from _taken_back(context, process, call, called)
            elif context.complete and not is_expression(name):
                message = f"the called process {name or '(none)'} does not exist{hint(name, known)}"
                yield Finding(process.file, ident(call), "called-element", message)


def _binding(process: Process, call: Element, called: Process) -> Iterator[Finding]:
    bound = call.get(camunda("calledElementBinding"), "latest")
    wanted = BOUND if called.folder is process.folder else "latest"
    if bound != wanted:
        message = f"set the binding of {called.id} to {wanted}: it is deployed with its own folder"
        yield Finding(process.file, ident(call), "called-element", message)


def _handed_over(context: Context, process: Process, call: Element, called: Process) -> Iterator[Finding]:
    mappings = list(call.iter(camunda("in")))
    if not any(mapping.get("businessKey") for mapping in mappings):
        message = f"hands {called.id} no business key; map one in, its workers find the case by it"
        yield Finding(process.file, ident(call), "call-variable", message)
    handed = {mapping.get("target", "") for mapping in mappings}
    for variable in sorted(brought(called) - handed):
        message = f"{called.id} needs {variable}; map it in{hint(variable, handed)}"
        yield Finding(process.file, ident(call), "call-variable", message)
    sources = context.sources(process)
    here = sources.all | local_inputs(call)
    for mapping in () if sources.gaps else mappings:
        read = {mapping.get("source", "")} | variables_read(mapping.get("sourceExpression", ""))
        read |= variables_read(mapping.get("businessKey", ""))
        for variable in sorted(read - here - {""}):
            message = f"hands over {variable}, which nothing provides{hint(variable, here)}"
            yield Finding(process.file, ident(call), "call-variable", message)


def _taken_back(context: Context, process: Process, call: Element, called: Process) -> Iterator[Finding]:
    sources = context.sources(called)
    for mapping in () if sources.gaps else call.iter(camunda("out")):
        read = {mapping.get("source", "")} | variables_read(mapping.get("sourceExpression", ""))
        for variable in sorted(read - sources.all - {""}):
            message = (
                f"takes {variable} from {called.id}, which does not have it{hint(variable, sources.all)}"
            )
            yield Finding(process.file, ident(call), "call-variable", message)
