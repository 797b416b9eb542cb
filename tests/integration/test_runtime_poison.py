"""Tasks that never end, on a real engine and database: the others are done, nothing of them is written."""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from workers.database.unit_of_work import UnitOfWork
from workers.engine.client import EngineClient
from workers.monitoring import Monitor
from workers.runtime import Container, Limits, Message, Nothing, Router, Runner, RunnerOptions, TaskClient
from workers.runtime.database import Records

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test">
  <process id="NAME" isExecutable="true" camunda:historyTimeToLive="1">
    <startEvent id="Start"/>
    <sequenceFlow id="f1" sourceRef="Start" targetRef="Task"/>
    <serviceTask id="Task" camunda:type="external" camunda:topic="NAME"/>
    <sequenceFlow id="f2" sourceRef="Task" targetRef="End"/>
    <endEvent id="End"/>
  </process>
</definitions>
"""


class Poison:
    """A room with a topic whose handlers hang, in Python or in the database, and one that is fine."""

    def __init__(self, engine: EngineClient) -> None:
        self.engine, self.room = engine, f"poison{uuid4().hex[:8]}"
        self.release = threading.Event()
        self.hanging = 0
        self.tasks = self._tasks()
        for topic in self.tasks:
            engine.deploy(topic, {"test.bpmn": DIAGRAM.replace("NAME", topic).encode()}, source="test")

    def _tasks(self) -> Any:
        router = Router(self.room)

        @router.task("hang", timeout=4)
        def hang(_: Message, uow: UnitOfWork) -> Nothing:
            self.hanging += 1
            uow.session.execute(text("INSERT INTO test_poison VALUES (:room)"), {"room": self.room})
            self.release.wait(60)
            return Nothing()

        @router.task("sleep", timeout=2)
        def sleep(_: Message, uow: UnitOfWork) -> Nothing:
            uow.session.execute(text("SELECT pg_sleep(120)"))
            return Nothing()

        @router.task("fine")
        def fine(_: Message, uow: UnitOfWork) -> Nothing:
            uow.session.execute(text("SELECT 1"))
            return Nothing()

        return router.tasks

    def start(self, name: str, count: int) -> None:
        for _ in range(count):
            self.engine.start(f"{self.room}.{name}")

    def open(self, name: str) -> list[dict[str, Any]]:
        return self.engine.external_tasks(topicName=f"{self.room}.{name}")

    def await_(self, condition: Any, seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "it did not happen in time"
            time.sleep(0.05)


@pytest.fixture
def poison(stack: Any, session_factory: sessionmaker[Session]) -> Iterator[Poison]:
    here = stack.endpoints
    with session_factory.begin() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS test_poison (room text)"))
    with EngineClient(here.engine_url, here.admin_user, here.admin_password) as client:
        made = Poison(client)
        yield made
        made.release.set()
        for topic in made.tasks:
            for deployment in client.get("/deployment", name=topic):
                client.delete(f"/deployment/{deployment['id']}", cascade=True)
    with session_factory.begin() as session:
        session.execute(text("DROP TABLE test_poison"))


@pytest.fixture
def runner(stack: Any, poison: Poison, session_factory: sessionmaker[Session]) -> Iterator[Runner]:
    here = stack.endpoints
    client = TaskClient(here.engine_url, here.admin_user, here.admin_password, long_poll_seconds=2)
    limits = Limits(lost=50, look=0.1)
    made = Runner(
        client, poison.tasks, Container(), Records(session_factory), RunnerOptions(threads=4, limits=limits)
    )
    with made:
        yield made
        poison.release.set()


def test_handlers_that_hang_leave_threads_to_the_others_and_fail_with_the_reason(
    poison: Poison, runner: Runner, session_factory: sessionmaker[Session]
) -> None:
    poison.start("hang", 6)
    poison.await_(lambda: poison.hanging >= 4)
    began = time.monotonic()
    poison.start("fine", 20)
    poison.await_(lambda: not poison.open("fine"))
    assert time.monotonic() - began < 4 or not any(one["errorMessage"] for one in poison.open("hang"))
    poison.await_(lambda: any(one["errorMessage"] for one in poison.open("hang")))
    failed = [one for one in poison.open("hang") if one["errorMessage"]]
    assert {one["retries"] for one in failed} == {1}
    assert {one["errorMessage"] for one in failed} == {"the handler did not end within 4 s and was given up"}
    poison.start("fine", 5)
    poison.await_(lambda: not poison.open("fine"))
    with session_factory() as session:
        assert session.scalar(text("SELECT count(*) FROM test_poison")) == 0
    assert runner.state().lost >= 1


def test_a_handler_that_waits_in_the_database_gives_its_thread_back_and_the_metrics_tell(
    stack: Any, poison: Poison, runner: Runner
) -> None:
    poison.start("sleep", 1)
    poison.await_(lambda: any(one["errorMessage"] for one in poison.open("sleep")))
    poison.await_(lambda: runner.state().lost == 0)
    here = stack.endpoints
    with EngineClient(here.engine_url, here.engine_user, here.engine_password) as client:
        monitor = Monitor(runner, client, "127.0.0.1", 0)
        monitor.start()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{monitor.port}/metrics", timeout=10) as answer:
                families = list(text_string_to_metric_families(answer.read().decode()))
        finally:
            monitor.stop()
    told = {(one.name, one.labels.get("topic")): one.value for family in families for one in family.samples}
    topic = f"{poison.room}.sleep"
    assert told["salesflow_engine_up", None] == 1
    assert told["salesflow_task_timeouts_total", topic] == 1
    assert told["salesflow_backlog", topic] == 1
    assert 0 <= told["salesflow_oldest_task_age_seconds", topic] < 120
