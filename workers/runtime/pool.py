"""The threads that run handlers, and the count of those that are free."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]


class Pool:
    """A fixed number of threads; the runner fetches no more tasks than `wait_free` says can start at once.

    Not a ThreadPoolExecutor: that one makes the interpreter wait for a handler that hangs, and its futures
    cost more than handing over a job. These threads are daemons.
    """

    def __init__(self, threads: int) -> None:
        self.size = threads
        self._free = threads
        self._changed = threading.Condition()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._stopping = False
        for number in range(threads):
            threading.Thread(target=self._loop, name=f"handler-{number}", daemon=True).start()

    def submit(self, job: Job) -> None:
        """Have a free thread do a job. The job reports its own errors."""
        with self._changed:
            self._free -= 1
        self._jobs.put(job)

    def wait_free(self, at_least: int, seconds: float) -> int:
        """Wait for a free thread, and up to `seconds` for `at_least` of them; 0 once the pool is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._free >= at_least, seconds)
            self._changed.wait_for(lambda: self._stopping or self._free >= 1)
            return 0 if self._stopping else self._free

    @property
    def busy(self) -> int:
        """Jobs that are not finished."""
        return self.size - self._free

    def close(self) -> None:
        """Take no more jobs; those under way go on, then their threads end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for _ in range(self.size):
            self._jobs.put(None)

    def _loop(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            finally:
                with self._changed:
                    self._free += 1
                    self._changed.notify()
