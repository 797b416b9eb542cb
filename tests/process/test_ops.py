"""`salesflow ops` on the shared installation, with the rights of an operator; each test has a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import pytest
import yaml

from tests.process.office import Office
from workers import cases
from workers.database.unit_of_work import UnitOfWork
from workers.operations import batches, incidents, migrating, retrying
from workers.settings import Settings

PROBES = {"/healthz": '{"ok": true', "/readyz": '{"ok": true', "/metrics": "salesflow_engine_up 1.0"}
OPERATOR = ("--user", "pengbo")
DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test">
  <process id="KEY" isExecutable="true" camunda:historyTimeToLive="1">
    <startEvent id="Start"/>
    <sequenceFlow id="f1" sourceRef="Start" targetRef="STEP"/>
    <serviceTask id="STEP" camunda:type="external" camunda:topic="KEY.work"/>
    <sequenceFlow id="f2" sourceRef="STEP" targetRef="End"/>
    <endEvent id="End" name="done"/>
  </process>
</definitions>
"""


class Toy:
    """A process that nobody works on but the test."""

    def __init__(self, office: Office) -> None:
        self.engine, self.key = office.admin, f"ops_{uuid4().hex[:8]}"
        self.topic = f"{self.key}.work"

    def deploy(self, step: str) -> None:
        diagram = DIAGRAM.replace("KEY", self.key).replace("STEP", step)
        self.engine.deploy(self.key, {"toy.bpmn": diagram.encode()}, source="test")

    def start(self, number: str) -> str:
        return str(self.engine.start(self.key, {"customerName": f"{self.key}公司"}, number)["id"])

    def fetch(self) -> list[dict[str, Any]]:
        topics = [{"topicName": self.topic, "lockDuration": 60000}]
        body = {"workerId": self.key, "maxTasks": 100, "topics": topics}
        return list(self.engine.post("/external-task/fetchAndLock", body))

    def fail_all(self, message: str) -> None:
        for number, task in enumerate(self.fetch()):
            failure = {"workerId": self.key, "errorMessage": f"{message} {number}", "retries": 0}
            self.engine.post(
                f"/external-task/{task['id']}/failure", failure | {"errorDetails": "Traceback …"}
            )

    def complete_all(self) -> None:
        for task in self.fetch():
            self.engine.post(f"/external-task/{task['id']}/complete", {"workerId": self.key})


@pytest.fixture
def toy(office: Office) -> Iterator[Toy]:
    made = Toy(office)
    made.deploy("Step_A")
    yield made
    for deployment in made.engine.get("/deployment", name=made.key):
        made.engine.delete(f"/deployment/{deployment['id']}", cascade=True)


def test_incidents_are_grouped_by_their_cause_and_retried_by_topic_and_error(
    salesflow: Any, toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        toy.start(f"T-{number}")
    toy.fail_all("no answer from port")
    shown = salesflow("ops", "incidents", "--topic", toy.topic, "--json")
    assert shown.returncode == 1
    [group] = json.loads(shown.stdout)["groups"]
    assert (group["count"], group["error"]) == (4, "no answer from port #")
    wanted = ("ops", "retry", "--topic", toy.topic, "--error", "PORT 2", "--reason", "port is open")
    assert "1 would be retried; nothing was done" in salesflow(*wanted, *OPERATOR, "--dry-run").stdout
    assert salesflow(*wanted, "--user", "zhangwei").returncode == 1  # sees no incidents: they may not
    assert toy.engine.count("/incident", processDefinitionKeyIn=toy.key) == 4
    assert salesflow(*wanted, *OPERATOR).returncode == 0
    assert toy.engine.count("/incident", processDefinitionKeyIn=toy.key) == 3
    assert "pengbo retry: port is open (count 1, " in salesflow("ops", "record").stdout

    monkeypatch.setattr(retrying, "AT_ONCE", 2)
    rest = incidents.chosen(incidents.incidents(toy.engine), topic=toy.topic)
    [(batch, jobs)] = retrying.retry(toy.engine, rest).batches
    assert batches.follow(toy.engine, batch, jobs, lambda _: None).failed == 0
    assert toy.engine.count("/incident", processDefinitionKeyIn=toy.key) == 0


def test_an_incident_that_was_made_by_hand_says_that_it_has_no_reason(salesflow: Any, toy: Toy) -> None:
    toy.start("T-HAND")
    [task] = toy.engine.get("/external-task", topicName=toy.topic)
    toy.engine.put(f"/external-task/{task['id']}/retries", {"retries": 0})
    for shown in (("--each",), ()):
        assert "no reason was given" in salesflow("ops", "incidents", "--topic", toy.topic, *shown).stdout


def test_finished_cases_are_found_by_number_customer_and_how_they_ended(salesflow: Any, toy: Toy) -> None:
    for number in ("FIND-1", "FIND-2"):
        toy.start(number)
    toy.complete_all()
    toy.start("FIND-3")

    def found(*arguments: str) -> set[str]:
        answer = json.loads(salesflow("ops", "search", *arguments, "--process", toy.key, "--json").stdout)
        return {one["case"] for one in answer["cases"]}

    assert found("FIND", "--customer", toy.key, "--end", "End", "--ended-from", "2020-01-01") == {
        *("FIND-1", "FIND-2"),
    }
    assert found("--running") == {"FIND-3"}


def test_cases_move_to_a_new_version_by_a_plan_that_was_edited(
    salesflow: Any, toy: Toy, tmp_path: Path
) -> None:
    instance = toy.start("M-1")
    toy.deploy("Step_B")
    path = tmp_path / "plan.yaml"
    migrate = ("ops", "migrate")
    made = salesflow(*migrate, "plan", toy.key, "--from", "1", "--out", path, *OPERATOR)
    assert (made.returncode, "Step_A" in made.stderr) == (1, True), made.stderr
    plan = yaml.safe_load(path.read_text())
    plan["instructions"].append({"from": "Step_A", "to": "Step_B"})
    path.write_text(yaml.safe_dump(plan))
    dry = salesflow(*migrate, "run", path, "--dry-run", *OPERATOR)
    assert (dry.returncode, "1 cases would be moved" in dry.stdout) == (0, True), dry.stderr
    assert toy.engine.get(f"/process-instance/{instance}")["definitionId"].split(":")[1] == "1"
    done = salesflow(*migrate, "run", path, "--json", *OPERATOR)
    assert done.returncode == 0, done.stderr
    assert toy.engine.get(f"/process-instance/{instance}")["definitionId"].split(":")[1] == "2"


def test_more_than_twenty_cases_move_as_a_batch_of_the_engine_one_by_one(
    salesflow: Any, toy: Toy, tmp_path: Path
) -> None:
    for number in range(migrating.AT_ONCE + 1):
        toy.start(f"B-{number}")
    toy.deploy("Step_B")
    path = tmp_path / "plan.yaml"
    step = {"from": "Step_A", "to": "Step_B"}
    plan = {"process": toy.key, "from_version": 1, "to_version": 2, "instructions": [step]}
    path.write_text(yaml.safe_dump(plan))
    done = salesflow("ops", "migrate", "run", path, "--json", *OPERATOR)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["cases"], told["failed"], bool(told["batch"])) == (21, 0, True)
    moved = toy.engine.get("/process-instance", processDefinitionKey=toy.key)
    assert [one["definitionId"].split(":")[1] for one in moved] == ["2"] * 21


@pytest.mark.rule("X4", "X5")
def test_a_case_is_cancelled_by_its_own_withdrawal_and_its_history_says_who_and_why(
    salesflow: Any, office: Office
) -> None:
    case = office.declare()
    office.await_step(case, "Task_ApproveDeclaration")
    number = office.case_no(case)
    wanted = ("ops", "cancel", number, "--reason", "测试数据", *OPERATOR)
    dry = salesflow(*wanted, "--dry-run")
    assert (dry.returncode, "Task_WithdrawDeclaration" in dry.stdout) == (0, True), dry.stderr
    done = salesflow(*wanted, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    office.await_end(case, "Event_Withdrawn")
    with UnitOfWork(office.app.sessions) as uow:
        assert cases.find(uow.session, number).state == cases.WITHDRAWN
        last = cases.history(uow.session, number)[-1]
    assert ("测试数据" in str(last), "系统运维" in str(last)) == (True, True)
    told = json.loads(salesflow("ops", "record", "--case", number, "--json").stdout)
    assert [(one["action"], one["by"], one["reason"]) for one in told] == [("cancel", "pengbo", "测试数据")]


def test_a_case_without_a_withdrawal_is_deleted_only_when_told_so(salesflow: Any, toy: Toy) -> None:
    instance = toy.start(f"C-{toy.key}")
    wanted = ("ops", "cancel", f"C-{toy.key}", "--reason", "stuck")
    refused = salesflow(*wanted)
    assert (refused.returncode, "--delete" in refused.stderr) == (1, True)
    assert toy.engine.get(f"/process-instance/{instance}")
    done = salesflow(*wanted, "--delete")
    assert (done.returncode, "is taken back" in done.stderr) == (0, True), done.stdout + done.stderr
    [ended] = toy.engine.history("process-instance", processInstanceId=instance)
    assert (ended["state"], ended["deleteReason"]) == ("EXTERNALLY_TERMINATED", "stuck")


@pytest.mark.parametrize("path", PROBES)
def test_a_worker_process_answers_probes_and_prometheus(
    settings: Settings, office: Office, path: str
) -> None:
    assert office
    with urlopen(f"http://127.0.0.1:{settings.metrics_port}{path}", timeout=20) as answer:
        assert PROBES[path] in answer.read().decode()
