"""Rules on decision tables: cells that the engine understands, variables that exist, posts of the org chart."""

from __future__ import annotations

import json
from collections.abc import Iterator

from workers.check import feel
from workers.check.code import hint
from workers.check.context import Context
from workers.check.findings import Finding
from workers.check.people import ORG_FILE
from workers.check.project import Decision, Folder
from workers.check.sources import local_inputs
from workers.check.xml import Element, camunda, ident, text

POST = "post"
"""The output that names who signs."""


def check(context: Context) -> Iterator[Finding]:
    """Findings on the cells of decision tables."""
    for folder in context.folders:
        for decision in folder.all_decisions:
            known = _known(context, folder, decision)
            for cell in _cells(decision):
                yield from _cell(decision, cell, known)
            yield from _posts(context, decision)


def _cells(decision: Decision) -> Iterator[Element]:
    for name in ("inputExpression", "inputEntry", "outputEntry"):
        for cell in decision.element.iter(f"{{*}}{name}"):
            if cell.get("expressionLanguage", "feel").lower() == "feel":
                yield cell


def _known(context: Context, folder: Folder, decision: Decision) -> set[str] | None:
    """The variables that the table may read; None when that cannot be said: of a part of another decision."""
    known: set[str] | None = None
    for process in folder.processes:
        for task in process.every("businessRuleTask"):
            if task.get(camunda("decisionRef")) != decision.id:
                continue
            sources = context.sources(process)
            if sources.gaps:
                return None
            here = sources.all | local_inputs(task)
            known = set(here) if known is None else known & here
    return known


def _cell(decision: Decision, cell: Element, known: set[str] | None) -> Iterator[Finding]:
    said = text(cell.find("{*}text"))
    name = _place(decision, cell)
    if wrong := feel.fault(said):
        yield Finding(decision.file, name, "feel", f"{said} {wrong}")
        return
    bare = cell.tag.rpartition("}")[2] == "inputExpression" and said.isidentifier()
    if known is None or bare:  # a bare input is judged where the table is used
        return
    for variable in feel.names(said):
        if variable not in known:
            message = f"{said} reads {variable}, but nothing provides it{hint(variable, known)}"
            yield Finding(decision.file, name, "variable-unknown", message)


def _posts(context: Context, decision: Decision) -> Iterator[Finding]:
    table = decision.element.find("{*}decisionTable")
    if table is None:
        return
    columns = [output.get("name") for output in table.iterchildren("{*}output")]
    for rule in table.iterchildren("{*}rule"):
        for column, cell in zip(columns, rule.iterchildren("{*}outputEntry"), strict=False):
            said = text(cell.find("{*}text"))
            if column != POST or not said.startswith('"') or feel.fault(said):
                continue
            for post in (json.loads(one.text) for one in feel.tokens(said) if one.kind == "string"):
                if post not in context.org.posts:
                    message = f"the post {post} is not in {ORG_FILE}{hint(post, context.org.posts)}"
                    yield Finding(decision.file, _place(decision, cell), "group-unknown", message)


def _place(decision: Decision, cell: Element) -> str:
    """The cell as an analyst counts: the row of the table, and the cell's id."""
    rules = list(decision.element.iter("{*}rule"))
    parent = cell.getparent()
    row = f"row {rules.index(parent) + 1}, " if parent is not None and parent in rules else ""
    return f"{row}{ident(cell)}"
