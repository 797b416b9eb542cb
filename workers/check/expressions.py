"""Which process variables an expression such as `${not hasErrors}` reads, and which a listener sets."""

from __future__ import annotations

import re

_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_BODY = re.compile(r"[$#]\{(.*?)\}", re.DOTALL)
_NAME = re.compile(r"(?<![\w.$])([A-Za-z_]\w*)(?!\w)(?!\s*\()")
_GET = re.compile(r"\b(?:get|has)Variable(?:Local|Typed)?\(\s*['\"](\w+)['\"]")
_SET = re.compile(r"\bsetVariable(?:Local)?\(\s*['\"](\w+)['\"]")
_OPERATORS = {"and", "or", "not", "eq", "ne", "lt", "gt", "le", "ge", "div", "mod", "empty", "instanceof"}
_VALUES = {"true", "false", "null", "execution", "task", "externalTask", "authenticatedUserId"}
_WORDS = _OPERATORS | _VALUES


def is_expression(value: str) -> bool:
    """Whether the engine evaluates the text."""
    return "${" in value or "#{" in value


def variables_read(expression: str) -> frozenset[str]:
    """The variables in `${…}`: bare names and those asked for by `getVariable('…')`."""
    found: set[str] = set()
    for body in _BODY.findall(expression):
        found.update(_GET.findall(body))
        found.update(name for name in _NAME.findall(_STRING.sub("''", body)) if name not in _WORDS)
    return frozenset(found)


def variables_set(expression: str) -> frozenset[str]:
    """The variables that a listener's expression sets with `setVariable('…', …)`."""
    return frozenset(_SET.findall(expression))
