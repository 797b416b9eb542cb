"""What a worker tells of itself by HTTP: real requests, a scripted runner and engine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from workers.engine.client import EngineClient, EngineUnavailable
from workers.monitoring import Monitor
from workers.monitoring.backlog import BacklogSource
from workers.runtime import Runner
from workers.runtime.outcome import Complete
from workers.runtime.state import State
from workers.runtime.statistics import Statistics


class Engine:
    """Has open tasks by topic, some without tries; counts how often it is asked."""

    def __init__(self) -> None:
        self.open = {"ledger.register": 7}
        self.created: dict[str, str] = {}
        self.without_tries = {"/external-task": 2, "/job": 1}
        self.rounds = self.lists = 0
        self.away = False
        self.takes: Callable[[], object] = lambda: None

    def get(self, path: str, **_: Any) -> Any:
        assert path == "/external-task/topic-names"
        return list(self.open)

    def count(self, path: str, **query: Any) -> int:
        if query.get("noRetriesLeft"):
            return self.without_tries[path]
        if topic := query.get("topicName"):
            self.takes()
            return self.open[topic]
        self.rounds += 1
        if self.away:
            raise EngineUnavailable("no engine")
        return sum(self.open.values())

    def external_tasks(self, **query: Any) -> list[dict[str, Any]]:
        self.lists += 1
        found = [
            {"topicName": topic, "createTime": self.created.get(topic, "2026-01-01T00:00:00.000+0800")}
            for topic, count in self.open.items()
            for _ in range(count)
            if query.get("topicName") in (None, topic)
        ]
        return sorted(found, key=lambda task: task["createTime"])[: query["maxResults"]]


class Worker:
    """A runner's outside."""

    def __init__(self) -> None:
        now = time.monotonic()
        self.statistics = Statistics(["ledger.register", "never.seen"])
        self.told = State(
            8, 1, 0, {"ledger.register": 3}, frozenset(), 5.0, 20.0, False, True, now, now, now, now
        )

    def state(self) -> State:
        return self.told


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def monitor(worker: Worker, engine: Engine) -> Iterator[Monitor]:
    made = Monitor(cast("Runner", worker), cast("EngineClient", engine), "127.0.0.1", 0)
    made.start()
    yield made
    made.stop()


def ask(monitor: Monitor, path: str) -> tuple[int, str]:
    try:
        with urlopen(f"http://127.0.0.1:{monitor.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_figures_are_what_prometheus_reads(monitor: Monitor, worker: Worker) -> None:
    worker.statistics.fetched("ledger.register")
    worker.statistics.ended("ledger.register", Complete(b"{}"), 0.02)
    status, text = ask(monitor, "/metrics")
    assert status == 200
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    topic = "ledger.register"
    assert found["salesflow_tasks_fetched_total", topic] == 1
    assert found["salesflow_tasks_ended_total", "completed", topic] == 1
    assert found["salesflow_task_duration_seconds_bucket", "0.01", topic] == 0
    assert found["salesflow_task_duration_seconds_bucket", "0.025", topic] == 1
    assert found["salesflow_task_duration_seconds_count", topic] == 1
    assert found["salesflow_tasks_in_flight", topic] == 3
    assert found["salesflow_backlog", topic] == 7
    assert found["salesflow_oldest_task_age_seconds", topic] > 86400
    assert (found["salesflow_incidents", "failedJob"], found["salesflow_engine_up",]) == (1, 1)
    assert found["salesflow_incidents", "failedExternalTask"] == 2
    assert found["salesflow_threads_lent",] == 1
    assert "never.seen" not in text
    assert "process_resident_memory_bytes" in text


def test_the_engine_is_asked_every_fifteen_seconds_at_most_and_not_by_two_at_once(engine: Engine) -> None:
    now = [0.0]
    source = BacklogSource(cast("EngineClient", engine), lambda: now[0])
    assert source.current().tasks == {"ledger.register": 7}
    now[0] = 14.9
    source.current()
    assert engine.rounds == 1
    now[0] = 15.0
    source.current()
    assert engine.rounds == 2
    now[0] = 40.0
    engine.away = True
    assert not source.current().answered
    asked, answer = threading.Event(), threading.Event()

    def slow(*_: Any, **__: Any) -> int:
        asked.set()
        answer.wait(10)
        return 0

    engine.count = slow  # type: ignore[method-assign]
    now[0] = 80.0
    asking = threading.Thread(target=source.current)
    asking.start()
    assert asked.wait(10)
    assert not source.current().answered  # at once: nobody has answered yet
    answer.set()
    asking.join(10)


def test_while_the_engine_is_away_the_last_figures_stay_so_that_no_alert_takes_itself_back(
    engine: Engine,
) -> None:
    now = [0.0]
    engine.created = {"ledger.register": "2025-01-01T00:00:00.000+0800"}
    source = BacklogSource(cast("EngineClient", engine), lambda: now[0])
    assert source.current().answered
    with structlog.testing.capture_logs() as logged:
        for moment in (20.0, 40.0):
            now[0], engine.away = moment, True
            seen = source.current()
            assert (seen.answered, seen.tasks, seen.incidents["failedExternalTask"]) == (
                False,
                {"ledger.register": 7},
                2,
            )
            assert seen.oldest["ledger.register"] > 364 * 86400
        now[0], engine.away = 60.0, False
        assert source.current().answered
    assert [one["log_level"] for one in logged] == ["warning", "info"]  # once per change


def test_few_open_tasks_are_one_query_whatever_the_number_of_topics(engine: Engine) -> None:
    engine.open = {f"room.step{number}": 2 for number in range(183)}
    engine.created = {"room.step182": "2025-01-01T00:00:00.000+0800"}
    seen = BacklogSource(cast("EngineClient", engine)).current()
    assert seen.tasks == engine.open
    assert set(seen.oldest) == set(engine.open)
    assert seen.oldest["room.step182"] - seen.oldest["room.step0"] > 364 * 86400
    assert engine.lists == 1


def test_many_open_tasks_are_asked_for_by_topic_and_every_topic_has_its_turn(engine: Engine) -> None:
    now = [0.0]
    engine.open = {f"room.step{number}": 1000 + number for number in range(183)}
    engine.takes = lambda: now.__setitem__(0, now[0] + 0.05)  # so a round does not get through all of them
    source = BacklogSource(cast("EngineClient", engine), lambda: now[0])
    sizes: list[int] = []
    while len(sizes) < 2 or sizes[-1] > sizes[-2]:
        sizes.append(len(source.current().tasks))
        now[0] += 60
    assert sizes[0] < 183
    assert source.current().tasks == engine.open
    engine.open = {topic: count + 1 for topic, count in engine.open.items() if topic != "room.step0"}
    for _ in sizes:
        now[0] += 60
        source.current()
    assert source.current().tasks == engine.open


def test_after_a_slow_round_the_engine_has_a_long_rest(engine: Engine) -> None:
    now = [0.0]
    engine.open = {"ledger.register": 100_000}
    engine.takes = lambda: now.__setitem__(0, now[0] + 3)
    source = BacklogSource(cast("EngineClient", engine), lambda: now[0])
    source.current()
    now[0] = 32.9
    source.current()
    assert engine.rounds == 1
    now[0] = 33.1
    source.current()
    assert engine.rounds == 2


def test_a_worker_in_order_is_healthy_and_ready(monitor: Monitor) -> None:
    assert ask(monitor, "/healthz") == (200, '{"ok": true, "reasons": []}\n')
    assert ask(monitor, "/readyz")[0] == 200
    assert ask(monitor, "/other")[0] == 404


@pytest.mark.parametrize(
    ("change", "health", "reason"),
    [
        ({"fetched_at": None}, 200, "the engine does not hand out tasks"),
        ({"beaten_at": -1e9}, 200, "the database does not answer"),
        ({"stopping": True}, 200, "the worker stops"),
        ({"fetching": False}, 503, "the fetcher has ended"),
        ({"looked_at": -1e9}, 503, "the watch is stuck"),
        ({"kept_at": -1e9}, 503, "the lock keeper is stuck"),
    ],
)
def test_a_worker_that_gets_no_work_is_not_ready_and_only_one_that_is_stuck_is_not_healthy(
    monitor: Monitor, worker: Worker, change: dict[str, Any], health: int, reason: str
) -> None:
    worker.told = replace(worker.told, **change)
    assert ask(monitor, "/healthz")[0] == health
    status, text = ask(monitor, "/readyz")
    assert (status, json.loads(text)["reasons"]) == (503, [reason])


def test_a_second_worker_of_the_machine_takes_the_next_port(worker: Worker, engine: Engine) -> None:
    made = [Monitor(cast("Runner", worker), cast("EngineClient", engine), "127.0.0.1", 0)]
    assert made[0].port is not None
    made.append(Monitor(cast("Runner", worker), cast("EngineClient", engine), "127.0.0.1", made[0].port))
    assert made[1].port not in (None, made[0].port)
    for one in made:
        one.start()
        one.stop()
