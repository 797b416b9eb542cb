"""How a worker process is doing, for those who watch it from outside."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

LOOK_SECONDS = 30.0
"""A watch that has not looked for so long is stuck, and with it the process: a new one is needed."""
BEAT_SECONDS = 60.0
"""Without a heartbeat in the database for so long, handlers cannot write either."""


@dataclass(frozen=True, slots=True)
class State:
    """At one moment; times are `time.monotonic`, None: not yet."""

    threads: int
    lent: int
    lost: int
    in_flight: Mapping[str, int]
    paused: frozenset[str]
    poll_seconds: float
    lock_seconds: float
    stopping: bool
    fetching: bool
    """Whether the fetcher's thread lives."""
    looked_at: float | None
    kept_at: float | None
    """When the lock keeper last went round."""
    fetched_at: float | None
    beaten_at: float | None

    def ailing(self) -> list[str]:
        """What only a new process mends. An engine or a database that is away is none of it."""
        wrong = []
        if not self.fetching and not self.stopping:
            wrong.append("the fetcher has ended")
        if self.looked_at is not None and _older(self.looked_at, LOOK_SECONDS):
            wrong.append("the watch is stuck")
        if self.kept_at is not None and _older(self.kept_at, self.lock_seconds + LOOK_SECONDS):
            wrong.append("the lock keeper is stuck")
        return wrong

    def unready(self) -> list[str]:
        """Why no work is done here now."""
        wrong = self.ailing()
        if self.stopping:
            wrong.append("the worker stops")
        if _older(self.fetched_at, self.poll_seconds + LOOK_SECONDS):
            wrong.append("the engine does not hand out tasks")
        if _older(self.beaten_at, BEAT_SECONDS):
            wrong.append("the database does not answer")
        return wrong


def _older(moment: float | None, seconds: float) -> bool:
    return moment is None or time.monotonic() - moment > seconds
