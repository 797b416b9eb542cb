"""The threads that run handlers, and the count of those that are free."""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

import structlog

log = structlog.get_logger(__name__)

Job = Callable[[], None]


class Pool:
    """A number of threads; the runner fetches no more tasks than `wait_free` says can start at once.

    Not a ThreadPoolExecutor: that one makes the interpreter wait for a handler that hangs, and its futures
    cost more than handing over a job. These threads are daemons. A thread whose job never ends cannot be
    ended either: it is written off (`lose`) and another takes its place.
    """

    def __init__(self, threads: int) -> None:
        self.size = threads
        self._lent = 0
        self._alive = 0
        self._running: set[Job] = set()
        self._lost: set[Job] = set()
        self._changed = threading.Condition()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._stopping = False
        self._fill()

    @property
    def _wanted(self) -> int:
        return self.size + self._lent

    @property
    def _free(self) -> int:
        return min(self._wanted, self._alive) - len(self._running)

    def _fill(self) -> None:
        """Start the threads that are missing, as many as are to be had: the next `lend` tries again."""
        while self._alive < self._wanted:
            try:
                threading.Thread(target=self._loop, name=f"handler-{self._alive}", daemon=True).start()
            except RuntimeError as error:
                log.warning("cannot start a thread now", error=str(error), alive=self._alive)
                return
            self._alive += 1

    def submit(self, job: Job) -> None:
        """Have a free thread do a job. The job reports its own errors."""
        with self._changed:
            self._running.add(job)
        self._jobs.put(job)

    def wait_free(self, at_least: int, seconds: float) -> int:
        """Wait for a free thread, and up to `seconds` for `at_least` of them; 0 once the pool is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._free >= at_least, seconds)
            self._changed.wait_for(lambda: self._stopping or self._free >= 1)
            return 0 if self._stopping else self._free

    @property
    def lost(self) -> int:
        """Threads that are written off and still hang."""
        return len(self._lost)

    def lend(self, threads: int) -> None:
        """Have so many threads beyond the pool's size, as long as slow jobs hold that many; start what is missing."""
        with self._changed:
            self._lent = threads
            if not self._stopping:
                self._fill()
            self._changed.notify_all()

    def lose(self, job: Job) -> bool:
        """Write the job's thread off and start another; False when the job has just ended."""
        with self._changed:
            if job not in self._running:
                return False
            self._running.discard(job)
            self._lost.add(job)
            self._alive -= 1
            if not self._stopping:
                self._fill()
            self._changed.notify_all()
            return True

    def close(self) -> None:
        """Take no more jobs; those under way go on, then their threads end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            threads = self._alive
        for _ in range(threads):
            self._jobs.put(None)

    def _loop(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:  # a job reports its errors; this is for an error in that
                with suppress(Exception):
                    log.exception("a job has raised")
            finally:
                with self._changed:
                    lost = job in self._lost
                    if lost:
                        self._lost.discard(job)
                    else:
                        self._running.discard(job)
                        self._changed.notify()
            if lost:
                return  # another thread has its place
