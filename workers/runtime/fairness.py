"""Nobody starves: how many threads a topic may hold, and whose turn it is when one topic's backlog is long.

All of it is decided from what is in hand; a topic that has had its share is left out of a fetch or two.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
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
        """Half of the threads for a topic, three quarters for the slow ones together; with few threads: all."""
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


def weigh(deliveries: Iterable[Delivery], now: float, shares: Shares) -> Load:
    """Which topics hold their share of threads."""
    slow = Counter(
        one.task.topic
        for one in deliveries
        if not one.lost and one.ended is None and now - one.started > SLOW_SECONDS
    )
    paused = frozenset(topic for topic, count in slow.items() if count >= shares.topic)
    return Load(paused, max(0, min(slow.total() - shares.slow, shares.lend)))


class Limited:
    """Topics with a limit of their own, of all handlers, slow or not.

    One that has reached its limit may have a backlog, of which a fetch for all free threads would bring far too much:
    it is crowded, and asked for by itself, for no more than there is room for, until it brings less than that.
    """

    def __init__(self, limits: Mapping[str, int], held: Callable[[], Iterable[Delivery]]) -> None:
        self._limits = limits
        self._held = held
        self.crowded = set(limits)  # at the start nobody knows

    def room(self) -> dict[str, int]:
        """How many more of each topic with a limit may be done now."""
        if not self._limits:
            return {}
        every = Counter(one.task.topic for one in self._held() if not one.lost)
        return {topic: max(0, limit - every[topic]) for topic, limit in self._limits.items()}

    def full(self) -> frozenset[str]:
        """The topics that there is no room for now."""
        return frozenset(topic for topic, room in self.room().items() if not room)

    def hurries(self) -> bool:
        """Whether there is a topic that is to be asked for by itself as soon as there is room for it."""
        return any(self._limits[topic] > 0 for topic in self.crowded)


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
