"""Completions of many threads become few requests, and each thread learns what became of its own task."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from workers.runtime import TaskClient
from workers.runtime.completions import ENOUGH, Completions
from workers.runtime.http import EngineError, EngineRefused, EngineUnavailable, NotFound

OUTPUT = b'{"a":{"value":1,"type":"Long"}}'
Eventually = Callable[..., None]


class ScriptedClient:
    """An engine that answers when the test lets it, and remembers what went together."""

    def __init__(self, most: int = 100) -> None:
        self.most = most
        self.requests: list[list[str]] = []
        self.errors: dict[str, EngineError] = {}
        self.batch_error: EngineError | None = None
        self.asked = 0
        self.answers = threading.Semaphore(0)

    def most_completions(self) -> int:
        self.asked += 1
        return self.most

    def complete(self, task_id: str, _: bytes) -> None:
        self.requests.append([task_id])
        assert self.answers.acquire(timeout=5)
        if task_id in self.errors:
            raise self.errors[task_id]

    def complete_all(self, tasks: list[tuple[str, bytes]]) -> list[EngineError | None]:
        self.requests.append([task for task, _ in tasks])
        assert self.answers.acquire(timeout=5)
        if self.batch_error is not None:
            raise self.batch_error
        return [self.errors.get(task) for task, _ in tasks]


class Threads:
    """Handlers' threads that complete a task each; `ended` says how."""

    def __init__(self, client: ScriptedClient, senders: int = 1, patience: float = 0.1) -> None:
        self.completions = Completions(client, senders, patience)  # type: ignore[arg-type]
        self.ended: dict[str, EngineError | None] = {}

    def complete(self, *tasks: str, eventually: Eventually) -> None:
        """Begin in the given order."""
        for task in tasks:
            before = len(self.completions._queue)
            threading.Thread(target=self._one, args=(task,), daemon=True).start()
            eventually(lambda before=before: len(self.completions._queue) > before)

    def first(self, task: str, client: ScriptedClient, eventually: Eventually) -> None:
        """Begin one that meets a free sender."""
        threading.Thread(target=self._one, args=(task,), daemon=True).start()
        eventually(lambda: [task] in client.requests)

    def _one(self, task: str) -> None:
        try:
            self.completions.complete(task, OUTPUT)
        except EngineError as error:
            self.ended[task] = error
        else:
            self.ended[task] = None


@pytest.fixture
def client() -> Iterator[ScriptedClient]:
    client = ScriptedClient()
    yield client
    client.answers.release(1000)


def test_the_first_goes_at_once_and_what_came_meanwhile_goes_together(
    client: ScriptedClient, eventually: Eventually
) -> None:
    threads = Threads(client)
    threads.first("a", client, eventually)
    threads.complete("b", "c", "d", eventually=eventually)
    assert client.requests == [["a"]]
    client.answers.release(2)
    eventually(lambda: len(threads.ended) == 4)
    assert client.requests == [["a"], ["b", "c", "d"]]
    assert set(threads.ended.values()) == {None}
    client.answers.release()
    threads.first("e", client, eventually)
    assert client.asked == 1


def test_a_request_that_takes_long_does_not_hold_up_the_others(
    client: ScriptedClient, eventually: Eventually
) -> None:
    threads = Threads(client, senders=2, patience=0.3)
    threads.first("slow", client, eventually)
    threads.complete("b", "c", "d", eventually=eventually)
    eventually(lambda: len(client.requests) == 2)
    assert sorted(client.requests[1]) == ["b", "c", "d"]
    threads.complete("e", eventually=eventually)
    client.answers.release(3)
    eventually(lambda: len(threads.ended) == 5)
    assert client.requests[2:] == [["e"]]


def test_enough_that_wait_go_together_beside_the_request_that_is_under_way(
    client: ScriptedClient, eventually: Eventually
) -> None:
    threads = Threads(client, senders=2, patience=30)
    threads.first("a", client, eventually)
    threads.complete("b", "c", eventually=eventually)
    client.answers.release(2)  # from here on it is known that the engine takes batches
    eventually(lambda: len(threads.ended) == 3)
    threads.first("slow", client, eventually)
    waiting = [f"w{number}" for number in range(ENOUGH - 1)]
    threads.complete(*waiting, eventually=eventually)
    assert client.requests[2:] == [["slow"]]
    threading.Thread(target=threads._one, args=("last",), daemon=True).start()
    eventually(lambda: len(client.requests) == 4)
    assert client.requests[3] == ["last", *waiting]
    client.answers.release(2)
    eventually(lambda: len(threads.ended) == 3 + 1 + ENOUGH)
    assert threads.completions._sending == 0


def test_no_batch_holds_more_than_the_engine_takes_and_nobody_is_forgotten(
    client: ScriptedClient, eventually: Eventually
) -> None:
    client.most = 2
    threads = Threads(client)
    threads.first("a", client, eventually)
    threads.complete("b", "c", "d", "e", "f", eventually=eventually)
    client.answers.release(10)
    eventually(lambda: len(threads.ended) == 6)
    assert client.requests == [["a"], ["b", "c"], ["d", "e"], ["f"]]


def test_each_thread_meets_the_error_of_its_own_task(client: ScriptedClient, eventually: Eventually) -> None:
    client.errors = {"b": NotFound(404, "RestException", "gone"), "d": EngineRefused(500, "X", "listener")}
    threads = Threads(client)
    threads.first("a", client, eventually)
    threads.complete("b", "c", "d", eventually=eventually)
    client.answers.release(2)
    eventually(lambda: len(threads.ended) == 4)
    assert threads.ended == {"a": None, "c": None, **client.errors}


def test_a_batch_without_an_answer_is_unknown_to_each_of_its_threads(
    client: ScriptedClient, eventually: Eventually
) -> None:
    client.batch_error = EngineUnavailable("the connection is cut")
    threads = Threads(client)
    threads.first("a", client, eventually)
    threads.complete("b", "c", eventually=eventually)
    client.answers.release(2)
    eventually(lambda: len(threads.ended) == 3)
    assert [type(threads.ended[task]) for task in "abc"] == [type(None), EngineUnavailable, EngineUnavailable]
    assert client.requests == [["a"], ["b", "c"]]


def test_a_batch_that_is_refused_as_a_whole_is_completed_one_by_one(
    client: ScriptedClient, eventually: Eventually
) -> None:
    client.batch_error = NotFound(404, "NotFoundException", "HTTP 404 Not Found")
    threads = Threads(client)
    threads.first("a", client, eventually)
    threads.complete("b", "c", eventually=eventually)
    client.answers.release(4)
    eventually(lambda: len(threads.ended) == 3)
    assert sorted(client.requests[2:]) == [["b"], ["c"]]
    assert set(threads.ended.values()) == {None}


def test_an_engine_without_batches_gets_single_completions_side_by_side(
    client: ScriptedClient, eventually: Eventually
) -> None:
    client.most = 0
    threads = Threads(client)
    threads.first("a", client, eventually)
    threads.complete("b", "c", eventually=eventually)
    client.answers.release(3)
    eventually(lambda: len(threads.ended) == 3)
    threads.first("d", client, eventually)
    threads.first("e", client, eventually)
    client.answers.release(2)
    eventually(lambda: len(threads.ended) == 5)
    assert all(len(request) == 1 for request in client.requests)
    assert client.asked == 1


def test_a_fault_that_nobody_thought_of_leaves_no_thread_behind(
    client: ScriptedClient, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> Any:
        raise TypeError

    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    monkeypatch.setattr(client, "complete_all", broken)
    threads = Threads(client)
    threads.first("a", client, eventually)
    threads.complete("b", "c", "d", eventually=eventually)
    client.answers.release(4)
    eventually(lambda: len(threads.ended) == 3)  # the sender's own thread has raised


def test_many_threads_complete_each_task_once(client: ScriptedClient, eventually: Eventually) -> None:
    client.most = 7
    client.answers.release(10_000)
    threads = Threads(client, senders=3, patience=0.001)
    tasks = [str(number) for number in range(2000)]
    work = deque(tasks)

    def loop() -> None:
        while work:
            threads._one(work.pop())

    for _ in range(16):
        threading.Thread(target=loop, daemon=True).start()
    eventually(lambda: len(threads.ended) == 2000, 20)
    assert sorted(task for request in client.requests for task in request) == sorted(tasks)
    assert threads.completions._sending == 0
    assert not threads.completions._queue


def test_the_wire_form_of_a_batch_and_of_its_answer(fake_engine: Any) -> None:
    client = TaskClient(fake_engine.url, worker_id="a")
    assert client.most_completions() == 0
    fake_engine.answers["/salesflow/external-task/complete"] = {"maxTasks": 100}
    assert client.most_completions() == 100
    answer = [{"status": 204}, {"status": 404, "type": "RestException", "message": "gone"}, {}]
    fake_engine.faults["complete"] = deque(
        [(200, json.dumps(answer).encode()), (200, b"[]"), (200, b"<html>")]
    )
    tasks = [("1", OUTPUT), ("2", OUTPUT), ("3", b"{}")]
    done, gone, unclear = client.complete_all(tasks)
    assert done is None
    assert isinstance(gone, NotFound)
    assert isinstance(unclear, EngineUnavailable)
    output = json.loads(OUTPUT)
    assert fake_engine.called("complete") == [
        {
            "workerId": "a",
            "tasks": [
                {"id": "1", "variables": output},
                {"id": "2", "variables": output},
                {"id": "3", "variables": {}},
            ],
        }
    ]
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            client.complete_all(tasks)
    client.close()
