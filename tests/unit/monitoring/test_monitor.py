"""What a worker tells of itself by HTTP: real requests, a scripted runner and engine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from workers.engine.client import EngineClient, EngineUnavailable
from workers.monitoring import Monitor
from workers.monitoring.backlog import BacklogSource
from workers.runtime import Runner
from workers.runtime.state import State
from workers.runtime.statistics import COMPLETED, Statistics


class Engine:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False

    def get(self, path: str, **_: Any) -> Any:
        self.asked += 1
        if self.away:
            raise EngineUnavailable("no engine")
        assert path == "/external-task/topic-names"
        return ["ledger.register"]

    def count(self, path: str, **query: Any) -> int:
        return 7 if path == "/external-task" else {"failedJob": 1}.get(query["incidentType"], 2)

    def external_tasks(self, **_: Any) -> list[dict[str, Any]]:
        return [{"createTime": "2026-01-01T00:00:00.000+0800"}]


class Worker:
    """A runner's outside."""

    def __init__(self) -> None:
        now = time.monotonic()
        self.statistics = Statistics(["ledger.register", "never.seen"])
        self.told = State(8, 1, 0, {"ledger.register": 3}, frozenset(), 5.0, False, True, now, now, now)

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
    worker.statistics.ended("ledger.register", COMPLETED, 0.02)
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
    assert found["salesflow_threads_lent",] == 1
    assert "never.seen" not in text
    assert "process_resident_memory_bytes" in text


def test_the_engine_is_asked_every_fifteen_seconds_at_most_and_not_by_two_at_once(engine: Engine) -> None:
    now = [0.0]
    source = BacklogSource(cast("EngineClient", engine), lambda: now[0])
    assert source.current().tasks == {"ledger.register": 7}
    now[0] = 14.9
    source.current()
    assert engine.asked == 1
    now[0] = 15.0
    source.current()
    assert engine.asked == 2
    now[0] = 40.0
    engine.away = True
    assert not source.current().answered
    engine.get = lambda *_, **__: threading.Event().wait(0.2) or []  # type: ignore[method-assign, assignment]
    now[0] = 80.0
    asking = threading.Thread(target=source.current)
    asking.start()
    began = time.monotonic()
    source.current()
    assert time.monotonic() - began < 0.15
    asking.join()


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
