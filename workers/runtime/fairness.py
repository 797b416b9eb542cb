"""Nobody starves: how many threads a topic may hold, and whose turn it is when one topic's backlog is long.

All of it is decided from what is in hand; a topic that has had its share is left out of a fetch or two.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from workers.runtime.locks import Delivery

SLOW_SECONDS = 1.0
"""A handler that runs longer occupies its thread; before that it is nobody's trouble."""
FULL_FETCHES = 8
"""So many in a row may bring the same topics only; then the others are asked for once, without waiting."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many slow handlers there may be before others get threads of their own."""

    topic: int
    """Slow handlers of one topic; more are not fetched."""
    slow: int
    """Slow handlers of all topics together; for each one beyond, a thread is lent."""
    lend: int
    """The most threads that are lent."""

    @classmethod
    def of(cls, threads: int) -> "Shares":
        """A topic may hold half of the threads, slow topics together three quarters; with few threads: all."""
        if threads < 4:
            return cls(threads, threads, threads)
        return cls(threads // 2, threads - threads // 4, threads // 2)


@dataclass(frozen=True, slots=True)
class Load:
    """What the deliveries in hand mean for the next fetch."""

    paused: frozenset[str]
    """Topics that are not fetched now."""
    lend: int
    """Threads to be lent."""


def weigh(
    deliveries: Iterable[Delivery], now: float, shares: Shares, limits: Mapping[str, int] | None = None
) -> Load:
    """Which topics hold their share of threads; `limits` are of all handlers of a topic, slow or not."""
    slow: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for one in deliveries:
        if one.lost:
            continue
        every[one.task.topic] += 1
        if one.ended is None and now - one.started > SLOW_SECONDS:
            slow[one.task.topic] += 1
    paused = {topic for topic, count in slow.items() if count >= shares.topic}
    paused |= {topic for topic, limit in (limits or {}).items() if every[topic] >= limit}
    return Load(frozenset(paused), max(0, min(slow.total() - shares.slow, shares.lend)))


@dataclass(slots=True)
class Turns:
    """The engine hands out the oldest tasks first: a long backlog of one topic would go before all newer ones."""

    topics: int
    """How many there are."""
    _seen: set[str] = field(default_factory=set)
    _full: int = 0

    def saw(self, topics: Collection[str], full: bool) -> None:
        """What a fetch has brought, and whether it was as much as was asked for."""
        if not full:
            self._seen.clear()
            self._full = 0
            return
        self._seen.update(topics)
        self._full += 1

    def others(self) -> frozenset[str]:
        """The topics to be left out once, so that the others have their turn; mostly none."""
        if self._full < FULL_FETCHES:
            return frozenset()
        seen, self._seen, self._full = frozenset(self._seen), set(), 0
        return seen if len(seen) < self.topics else frozenset()
