"""Keep the locks of tasks that are being worked on: short locks, extended at half their time."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from workers.runtime.client import TaskClient
from workers.runtime.http import EngineRefused, EngineUnavailable
from workers.runtime.rounds import Rounds
from workers.runtime.router import RegisteredTask

log = structlog.get_logger(__name__)

THREADS = 8
"""That extend locks at the same time: an engine that takes 0.3 s for one would be too slow for all of them in turn."""


@dataclass(eq=False, slots=True)
class Delivery:
    """A fetched task in this worker's hands; twice the same, if its lock was lost in between."""

    task: RegisteredTask
    fetched: Mapping[str, Any]
    started: float = field(default_factory=time.monotonic)
    """By `time.monotonic`; infinite while it waits for its turn (see `Suspects`)."""
    extended: float = field(default_factory=time.monotonic)
    keeps_lock: bool = True
    ended: float | None = None
    """When the handler ended; the report may take longer."""
    lost: bool = False
    """It ran out of time: its thread is written off, and its task reported as failed."""
    deadly: bool = False
    """Too many workers died with it in hand: it is not done."""
    slot: int | None = None
    """Where the journal has it."""
    job: Callable[[], None] | None = None
    """What the pool runs."""
    backend: int | None = None
    """PostgreSQL's id of the session in which the handler writes."""

    @property
    def task_id(self) -> str:
        """The external task's id."""
        return str(self.fetched["id"])

    def writes_in(self, backend: int) -> None:
        """Remember the database session of the handler."""
        self.backend = backend


class LockKeeper(Rounds):
    """The deliveries in hand; each round extends the locks that are due."""

    def __init__(self, client: TaskClient, threads: int = THREADS) -> None:
        super().__init__("locks", client.lock_seconds / 8)
        self._most = threads
        self._threads = ThreadPoolExecutor(threads, "extend")
        self._client = client
        self._seconds = client.lock_seconds
        self._deliveries: set[Delivery] = set()
        self._guard = threading.Lock()

    def stop(self) -> None:
        """Extend no more; returns at once."""
        super().stop()
        self._threads.shutdown(wait=False)

    def add(self, delivery: Delivery) -> None:
        """Keep a delivery's lock from now on."""
        with self._guard:
            self._deliveries.add(delivery)

    def remove(self, delivery: Delivery) -> None:
        """The delivery is reported."""
        with self._guard:
            self._deliveries.discard(delivery)

    def held(self) -> list[Delivery]:
        """What is in hand now."""
        with self._guard:
            return list(self._deliveries)

    def round(self) -> None:
        """Extend what is due, what runs out first before the rest; an engine that is away is left until the next."""
        late = time.monotonic() - self._seconds / 2
        held = (one for one in self.held() if one.keeps_lock and one.extended <= late)
        due = deque(sorted(held, key=lambda one: one.extended))
        beside = []
        with suppress(RuntimeError):  # no thread is to be had: with those that there are
            for _ in range(min(self._most, len(due)) - 1):
                beside.append(self._threads.submit(self._extend_all, due))
        self._extend_all(due)
        for one in beside:
            one.result()

    def _extend_all(self, due: deque[Delivery]) -> None:
        with suppress(IndexError):  # another thread has taken the last one
            while due and not self._ended.is_set():
                if not self._extend(due.popleft()):
                    due.clear()

    def _extend(self, delivery: Delivery) -> bool:
        """Whether the engine answered."""
        now = time.monotonic()
        told = log.bind(topic=delivery.task.topic, task_id=delivery.task_id)
        try:
            self._client.extend(delivery.task_id, self._seconds)
        except EngineUnavailable as error:
            told.debug("cannot extend a lock now", error=str(error))
            return False
        except EngineRefused as error:
            delivery.keeps_lock = False
            told.warning("the lock is lost while the handler runs", error=str(error))
        else:
            delivery.extended = now
        return True
