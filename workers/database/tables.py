"""All tables of all rooms: found by looking into the rooms, as the registry finds their tasks."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.util import find_spec

from sqlalchemy import MetaData

import workers
from workers.database.base import Base


def all_tables() -> MetaData:
    """The metadata with every room's `store.py` read."""
    for room in pkgutil.iter_modules(workers.__path__):
        module = f"workers.{room.name}.store"
        if room.ispkg and find_spec(module) is not None:
            import_module(module)
    return Base.metadata
