"""Element templates for Camunda Modeler, generated from the workers' models: one service task per topic.

An analyst picks a step by its topic instead of typing it, and sees what it reads and puts out. Inputs are
optional mappings: without one a worker reads the process variable of the same name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from workers.check.topics import Topic, variables

FOLDER = "element_templates"


def template(topic: Topic) -> dict[str, Any]:
    """The element template of one topic."""
    fields = zip(variables(topic.model), topic.model.model_fields.values(), strict=True)
    return {
        "name": topic.name,
        "id": f"salesflow.{topic.name}",
        "description": topic.says,
        "appliesTo": ["bpmn:ServiceTask"],
        "properties": [
            _fixed("camunda:type", "external"),
            _fixed("camunda:topic", topic.name),
            *(_input(name, field.annotation, needed=name in topic.needs) for name, field in fields),
            *(_output(name) for name in sorted(topic.puts_out)),
        ],
    }


def _fixed(name: str, value: str) -> dict[str, Any]:
    return {"type": "Hidden", "value": value, "binding": {"type": "property", "name": name}}


def _input(name: str, annotation: object, *, needed: bool) -> dict[str, Any]:
    described = "required" if needed else "optional"
    entry: dict[str, Any] = {
        "label": name,
        "description": f"Input, {described}: the process variable {name} unless mapped here.",
        "type": "String",
        "optional": True,
        "binding": {"type": "camunda:inputParameter", "name": name},
    }
    if get_origin(annotation) is Literal:
        entry["type"] = "Dropdown"
        entry["choices"] = [{"name": str(choice), "value": str(choice)} for choice in get_args(annotation)]
    return entry


def _output(name: str) -> dict[str, Any]:
    return {
        "label": f"{name} →",
        "description": f"Output: sets the process variable {name}; name another one to map it there too.",
        "type": "String",
        "optional": True,
        "binding": {"type": "camunda:outputParameter", "source": f"${{{name}}}"},
    }


def files(topics: Mapping[str, Topic]) -> dict[str, str]:
    """File name -> content, for every topic."""
    return {
        f"{topic.name}.json": json.dumps(template(topic), ensure_ascii=False, indent=2) + "\n"
        for topic in topics.values()
    }


def write(bpmn: Path, topics: Mapping[str, Topic]) -> list[Path]:
    """Bring `<bpmn>/element_templates` up to date; returns what was written or removed."""
    folder, wanted = bpmn / FOLDER, files(topics)
    folder.mkdir(exist_ok=True)
    changed = []
    for path in sorted(folder.glob("*.json")):
        if path.name not in wanted:
            path.unlink()
            changed.append(path)
    for name, content in wanted.items():
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != content:
            path.write_text(content, "utf-8")
            changed.append(path)
    return changed
