"""What goes round in the background goes on after an error that nobody foresaw, and shows that it stands still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from workers.runtime.pool import Pool
from workers.runtime.rounds import Rounds
from workers.runtime.state import LOOK_SECONDS, State

Eventually = Callable[..., None]


class Work(Rounds):
    """Fails as long as it is told to."""

    def __init__(self) -> None:
        super().__init__("test", 0.01)
        self.begun = 0
        self.error: Exception | None = MemoryError()

    def round(self) -> None:
        self.begun += 1
        if self.error is not None:
            raise self.error


def test_rounds_go_on_after_errors_and_count_only_those_that_were_done(eventually: Eventually) -> None:
    work = Work()
    first = work.done_at
    work.start()
    try:
        eventually(lambda: work.begun >= 3)
        assert work.done_at == first
        work.error = None
        eventually(lambda: work.done_at > first)
    finally:
        work.stop()


def test_a_lock_keeper_that_stands_still_for_longer_than_a_lock_ails() -> None:
    now = time.monotonic()
    state = State(
        8, 0, 0, {}, frozenset(), 5.0, 20.0, False, True, now, now - 20 - LOOK_SECONDS - 1, now, now
    )
    assert state.ailing() == ["the lock keeper is stuck"]


def test_threads_that_are_not_to_be_had_are_missing_until_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, hold = Pool(1), threading.Event()

    def hang() -> None:
        hold.wait(10)

    def refuse(_: Any) -> None:
        raise RuntimeError("can't start new thread")

    pool.submit(hang)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        assert pool.lose(hang)
    asking = threading.Thread(target=lambda: pool.wait_free(1, 0), daemon=True)
    asking.start()
    asking.join(0.05)
    assert asking.is_alive()  # nobody could do a task
    pool.lend(0)
    assert pool.wait_free(1, 5) == 1
    hold.set()
    pool.close()


def test_a_job_that_raises_leaves_its_thread_to_the_next() -> None:
    pool, done = Pool(1), threading.Event()

    def fail() -> None:
        raise MemoryError

    pool.submit(fail)
    pool.submit(done.set)
    assert done.wait(5)
    pool.close()
