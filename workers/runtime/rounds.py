"""What is done again and again in a thread of its own, and does not end with an error that nobody foresaw."""

import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress

import structlog

log = structlog.get_logger(__name__)


class Rounds(ABC):
    """Does `round` every so many seconds until `stop`; one that raises is logged, and the next one comes."""

    def __init__(self, name: str, seconds: float) -> None:
        self._name, self._pause = name, seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)
        self.done_at = time.monotonic()
        """When a round was last done without an error, by `time.monotonic`; before the first: when this was made."""

    @abstractmethod
    def round(self) -> None:
        """What is to be done."""

    def start(self) -> None:
        """Begin; the first round comes after the pause."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no further round; returns at once."""
        self._ended.set()

    def _loop(self) -> None:
        while not self._ended.wait(self._pause):
            try:
                self.round()
                self.done_at = time.monotonic()
            except Exception:
                with suppress(Exception):  # a task that fills the memory leaves none for this either
                    log.exception("a round has failed, the next one comes", of=self._name)
