"""Where the engine still holds a whole phone number (M5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.process.office import Office
from workers.masking import mask


def whole_phones(office: Office, process: str) -> set[str]:
    """Variables, copies of tasks and sent form fields of the process's ended cases in which a phone can be read."""
    query = {"processDefinitionKey": process, "finished": True}
    cases = [one["id"] for one in office.admin.history("process-instance", **query)]
    assert cases, f"no ended case of {process}"
    return {name for case in cases for name in _of(office, case)}


def phones_now(office: Office, case: str) -> set[str]:
    """The names of a running case's variables in which a phone can be read at this moment."""
    found = office.admin.variables(case)
    return {name for name, value in found.items() if _has_phone(value)}


def _of(office: Office, case: str) -> Iterator[str]:
    query = {"processInstanceId": case, "deserializeValues": False}
    for kind in ("variable-instance", "detail"):
        for row in office.admin.history(kind, **query):
            if _has_phone(row.get("value")) or _has_phone(row.get("fieldValue")):
                name = row.get("name") or row.get("variableName") or row.get("fieldId")
                yield f"{case} {kind} {name}"


def _has_phone(value: Any) -> bool:
    return any(mask(text) != text for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
    elif isinstance(value, str) and value[:1] in ("{", "["):
        try:
            yield from _texts(json.loads(value))
        except ValueError:
            yield value
    elif value is not None and not isinstance(value, bool):
        yield str(value)
