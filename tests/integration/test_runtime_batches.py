"""Batch completion on the real engine: what goes together, what must not, and that no claim is false."""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import requests

from workers.engine.client import EngineClient
from workers.runtime import Message, Nothing, RegisteredTask, Router, TaskClient
from workers.runtime.http import EngineError, EngineRefused
from workers.runtime.http import NotFound as TaskNotFound

OUTPUT = b'{"seen":{"value":1,"type":"Long"}}'
Fetch = Callable[..., tuple[TaskClient, dict[str, str]]]

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test">
  <process id="KEY" isExecutable="true" camunda:historyTimeToLive="1">
    <startEvent id="Start"/>
    <sequenceFlow id="f1" sourceRef="Start" targetRef="Task"/>
    <serviceTask id="Task" camunda:type="external" camunda:topic="KEY.enter"/>
    <sequenceFlow id="f2" sourceRef="Task" targetRef="Check"/>
    <exclusiveGateway id="Check" default="f3"/>
    <sequenceFlow id="f3" sourceRef="Check" targetRef="Wait"/>
    <sequenceFlow id="f4" sourceRef="Check" targetRef="Wait">
      <conditionExpression xsi:type="tFormalExpression">${broken == 'x' ? nothing : false}</conditionExpression>
    </sequenceFlow>
    <userTask id="Wait"/>
    <sequenceFlow id="f5" sourceRef="Wait" targetRef="End"/>
    <endEvent id="End"/>
  </process>
  <process id="KEYPair" isExecutable="true" camunda:historyTimeToLive="1">
    <startEvent id="Start2"/>
    <sequenceFlow id="g0" sourceRef="Start2" targetRef="Fork"/>
    <parallelGateway id="Fork"/>
    <sequenceFlow id="g1" sourceRef="Fork" targetRef="T1"/>
    <sequenceFlow id="g2" sourceRef="Fork" targetRef="T2"/>
    <serviceTask id="T1" camunda:type="external" camunda:topic="KEY.enter"/>
    <serviceTask id="T2" camunda:type="external" camunda:topic="KEY.enter"/>
    <sequenceFlow id="h1" sourceRef="T1" targetRef="Choice"/>
    <exclusiveGateway id="Choice" default="h3"/>
    <sequenceFlow id="h3" sourceRef="Choice" targetRef="Join"/>
    <sequenceFlow id="h4" sourceRef="Choice" targetRef="Stop">
      <conditionExpression xsi:type="tFormalExpression">${stop}</conditionExpression>
    </sequenceFlow>
    <endEvent id="Stop"><terminateEventDefinition/></endEvent>
    <sequenceFlow id="h2" sourceRef="T2" targetRef="Join"/>
    <parallelGateway id="Join"/>
    <sequenceFlow id="h5" sourceRef="Join" targetRef="End2"/>
    <endEvent id="End2"/>
  </process>
</definitions>
"""


class Given(Message):
    """What the tests' diagrams decide by."""

    broken: str = ""


@pytest.fixture(scope="module")
def key(engine: EngineClient) -> Iterator[str]:
    key = f"batch{uuid4().hex[:8]}"
    deployed = engine.deploy(key, {"test.bpmn": DIAGRAM.replace("KEY", key).encode()})
    yield key
    engine.delete(f"/deployment/{deployed['id']}", cascade=True, skipCustomListeners=True)


@pytest.fixture(scope="module")
def tasks(key: str) -> dict[str, RegisteredTask]:
    router = Router(key)

    @router.task("enter")
    def enter(_: Given) -> Nothing:
        return Nothing()

    return router.tasks


@pytest.fixture
def start(engine: EngineClient, key: str) -> Callable[..., str]:
    """Starts a case; returns the instance's id."""
    return lambda which="", **variables: str(engine.start(key + which, {"broken": "", **variables})["id"])


@pytest.fixture
def fetch(stack: Any, tasks: dict[str, RegisteredTask]) -> Iterator[Fetch]:
    """A worker that holds a number of tasks: its client, and their ids by instance, activity or themselves."""
    here, clients = stack.endpoints, []

    def do(count: int, by: str = "processInstanceId") -> tuple[TaskClient, dict[str, str]]:
        client = TaskClient(here.engine_url, here.engine_user, here.engine_password, long_poll_seconds=1)
        client.subscribe(tasks.values())
        clients.append(client)
        fetched = client.fetch(count)
        assert len(fetched) == count
        return client, {task[by]: task["id"] for task in fetched}

    yield do
    for client in clients:
        client.release_all()
        client.close()


def completions(engine: EngineClient, instance: str) -> int:
    return engine.count("/history/external-task-log", processInstanceId=instance, successLog=True)


def kinds(answers: list[EngineError | None]) -> list[int]:
    return [getattr(error, "status", 204 if error is None else 0) for error in answers]


def test_a_batch_completes_all_and_writes_their_variables(
    engine: EngineClient, start: Callable[..., str], fetch: Fetch
) -> None:
    instances = [start() for _ in range(12)]
    client, held = fetch(12)
    assert client.most_completions() >= 12
    outputs = {one: b'{"seen":{"value":%d,"type":"Long"}}' % place for place, one in enumerate(instances)}
    answers = client.complete_all([(held[one], outputs[one]) for one in instances])
    assert answers == [None] * 12
    assert [engine.variables(one)["seen"] for one in instances] == list(range(12))
    assert [completions(engine, one) for one in instances] == [1] * 12


def test_a_batch_is_one_transaction(
    engine_tables: psycopg.Connection, start: Callable[..., str], fetch: Fetch
) -> None:
    """Otherwise its answers are the same, and it is as slow as single completions."""
    instances = [start() for _ in range(5)]
    client, held = fetch(5)
    assert client.complete_all([(held[one], OUTPUT) for one in instances]) == [None] * 5
    rows = engine_tables.execute(
        "SELECT DISTINCT xmin::text FROM act_hi_ext_task_log WHERE ext_task_id_ = ANY(%s) AND state_ = 2",
        [list(held.values())],
    ).fetchall()
    assert len(rows) == 1


def test_what_this_worker_does_not_hold_is_refused_and_the_rest_completed(
    engine: EngineClient, start: Callable[..., str], fetch: Fetch
) -> None:
    instances = [start() for _ in range(3)]
    client, held = fetch(2)
    other, others = fetch(1)
    [foreign] = others.values()
    mine = list(held.values())
    answers = client.complete_all([(t, OUTPUT) for t in (mine[0], "unknown", foreign, mine[0], mine[1])])
    assert kinds(answers) == [204, 404, 400, 404, 204]
    assert "is locked by worker" in answers[2].message  # type: ignore[union-attr]
    assert isinstance(answers[1], TaskNotFound)
    assert sorted(completions(engine, one) for one in instances) == [0, 1, 1]
    single = [pytest.raises(EngineError), pytest.raises(EngineError)]
    for task, expected, answer in zip(("unknown", foreign), single, answers[1:3], strict=True):
        with expected as caught:
            client.complete(task, OUTPUT)
        assert str(caught.value) == str(answer)  # word for word what a single completion says
    other.complete(foreign, OUTPUT)


def test_a_completion_that_fails_takes_no_other_with_it_and_is_not_claimed(
    engine: EngineClient, start: Callable[..., str], fetch: Fetch
) -> None:
    good, bad, last = start(), start(broken="x"), start()
    client, held = fetch(3)
    wrong = b'{"a":{"value":1,"type":"nonsense"}}'
    answers = client.complete_all([(held[good], OUTPUT), (held[bad], OUTPUT), (held[last], wrong)])
    assert kinds(answers) == [204, 500, 400]
    assert [completions(engine, one) for one in (good, bad, last)] == [1, 0, 0]
    assert engine.tasks(processInstanceId=good)
    assert len(engine.external_tasks(processInstanceId=bad)) == 1
    assert "seen" not in engine.variables(bad)
    assert kinds(client.complete_all([(held[last], OUTPUT), (held[bad], OUTPUT)])) == [204, 500]
    engine.delete(f"/process-instance/{bad}")


def test_siblings_of_one_case_join_as_if_completed_one_after_the_other(
    engine: EngineClient, start: Callable[..., str], fetch: Fetch
) -> None:
    instances = [start("Pair", stop=False) for _ in range(3)]
    client, held = fetch(6, "id")
    assert client.complete_all([(task, OUTPUT) for task in held]) == [None] * 6
    for one in instances:
        assert engine.get(f"/history/process-instance/{one}")["state"] == "COMPLETED"
        assert completions(engine, one) == 2


def test_a_sibling_that_the_first_completion_cancels_is_told_to_be_gone(
    engine: EngineClient, start: Callable[..., str], fetch: Fetch
) -> None:
    instance = start("Pair", stop=True)
    client, held = fetch(2, "activityId")
    answers = client.complete_all([(held["T1"], OUTPUT), (held["T2"], OUTPUT)])
    assert kinds(answers) == [204, 404]
    assert engine.get(f"/history/process-instance/{instance}")["state"] == "COMPLETED"
    assert completions(engine, instance) == 1


def test_batches_that_collide_claim_exactly_what_was_committed(
    engine: EngineClient, start: Callable[..., str], fetch: Fetch
) -> None:
    """Two requests with the siblings of the same cases, in opposite orders."""
    instances = [start("Pair", stop=False) for _ in range(8)]
    client, held = fetch(16, "id")
    places = {task: engine.get(f"/external-task/{task}") for task in held}
    batches = [[task for task in held if places[task]["activityId"] == name] for name in ("T1", "T2")]
    order = [places[task]["processInstanceId"] for task in batches[0]]
    batches[1].sort(key=lambda task: -order.index(places[task]["processInstanceId"]))
    answers: dict[str, EngineError | None] = {}
    begin = threading.Barrier(2)

    def send(batch: list[str]) -> None:
        begin.wait(10)
        answers.update(zip(batch, client.complete_all([(task, OUTPUT) for task in batch]), strict=True))

    threads = [threading.Thread(target=send, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 16
    for task, error in answers.items():
        log = engine.count("/history/external-task-log", externalTaskId=task, successLog=True)
        assert log == (error is None)
        if error is not None:
            assert isinstance(error, EngineRefused)
            assert error.type == "OptimisticLockingException"
            client.complete(task, OUTPUT)
    states = {engine.get(f"/history/process-instance/{one}")["state"] for one in instances}
    assert states == {"COMPLETED"}


def test_a_batch_needs_the_rights_of_a_completion(
    stack: Any, start: Callable[..., str], fetch: Fetch
) -> None:
    instance = start()
    worker, held = fetch(1)
    here = stack.endpoints
    url = f"{here.engine_url}/salesflow/external-task/complete"
    body = {"workerId": worker.worker_id, "tasks": [{"id": held[instance]}]}
    assert requests.post(url, json=body, timeout=10).status_code == 401
    password = stack.credentials.get("staff", "zhaolei")
    answer = requests.post(url, json=body, auth=("zhaolei", password), timeout=10)
    assert answer.status_code == 200
    assert [one["status"] for one in answer.json()] == [403]
    worker.complete(held[instance], OUTPUT)


@pytest.mark.parametrize(
    "body", ["{", "[]", "{}", '{"workerId":"a","tasks":[]}', '{"workerId":"a","tasks":[{}]}']
)
def test_what_is_no_batch_is_refused(stack: Any, body: str) -> None:
    here = stack.endpoints
    answer = requests.post(
        f"{here.engine_url}/salesflow/external-task/complete",
        data=body,
        headers={"Content-Type": "application/json"},
        auth=(here.engine_user, here.engine_password),
        timeout=10,
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "InvalidRequestException")
