"""What monitoring tells of the real engine's open tasks and incidents, with the workers' account."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from workers.engine.client import EngineClient
from workers.monitoring import backlog
from workers.monitoring.backlog import Backlog, BacklogSource

CALLED = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    targetNamespace="test">
  <process id="KEY" isExecutable="true" camunda:historyTimeToLive="1">
    <startEvent id="Start"/>
    <sequenceFlow id="f1" sourceRef="Start" targetRef="Task"/>
    <serviceTask id="Task" camunda:type="external" camunda:topic="KEY.work"/>
    <sequenceFlow id="f2" sourceRef="Task" targetRef="End"/>
    <endEvent id="End"/>
  </process>
</definitions>
"""
CALLER = CALLED.replace('<process id="KEY"', '<process id="KEY_caller"').replace(
    '<serviceTask id="Task" camunda:type="external" camunda:topic="KEY.work"/>',
    '<callActivity id="Task" calledElement="KEY"/>',
)


@pytest.fixture(scope="module")
def admin(stack: Any) -> Iterator[EngineClient]:
    here = stack.endpoints
    with EngineClient(here.engine_url, here.admin_user, here.admin_password) as client:
        yield client


@pytest.fixture(scope="module")
def worker(stack: Any) -> Iterator[EngineClient]:
    here = stack.endpoints
    with EngineClient(here.engine_url, here.engine_user, here.engine_password) as client:
        yield client


@pytest.fixture
def key(admin: EngineClient) -> Iterator[str]:
    """A process with one external task that nobody works on, and one that calls it."""
    made = f"backlog{uuid4().hex[:8]}"
    files = {"called.bpmn": CALLED, "caller.bpmn": CALLER}
    deployed = admin.deploy(
        made, {name: text.replace("KEY", made).encode() for name, text in files.items()}, source="test"
    )
    yield made
    admin.delete(f"/deployment/{deployed['id']}", cascade=True, skipCustomListeners=True)


def look(client: EngineClient) -> Backlog:
    seen = BacklogSource(client).current()
    assert seen.answered
    return seen


@pytest.mark.parametrize("few", [100_000, -1])
def test_open_tasks_are_counted_by_topic_read_whole_or_in_turns(
    admin: EngineClient, worker: EngineClient, key: str, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(backlog, "FEW_TASKS", few)
    monkeypatch.setattr(backlog, "TURN_SECONDS", 600)
    for _ in range(3):
        admin.start(key, {})
    seen = look(worker)
    assert seen.tasks[f"{key}.work"] == 3
    assert 0 <= seen.oldest[f"{key}.work"] < 3600


def test_an_incident_of_a_called_process_is_counted_once(
    admin: EngineClient, worker: EngineClient, key: str
) -> None:
    before = look(worker).incidents
    admin.start(f"{key}_caller", {})
    topics = [{"topicName": f"{key}.work", "lockDuration": 60000}]
    [task] = admin.post("/external-task/fetchAndLock", {"workerId": key, "maxTasks": 9, "topics": topics})
    failure = {"workerId": key, "errorMessage": "does not work", "retries": 0}
    admin.post(f"/external-task/{task['id']}/failure", failure)
    found = [one for one in admin.incidents() if one["rootCauseIncidentId"] in _of(admin, task["id"])]
    assert len(found) == 2
    after = look(worker)
    assert after.incidents == {**before, "failedExternalTask": before["failedExternalTask"] + 1}
    assert f"{key}.work" not in after.tasks


def _of(admin: EngineClient, task_id: str) -> set[str]:
    """The ids of a task's own incidents."""
    return {one["id"] for one in admin.incidents(configuration=task_id)}
