"""Completions that come while others are under way go to the engine together, where it offers that.

Nobody waits to fill a batch: a completion that finds nobody sending goes at once and alone; what comes while a
request is under way goes together as soon as it has ended, when enough has come, or when it takes long. A thread
returns when its own task is settled, with the error that a single completion would have met: reporting need not know
the difference.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from workers.runtime.client import TaskClient
from workers.runtime.http import EngineError, EngineRefused, EngineUnavailable

log = structlog.get_logger(__name__)

SENDERS = 4  # requests under way at most
ENOUGH = 12  # so many that wait are worth a request beside those under way
PATIENCE_SECONDS = 0.1  # for the requests under way; after that somebody who waits sends beside them
ASK_AGAIN_SECONDS = 60.0  # an engine that takes no batches may be replaced by one that does


@dataclass(eq=False, slots=True)
class _Waiting:
    """A completion, and what its thread sleeps on until it is settled or is the next to send."""

    task_id: str
    output: bytes
    turn: threading.Lock = field(default_factory=threading.Lock)
    settled: bool = False
    alone: bool = False
    """The batch came to nothing: the thread completes its task itself."""
    error: EngineError | None = None


class Completions:
    """Completes tasks for many threads."""

    def __init__(
        self, client: TaskClient, senders: int = SENDERS, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._client = client
        self._senders = senders
        self._patience = patience
        self._sending = 0
        self._queue: deque[_Waiting] = deque()  # empty while nobody sends
        self._guard = threading.Lock()
        self._most = 0  # tasks in a batch; 0: the engine takes none, as far as is known
        self._ask_at = 0.0

    def complete(self, task_id: str, output: bytes) -> None:
        """Complete a task with the encoded JSON object of its variables. Raises EngineError."""
        if not self._most and time.monotonic() < self._ask_at:
            self._client.complete(task_id, output)
            return
        mine = _Waiting(task_id, output)
        with self._guard:
            waits = self._sending > 0 and not self._is_enough()
            if waits:
                mine.turn.acquire()
                self._queue.append(mine)
            else:
                self._sending += 1
        while waits and not mine.turn.acquire(timeout=self._patience):  # until a sender lets go of it
            waits = not self._may_send_beside(mine)
        if not mine.settled:
            self._send(mine)
        if mine.alone:
            self._client.complete(task_id, output)
        elif mine.error is not None:
            raise mine.error

    def _is_enough(self) -> bool:
        """Whether one more makes a batch that another connection may take."""
        return self._sending < self._senders and self._most > 0 and len(self._queue) + 1 >= ENOUGH

    def _may_send_beside(self, mine: _Waiting) -> bool:
        """Whether this thread, which has waited long, sends now. False as well if its turn has come meanwhile."""
        with self._guard:
            may = mine in self._queue and self._sending < self._senders
            if may:
                self._queue.remove(mine)
                self._sending += 1
            return may

    def _send(self, mine: _Waiting) -> None:
        """Send this thread's completion with all that wait, then hand the place to the next that came."""
        batch = [mine]
        try:
            if self._queue and not self._most:
                self._ask()
            with self._guard:
                while self._queue and len(batch) < self._most:
                    batch.append(self._queue.popleft())
            self._settle(batch)
        finally:
            with self._guard:
                following = self._queue.popleft() if self._queue else None
                self._sending -= following is None
            for one in batch[1:]:
                one.turn.release()
            if following is not None:
                following.turn.release()

    def _ask(self) -> None:
        self._ask_at = time.monotonic() + ASK_AGAIN_SECONDS
        try:
            self._most = self._client.most_completions()
        except EngineError as error:
            log.debug("cannot ask for batches now", error=str(error))

    def _settle(self, batch: Sequence[_Waiting]) -> None:
        """Complete a batch. Whatever happens, each of its threads goes on and knows what to do."""
        if len(batch) == 1:
            batch[0].settled = True
            self._client.complete(batch[0].task_id, batch[0].output)
            return
        for one in batch:
            one.settled, one.alone = True, True
        try:
            errors = self._client.complete_all([(one.task_id, one.output) for one in batch])
        except EngineUnavailable as error:
            # The engine may have completed them: as with a single one, the next report finds out.
            errors = [EngineUnavailable(str(error)) for _ in batch]
        except EngineRefused as error:
            log.warning("a batch of completions is refused, they go one by one", error=str(error))
            self._most = 0
            return
        for one, error_or_none in zip(batch, errors, strict=True):
            one.alone, one.error = False, error_or_none
