"""Rules on the ways out of gateways: each has a condition, and reads what a worker decided (rule 13)."""

from __future__ import annotations

from collections.abc import Iterator

from workers.check.code import hint
from workers.check.context import Context
from workers.check.findings import Finding
from workers.check.project import Process
from workers.check.sources import condition_variables
from workers.check.xml import Element, bpmn, ident


def check(context: Context) -> Iterator[Finding]:
    """Findings on sequence flows and their conditions."""
    for process in context.processes:
        for gateway in process.every("exclusiveGateway", "inclusiveGateway"):
            yield from _ways_out(process, gateway)
        for flow in process.every("sequenceFlow"):
            yield from _variables(context, process, flow)


def _ways_out(process: Process, gateway: Element) -> Iterator[Finding]:
    flows = [flow for flow in process.every("sequenceFlow") if flow.get("sourceRef") == gateway.get("id")]
    for flow in flows if len(flows) > 1 else ():
        default = flow.get("id") == gateway.get("default")
        conditional = flow.find(bpmn("conditionExpression")) is not None
        if not default and not conditional:
            message = f"leaves {ident(gateway)} without a condition; give one or make it the default flow"
            yield Finding(process.file, ident(flow), "condition-missing", message)
        elif default and conditional:
            message = (
                f"is the default way out of {ident(gateway)}, so its condition is never read; remove one"
            )
            yield Finding(process.file, ident(flow), "condition-missing", message)


def _variables(context: Context, process: Process, flow: Element) -> Iterator[Finding]:
    sources = context.sources(process)
    for variable in sorted(condition_variables(flow)):
        if variable in sources.forms:
            message = f"reads {variable}, a form's field that anybody can forge; read a worker's output"
        elif variable not in sources.facts and not sources.gaps:
            message = f"reads {variable}, which no worker puts out{hint(variable, sources.facts)}"
        else:
            continue
        yield Finding(process.file, ident(flow), "condition-variable", message)
