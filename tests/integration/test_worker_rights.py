"""An account fetches and completes what it has a right to, whether its right is on all processes or on one."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.conftest import connect_to_engine_tables
from workers.engine.client import EngineClient
from workers.runtime import Nothing, RegisteredTask, Router, TaskClient

GLOBAL, GRANT, REVOKE = 0, 1, 2
PROCESS = 6
OUTPUT = b"{}"
Account = Callable[..., TaskClient]

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    targetNamespace="test">
  <process id="KEY" isExecutable="true" camunda:historyTimeToLive="1">
    <startEvent id="Start"/>
    <sequenceFlow id="f1" sourceRef="Start" targetRef="Task"/>
    <serviceTask id="Task" camunda:type="external" camunda:topic="TOPIC"/>
    <sequenceFlow id="f2" sourceRef="Task" targetRef="End"/>
    <endEvent id="End"/>
  </process>
</definitions>
"""


@pytest.fixture(scope="module")
def task() -> RegisteredTask:
    router = Router(f"rights{uuid4().hex[:8]}")

    @router.task("do")
    def do(_: Nothing) -> Nothing:
        return Nothing()

    [task] = router.tasks.values()
    return task


@pytest.fixture(scope="module")
def processes(engine: EngineClient, task: RegisteredTask) -> Iterator[tuple[str, str]]:
    """Two processes with one topic."""
    keys = (f"one{uuid4().hex[:8]}", f"two{uuid4().hex[:8]}")
    files = {f"{key}.bpmn": DIAGRAM.replace("KEY", key).replace("TOPIC", task.topic).encode() for key in keys}
    deployed = engine.deploy(keys[0], files)
    yield keys
    engine.delete(f"/deployment/{deployed['id']}", cascade=True, skipCustomListeners=True)


@pytest.fixture
def started(engine: EngineClient, processes: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """A case of each of the two processes."""
    cases = tuple(str(engine.start(key, {})["id"]) for key in processes)
    yield cases  # type: ignore[misc]
    for case in cases:
        if engine.get(f"/history/process-instance/{case}")["state"] == "ACTIVE":
            engine.delete(f"/process-instance/{case}")


@pytest.fixture
def user() -> str:
    return f"account{uuid4().hex[:8]}"


@pytest.fixture
def account(engine: EngineClient, stack: Any, task: RegisteredTask, user: str) -> Iterator[Account]:
    """Makes an account in a group of its own, with rights on processes: (type, process, permissions, whose)."""
    password = uuid4().hex
    profile = {"id": user, "firstName": "a", "lastName": "b"}
    made: list[str] = []
    client = TaskClient(stack.endpoints.engine_url, user, password, long_poll_seconds=1)

    def do(*rights: tuple[Any, ...]) -> TaskClient:
        engine.post("/user/create", {"profile": profile, "credentials": {"password": password}})
        engine.post("/group/create", {"id": user, "name": user, "type": "test"})
        engine.put(f"/group/{user}/members/{user}")
        for kind, process, permissions, *whose in rights:
            right = {
                "type": kind,
                **({"userId": user} if not whose else {whose[0]: "*" if kind == GLOBAL else user}),
                "resourceType": PROCESS,
                "resourceId": process,
                "permissions": list(permissions),
            }
            made.append(engine.post("/authorization/create", right)["id"])
        client.subscribe([task])
        return client

    yield do
    client.close()
    for right in made:
        engine.delete(f"/authorization/{right}")
    engine.delete(f"/group/{user}")
    engine.delete(f"/user/{user}")


READ, UPDATE = "READ_INSTANCE", "UPDATE_INSTANCE"


def held(client: TaskClient) -> dict[str, str]:
    return {one["processInstanceId"]: one["id"] for one in client.fetch(10)}


def statuses(client: TaskClient, tasks: list[str]) -> list[int]:
    answers = client.complete_all([(one, OUTPUT) for one in tasks])
    return [getattr(answer, "status", 204 if answer is None else 0) for answer in answers]


def test_a_right_on_all_processes_is_enough_for_each(account: Account, started: tuple[str, str]) -> None:
    client = account((GRANT, "*", (READ, UPDATE)))
    tasks = held(client)
    assert set(tasks) == set(started)
    assert statuses(client, list(tasks.values())) == [204, 204]


def test_a_right_on_one_process_hands_out_that_ones_tasks(
    account: Account, processes: tuple[str, str], started: tuple[str, str]
) -> None:
    client = account((GRANT, processes[0], (READ, UPDATE)))
    tasks = held(client)
    assert set(tasks) == {started[0]}
    assert statuses(client, list(tasks.values())) == [204]


def test_reading_all_and_changing_one_hands_out_that_ones_tasks(
    account: Account, processes: tuple[str, str], started: tuple[str, str]
) -> None:
    client = account((GRANT, "*", (READ,)), (GRANT, processes[1], (UPDATE,)))
    assert set(held(client)) == {started[1]}


def test_what_is_revoked_stays_revoked_beside_a_right_on_all(
    account: Account, processes: tuple[str, str], started: tuple[str, str]
) -> None:
    client = account((GRANT, "*", (READ, UPDATE)), (REVOKE, processes[0], (READ, UPDATE)))
    assert set(held(client)) == {started[1]}


def test_what_is_revoked_for_somebody_outweighs_their_groups_right_on_all(
    account: Account, started: tuple[str, str]
) -> None:
    assert started
    client = account((GRANT, "*", (READ, UPDATE), "groupId"), (REVOKE, "*", (UPDATE,)))
    assert held(client) == {}


def test_a_groups_right_on_all_counts_and_what_is_revoked_for_the_group_does_not(
    account: Account, processes: tuple[str, str], started: tuple[str, str]
) -> None:
    client = account(
        (GRANT, "*", (READ, UPDATE), "groupId"), (REVOKE, processes[1], (READ, UPDATE), "groupId")
    )
    assert set(held(client)) == {started[0]}


def test_a_groups_right_on_all_is_enough_for_each(account: Account, started: tuple[str, str]) -> None:
    tasks = held(client := account((GRANT, "*", (READ, UPDATE), "groupId")))
    assert set(tasks) == set(started)
    assert statuses(client, list(tasks.values())) == [204, 204]


def test_who_has_no_right_fetches_nothing(account: Account, started: tuple[str, str]) -> None:
    assert started
    assert held(account()) == {}


def test_a_batch_leaves_out_what_was_revoked_after_it_was_fetched(
    account: Account, user: str, engine: EngineClient, processes: tuple[str, str], started: tuple[str, str]
) -> None:
    client = account((GRANT, "*", (READ, UPDATE)))
    tasks = held(client)
    right = {"type": REVOKE, "userId": user, "resourceType": PROCESS, "resourceId": processes[0]}
    made = engine.post("/authorization/create", {**right, "permissions": [UPDATE]})["id"]
    try:
        assert statuses(client, [tasks[one] for one in started]) == [403, 204]
    finally:
        engine.delete(f"/authorization/{made}")


def test_a_right_on_all_takes_the_rights_out_of_the_query(
    account: Account, task: RegisteredTask, stack: Any, started: tuple[str, str]
) -> None:
    """Otherwise each fetch reads and sorts all open tasks."""
    client = account((GRANT, "*", (READ, UPDATE)))
    log = stack.settings.var_dir / "log" / "postgres.log"
    with _logged(stack):
        begin = log.stat().st_size
        assert set(held(client)) == set(started)
    entries = log.read_bytes()[begin:].decode("utf-8", "replace").split(" LOG:  ")
    fetches = [
        one for one in entries if task.topic in one and "TOPIC_NAME_ = $" in one and "limit" in one.lower()
    ]
    assert fetches
    assert not [one for one in fetches if "ACT_RU_AUTHORIZATION" in one]


@contextmanager
def _logged(stack: Any) -> Iterator[None]:
    """PostgreSQL writes every statement into its log meanwhile."""
    with connect_to_engine_tables(stack, "postgres") as database:
        database.execute("ALTER SYSTEM SET log_statement = 'all'")
        database.execute("SELECT pg_reload_conf()")
        try:
            until = time.monotonic() + 10
            while database.execute("SHOW log_statement").fetchone() != ("all",):
                assert time.monotonic() < until  # the server's processes read it at their next statement
            yield
        finally:
            database.execute("ALTER SYSTEM RESET log_statement")
            database.execute("SELECT pg_reload_conf()")
