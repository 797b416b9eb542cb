"""What stands in a tree of diagrams: folders with their processes, decisions, forms and embedded pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from workers.check.findings import Finding
from workers.check.form import Form
from workers.check.xml import Element, bpmn, camunda, local, parse, text

EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
TASKS = (
    "task",
    "userTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "scriptTask",
    "manualTask",
    "businessRuleTask",
)
GATEWAYS = ("exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway")
SCOPES = ("subProcess", "transaction", "adHocSubProcess")
FLOW_NODES = (*EVENTS, *TASKS, *GATEWAYS, *SCOPES, "callActivity")

_PAGE_VARIABLE = re.compile(
    r"cam-variable-name\s*=\s*[\"'](\w+)[\"']|createVariable\(\s*\{\s*name:\s*[\"'](\w+)"
)


@dataclass(frozen=True)
class Process:
    """One process of a diagram."""

    file: str
    element: Element
    definitions: Element
    """The document around it, which holds messages, errors and the layout."""
    folder: Folder

    @property
    def id(self) -> str:
        return self.element.get("id", "")

    def every(self, *names: str) -> Iterator[Element]:
        """The elements with these names, at any depth."""
        return self.element.iter(*(bpmn(name) for name in names))

    def external_tasks(self) -> Iterator[tuple[Element, str]]:
        """Elements that a worker does, with their topic."""
        for element in self.element.iter():
            topic = element.get(camunda("topic"))
            if topic is not None:
                event = element.getparent() if local(element).endswith("EventDefinition") else None
                yield (element if event is None else event), topic

    def form_of(self, element: Element) -> Form | None:
        """The form that a start event or user task names, where it exists."""
        return self.folder.forms.get(element.get(camunda("formRef"), ""))

    def page_of(self, element: Element) -> str | None:
        """The file name of the embedded page that a start event or user task names."""
        prefix, _, name = element.get(camunda("formKey"), "").partition("embedded:deployment:")
        return name if not prefix and name else None


@dataclass(frozen=True)
class Diagram:
    """One .bpmn file."""

    file: str
    root: Element


@dataclass(frozen=True)
class Decision:
    """One decision of a .dmn file."""

    file: str
    element: Element

    @property
    def id(self) -> str:
        return self.element.get("id", "")

    def inputs(self) -> Iterator[str]:
        """The variables that its table reads: input expressions that are a bare name."""
        for expression in self.element.iter("{*}inputExpression"):
            name = text(expression.find("{*}text"))
            if name.isidentifier():
                yield name


@dataclass(frozen=True)
class Folder:
    """One folder: one deployment. Files are named relative to the tree that is checked."""

    path: Path
    name: str
    """What the names of its files begin with: empty, or the folder's path and a slash."""
    diagrams: list[Diagram] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    all_forms: list[Form] = field(default_factory=list)
    all_decisions: list[Decision] = field(default_factory=list)
    pages: dict[str, frozenset[str]] = field(default_factory=dict)
    """Embedded HTML forms: file name -> the variables that they submit."""
    findings: list[Finding] = field(default_factory=list)
    """What could not be read."""

    @cached_property
    def processes(self) -> list[Process]:
        return [
            Process(diagram.file, element, diagram.root, self)
            for diagram in self.diagrams
            for element in diagram.root.iterchildren(bpmn("process"))
        ]

    @classmethod
    def load(cls, path: Path, root: Path) -> Folder:
        """Read everything in one folder; what cannot be read becomes a finding."""
        folder = cls(path, "" if path == root else f"{path.relative_to(root).as_posix()}/")
        for file in sorted(path.iterdir()):
            name = f"{folder.name}{file.name}"
            try:
                folder._add(file, name)
            except (etree.XMLSyntaxError, ValueError, OSError) as error:
                message = f"cannot be read: {error}; mend it in Camunda Modeler or take back the last change"
                folder.findings.append(Finding(name, file.name, "readable", message))
        return folder

    def _add(self, file: Path, name: str) -> None:
        match file.suffix:
            case ".bpmn":
                diagram = Diagram(name, parse(file))
                if diagram.root.find(bpmn("process")) is None:
                    raise ValueError("there is no process in it")
                self.diagrams.append(diagram)
            case ".dmn":
                decisions = [Decision(name, found) for found in parse(file).iterchildren("{*}decision")]
                if not decisions:
                    raise ValueError("there is no decision in it")
                self.all_decisions.extend(decisions)
                self.decisions.update({decision.id: decision for decision in decisions})
            case ".form":
                document: Any = json.loads(file.read_text(encoding="utf-8"))
                if not isinstance(document, dict) or not isinstance(document.get("id"), str):
                    raise ValueError("it is no form with an id")  # noqa: TRY004 - the content is wrong, not a type
                form = Form(name, document)
                self.all_forms.append(form)
                self.forms[form.id] = form
            case ".html":
                found = _PAGE_VARIABLE.findall(file.read_text(encoding="utf-8"))
                self.pages[file.name] = frozenset(first or second for first, second in found)


def load(root: Path) -> list[Folder]:
    """Every folder under (and including) `root` that holds a diagram, a decision or a form."""
    parents = {
        file.parent
        for file in root.rglob("*")
        if file.suffix in {".bpmn", ".dmn", ".form"} and "node_modules" not in file.parts
    }
    return [Folder.load(path, root) for path in sorted(parents)]
