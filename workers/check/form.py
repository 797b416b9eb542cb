"""A Camunda Form as the check sees it: its fields, what each submits, what each shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

TEXTS = frozenset({"textfield", "textarea"})
CHOICES = frozenset({"select", "radio", "checklist", "taglist"})
LISTS = frozenset({"checklist", "taglist", "dynamiclist"})
INPUTS = TEXTS | CHOICES | {"number", "datetime", "checkbox"}
CONTAINERS = frozenset({"group", "dynamiclist"})
SHOWN = frozenset({"text", "html", "image", "button", "table", "iframe", "separator", "spacer"})
COMPONENTS = INPUTS | CONTAINERS | SHOWN
"""What form-js 1.8.7 knows, the version in the engine's Tasklist."""

_VARIABLE = re.compile(r"^=\s*([A-Za-z_]\w*)\s*$")


@dataclass(frozen=True)
class Field:
    """One component of a form. `scope` is the path of the lists and groups around it."""

    raw: dict[str, Any]
    scope: tuple[str, ...]

    @property
    def type(self) -> str:
        return str(self.raw.get("type", ""))

    @property
    def key(self) -> str:
        """What the field binds to: an input's key, a list's path."""
        return str(self.raw.get("path" if self.type in CONTAINERS else "key") or "")

    @property
    def name(self) -> str:
        """How a finding names it."""
        return self.key or str(self.raw.get("id") or self.type)

    @property
    def variable(self) -> str:
        """The process variable that it ends up in."""
        return ".".join((*self.scope, self.key)).split(".")[0]

    @property
    def editable(self) -> bool:
        """Whether people can change it, so that it is submitted."""
        return self.type in INPUTS and not (self.raw.get("disabled") or self.raw.get("readonly"))

    @property
    def listed(self) -> str | None:
        """The variable that its options or rows come from."""
        if values_key := self.raw.get("valuesKey"):
            return str(values_key)
        source = str(self.raw.get("valuesExpression") or self.raw.get("dataSource") or "")
        found = _VARIABLE.match(source)
        return found[1] if found else None


@dataclass(frozen=True)
class Form:
    """One .form file."""

    file: str
    document: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.document["id"])

    def fields(self) -> Iterator[Field]:
        """Every component, lists before what is in them."""
        return _walk(self.document.get("components") or [], ())

    def submits(self) -> frozenset[str]:
        """The variables that people can write with it."""
        return frozenset(field.variable for field in self.fields() if field.editable)


def _walk(components: list[dict[str, Any]], scope: tuple[str, ...]) -> Iterator[Field]:
    for raw in components:
        found = Field(raw, scope)
        yield found
        inner = (*scope, found.key) if found.type in CONTAINERS and found.key else scope
        yield from _walk(raw.get("components") or [], inner)
