"""Every task that the workers can do, found by looking into the rooms: a new `tasks.py` needs no list."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec

import workers
from workers.runtime.router import RegisteredTask, Router


@cache
def all_routers() -> tuple[Router, ...]:
    """The routers of all rooms: each `workers/<room>/tasks.py` defines one, named `router`."""
    rooms = [room.name for room in pkgutil.iter_modules(workers.__path__) if room.ispkg]
    modules = [f"workers.{room}.tasks" for room in rooms]
    return tuple(import_module(module).router for module in modules if find_spec(module) is not None)


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
