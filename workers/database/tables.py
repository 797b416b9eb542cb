"""All tables of all rooms: found by looking into the rooms, as the registry finds their tasks."""

from __future__ import annotations

from sqlalchemy import MetaData

from workers.database.base import Base
from workers.rooms import room_modules


def all_tables() -> MetaData:
    """The metadata with every room's `store.py` read."""
    room_modules("store")
    return Base.metadata
