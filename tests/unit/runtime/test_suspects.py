"""Tasks with which a worker died, in a runner that gets them again. As a program, this file is a worker process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workers.runtime import Container, Journal, Message, Nothing, Router, Runner, RunnerOptions, TaskClient
from workers.runtime.journal import COUNTS, DEATHS

MakeTask = Callable[..., dict[str, Any]]
Eventually = Callable[..., None]

PROGRAM = [sys.executable, __file__]

router = Router("suspects")


class Desk:
    """What is being done, seen from the test."""

    def __init__(self) -> None:
        self.working: set[str] = set()
        self.begun: list[str] = []
        self.release = threading.Event()


class Work(Message):
    name: str = ""


@router.task("work")
def work(order: Work, desk: Desk) -> Nothing:
    """Work until the test lets go."""
    desk.begun.append(order.name)
    desk.working.add(order.name)
    desk.release.wait(10)
    desk.working.discard(order.name)
    return Nothing()


@router.task("short", timeout=0.2)
def short(order: Work, desk: Desk) -> Nothing:
    """The same, and given up soon."""
    return work(order, desk)


@router.task("poison")
def poison(_: Work) -> Nothing:
    """Take the process along, when its neighbours are in hand."""
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)
    return Nothing()


@router.task("innocent")
def innocent(_: Work) -> Nothing:
    """Take longer than the poison."""
    time.sleep(0.6)
    return Nothing()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.release.set()


@pytest.fixture
def make_runner(fake_engine: Any, desk: Desk, tmp_path: Path) -> Iterator[Callable[..., Runner]]:
    """Starts a runner that knows of these deaths, and stops it after the test."""
    made: list[Runner] = []

    def make(deaths: dict[str, int], threads: int = 4) -> Runner:
        counts = {task_id: (count, time.time()) for task_id, count in deaths.items()}
        (tmp_path / COUNTS).write_text(json.dumps(counts))
        client = TaskClient(fake_engine.url, long_poll_seconds=0.5)
        options = RunnerOptions(threads=threads, grace=5)
        journal = Journal(tmp_path, client.worker_id)
        made.append(Runner(client, router.tasks, Container().add(Desk, desk), None, options, journal))
        made[-1].start()
        return made[-1]

    yield make
    desk.release.set()
    for runner in made:
        runner.stop()
        assert runner.join(10)


def order(make_task: MakeTask, name: str, topic: str = "suspects.work") -> dict[str, Any]:
    return make_task(topic, {"name": {"value": name}}, id=name)


def test_at_the_fourth_death_a_task_is_an_incident_and_is_not_done(
    make_runner: Callable[..., Runner],
    fake_engine: Any,
    make_task: MakeTask,
    eventually: Eventually,
    desk: Desk,
) -> None:
    desk.release.set()
    fake_engine.queue.extend([order(make_task, "deadly"), order(make_task, "third"), order(make_task, "new")])
    make_runner({"deadly": DEATHS, "third": DEATHS - 1})
    eventually(lambda: fake_engine.called("failure") and len(fake_engine.called("complete")) == 2)
    [told] = fake_engine.called("failure")
    assert told["retries"] == 0
    assert "4 worker processes died" in told["errorMessage"]
    assert sorted(desk.begun) == ["new", "third"]


def test_suspects_are_done_one_at_a_time_and_others_beside_them(
    make_runner: Callable[..., Runner],
    fake_engine: Any,
    make_task: MakeTask,
    eventually: Eventually,
    desk: Desk,
) -> None:
    fake_engine.queue.extend(order(make_task, name) for name in ("first", "second", "new", "third"))
    make_runner(dict.fromkeys(("first", "second", "third"), 1))
    eventually(lambda: len(desk.begun) == 2)
    fake_engine.queue.append(order(make_task, "late"))
    eventually(lambda: desk.working == {"first", "new", "late"})
    desk.release.set()
    eventually(lambda: len(fake_engine.called("complete")) == 5)
    assert [name for name in desk.begun if name not in ("new", "late")] == ["first", "second", "third"]


def test_the_next_suspect_is_done_when_one_is_given_up(
    make_runner: Callable[..., Runner],
    fake_engine: Any,
    make_task: MakeTask,
    eventually: Eventually,
    desk: Desk,
) -> None:
    fake_engine.queue.extend([order(make_task, "hangs", "suspects.short"), order(make_task, "waits")])
    make_runner({"hangs": 1, "waits": 1})
    eventually(lambda: "waits" in desk.begun)
    [told] = fake_engine.called("failure")
    assert "was given up" in told["errorMessage"]


def test_a_stop_does_not_begin_the_suspects_that_wait(
    make_runner: Callable[..., Runner],
    fake_engine: Any,
    make_task: MakeTask,
    eventually: Eventually,
    desk: Desk,
) -> None:
    fake_engine.queue.extend([order(make_task, "first"), order(make_task, "second")])
    runner = make_runner({"first": 1, "second": 1})
    eventually(lambda: runner.state().in_flight.get("suspects.work") == 2 and desk.begun)
    runner.stop()
    eventually(lambda: runner.state().in_flight.get("suspects.work") == 1)
    desk.release.set()
    assert runner.join(5)
    assert desk.begun == ["first"]


def test_neighbours_of_a_task_that_takes_its_process_with_it_are_done(
    make_engine: Callable[[], Any], make_task: MakeTask, eventually: Eventually, tmp_path: Path
) -> None:
    """What was not ended comes back together, as from an engine where the locks ran out together."""
    tasks = [order(make_task, "poison", "suspects.poison")]
    tasks += [order(make_task, f"innocent-{number}", "suspects.innocent") for number in range(3)]
    for _ in range(DEATHS):
        engine = make_engine()
        engine.queue.extend(tasks)
        died = subprocess.run([*PROGRAM, engine.url, tmp_path], timeout=30, check=False)
        assert (died.returncode, ends(engine)) == (-signal.SIGKILL, [])
    engine = make_engine()
    engine.queue.extend(tasks)
    worker = subprocess.Popen([*PROGRAM, engine.url, tmp_path])
    try:
        eventually(lambda: len(ends(engine)) == len(tasks), 20)
    finally:
        worker.kill()
        worker.wait()
    assert ends(engine) == [
        "/external-task/innocent-0/complete",
        "/external-task/innocent-1/complete",
        "/external-task/innocent-2/complete",
        "/external-task/poison/failure",
    ]


def ends(engine: Any) -> list[str]:
    """How tasks ended, as the engine was told."""
    paths = [path for path, _ in list(engine.calls)]
    return sorted(path for path in paths if path.endswith(("/complete", "/failure")))


if __name__ == "__main__":
    url, folder = sys.argv[1:]
    client = TaskClient(url, long_poll_seconds=0.5)
    journal = Journal(Path(folder), client.worker_id)
    mine = {topic: task for topic, task in router.tasks.items() if task.function in (poison, innocent)}
    Runner(client, mine, Container(), None, RunnerOptions(threads=8), journal).run()
