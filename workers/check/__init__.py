"""`salesflow check`: what is wrong between diagrams, decisions, forms, workers and the org chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from workers.check import (
    attributes,
    bpmn_errors,
    calls,
    code,
    decisions,
    flow,
    forms,
    labels,
    layout,
    people,
    references,
    structure,
    timers,
)
from workers.check.context import Context
from workers.check.findings import RULES, Finding
from workers.check.linting import LinterMissing, lint
from workers.check.project import load
from workers.check.topics import Topic, contracts
from workers.org import OrgChart

FAMILIES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    attributes.check,
    bpmn_errors.check,
    calls.check,
    code.check,
    decisions.check,
    flow.check,
    forms.check,
    labels.check,
    layout.check,
    people.check,
    references.check,
    structure.check,
    timers.check,
)


def run_checks(
    root: Path, topics: Mapping[str, Topic], org: OrgChart, *, complete: bool = True, with_lint: bool = False
) -> list[Finding]:
    """Everything that is wrong in the tree of diagrams at `root`, sorted by file.

    `complete`: the tree holds every diagram, so that a topic or a start right that none uses is a finding.
    `with_lint`: run bpmnlint too; raises LinterMissing where it is not installed.
    """
    folders = load(root)
    context = Context(folders, topics, org, complete)
    found = {finding for folder in folders for finding in folder.findings}
    for family in FAMILIES:
        found.update(family(context))
    if with_lint:
        found.update(lint(root, [diagram.file for folder in folders for diagram in folder.diagrams]))
    return sorted(found)


__all__ = ["RULES", "Context", "Finding", "LinterMissing", "Topic", "contracts", "run_checks"]
