"""Looks at the handlers that run: gives up those that do not end, and sees that slow ones leave room for others.

A thread in Python cannot be ended from outside. What can be done for a handler that does not end: its transaction
is cut off in the database, its task fails with the reason, its thread is written off and replaced. When too many
threads are written off, the process ends in order and is started again by whoever runs it.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from workers.errors import DatabaseTrouble
from workers.runtime.execution import Execution
from workers.runtime.fairness import Load, Shares, weigh
from workers.runtime.locks import Delivery, LockKeeper
from workers.runtime.outcome import RetryPolicy, out_of_time
from workers.runtime.pool import Pool
from workers.runtime.reporting import Reporter
from workers.runtime.rounds import Rounds
from workers.runtime.statistics import Statistics

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one handler and one topic may take."""

    seconds: float = 120.0
    """For a handler whose task names no timeout."""
    topics: Mapping[str, int] = field(default_factory=dict)
    """The most handlers of a topic at once in this process; others have only the share of the slow."""
    lost: int | None = None
    """Threads that may be written off before the process ends; None: half of them."""
    look: float = 0.5
    """Seconds between two looks."""


class Watch(Rounds):
    """Watches the deliveries in hand; tells the runner what is out of hand, and when to end."""

    def __init__(
        self,
        limits: Limits,
        pool: Pool,
        locks: LockKeeper,
        execution: Execution,
        reporter: Reporter,
        retries: RetryPolicy,
        statistics: Statistics,
        put_down: Callable[[Delivery], None],
        worn_out: Callable[[], None],
    ) -> None:
        super().__init__("watch", limits.look)
        self._limits = limits
        self._shares = Shares.of(pool.size)
        self._most_lost = max(1, pool.size // 2) if limits.lost is None else limits.lost
        self._pool, self._locks = pool, locks
        self._execution, self._reporter, self._retries = execution, reporter, retries
        self._statistics = statistics
        self._put_down = put_down
        self._worn_out = worn_out
        self._worn = False
        self.load = Load(frozenset(), 0)

    def round(self) -> None:
        """Look; when too many threads are lost, say so, once."""
        self.look(time.monotonic())
        if not self._worn and self._pool.lost >= self._most_lost:
            self._worn = True
            log.error("too many handlers do not end, the worker ends and starts anew", lost=self._pool.lost)
            self._worn_out()

    def look(self, now: float) -> None:
        """Give up what has run out of time, then weigh the rest."""
        held = self._locks.held()
        for delivery in held:
            if (
                not delivery.lost
                and delivery.ended is None
                and now - delivery.started > self.seconds(delivery)
            ):
                self._lose(delivery)
        load = weigh(held, now, self._shares)
        self._pool.lend(load.lend)
        if load.paused != self.load.paused:
            log.debug("topics that hold their share of threads", topics=sorted(load.paused))
        self.load = load

    def seconds(self, delivery: Delivery) -> float:
        """How long a delivery's handler may take."""
        own = delivery.task.timeout
        return self._limits.seconds if own is None else own

    def _lose(self, delivery: Delivery) -> None:
        delivery.lost = True
        if delivery.job is None or not self._pool.lose(delivery.job):
            return
        self._statistics.timed_out(delivery.task.topic)
        try:
            threading.Thread(target=self._give_up, args=(delivery,), name="give-up", daemon=True).start()
        except RuntimeError:  # no thread is to be had: better late than never
            self._give_up(delivery)

    def _give_up(self, delivery: Delivery) -> None:
        """Until the engine knows, the lock is kept: nobody else begins before the transaction is cut off."""
        seconds, task = self.seconds(delivery), delivery.task
        told = log.bind(topic=task.topic, task_id=delivery.task_id)
        told.error("a handler does not end and is given up", seconds=seconds)
        try:
            if delivery.backend is not None:
                self._execution.cut(delivery.backend, seconds)
        except DatabaseTrouble as error:
            told.warning("its transaction cannot be cut off now", error=str(error))
        try:
            failure = out_of_time(seconds, delivery.fetched.get("retries"), self._retries)
            reported = self._reporter.report(task, delivery.fetched, failure)
            self._statistics.ended(task.topic, reported, time.monotonic() - delivery.started)
        finally:
            self._put_down(delivery)
            self._locks.remove(delivery)
