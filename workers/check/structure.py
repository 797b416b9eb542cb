"""Rules on the document itself: known elements, flows that lead somewhere, expressions that can be evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workers.check.code import hint
from workers.check.context import Context
from workers.check.expressions import variables_read
from workers.check.findings import Finding
from workers.check.project import FLOW_NODES, Process
from workers.check.sources import local_inputs
from workers.check.xml import BPMN, Element, bpmn, camunda, ident, local

_OPEN = re.compile(r"[$#]\{[^{}]*(?:$|[$#]\{)")
_EVALUATED = ("assignee", "candidateUsers", "candidateGroups", "dueDate", "followUpDate")
_LOOP = frozenset({"loopCounter", "nrOfInstances", "nrOfActiveInstances", "nrOfCompletedInstances"})
_DEFINITIONS = "cancel compensate conditional error escalation link message signal terminate timer"
_PARTS = (
    "definitions process collaboration participant messageFlow laneSet childLaneSet lane flowNodeRef "
    "sequenceFlow incoming outgoing conditionExpression condition documentation extensionElements "
    "message error signal escalation itemDefinition import interface operation inMessageRef "
    "outMessageRef errorRef category categoryValue group textAnnotation text association dataObject "
    "dataObjectReference dataStore dataStoreReference dataState property ioSpecification dataInput "
    "dataOutput inputSet outputSet dataInputRefs dataOutputRefs dataInputAssociation "
    "dataOutputAssociation sourceRef targetRef assignment from to transformation script timeDate "
    "timeDuration timeCycle multiInstanceLoopCharacteristics standardLoopCharacteristics "
    "loopCardinality loopCondition completionCondition loopDataInputRef loopDataOutputRef "
    "inputDataItem outputDataItem humanPerformer performer potentialOwner resourceRole "
    "resourceAssignmentExpression formalExpression resource resourceRef expression rendering "
    "monitoring auditing supports extension relationship source target eventDefinitionRef"
)
KNOWN = frozenset(
    {
        *FLOW_NODES,
        *(f"{kind}EventDefinition" for kind in _DEFINITIONS.split()),
        *_PARTS.split(),
    }
)
"""The BPMN elements that a process can be made of."""


def check(context: Context) -> Iterator[Finding]:
    """Findings on elements, flows' ends and expressions."""
    for process in context.processes:
        yield from _flow_ends(process)
        for element in process.definitions.iter(f"{{{BPMN}}}*"):
            if local(element) not in KNOWN:
                message = f"BPMN has no element {local(element)}{hint(local(element), KNOWN)}"
                yield Finding(process.file, ident(element), "element-unknown", message)
        for element in process.element.iter("*"):
            yield from _open(process, element)
            yield from _variables(context, process, element)


def _flow_ends(process: Process) -> Iterator[Finding]:
    for flow in process.every("sequenceFlow"):
        scope = flow.getparent()
        nodes = set() if scope is None else {node.get("id", "") for node in scope if node.get("id")}
        for end in ("sourceRef", "targetRef"):
            name = flow.get(end, "")
            if name not in nodes:
                message = f"its {end} {name or '(none)'} is no step beside it{hint(name, nodes)}"
                yield Finding(process.file, ident(flow), "flow-end", message)


def _holder(element: Element) -> Element:
    """The element of the picture that this one is a part of."""
    holders = (bpmn(name) for name in (*FLOW_NODES, "sequenceFlow", "process"))
    wanted = set(holders)
    return next((one for one in (element, *element.iterancestors()) if one.tag in wanted), element)


def _open(process: Process, element: Element) -> Iterator[Finding]:
    if local(element) == "documentation":
        return
    for value in (*element.attrib.values(), element.text or ""):
        if _OPEN.search(str(value)):
            message = f"the expression {str(value).strip()} has no closing brace; write ${{…}}"
            yield Finding(process.file, ident(_holder(element)), "expression-open", message)


def _variables(context: Context, process: Process, element: Element) -> Iterator[Finding]:
    sources = context.sources(process)
    if sources.gaps:
        return
    read = {name for at in _EVALUATED for name in variables_read(element.get(camunda(at), ""))}
    here = sources.all | _LOOP | local_inputs(element)
    if element.tag == camunda("inputParameter"):
        read |= {name for part in element.iter("*") for name in variables_read(part.text or "")}
        # what it sets itself is no source of its own
        here = sources.all | _LOOP | (local_inputs(element) - {element.get("name", "")})
    for name in sorted(read - here):
        message = f"reads {name}, which nothing provides{hint(name, here)}"
        yield Finding(process.file, ident(_holder(element)), "variable-unknown", message)
