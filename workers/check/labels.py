"""Rule on language: staff read names in Tasklist, on forms and in the pictures, and read them in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workers.check.context import Context
from workers.check.findings import Finding
from workers.check.form import INPUTS, Field
from workers.check.project import FLOW_NODES, Process
from workers.check.xml import Element, ident, local

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LETTERS = re.compile(r"[A-Za-z]")
NAMED = ("process", "userTask", "serviceTask", "businessRuleTask", "callActivity", "startEvent", "endEvent")


def check(context: Context) -> Iterator[Finding]:
    """Findings on names in diagrams and labels in forms."""
    for process in context.processes:
        yield from _names(process)
    for folder in context.folders:
        for form in folder.all_forms:
            for field in form.fields():
                if not _readable(field):
                    message = (
                        f"the label {_label(field) or '(none)'} is not Chinese; write what staff should read"
                    )
                    yield Finding(form.file, field.name, "chinese", message)


def _names(process: Process) -> Iterator[Finding]:
    outgoing: dict[str, int] = {}
    for flow in process.every("sequenceFlow"):
        source = flow.get("sourceRef", "")
        outgoing[source] = outgoing.get(source, 0) + 1
    for element in process.every("process", *FLOW_NODES, "sequenceFlow", "lane"):
        name, kind = element.get("name", ""), local(element)
        decides = kind in {"exclusiveGateway", "inclusiveGateway"} and outgoing.get(ident(element), 0) > 1
        needed = (kind in NAMED and not _starts_subprocess(element)) or decides
        if (name and _LETTERS.search(name) and not _CHINESE.search(name)) or (needed and not name):
            message = f"the name {name or '(none)'} is not Chinese; write what staff read"
            yield Finding(process.file, ident(element), "chinese", message)


def _starts_subprocess(element: Element) -> bool:
    parent = element.getparent()
    return local(element) == "startEvent" and parent is not None and local(parent) != "process"


def _label(field: Field) -> str:
    names = ("label", "dateLabel", "timeLabel", "text")
    return next((str(field.raw[name]) for name in names if field.raw.get(name)), "")


def _readable(field: Field) -> bool:
    if field.type in INPUTS:
        return bool(_CHINESE.search(_label(field)))
    # a text may be an expression; what it shows comes from a worker
    words = re.sub(r"\{\{.*?\}\}|^=.*|<[^>]*>|\[|\]\(.*?\)", "", _label(field), flags=re.DOTALL)
    return not _LETTERS.search(words) or bool(_CHINESE.search(words))
