"""What waits in the engine: asked for when somebody looks, at most every 15 seconds, and never by two at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from workers import calendar
from workers.engine.client import EngineClient, EngineError

log = structlog.get_logger(__name__)

FRESH_SECONDS = 15.0
MOST_TOPICS = 40
"""Topics with open tasks that are looked at, two short queries each; more than these are rare."""
INCIDENT_TYPES = ("failedExternalTask", "failedJob")


@dataclass(frozen=True)
class Backlog:
    """Open tasks and the age of the oldest in seconds by topic, open incidents by type."""

    tasks: dict[str, int] = field(default_factory=dict)
    oldest: dict[str, float] = field(default_factory=dict)
    incidents: dict[str, int] = field(default_factory=dict)
    answered: bool = False
    """Whether the engine answered when it was last asked."""


class BacklogSource:
    """Keeps the last answer."""

    def __init__(self, client: EngineClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._asking = threading.Lock()
        self._until = float("-inf")
        self._last = Backlog()

    def current(self) -> Backlog:
        """The newest answer; one that is being fetched meanwhile by another request is not waited for."""
        if self._clock() >= self._until and self._asking.acquire(blocking=False):
            try:
                self._last = self._ask()
                self._until = self._clock() + FRESH_SECONDS
            finally:
                self._asking.release()
        return self._last

    def _ask(self) -> Backlog:
        client = self._client
        try:
            topics = client.get("/external-task/topic-names", withRetriesLeft=True)[:MOST_TOPICS]
            tasks, oldest, now = {}, {}, calendar.now()
            for topic in topics:
                tasks[topic] = client.count("/external-task", topicName=topic, withRetriesLeft=True)
                first = client.external_tasks(
                    topicName=topic, withRetriesLeft=True, sortBy="createTime", sortOrder="asc", maxResults=1
                )
                if first and first[0].get("createTime"):
                    oldest[topic] = (now - datetime.fromisoformat(first[0]["createTime"])).total_seconds()
            incidents = {kind: client.count("/incident", incidentType=kind) for kind in INCIDENT_TYPES}
        except EngineError as error:
            log.debug("the backlog cannot be read now", error=str(error))
            return Backlog()
        return Backlog(tasks, oldest, incidents, answered=True)
