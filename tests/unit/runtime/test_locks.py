"""Locks of tasks in hand are extended in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from workers.runtime import Message, Nothing, Router, TaskClient
from workers.runtime.http import EngineUnavailable
from workers.runtime.locks import Delivery, LockKeeper

Eventually = Callable[..., None]
router = Router("locks")


@router.task("keep")
def keep(_: Message) -> Nothing:
    """Nothing."""
    return Nothing()


class Client:
    """An engine's extensions: each id that is asked for, and what happens then."""

    lock_seconds = 20.0

    def __init__(self, extends: Callable[[], object] = lambda: None) -> None:
        self.asked: list[str] = []
        self._extends = extends

    def extend(self, task_id: str, _seconds: float) -> None:
        self.asked.append(task_id)
        self._extends()


def hold(keeper: LockKeeper, task_id: str, seconds: float) -> Delivery:
    """A delivery in hand whose lock was extended so long ago."""
    delivery = Delivery(router.tasks["locks.keep"], {"id": task_id}, extended=time.monotonic() - seconds)
    keeper.add(delivery)
    return delivery


@pytest.fixture
def make_keeper() -> Iterator[Callable[..., LockKeeper]]:
    """Makes lock keepers, and stops them after the test."""
    made: list[LockKeeper] = []

    def make(client: Client, **more: Any) -> LockKeeper:
        made.append(LockKeeper(cast("TaskClient", client), **more))
        return made[-1]

    yield make
    for keeper in made:
        keeper.stop()


def test_an_error_that_nobody_foresaw_does_not_end_the_extending(
    make_keeper: Callable[..., LockKeeper], eventually: Eventually
) -> None:
    errors = [MemoryError(), RuntimeError("can't start new thread")]

    def fail() -> None:
        if errors:
            raise errors.pop()

    client = Client(fail)
    client.lock_seconds = 0.08
    keeper = make_keeper(client)
    hold(keeper, "one", 1)
    keeper.start()
    eventually(lambda: len(client.asked) >= 3)


def test_what_runs_out_first_is_extended_first_and_what_is_not_due_waits(
    make_keeper: Callable[..., LockKeeper],
) -> None:
    client = Client()
    keeper = make_keeper(client, threads=1)
    for task_id, seconds in (("new", 5.0), ("due", 11.0), ("oldest", 19.0), ("older", 15.0)):
        hold(keeper, task_id, seconds)
    hold(keeper, "lost", 18).keeps_lock = False
    keeper.round()
    assert client.asked == ["oldest", "older", "due"]
    keeper.round()
    assert len(client.asked) == 3


def test_several_locks_are_extended_at_the_same_time(make_keeper: Callable[..., LockKeeper]) -> None:
    together = threading.Barrier(3)
    client = Client(lambda: together.wait(5))  # raises when the others do not come
    keeper = make_keeper(client, threads=3)
    held = [hold(keeper, str(number), 15) for number in range(6)]
    keeper.round()
    assert sorted(client.asked) == [one.task_id for one in held]


def test_an_engine_that_does_not_answer_is_not_asked_again_in_the_same_round(
    make_keeper: Callable[..., LockKeeper],
) -> None:
    away = True

    def answer() -> None:
        if away:
            raise EngineUnavailable("no answer")

    client = Client(answer)
    keeper = make_keeper(client, threads=1)
    for number in range(3):
        hold(keeper, str(number), 15)
    keeper.round()
    assert len(client.asked) == 1
    away = False
    keeper.round()
    assert len(client.asked) == 4


def test_locks_are_extended_when_no_thread_is_to_be_had(
    make_keeper: Callable[..., LockKeeper], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Any) -> None:
        raise RuntimeError("can't start new thread")

    client = Client()
    keeper = make_keeper(client)
    for number in range(3):
        hold(keeper, str(number), 15)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        keeper.round()
    assert len(client.asked) == 3
