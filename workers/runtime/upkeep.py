"""What a worker does beside its tasks: says that it is alive, and settles what dead workers left pending."""

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from workers.errors import DatabaseTrouble
from workers.runtime.http import EngineError
from workers.runtime.recovery import Recovery

if TYPE_CHECKING:
    from workers.runtime.database import Records

log = structlog.get_logger(__name__)


class Upkeep:
    """Does it every so many seconds, in a thread of its own, until `stop`."""

    def __init__(
        self, records: "Records", recovery: Recovery, worker_id: str, topics: list[str], seconds: float
    ) -> None:
        self._records = records
        self._recovery = recovery
        self._worker_id, self._topics = worker_id, topics
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="upkeep", daemon=True)
        self.beaten_at: float | None = None
        """When the database last took a heartbeat, by `time.monotonic`."""

    def start(self) -> None:
        """Begin at once."""
        self._thread.start()

    def stop(self) -> None:
        """The worker is not listed any more."""
        self._ended.set()
        self._thread.join(5)
        with suppress(DatabaseTrouble):  # the row is dropped by others after a day
            self._records.end(self._worker_id)

    def _loop(self) -> None:
        trouble = False
        while True:
            try:
                self._records.beat(self._worker_id, self._topics)
                self.beaten_at = time.monotonic()
                self._recovery.sweep()
                trouble = False
            except (DatabaseTrouble, EngineError) as error:
                if not trouble:
                    log.warning(
                        "upkeep cannot be done now, trying again", error=str(error).partition("\n")[0]
                    )
                trouble = True
            except Exception:  # a room's compensation; its effect stays pending
                log.exception("recovery failed")
            if self._ended.wait(self._seconds):
                return
