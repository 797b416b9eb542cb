"""What the rooms bring, found by looking into them: a room that has something new needs no list."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

_ROOMS = Path(__file__).parent


def room_modules(name: str) -> list[ModuleType]:
    """`workers.<room>.<name>` of every room that has one; the others are not even imported."""
    found = sorted(path.parent.name for path in _ROOMS.glob(f"*/{name}.py"))
    return [import_module(f"workers.{room}.{name}") for room in found]
