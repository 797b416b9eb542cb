"""Waiting longer each time, never in step with others."""

import random

_RANDOM = random.SystemRandom()


def jittered(seconds: float) -> float:
    """A duration within a fifth of `seconds`, so that many workers do not come back at the same moment."""
    return seconds * _RANDOM.uniform(0.8, 1.2)


class Backoff:
    """Delays in seconds that double from `first` to at most `most`, until something worked."""

    def __init__(self, first: float = 0.2, most: float = 15.0) -> None:
        self._first = first
        self._most = most
        self._next = first

    def next(self) -> float:
        """The next delay."""
        delay, self._next = self._next, min(self._next * 2, self._most)
        return jittered(delay)

    def reset(self) -> None:
        """Start again with the shortest delay."""
        self._next = self._first
