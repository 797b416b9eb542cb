"""Locks of tasks in hand are extended in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from workers.runtime import Message, Nothing, Router, TaskClient
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
