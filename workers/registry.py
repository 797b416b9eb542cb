"""Every task that the workers can do, found by looking into the rooms: a new `tasks.py` needs no list."""

from __future__ import annotations

from functools import cache

from workers.rooms import room_modules
from workers.runtime.router import RegisteredTask, Router


@cache
def all_routers() -> tuple[Router, ...]:
    """The routers of all rooms: each `workers/<room>/tasks.py` defines one, named `router`."""
    return tuple(room.router for room in room_modules("tasks"))


@cache
def all_tasks() -> dict[str, RegisteredTask]:
    """Every registered task by its topic. Raises ValueError when two rooms claim one topic."""
    tasks: dict[str, RegisteredTask] = {}
    for router in all_routers():
        for topic, task in router.tasks.items():
            if topic in tasks:
                raise ValueError(f"two rooms claim the topic {topic}")
            tasks[topic] = task
    return tasks
