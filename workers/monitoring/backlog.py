"""What waits in the engine: asked for when somebody looks, at most every 15 seconds, and never by two at once.

What it costs the engine is limited, however much waits. Few open tasks come with one query, all topics together.
Otherwise the topics take turns: a round goes on for two seconds, first to those that were asked for longest ago, and
the others keep their last figures. A rest of ten times as long follows: with 100,000 open tasks in 184 topics a worker
process takes a tenth of one connection's time, and each topic's figures are new every two minutes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from workers import calendar
from workers.engine.client import EngineClient, EngineError

log = structlog.get_logger(__name__)

FRESH_SECONDS = 15.0
REST = 10
"""So many times as long as a round took is rested after it, at least."""
FEW_TASKS = 500
"""Up to so many open tasks are read whole, by one query: the engine sorts all that there are to answer it."""
TURN_SECONDS = 2.0
"""How long a round goes on to the next topic: Prometheus waits for it, ten seconds by default."""
FAILED: Mapping[str, str] = {"failedExternalTask": "/external-task", "failedJob": "/job"}
"""What has no try left, by the type of its incident: the root of each, which the engine repeats at every caller."""


@dataclass(frozen=True)
class Backlog:
    """Open tasks and the age of the oldest in seconds by topic, open incidents by type."""

    tasks: dict[str, int] = field(default_factory=dict)
    oldest: dict[str, float] = field(default_factory=dict)
    incidents: dict[str, int] = field(default_factory=dict)
    answered: bool | None = None
    """Whether the engine answered when it was last asked; None: it has not been asked yet."""


@dataclass(frozen=True)
class Waiting:
    """A topic's open tasks, and when the oldest was created, if the engine knows."""

    count: int
    since: datetime | None


class BacklogSource:
    """Keeps the last answer."""

    def __init__(self, client: EngineClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._asking = threading.Lock()
        self._until = float("-inf")
        self._last = Backlog()
        self._topics: dict[str, Waiting] = {}
        """What is known of each, in the order in which they were asked for."""
        self._incidents: dict[str, int] = {}

    def current(self) -> Backlog:
        """The newest answer; one that is being fetched meanwhile by another request is not waited for."""
        if self._clock() >= self._until and self._asking.acquire(blocking=False):
            try:
                began = self._clock()
                self._last = self._ask()
                ended = self._clock()
                rest = REST * (ended - began) if self._last.answered else 0
                self._until = ended + max(FRESH_SECONDS, rest)
            finally:
                self._asking.release()
        return self._last

    def _ask(self) -> Backlog:
        """The figures of now; the last ones while the engine is away: what was wrong before has not mended itself."""
        try:
            self._read()
        except EngineError as error:
            if self._last.answered is not False:  # once per change of state
                log.warning("the backlog cannot be read, its last figures stay", error=str(error))
            return self._figures(answered=False)
        if self._last.answered is False:
            log.info("the backlog can be read again")
        return self._figures(answered=True)

    def _read(self) -> None:
        client = self._client
        few = client.count("/external-task", withRetriesLeft=True) <= FEW_TASKS
        self._topics = self._read_whole() if few else self._take_turns()
        self._incidents = {kind: client.count(path, noRetriesLeft=True) for kind, path in FAILED.items()}

    def _figures(self, *, answered: bool) -> Backlog:
        now = calendar.now()
        tasks = {topic: one.count for topic, one in self._topics.items()}
        oldest = {
            topic: (now - one.since).total_seconds()
            for topic, one in self._topics.items()
            if one.since is not None
        }
        return Backlog(tasks, oldest, self._incidents, answered)

    def _read_whole(self) -> dict[str, Waiting]:
        by_topic: dict[str, list[dict[str, Any]]] = {}
        for task in self._oldest(FEW_TASKS):
            by_topic.setdefault(task["topicName"], []).append(task)
        return {topic: Waiting(len(tasks), _since(tasks)) for topic, tasks in by_topic.items()}

    def _take_turns(self) -> dict[str, Waiting]:
        names = set(self._client.get("/external-task/topic-names", withRetriesLeft=True))
        known = {topic: one for topic, one in self._topics.items() if topic in names}
        ends = self._clock() + TURN_SECONDS
        for topic in [*sorted(names - set(known)), *known]:
            if self._clock() > ends:
                break
            count = self._client.count("/external-task", topicName=topic, withRetriesLeft=True)
            known.pop(topic, None)
            known[topic] = Waiting(count, _since(self._oldest(1, topic)))
        return known

    def _oldest(self, most: int, topic: str | None = None) -> list[dict[str, Any]]:
        return self._client.external_tasks(
            topicName=topic, withRetriesLeft=True, sortBy="createTime", sortOrder="asc", maxResults=most
        )


def _since(tasks: Iterable[Mapping[str, Any]]) -> datetime | None:
    """When the first was created; an engine of before 7.20 has not written down when."""
    return min((datetime.fromisoformat(at) for task in tasks if (at := task.get("createTime"))), default=None)
