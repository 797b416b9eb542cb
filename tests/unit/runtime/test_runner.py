"""The worker's loop against a scripted engine."""

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from structlog.testing import capture_logs

from workers.database.unit_of_work import UnitOfWork
from workers.runtime import Container, Message, Nothing, Router, Runner, RunnerOptions, TaskClient
from workers.runtime.database import Records
from workers.runtime.heartbeat import live_workers
from workers.runtime.runner import WornOut
from workers.runtime.statistics import FAILED
from workers.runtime.watch import Limits
from workers.settings import ROOT

MakeTask = Callable[..., dict[str, Any]]
Eventually = Callable[..., None]
MakeRunner = Callable[..., Runner]


class Work(Message):
    seconds: float = 0
    action: str = ""


class Desk:
    """What the handler does, seen from the test."""

    def __init__(self) -> None:
        self.begun = 0
        self.most = 0
        self.working = 0
        self.guard = threading.Lock()
        self.release = threading.Event()

    def work(self, order: Work) -> None:
        with self.guard:
            self.begun += 1
            self.working += 1
            self.most = max(self.most, self.working)
        try:
            time.sleep(order.seconds)
            if order.action == "hang":
                self.release.wait(30)
            if order.action == "exit":
                raise SystemExit(1)
        finally:
            with self.guard:
                self.working -= 1


router = Router("test")


@router.task("work", timeout=60)
def work(order: Work, desk: Desk) -> Nothing:
    """Do what the test says."""
    desk.work(order)
    return Nothing()


@router.task("short", timeout=0.2)
def short(order: Work, desk: Desk, uow: UnitOfWork) -> Nothing:
    """The same, with a timeout that is soon over, and a transaction that is cut off then."""
    assert uow
    desk.work(order)
    return Nothing()


@router.task("quick")
def quick(_: Work) -> Nothing:
    """Nothing."""
    return Nothing()


@router.task("asleep", timeout=0.3)
def asleep(_: Work, uow: UnitOfWork) -> Nothing:
    """Wait in the database."""
    uow.session.execute(text("SELECT pg_sleep(60)"))
    return Nothing()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.release.set()


@pytest.fixture
def make_runner(fake_engine: Any, session_factory: sessionmaker[Session], desk: Desk) -> Iterator[MakeRunner]:
    """Starts runners, and stops them after the test."""
    runners = []

    def make(
        long_poll: float = 5,
        lock: float = 20,
        threads: int = 2,
        grace: float = 5,
        lost: int = 5,
        topics: dict[str, int] | None = None,
    ) -> Runner:
        client = TaskClient(fake_engine.url, lock_seconds=lock, long_poll_seconds=long_poll)
        limits = Limits(lost=lost, topics=topics or {}, look=0.05)
        options = RunnerOptions(threads=threads, grace=grace, upkeep=0.1, limits=limits)
        runner = Runner(client, router.tasks, Container().add(Desk, desk), Records(session_factory), options)
        runner.start()
        runners.append(runner)
        return runner

    yield make
    desk.release.set()
    for runner in runners:
        runner.stop()
        assert runner.join(10)


def order(make_task: MakeTask, topic: str = "test.work", **variables: Any) -> dict[str, Any]:
    return make_task(topic, {name: {"value": value} for name, value in variables.items()})


def test_a_fetch_asks_for_each_topics_variables_by_priority_and_age(
    make_runner: MakeRunner, fake_engine: Any, eventually: Eventually
) -> None:
    make_runner()
    eventually(lambda: fake_engine.called("fetchAndLock"))
    body = fake_engine.called("fetchAndLock")[0]
    assert {topic["topicName"]: topic["variables"] for topic in body["topics"]} == {
        "test.work": ["seconds", "action"],
        "test.short": ["seconds", "action"],
        "test.asleep": ["seconds", "action"],
        "test.quick": ["seconds", "action"],
    }
    assert {topic["lockDuration"] for topic in body["topics"]} == {20000}
    assert body["usePriority"] is True
    assert body["sorting"] == [{"sortBy": "createTime", "sortOrder": "asc"}]
    assert (body["maxTasks"], body["asyncResponseTimeout"]) == (2, 5000)


def test_no_more_is_fetched_than_can_start(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually, desk: Desk
) -> None:
    fake_engine.queue.extend(order(make_task, seconds=0.05) for _ in range(12))
    make_runner(threads=3)
    eventually(lambda: len(fake_engine.called("complete")) == 12)
    assert desk.most == 3
    assert all(1 <= body["maxTasks"] <= 3 for body in fake_engine.called("fetchAndLock"))


def test_a_stop_ends_the_poll_at_once_and_fetches_no_more(
    make_runner: MakeRunner, fake_engine: Any, eventually: Eventually
) -> None:
    runner = make_runner(long_poll=30)
    eventually(lambda: fake_engine.called("fetchAndLock"))
    runner.stop()
    assert runner.join(2)
    polls = [body for body in fake_engine.called("fetchAndLock") if len(body["topics"]) == 4]
    assert len(polls) == 1


def test_a_stop_lets_handlers_finish_and_report(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually, desk: Desk
) -> None:
    fake_engine.queue.append(order(make_task, seconds=0.4))
    runner = make_runner()
    eventually(lambda: desk.begun)
    runner.stop()
    assert runner.join(5)
    assert len(fake_engine.called("complete")) == 1
    assert not fake_engine.called("unlock")


def test_what_comes_with_the_last_poll_is_unlocked(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually
) -> None:
    fake_engine.unique_worker_request = False
    runner = make_runner(long_poll=5)
    eventually(lambda: fake_engine.called("fetchAndLock"))
    runner.stop()
    eventually(lambda: len(fake_engine.called("fetchAndLock")) == 2)
    late = order(make_task)
    fake_engine.queue.append(late)
    assert runner.join(3)
    assert f"/external-task/{late['id']}/unlock" in [path for path, _ in fake_engine.calls]
    assert not fake_engine.called("complete")


def test_a_stopping_worker_unlocks_all_that_the_engine_holds_for_it(
    make_runner: MakeRunner, fake_engine: Any, eventually: Eventually
) -> None:
    runner = make_runner()
    eventually(lambda: fake_engine.called("fetchAndLock"))
    fake_engine.answers["/external-task"] = [{"id": "forgotten"}]
    runner.stop()
    assert runner.join(3)
    assert "/external-task/forgotten/unlock" in [path for path, _ in fake_engine.calls]


def test_a_handler_that_hangs_does_not_keep_the_worker(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually, desk: Desk
) -> None:
    fake_engine.queue.append(order(make_task, action="hang"))
    runner = make_runner(grace=0.3)
    eventually(lambda: desk.begun)
    with capture_logs() as logs:
        runner.stop()
        assert runner.join(3)
    assert [entry for entry in logs if entry["event"].startswith("a handler does not end")]


def test_a_second_stop_ends_the_drain(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually, desk: Desk
) -> None:
    fake_engine.queue.append(order(make_task, action="hang"))
    runner = make_runner(grace=30)
    eventually(lambda: desk.begun)
    runner.stop()
    assert not runner.join(0.5)
    runner.stop()
    assert runner.join(3)


def test_a_lock_is_extended_at_half_its_time_while_the_handler_runs(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually
) -> None:
    fake_engine.queue.append(order(make_task, seconds=1.2))
    make_runner(lock=0.8)
    eventually(lambda: fake_engine.called("complete"))
    assert 2 <= len(fake_engine.called("extendLock")) <= 3
    assert fake_engine.called("extendLock")[0]["newDuration"] == 800


def test_a_handler_that_does_not_end_fails_with_the_reason_and_its_thread_is_replaced(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually, desk: Desk
) -> None:
    fake_engine.queue.append(order(make_task, "test.short", action="hang"))
    runner = make_runner(threads=1)
    eventually(lambda: fake_engine.called("failure"))
    told = fake_engine.called("failure")[0]
    assert (told["errorMessage"], told["retries"]) == (
        "the handler did not end within 0.2 s and was given up",
        1,
    )
    fake_engine.queue.append(order(make_task))
    eventually(lambda: fake_engine.called("complete"))
    desk.release.set()
    eventually(lambda: desk.working == 0)
    assert len(fake_engine.called("complete")) == 1
    counted = runner.statistics.topics["test.short"]
    eventually(lambda: counted.outcomes[FAILED])
    assert (counted.timeouts, sum(counted.outcomes.values()), sum(counted.buckets)) == (1, 1, 1)


def test_a_handler_that_waits_in_the_database_is_ended_by_the_database(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually
) -> None:
    fake_engine.queue.append(order(make_task, "test.asleep"))
    runner = make_runner(threads=1)
    eventually(lambda: fake_engine.called("failure"))
    eventually(lambda: runner._pool.lost == 0)
    assert len(fake_engine.called("failure")) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_with_too_many_handlers_that_do_not_end_stops_in_order_to_be_started_anew(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask
) -> None:
    fake_engine.queue.extend(order(make_task, "test.short", action="hang") for _ in range(2))
    runner = make_runner(threads=2, lost=2)
    assert runner.join(5)
    assert isinstance(runner._crash, WornOut)
    assert len(fake_engine.called("failure")) == 2


def test_a_topic_whose_handlers_are_slow_leaves_threads_to_the_others(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually, desk: Desk
) -> None:
    fake_engine.queue.extend(order(make_task, action="hang") for _ in range(8))
    make_runner(threads=4, long_poll=1)
    eventually(lambda: desk.begun == 4)
    fake_engine.queue.clear()
    eventually(lambda: any("test.work" not in _topics(one) for one in fetches(fake_engine)), 10)
    fake_engine.queue.append(order(make_task, "test.quick"))
    eventually(lambda: fake_engine.called("complete"))


def test_of_a_topic_with_a_limit_no_more_is_fetched_than_there_is_room_for(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually, desk: Desk
) -> None:
    fake_engine.queue.extend(order(make_task, seconds=0.05) for _ in range(8))
    fake_engine.queue.extend(order(make_task, "test.quick") for _ in range(8))
    make_runner(threads=4, topics={"test.work": 2})
    eventually(lambda: len(fake_engine.called("complete")) == 16)
    assert desk.most == 2
    assert not fake_engine.called("unlock")


def test_a_topic_with_a_limit_and_no_backlog_is_part_of_the_long_poll_and_what_comes_too_much_is_given_back_once(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually, desk: Desk
) -> None:
    make_runner(threads=4, topics={"test.work": 1})
    eventually(lambda: any(is_long_poll(one) and "test.work" in _topics(one) for one in fetches(fake_engine)))
    fake_engine.queue.extend([order(make_task, action="hang") for _ in range(4)])
    eventually(lambda: len(unlocked(fake_engine)) == 3)
    fake_engine.queue.extend([*(order(make_task) for _ in range(4)), order(make_task, "test.quick")])
    eventually(lambda: fake_engine.called("complete"))
    assert desk.most == 1
    assert len(unlocked(fake_engine)) == 3  # once, not again and again


def unlocked(fake_engine: Any) -> list[str]:
    return [path for path, _ in list(fake_engine.calls) if path.endswith("/unlock")]


def is_long_poll(body: Any) -> bool:
    return bool(body["asyncResponseTimeout"] == 5000)


def fetches(fake_engine: Any) -> list[Any]:
    return list(fake_engine.called("fetchAndLock"))


def _topics(body: Any) -> set[str]:
    return {one["topicName"] for one in body["topics"]}


@pytest.mark.parametrize("fault", [None, (503, b""), (500, b"{}"), (401, b""), (200, b"<html>")])
def test_a_worker_waits_for_an_engine_that_is_away_and_says_so_once(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually, fault: Any
) -> None:
    fake_engine.faults["fetchAndLock"] = deque([fault] * 3)
    fake_engine.queue.append(order(make_task))
    with capture_logs() as logs:
        make_runner()
        eventually(lambda: fake_engine.called("complete"))
    assert [entry["event"] for entry in logs if entry["event"].startswith("cannot fetch")] == [
        "cannot fetch tasks, trying again"
    ]
    assert [entry for entry in logs if entry["event"] == "the engine hands out tasks again"]


def test_a_handler_that_exits_fails_its_task_and_not_the_worker(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually
) -> None:
    fake_engine.queue.extend([order(make_task, action="exit"), order(make_task)])
    make_runner(threads=1)
    eventually(lambda: fake_engine.called("complete"))
    assert fake_engine.called("failure")[0]["errorMessage"] == "RuntimeError: the handler called sys.exit"


def test_a_handler_logs_with_the_context_of_its_task(
    make_runner: MakeRunner, fake_engine: Any, make_task: MakeTask, eventually: Eventually, desk: Desk
) -> None:
    seen: dict[str, Any] = {}
    desk.work = lambda _: seen.update(structlog.contextvars.get_contextvars())  # type: ignore[method-assign, assignment]
    task = order(make_task)
    fake_engine.queue.append(task)
    make_runner()
    eventually(lambda: seen)
    assert seen == {
        "topic": "test.work",
        "business_key": "SB-2026-0001",
        "task_id": task["id"],
        "activity": "Task_Test",
        "process": "TestProcess",
    }


def test_a_running_worker_is_listed_and_a_stopped_one_is_not(
    make_runner: MakeRunner, session_factory: sessionmaker[Session], eventually: Eventually
) -> None:
    def mine() -> list[str]:
        with session_factory() as session:
            return [
                row.worker_id
                for row in live_workers(session)
                if row.topics == ["test.asleep", "test.quick", "test.short", "test.work"]
            ]

    runner = make_runner()
    eventually(lambda: len(mine()) == 1)
    runner.stop()
    assert runner.join(3)
    assert mine() == []


def test_a_dependency_that_nobody_provides_is_named_before_anything_starts(
    fake_engine: Any, session_factory: sessionmaker[Session]
) -> None:
    client = TaskClient(fake_engine.url)
    with pytest.raises(LookupError, match=r"'test\.work': \['Desk'\]"):
        Runner(client, router.tasks, Container(), Records(session_factory))


def test_tasks_that_write_nothing_are_done_without_a_database(
    fake_engine: Any, make_task: MakeTask, eventually: Eventually
) -> None:
    client = TaskClient(fake_engine.url, long_poll_seconds=0.2)
    fake_engine.queue.append(make_task("test.quick"))
    with Runner(client, {"test.quick": router.tasks["test.quick"]}, Container()) as runner:
        eventually(lambda: fake_engine.called("complete"))
        assert runner.state().unready() == []


def test_tasks_that_write_need_a_database(fake_engine: Any) -> None:
    tasks = {"test.asleep": router.tasks["test.asleep"]}
    with pytest.raises(LookupError, match=r"'test\.asleep': \['UnitOfWork'\]"):
        Runner(TaskClient(fake_engine.url), tasks, Container())


def test_the_runtime_itself_loads_nothing_that_talks_to_a_database() -> None:
    code = "import sys, workers.runtime; sys.exit(any(name in sys.modules for name in ('sqlalchemy', 'psycopg')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_task_is_put_back_uncounted_while_the_database_is_away_and_none_is_fetched_until_it_answers(
    fake_engine: Any, make_runner: MakeRunner, make_task: MakeTask, desk: Desk, eventually: Eventually
) -> None:
    runner = make_runner(long_poll=0.2)
    execution = runner._execution = Broken(runner._execution)
    task = order(make_task)
    fake_engine.queue.append(task)
    eventually(lambda: fake_engine.called("unlock"))
    polls, asked = len(fake_engine.called("fetchAndLock")), execution.asked
    eventually(lambda: execution.asked >= asked + 3)
    assert len(fake_engine.called("fetchAndLock")) <= polls + 1  # the one that was under way
    assert not fake_engine.called("failure")
    execution.away = False
    fake_engine.queue.append(task)
    eventually(lambda: fake_engine.called("complete"))
    assert desk.begun == 1


class Broken:
    """An execution whose database is away until the test says otherwise."""

    def __init__(self, execution: Any) -> None:
        self._execution = execution
        self.away = True
        self.asked = 0

    def blames_database(self, error: Exception) -> bool:
        return isinstance(error, OperationalError)

    def answers(self) -> bool:
        self.asked += 1
        return not self.away

    def run(self, *task: Any) -> Any:
        if self.away:
            raise OperationalError("INSERT", {}, Exception("connection refused"))
        return self._execution.run(*task)


@pytest.mark.parametrize(
    "page",
    [b"{}", b"<html>", b'{"a": 1}', b'[{"a": 1}]', b"[1]", b'[{"id": "1", "topicName": "others.topic"}]'],
)
def test_an_answer_that_is_no_list_of_tasks_is_waited_out_like_no_engine(
    fake_engine: Any,
    make_runner: MakeRunner,
    make_task: MakeTask,
    desk: Desk,
    eventually: Eventually,
    page: bytes,
) -> None:
    """A proxy's page in the engine's place must neither end a worker nor make it ask without a pause."""
    fake_engine.faults["fetchAndLock"] = deque([(200, page)])
    fake_engine.queue.append(order(make_task))
    make_runner(long_poll=0.2)
    eventually(lambda: fake_engine.called("complete"))
    assert desk.begun == 1


def test_an_engine_that_answers_a_poll_at_once_with_nothing_is_not_asked_without_a_pause(
    fake_engine: Any, make_runner: MakeRunner, make_task: MakeTask, eventually: Eventually
) -> None:
    fake_engine.faults["fetchAndLock"] = deque([(200, b"[]")] * 1000)
    make_runner()
    time.sleep(1)
    assert len(fetches(fake_engine)) < 12
    fake_engine.faults.clear()
    fake_engine.queue.append(order(make_task))
    eventually(lambda: fake_engine.called("complete"))


def test_a_task_that_lacks_what_an_engine_tells_fails_and_its_thread_goes_on(
    fake_engine: Any, make_runner: MakeRunner, make_task: MakeTask, eventually: Eventually
) -> None:
    bare = {"id": "bare", "topicName": "test.work"}
    fake_engine.queue.extend([bare, order(make_task)])
    make_runner(threads=1)
    eventually(lambda: fake_engine.called("complete"))
    assert fake_engine.called("failure")[0]["errorMessage"] == "KeyError: 'processInstanceId'"
