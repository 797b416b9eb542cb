"""The worker: one long poll for all topics, a pool of handlers, and an orderly end.

Threads: the fetcher polls, handlers execute and report, the lock keeper extends, the watch gives up handlers that
do not end, the upkeep thread beats and recovers. `run` only waits for `stop`, which therefore may be called from a
signal handler.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import structlog

from workers.errors import SalesflowError
from workers.runtime.backoff import Backoff
from workers.runtime.client import TaskClient
from workers.runtime.container import Container
from workers.runtime.execution import Execution
from workers.runtime.fairness import Limited, Load, Turns
from workers.runtime.http import EngineError
from workers.runtime.journal import DEATHS, Journal
from workers.runtime.locks import Delivery, LockKeeper
from workers.runtime.outcome import Complete, Failure, Outcome, PutBack, RetryPolicy, message_of, of_exception
from workers.runtime.pool import Pool
from workers.runtime.recovery import Recovery
from workers.runtime.reporting import Reporter
from workers.runtime.router import RegisteredTask
from workers.runtime.state import State
from workers.runtime.statistics import Statistics
from workers.runtime.suspects import Suspects
from workers.runtime.upkeep import Upkeep
from workers.runtime.watch import Limits, Watch

if TYPE_CHECKING:
    from workers.runtime.database import Records

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.02
"""Before the next fetch, wait this long: under load for half of the threads, so that one fetch serves many, and
otherwise for what the last one brought: a poll beside its completion would take the engine's time from it."""

PAUSE_SECONDS = 0.1  # between two looks whether a topic that is left out may be fetched again

END_POLL_SECONDS = 0.3  # between two requests to the engine to answer the last poll


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """How a worker process works; all durations in seconds."""

    threads: int = 48
    grace: float = 20.0
    """For handlers under way, once the worker has to stop."""
    upkeep: float = 10.0
    """Between two heartbeats."""
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    limits: Limits = field(default_factory=Limits)


class WornOut(SalesflowError):
    """The worker has stopped in order, because only a new process gets rid of handlers that do not end."""


class Runner:
    """Does the given tasks until it is stopped. Raises LookupError when a dependency is not provided.

    Without `records` no task may write: nothing is kept then, and the process is not listed as a worker.
    """

    def __init__(
        self,
        client: TaskClient,
        tasks: Mapping[str, RegisteredTask],
        container: Container,
        records: "Records | None" = None,
        options: RunnerOptions | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._client = client
        self._tasks = dict(tasks)
        self._options = options or RunnerOptions()
        self._journal = journal
        self._execution = Execution(records, container)
        missing = {topic: names for topic, task in tasks.items() if (names := self._execution.missing(task))}
        if missing:
            raise LookupError(f"nobody provides these dependencies: {missing}")
        self._reporter = Reporter(client, self._execution, self._options.retries)
        self._upkeep = None if records is None else self._keeper(records)
        self._locks = LockKeeper(client)
        self._suspects = Suspects(self._begin)
        limits = {topic: most for topic, most in self._options.limits.topics.items() if topic in tasks}
        self._limited = Limited(limits, self._locks.held)
        self._turns = Turns(len(tasks))
        self._idle = Backoff(0.05, 1.0)
        self.statistics = Statistics(tasks)
        self._requests: SimpleQueue[None] = SimpleQueue()  # its put may be called from a signal handler
        self._stopping = threading.Event()
        self._database_away = threading.Event()
        self._pool: Pool
        self._watch: Watch
        self._main: threading.Thread | None = None
        self._hurried = False
        self._fetcher: threading.Thread | None = None
        self._fetched_at: float | None = None
        self._crash: Exception | None = None

    # -- for the process that owns the runner --

    def run(self) -> None:
        """Work until `stop` is called, then drain. A second `stop` ends the drain early."""
        log.info("worker starts", worker=self._client.worker_id, topics=len(self._tasks))
        self._client.subscribe(self._tasks.values())
        self._pool = Pool(self._options.threads)
        self._watch = Watch(
            self._options.limits,
            self._pool,
            self._locks,
            self._execution,
            self._reporter,
            self._options.retries,
            self.statistics,
            self._put_down,
            self._worn_out,
        )
        self._locks.start()
        self._watch.start()
        fetcher = self._fetcher = threading.Thread(target=self._fetch, name="fetch", daemon=True)
        fetcher.start()
        if self._upkeep is not None:
            self._upkeep.start()
        self._requests.get()
        self._drain(fetcher)
        if self._crash is not None:
            raise self._crash
        log.info("worker stopped", worker=self._client.worker_id)

    def stop(self) -> None:
        """Ask `run` to end; returns at once."""
        self._requests.put(None)

    def start(self) -> None:
        """`run` in a thread of its own."""
        self._main = threading.Thread(target=self.run, name="runner", daemon=True)
        self._main.start()

    def join(self, seconds: float | None = None) -> bool:
        """Wait for a started runner to end; whether it did."""
        if self._main is not None:
            self._main.join(seconds)
        return self._main is None or not self._main.is_alive()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.join()

    def state(self) -> State:
        """How it is doing now; also before `run`."""
        running = self._fetcher is not None
        held = self._locks.held()
        load = self._watch.load if running else Load(frozenset(), 0)
        return State(
            threads=self._options.threads,
            lent=load.lend,
            lost=self._pool.lost if running else 0,
            in_flight=Counter(one.task.topic for one in held if not one.lost),
            paused=load.paused | self._limited.full(),
            poll_seconds=self._client.long_poll_seconds,
            lock_seconds=self._client.lock_seconds,
            stopping=self._stopping.is_set(),
            fetching=self._fetcher is not None and self._fetcher.is_alive(),
            looked_at=self._watch.done_at if running else None,
            kept_at=self._locks.done_at if running else None,
            fetched_at=self._fetched_at,
            beaten_at=self._upkeep.beaten_at if self._upkeep else time.monotonic(),
        )

    def _keeper(self, records: "Records") -> Upkeep:
        after = timedelta(seconds=3 * self._client.lock_seconds)
        recovery = Recovery(records, self._reporter, self._tasks, after)
        return Upkeep(records, recovery, self._client.worker_id, list(self._tasks), self._options.upkeep)

    # -- the fetcher --

    def _fetch(self) -> None:
        try:
            self._fetch_loop()
        except Exception as error:
            log.exception("the worker cannot go on fetching")
            self._crash = RuntimeError("the worker stopped because it could not go on fetching")
            self._crash.__cause__ = error
            self.stop()

    def _worn_out(self) -> None:
        if self._stopping.is_set():
            return  # it ends already
        self._crash = WornOut("too many handlers did not end: this worker has to be started anew")
        self.stop()

    def _fetch_loop(self) -> None:
        backoff, trouble, at_least = Backoff(), "", 1
        asks = [self._ask_crowded, self._ask_all]
        while free := self._pool.wait_free(at_least, GATHER_SECONDS):
            self._await_database()
            came = 0
            asks.reverse()  # neither has the first of the free threads every time
            try:
                for ask in asks:
                    came += ask(free - came) if came < free else 0
            except EngineError as error:
                if type(error).__name__ != trouble:  # once per change of state
                    trouble = type(error).__name__
                    log.warning("cannot fetch tasks, trying again", error=str(error))
                self._stopping.wait(backoff.next())
                continue
            self._fetched_at = time.monotonic()
            if trouble:
                log.info("the engine hands out tasks again")
                trouble = ""
                backoff.reset()
            at_least = max(1, self._pool.size // 2) if came == free else free

    def _ask_all(self, free: int) -> int:
        """Fetch all topics but those that are left out now; how many tasks came. Raises EngineError."""
        self._limited.crowded |= self._limited.full()
        out = self._watch.load.paused | self._limited.crowded
        if len(out) >= len(self._tasks):
            self._stopping.wait(PAUSE_SECONDS)
            return 0
        others = self._turns.others()
        if len(out | others) >= len(self._tasks):
            others = frozenset()
        seconds = (
            0.0 if others else PAUSE_SECONDS if self._limited.hurries() else self._client.long_poll_seconds
        )
        began = time.monotonic()
        fetched = self._client.fetch(free, out | others, seconds)
        if fetched or time.monotonic() - began >= seconds / 2:
            self._idle.reset()
        else:  # nobody waited for a task: what answers does not poll
            self._stopping.wait(self._idle.next())
        if not others:
            self._turns.saw({task["topicName"] for task in fetched}, full=len(fetched) == free)
        return self._take(fetched)

    def _ask_crowded(self, free: int) -> int:
        """Fetch topics with a limit that may have a backlog, each by itself; how many tasks came. EngineError."""
        came = 0
        for topic, room in self._limited.room().items():
            most = min(room, free - came)
            if most and topic in self._limited.crowded and topic not in self._watch.load.paused:
                brought = self._take(self._client.fetch(most, frozenset(self._tasks) - {topic}, 0.0))
                if brought < most:
                    self._limited.crowded.discard(topic)
                came += brought
        return came

    def _take(self, fetched: Sequence[Mapping[str, Any]]) -> int:
        if fetched and self._journal is not None:
            self._journal.look()
        for task in fetched:
            self._accept(task)
        return len(fetched)

    def _await_database(self) -> None:
        """Take no work that could only be put back again."""
        backoff = Backoff(0.1, 2.0)
        while self._database_away.is_set() and not self._stopping.is_set():
            if self._execution.answers():
                self._database_away.clear()
                log.info("the database answers again")
            else:
                self._stopping.wait(backoff.next())

    def _accept(self, fetched: Mapping[str, Any]) -> None:
        if self._stopping.is_set() or fetched["topicName"] in self._limited.full():
            with suppress(EngineError):  # what stays locked runs out, or goes with the drain's last pass
                self._client.unlock(fetched["id"])
            return
        delivery = Delivery(self._tasks[fetched["topicName"]], fetched)
        delivery.deadly = self._journal is not None and self._journal.deadly(delivery.task_id)
        self.statistics.fetched(fetched["topicName"])
        self._locks.add(delivery)
        if self._journal is not None and self._journal.suspect(delivery.task_id):
            self._suspects.add(delivery)
        else:
            self._begin(delivery)

    def _begin(self, delivery: Delivery) -> None:
        if self._journal is not None and not delivery.deadly:
            delivery.slot = self._journal.begin(delivery.task_id)
        delivery.job = partial(self._work, delivery)
        self._pool.submit(delivery.job)

    # -- a handler's thread --

    def _work(self, delivery: Delivery) -> None:
        fetched = delivery.fetched
        with structlog.contextvars.bound_contextvars(
            topic=delivery.task.topic,
            business_key=fetched.get("businessKey"),
            task_id=fetched["id"],
            activity=fetched.get("activityId"),
            process=fetched.get("processDefinitionKey"),
        ):
            try:
                outcome = self._execute(delivery)
                delivery.ended = time.monotonic()
                if delivery.lost and not isinstance(outcome, Complete):
                    log.info("the handler that was given up has ended", outcome=type(outcome).__name__)
                    return
                told = self._reporter.report(delivery.task, fetched, outcome)
                if not delivery.lost:  # else it is counted as given up
                    self.statistics.ended(delivery.task.topic, told, delivery.ended - delivery.started)
            except Exception:  # reporting handles what the engine does; this is for what nobody thought of
                log.exception("could not report, the task will be redelivered")
            finally:
                self._put_down(delivery)
                self._locks.remove(delivery)

    def _put_down(self, delivery: Delivery) -> None:
        slot, delivery.slot = delivery.slot, None
        if self._journal is not None:
            self._journal.end(slot)
        self._suspects.ended(delivery)

    def _execute(self, delivery: Delivery) -> Outcome:
        if delivery.deadly:
            message = (
                f"{DEATHS} worker processes died with this task in hand: it is not tried again by itself"
            )
            return Failure(message, message, 0, 0)
        try:
            return Complete(self._execution.run(delivery.task, delivery.fetched, delivery.writes_in))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - every error of a handler has its outcome
            cause = error if isinstance(error, Exception) else RuntimeError("the handler called sys.exit")
            if self._execution.blames_database(cause) and not self._execution.answers():
                if not self._database_away.is_set():
                    log.warning("the database is away, no work is taken until it answers")
                self._database_away.set()
                return PutBack(message_of(cause))
            return of_exception(cause, delivery.task, delivery.fetched.get("retries"), self._options.retries)

    # -- the end --

    def _drain(self, fetcher: threading.Thread) -> None:
        """Fetch no more, finish what is under way, leave nothing locked."""
        self._stopping.set()
        for delivery in self._suspects.drop():
            self._locks.remove(delivery)  # unlocked at the end with all that is left
        self._pool.close()
        until = time.monotonic() + self._options.grace
        poll_ends = time.monotonic() + self._client.long_poll_seconds + 1
        while fetcher.is_alive() and not self._hurried and time.monotonic() < poll_ends:
            self._client.end_poll()  # again and again: the first may overtake a poll that has only just begun
            self._wait(lambda: not fetcher.is_alive(), time.monotonic() + END_POLL_SECONDS)
        self._client.cut_poll()
        self._wait(lambda: not self._locks.held(), until)
        self._reporter.hurry()
        self._watch.stop()
        self._locks.stop()
        for delivery in self._locks.held():
            log.warning("a handler does not end, its task goes to others", task_id=delivery.task_id)
        try:
            self._client.release_all()
        except EngineError as error:
            log.warning("cannot unlock now, the locks will run out", error=str(error))
        if self._upkeep is not None:
            self._upkeep.stop()
        if self._journal is not None:
            self._journal.close()
        self._client.close()

    def _wait(self, done: Callable[[], bool], until: float) -> None:
        """Wait for a condition, a moment, or another request to stop."""
        while not done() and not self._hurried and time.monotonic() < until:
            with suppress(Empty):
                self._requests.get(timeout=0.02)
                self._hurried = True
