"""The org chart in a real engine: who may do what, found out by trying."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from workers.engine.client import EngineClient, EngineRefused
from workers.engine.identity import sync_identity
from workers.org import OrgChart, directory, load, release_tasks

ROOT = Path(__file__).parents[2]
CHART = OrgChart.model_validate(
    {
        **load(ROOT / "config" / "org.yaml").model_dump(),
        "starts": {"sales_operations": ["IdentityProbe"]},
    }
)
TODAY = date(2026, 10, 12)
PROBE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    targetNamespace="probe">
  <message id="Message" name="Msg_IdentityProbe"/>
  <process id="IdentityProbe" name="试验" isExecutable="true" camunda:historyTimeToLive="1">
    <startEvent id="Start"/>
    <sequenceFlow id="f1" sourceRef="Start" targetRef="Group"/>
    <userTask id="Group" name="岗位任务" camunda:candidateGroups="sales_operations"/>
    <sequenceFlow id="f2" sourceRef="Group" targetRef="External"/>
    <serviceTask id="External" camunda:type="external" camunda:topic="probe.identity"/>
    <sequenceFlow id="f3" sourceRef="External" targetRef="Wait"/>
    <receiveTask id="Wait" messageRef="Message"/>
    <sequenceFlow id="f4" sourceRef="Wait" targetRef="User"/>
    <userTask id="User" name="个人任务" camunda:candidateUsers="zhangwei"
      camunda:dueDate="2026-01-05T09:00:00"/>
    <sequenceFlow id="f5" sourceRef="User" targetRef="End"/>
    <endEvent id="End"/>
  </process>
</definitions>
"""
Login = Callable[[str], EngineClient]


@pytest.fixture(scope="module")
def login(stack: Any) -> Iterator[Login]:
    """Opens the engine's REST as somebody."""
    clients: dict[str, EngineClient] = {}

    def open_(user: str) -> EngineClient:
        if user not in clients:
            kind = "engine" if user in ("admin", "salesflow") else "staff"
            clients[user] = EngineClient(stack.engine_url, user, stack.credentials.password(kind, user))
        return clients[user]

    yield open_
    for client in clients.values():
        client.close()


@pytest.fixture(scope="module")
def admin(login: Login, stack: Any) -> Iterator[EngineClient]:
    """The administrator, after the sync; afterwards the sample chart is in force again."""
    client = login("admin")
    sync_identity(client, directory(CHART, TODAY), stack.credentials)
    yield client
    sample = load(ROOT / "config" / "org.yaml")
    sync_identity(client, directory(sample, date.today()), stack.credentials)  # noqa: DTZ011


@pytest.fixture(scope="module")
def probe(admin: EngineClient, login: Login) -> Iterator[str]:
    """The probe process, deployed by an operator; its deployment's id."""
    deployment = login("pengbo").deploy("identity-probe", {"probe.bpmn": PROBE.encode()}, source="test")["id"]
    yield deployment
    admin.delete(f"/deployment/{deployment}", cascade=True)


@pytest.fixture
def case(probe: str, admin: EngineClient, login: Login) -> Iterator[str]:
    """A running case that sales operations has started; its instance's id."""
    assert probe
    instance = login("chenxiaoyan").start("IdentityProbe", {"caseNo": "SY-1"}, "SY-1")["id"]
    yield instance
    if admin.process_instances(processInstanceIds=instance):
        admin.delete(f"/process-instance/{instance}")


def _task(client: EngineClient, instance: str) -> str:
    (task,) = client.tasks(processInstanceId=instance)
    return str(task["id"])


def _to_personal_task(login: Login, instance: str) -> str:
    login("chenxiaoyan").complete_task(_task(login("chenxiaoyan"), instance))
    worker = login("salesflow")
    _run_external(worker, instance)
    _refused(login("zhangwei").correlate, "Msg_IdentityProbe", process_instance_id=instance)
    worker.correlate("Msg_IdentityProbe", process_instance_id=instance)
    return _task(login("zhangwei"), instance)


def _run_external(worker: EngineClient, instance: str) -> None:
    topic = {"topicName": "probe.identity", "lockDuration": 20000, "businessKey": "SY-1"}
    (task,) = worker.post("/external-task/fetchAndLock", {"workerId": "t", "maxTasks": 10, "topics": [topic]})
    assert task["processInstanceId"] == instance
    path = f"/external-task/{task['id']}"
    worker.post(f"{path}/extendLock", {"workerId": "t", "newDuration": 20000})
    worker.post(f"{path}/failure", {"workerId": "t", "errorMessage": "x", "retries": 2, "retryTimeout": 0})
    worker.post("/external-task/fetchAndLock", {"workerId": "t", "maxTasks": 10, "topics": [topic]})
    variables = {"answer": {"value": "42", "type": "String"}}
    worker.post(f"{path}/complete", {"workerId": "t", "variables": variables})


def _refused(call: Callable[..., object], *arguments: object, **named: object) -> None:
    with pytest.raises(EngineRefused) as refused:
        call(*arguments, **named)
    # what must not be seen counts as not there
    assert refused.value.status in (403, 404), str(refused.value)


def test_a_second_sync_changes_nothing(admin: EngineClient, stack: Any, probe: str) -> None:
    sync_identity(admin, directory(CHART, TODAY), stack.credentials)
    assert not sync_identity(admin, directory(CHART, TODAY), stack.credentials), probe


@pytest.mark.rule("X1")
def test_a_process_is_started_only_by_the_posts_that_may(probe: str, login: Login) -> None:
    assert probe
    listed = {"latest": True, "startableInTasklist": True, "startablePermissionCheck": True}
    assert [d["key"] for d in login("liuyang").get("/process-definition", **listed)] == ["IdentityProbe"]
    assert login("xuhong").get("/process-definition", **listed) == []
    _refused(login("xuhong").start, "IdentityProbe")


@pytest.mark.rule("X2")
def test_a_post_sees_its_own_tasks_and_nobody_elses(case: str, login: Login) -> None:
    task = _task(login("liuyang"), case)
    for outsider in ("xuhong", "zhangwei", "wangjianguo", "zhaolei"):
        client = login(outsider)
        assert client.tasks(processInstanceId=case) == []
        for path in ("", "/variables", "/form-variables", "/identity-links", "/comment"):
            _refused(client.get, f"/task/{task}{path}")
        _refused(client.claim, task, outsider)
        _refused(client.complete_task, task)
    login("liuyang").claim(task, "liuyang")
    assert login("liuyang").form_variables(task)["caseNo"] == "SY-1"
    _refused(login("liuyang").post, f"/task/{task}/assignee", {"userId": "xuhong"})
    login("liuyang").complete_task(task)


@pytest.mark.rule("X2")
def test_a_task_offered_by_name_is_seen_by_that_person_alone(case: str, login: Login) -> None:
    task = _to_personal_task(login, case)
    for outsider in ("lihaitao", "chenxiaoyan"):
        assert login(outsider).tasks(processInstanceId=case) == []
        _refused(login(outsider).complete_task, task)
    zhang = login("zhangwei")
    definition = zhang.get(f"/task/{task}")["processDefinitionId"]
    assert "IdentityProbe" in zhang.get(f"/process-definition/{definition}/xml")["bpmn20Xml"]
    zhang.complete_task(task)


def test_staff_read_neither_cases_nor_history_nor_deployments(case: str, login: Login) -> None:
    for user in ("chenxiaoyan", "wangjianguo", "xuhong"):
        client = login(user)
        for path in (
            *("/process-instance", "/execution", "/incident", "/external-task", "/deployment"),
            *("/history/process-instance", "/history/variable-instance"),
            *("/history/activity-instance", "/history/user-operation", "/history/external-task-log"),
        ):
            assert client.get(path) == [], (user, path)
        # of this case nothing; the variables of a task that is offered to them they may read
        assert client.get("/variable-instance", processInstanceIdIn=case) == [], user
        assert client.jobs(processInstanceId=case) == []
        _refused(client.get, f"/process-instance/{case}/variables")
        _refused(client.delete, f"/process-instance/{case}")
        _refused(client.deploy, "mine", {"mine.bpmn": PROBE.encode()})
        _refused(client.post, "/user/create", {"profile": {"id": "me2"}, "credentials": {"password": "x"}})
        _refused(client.put, f"/group/operator/members/{user}")
        _refused(client.delete, f"/user/{user}")
        assert [person["id"] for person in client.get("/user")] == [user]
        fetch = {
            "workerId": "w",
            "maxTasks": 5,
            "topics": [{"topicName": "probe.identity", "lockDuration": 1}],
        }
        assert client.post("/external-task/fetchAndLock", fetch) == []


def test_the_workers_account_does_its_work_and_nothing_else(case: str, login: Login) -> None:
    worker = login("salesflow")
    task = _task(worker, case)
    assert worker.identity_links(task)
    worker.post(f"/task/{task}/identity-links", {"userId": "zhangwei", "type": "candidate"})
    worker.post(f"/task/{task}/identity-links/delete", {"userId": "zhangwei", "type": "candidate"})
    body = worker.get(f"/task/{task}")
    worker.put(f"/task/{task}", {**body, "priority": 75})
    assert worker.variables(case)["caseNo"] == "SY-1"
    _refused(worker.complete_task, task)
    _refused(worker.deploy, "mine", {"mine.bpmn": PROBE.encode()})
    _refused(worker.delete, f"/process-instance/{case}")
    _refused(worker.post, "/user/create", {"profile": {"id": "me2"}, "credentials": {"password": "x"}})
    login("chenxiaoyan").complete_task(task)
    _run_external(worker, case)
    assert worker.history("external-task-log", processInstanceId=case)
    assert worker.history("process-instance", processInstanceId=case)
    assert worker.history("task", processInstanceId=case)
    assert worker.variables(case)["answer"] == "42"
    assert worker.incidents(processInstanceId=case) == []
    started = worker.start("IdentityProbe", {}, "SY-2")["id"]
    login("admin").delete(f"/process-instance/{started}")


def test_operators_repair_cases_but_sign_nothing_and_delete_nothing(
    case: str, login: Login, probe: str
) -> None:
    operator = login("pengbo")
    task = _task(operator, case)
    _refused(operator.claim, task, "pengbo")
    _refused(operator.complete_task, task)
    _refused(operator.delete, f"/process-instance/{case}")
    login("chenxiaoyan").complete_task(task)
    (external,) = operator.external_tasks(processInstanceId=case)
    operator.put(f"/external-task/{external['id']}/retries", {"retries": 0})
    assert operator.incidents(processInstanceId=case)
    operator.put(f"/external-task/{external['id']}/retries", {"retries": 3})
    assert operator.incidents(processInstanceId=case) == []
    operator.put(f"/process-instance/{case}/suspended", {"suspended": True})
    operator.put(f"/process-instance/{case}/suspended", {"suspended": False})
    operator.put(f"/process-instance/{case}/variables/note", {"value": "x", "type": "String"})
    assert operator.history("activity-instance", processInstanceId=case)
    assert operator.get(f"/deployment/{probe}")["id"] == probe


def test_a_deployment_is_not_deleted_by_the_operator_who_made_it(
    admin: EngineClient, login: Login, stack: Any, probe: str
) -> None:
    sync_identity(
        admin, directory(CHART, TODAY), stack.credentials
    )  # takes back what the engine gave on deploying
    _refused(login("pengbo").delete, f"/deployment/{probe}", cascade=True)


def test_analysts_read_everything_in_cockpit_and_change_nothing(case: str, login: Login) -> None:
    analyst = login("yuanyuan")
    assert analyst.process_instances(processInstanceIds=case)
    assert analyst.variables(case)["caseNo"] == "SY-1"
    assert analyst.history("activity-instance", processInstanceId=case)
    task = _task(analyst, case)
    _refused(analyst.complete_task, task)
    _refused(analyst.put, f"/process-instance/{case}/variables/note", {"value": "x", "type": "String"})
    _refused(analyst.delete, f"/process-instance/{case}")
    _refused(analyst.deploy, "mine", {"mine.bpmn": PROBE.encode()})
    _refused(analyst.start, "IdentityProbe")


def _found(client: EngineClient, name: str, instance: str) -> list[str]:
    (item,) = client.get("/filter", name=name)
    tasks = client.post(f"/filter/{item['id']}/list", {"processInstanceId": instance})
    return [task["name"] for task in tasks]


@pytest.mark.rule("X2")
def test_the_filters_show_my_tasks_those_of_my_post_and_the_overdue(case: str, login: Login) -> None:
    chen, liu, xu = login("chenxiaoyan"), login("liuyang"), login("xuhong")
    names = ["全部待办", "我的任务", "我的待办(本岗位)", "逾期任务"]
    listed = sorted(chen.get("/filter"), key=lambda item: item["properties"]["priority"])
    assert [item["name"] for item in listed] == names
    shown = {variable["name"]: variable["label"] for variable in listed[0]["properties"]["variables"]}
    assert shown["caseNo"] == "单据编号"
    assert [_found(chen, name, case) for name in names] == [["岗位任务"], [], ["岗位任务"], []]
    assert [_found(xu, name, case) for name in names] == [[], [], [], []]
    task = _task(chen, case)
    chen.claim(task, "chenxiaoyan")
    assert [_found(chen, name, case) for name in names] == [["岗位任务"], ["岗位任务"], [], []]
    assert [_found(liu, name, case) for name in names[:3]] == [[], [], []]
    login("salesflow").post(f"/task/{task}/unclaim")
    _to_personal_task(login, case)
    assert [_found(login("zhangwei"), name, case) for name in names] == [
        ["个人任务"], [], ["个人任务"], ["个人任务"]
    ]  # fmt: skip


def test_what_somebody_altered_by_hand_is_put_right_and_their_own_filters_stay(
    admin: EngineClient, login: Login, stack: Any
) -> None:
    admin.post("/authorization/create", {
        "type": 1, "permissions": ["ALL"], "groupId": "finance", "resourceType": 6, "resourceId": "*",
    })  # fmt: skip
    admin.put("/group/operator/members/zhaolei")
    own = admin.post(
        "/filter/create", {"resourceType": "Task", "name": "自建", "query": {}, "properties": {}}
    )["id"]
    shared = {"type": 1, "permissions": ["READ"], "groupId": "finance", "resourceType": 5, "resourceId": own}
    admin.post("/authorization/create", shared)
    (mine,) = (item for item in admin.get("/filter") if item["name"] == "我的任务")
    admin.put(f"/filter/{mine['id']}", {**mine, "name": "改名"})
    try:
        changes = sync_identity(admin, directory(CHART, TODAY), stack.credentials)
        assert (changes.rights, changes.memberships) == (1, 1)
        assert {item["name"] for item in login("xuhong").get("/filter")} >= {"自建", "我的任务"}
    finally:
        admin.delete(f"/filter/{own}")


def test_a_substitute_gets_the_posts_tasks_for_the_time_of_the_leave(
    admin: EngineClient, login: Login, stack: Any, case: str
) -> None:
    leave = {"person": "chenxiaoyan", "from": TODAY, "to": TODAY, "substitute": "gaofeng"}
    chart = OrgChart.model_validate({**CHART.model_dump(), "leaves": [leave]})
    sync_identity(admin, directory(chart, TODAY), stack.credentials)
    task = _task(login("gaofeng"), case)
    login("chenxiaoyan").claim(task, "chenxiaoyan")
    worker = login("salesflow")
    release_tasks(worker, chart, TODAY + timedelta(days=1))
    assert worker.tasks(processInstanceId=case)[0]["assignee"] == "chenxiaoyan"
    release_tasks(worker, chart, TODAY)
    assert release_tasks(worker, chart, TODAY) == 0
    assert worker.tasks(processInstanceId=case)[0]["assignee"] is None
    release_tasks(worker, chart, TODAY + timedelta(days=1))  # what else the applicant has in this engine, too
    sync_identity(admin, directory(chart, TODAY + timedelta(days=1)), stack.credentials)
    assert login("gaofeng").tasks(processInstanceId=case) == []


def test_somebody_who_left_is_locked_out_and_comes_back_without_their_old_rights(
    admin: EngineClient, login: Login, stack: Any, case: str
) -> None:
    people = CHART.model_dump()["people"]
    task = _task(login("liuyang"), case)
    login("liuyang").claim(task, "liuyang")
    gone = OrgChart.model_validate(
        {**CHART.model_dump(), "people": {**people, "liuyang": {**people["liuyang"], "left": TODAY}}}
    )
    sync_identity(admin, directory(gone, TODAY), stack.credentials)
    with pytest.raises(EngineRefused) as refused:
        login("liuyang").get("/task")
    assert refused.value.status == 401
    assert _web_login(stack, "liuyang", "tasklist") == 401
    sync_identity(admin, directory(CHART, TODAY), stack.credentials)
    assert not admin.get("/authorization", userIdIn="liuyang", resourceType=7)
    assert login("liuyang").tasks(processInstanceId=case)  # as a member of the post


def _web_login(stack: Any, user: str, app: str) -> int:
    site = urlsplit(stack.engine_url)
    base = f"{site.scheme}://{site.netloc}/camunda"
    with requests.Session() as session:
        session.get(f"{base}/app/{app}/default/", timeout=30)
        token = session.cookies.get("XSRF-TOKEN") or ""
        answer = session.post(
            f"{base}/api/admin/auth/user/default/login/{app}",
            data={"username": user, "password": stack.credentials.password("staff", user)},
            headers={"X-XSRF-TOKEN": token, "Accept": "application/json"},
            timeout=30,
        )
    return answer.status_code


def test_staff_log_in_to_tasklist_only_and_operators_to_cockpit_too(admin: EngineClient, stack: Any) -> None:
    assert admin
    assert _web_login(stack, "zhangwei", "tasklist") == 200
    assert _web_login(stack, "zhangwei", "cockpit") == 403
    assert _web_login(stack, "zhangwei", "admin") == 403
    assert _web_login(stack, "pengbo", "cockpit") == 200
    assert _web_login(stack, "yuanyuan", "cockpit") == 200
    assert _web_login(stack, "pengbo", "admin") == 403
