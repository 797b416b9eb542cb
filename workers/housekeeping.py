"""What has to happen without anybody asking: deliver notices, watch deadlines, route around leaves (X2).

Every worker process runs this; a lock in the database lets one of them at a time do a round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event, Thread

import structlog
from sqlalchemy import Engine, text

log = structlog.get_logger(__name__)

Chore = Callable[[], object]

ROUND_LOCK = 7_240_001
SIGNALS_LOCK = 7_240_002
"""Keys of PostgreSQL's advisory locks; any numbers that nothing else in this database uses."""

HELD_SECONDS = 120
"""Who holds a lock and says nothing for so long, such as a process that was stopped, loses it to the others."""


class Housekeeping:
    """Does its chores every `interval_seconds` in a thread of its own until it is stopped."""

    def __init__(
        self, database: Engine, chores: Mapping[str, Chore], interval_seconds: float, lock: int = ROUND_LOCK
    ) -> None:
        self._database = database
        self._lock = lock
        self._chores = chores
        self._interval = interval_seconds
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin with a round at once: a process that was away catches up."""
        self._thread.start()

    def stop(self) -> None:
        """End after the chore that is under way."""
        self._stopping.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while True:
            try:
                self.round()
            except Exception as error:  # noqa: BLE001 - the database is away: the next round tries again
                log.warning("housekeeping.no_round", error=str(error))
            if self._stopping.wait(self._interval):
                return

    def round(self) -> bool:
        """Do every chore once, unless another process is at it; tells whether it was done here."""
        with self._database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._lock}):
                return False
            connection.execute(text(f"SET idle_session_timeout = '{HELD_SECONDS}s'"))
            try:
                for name, chore in self._chores.items():
                    self._do(name, chore)
            finally:
                connection.execute(text("RESET idle_session_timeout"))
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": self._lock})
        return True

    def _do(self, name: str, chore: Chore) -> None:
        if self._stopping.is_set():
            return
        try:
            chore()
        except Exception:  # one chore's trouble must not keep the others from being done
            log.exception("housekeeping.chore_failed", chore=name)
