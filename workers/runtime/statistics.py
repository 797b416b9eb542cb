"""What this worker process has done, counted by topic: cheap enough for every task, read by the metrics."""

import threading
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from workers.runtime.outcome import BpmnError, Complete, Failure, Outcome, PutBack

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Upper bounds of the durations that are told apart, in seconds."""
COMPLETED, FAILED, BUSINESS_ERROR, PUT_BACK, UNREPORTED = OUTCOMES = (
    *("completed", "failed", "business_error"),
    *("put_back", "unreported"),
)
_NAMES = {Complete: COMPLETED, Failure: FAILED, BpmnError: BUSINESS_ERROR, PutBack: PUT_BACK}


@dataclass(slots=True)
class TopicStatistics:
    """Of one topic, since the process started."""

    fetched: int = 0
    outcomes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    timeouts: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    """How many took at most as long as the bound beside it (and longer than the one before); the last: longer."""


class Statistics:
    """Of all topics of a worker process."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = {topic: TopicStatistics() for topic in topics}
        self._guard = threading.Lock()

    def fetched(self, topic: str) -> None:
        """A task has come; only the fetcher says so."""
        self.topics[topic].fetched += 1

    def ended(self, topic: str, told: Outcome | None, seconds: float) -> None:
        """A handler has ended or was given up, after so many seconds; the engine was told this, or nothing."""
        outcome = UNREPORTED if told is None else _NAMES[type(told)]
        mine, bucket = self.topics[topic], bisect_left(BUCKETS, seconds)
        with self._guard:
            mine.outcomes[outcome] += 1
            mine.seconds += seconds
            mine.buckets[bucket] += 1

    def timed_out(self, topic: str) -> None:
        """A handler was given up."""
        with self._guard:
            self.topics[topic].timeouts += 1
