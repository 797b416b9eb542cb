"""Tasks with which a worker died are tried one at a time: the next death has one to blame, and not its neighbours.

Tasks that were fetched together with one that takes the process with it come back together with it. Those that wait
here keep their locks; what is not suspect is done beside.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from workers.runtime.locks import Delivery


class Suspects:
    """Begins one delivery at a time, the next when the last has ended or was given up."""

    def __init__(self, begin: Callable[[Delivery], None]) -> None:
        self._begin = begin
        self._tried: Delivery | None = None
        self._waiting: deque[Delivery] = deque()
        self._guard = threading.Lock()

    def add(self, delivery: Delivery) -> None:
        """Begin a delivery when it is its turn; until then its time does not run."""
        with self._guard:
            if self._tried is not None:
                delivery.started = math.inf
                self._waiting.append(delivery)
                return
            self._tried = delivery
        self._begin(delivery)

    def ended(self, delivery: Delivery) -> None:
        """A delivery has ended, suspect or not."""
        with self._guard:
            if delivery is not self._tried:
                return
            self._tried = following = self._waiting.popleft() if self._waiting else None
        if following is not None:
            following.started = time.monotonic()
            self._begin(following)

    def drop(self) -> list[Delivery]:
        """Begin none of those that wait; returns them."""
        with self._guard:
            dropped, self._waiting = list(self._waiting), deque()
        return dropped
