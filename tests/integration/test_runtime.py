"""The worker runtime on a real engine and a real database. As a program, this file is a worker process."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from workers.database.engine import make_engine
from workers.database.unit_of_work import UnitOfWork
from workers.engine.client import EngineClient
from workers.errors import BusinessError, InvalidInput
from workers.runtime import (
    Container,
    FileValue,
    Message,
    Nothing,
    RegisteredTask,
    RetryPolicy,
    Router,
    Runner,
    RunnerOptions,
    TaskClient,
    TaskContext,
)
from workers.runtime.database import Records
from workers.runtime.execution import Execution

ROOT = Path(__file__).parents[2]
Sessions = sessionmaker[Session]
Start = Callable[..., str]
Count = Callable[[str], int]
MakeRunner = Callable[..., Runner]

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test">
  <error id="Error" errorCode="DUPLICATE"/>
  <process id="KEY" isExecutable="true" camunda:historyTimeToLive="1" camunda:versionTag="7">
    <startEvent id="Start"/>
    <sequenceFlow id="f1" sourceRef="Start" targetRef="Task_Enter"/>
    <serviceTask id="Task_Enter" camunda:type="external" camunda:topic="ROOM.enter"/>
    <boundaryEvent id="Caught" attachedToRef="Task_Enter">
      <errorEventDefinition errorRef="Error"/>
    </boundaryEvent>
    <sequenceFlow id="f2" sourceRef="Task_Enter" targetRef="Task_Wait"/>
    <sequenceFlow id="f3" sourceRef="Caught" targetRef="End_Caught"/>
    <userTask id="Task_Wait"/>
    <sequenceFlow id="f4" sourceRef="Task_Wait" targetRef="End"/>
    <endEvent id="End"/><endEvent id="End_Caught"/>
  </process>
  <process id="KEYFork" isExecutable="true" camunda:historyTimeToLive="1">
    <startEvent id="Start2"/>
    <sequenceFlow id="g0" sourceRef="Start2" targetRef="Fork"/>
    <parallelGateway id="Fork"/>
    <sequenceFlow id="g1" sourceRef="Fork" targetRef="T1"/>
    <sequenceFlow id="g2" sourceRef="Fork" targetRef="T2"/>
    <sequenceFlow id="g3" sourceRef="Fork" targetRef="T3"/>
    <sequenceFlow id="g4" sourceRef="Fork" targetRef="T4"/>
    <serviceTask id="T1" camunda:type="external" camunda:topic="ROOM.enter"/>
    <serviceTask id="T2" camunda:type="external" camunda:topic="ROOM.enter"/>
    <serviceTask id="T3" camunda:type="external" camunda:topic="ROOM.enter"/>
    <serviceTask id="T4" camunda:type="external" camunda:topic="ROOM.enter"/>
    <sequenceFlow id="h1" sourceRef="T1" targetRef="Join"/>
    <sequenceFlow id="h2" sourceRef="T2" targetRef="Join"/>
    <sequenceFlow id="h3" sourceRef="T3" targetRef="Join"/>
    <sequenceFlow id="h4" sourceRef="T4" targetRef="Join"/>
    <parallelGateway id="Join"/>
    <sequenceFlow id="h5" sourceRef="Join" targetRef="End2"/>
    <endEvent id="End2"/>
  </process>
</definitions>
"""


class Duplicate(BusinessError):
    """Caught in the diagram."""

    code: ClassVar[str] = "DUPLICATE"


class Uncaught(BusinessError):
    """Declared, but the diagram does not catch it."""

    code: ClassVar[str] = "UNCAUGHT"


class Enter(Message):
    """What the test wants."""

    no: str
    action: str = ""
    seconds: float = 0
    lines: list[dict[str, Any]] | None = None
    filed_at: datetime | None = None
    remark: str | None = "default"


class Entered(Message):
    """Every type that goes out."""

    seq: int
    amount: Decimal = Decimal("1.10")
    lines: list[dict[str, Any]] | None = None
    filed_at: datetime | None = None
    remark: str | None = None
    paper: FileValue = FileValue("合同.txt", "合同".encode(), "text/plain")
    has_errors: bool = False


def make_tasks(room: str) -> dict[str, RegisteredTask]:
    """One topic in a room of its own, so that no other worker on the engine takes its tasks."""
    router = Router(room)

    def undo(order: Enter, uow: UnitOfWork, task: TaskContext) -> None:
        _ = task
        uow.session.execute(text("DELETE FROM test_runtime WHERE no = :no"), {"no": order.no})

    @router.task("enter", errors=(Duplicate, Uncaught), compensate=undo)
    def enter(order: Enter, uow: UnitOfWork) -> Entered:
        statement = text("INSERT INTO test_runtime (no, pid) VALUES (:no, :pid) RETURNING seq")
        thread = threading.get_ident() % 2**31
        seq = uow.session.execute(statement, {"no": order.no, "pid": thread}).scalar_one()
        time.sleep(order.seconds)
        match order.action:
            case "duplicate":
                raise Duplicate("编号重复")
            case "uncaught":
                raise Uncaught("no catcher")
            case "invalid":
                raise InvalidInput("no post can sign")
            case "fault":
                raise RuntimeError("the disk is full")
        return Entered(seq=seq, lines=order.lines, filed_at=order.filed_at, remark=order.remark)

    return router.tasks


def main() -> None:
    """Be a worker process until SIGTERM: ENGINE, USER, PASSWORD, DATABASE, ROOM, LOCK, POLL come by environment."""
    env = os.environ
    client = TaskClient(
        env["ENGINE"],
        env["ENGINE_USER"],
        env["PASSWORD"],
        lock_seconds=float(env["LOCK"]),
        long_poll_seconds=float(env["POLL"]),
    )
    sessions = sessionmaker(make_engine(env["DATABASE"]))
    runner = Runner(client, make_tasks(env["ROOM"]), Container(), Records(sessions), RunnerOptions(threads=2))
    signal.signal(signal.SIGTERM, lambda *_: runner.stop())
    runner.run()


class StallingProxy:
    """Forwards bytes to the engine, but swallows the first completion: the worker waits for its answer."""

    def __init__(self, port: int) -> None:
        self.swallowed = threading.Event()
        self._to = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            engine = socket.create_connection(("127.0.0.1", self._to))
            threading.Thread(target=self._pump, args=(client, engine, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(engine, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, out: bool) -> None:
        swallows = False  # from the completion's head on, its body too: it may come in a packet of its own
        with source, target:
            try:
                while data := source.recv(65536):
                    if out and b"/complete HTTP" in data:
                        swallows = True
                        self.swallowed.set()
                    if not swallows:
                        target.sendall(data)
            except OSError:
                pass

    def close(self) -> None:
        self._server.close()


@pytest.fixture(scope="module")
def room() -> str:
    return f"test{uuid4().hex[:8]}"


@pytest.fixture(scope="module", autouse=True)
def deployment(engine: EngineClient, room: str) -> Iterator[None]:
    diagram = DIAGRAM.replace("KEY", room).replace("ROOM", room)
    deployed = engine.deploy(room, {"test.bpmn": diagram.encode()})
    yield
    engine.delete(f"/deployment/{deployed['id']}", cascade=True, skipCustomListeners=True)


@pytest.fixture(scope="module")
def effects(session_factory: Sessions) -> Iterator[Count]:
    """Counts the effects of a number."""
    with session_factory.begin() as session:
        session.execute(text("DROP TABLE IF EXISTS test_runtime"))
        session.execute(text("CREATE TABLE test_runtime (no text, pid bigint, seq serial)"))

    def count(no: str) -> int:
        with session_factory() as session:
            statement = text("SELECT count(*) FROM test_runtime WHERE no = :no")
            return int(session.execute(statement, {"no": no}).scalar_one())

    yield count
    with session_factory.begin() as session:
        session.execute(text("DROP TABLE test_runtime"))


@pytest.fixture
def no() -> str:
    return f"HT-{uuid4().hex[:8]}"


@pytest.fixture
def start(engine: EngineClient, room: str, no: str) -> Start:
    """Starts a case; returns the instance's id."""

    def begin(key: str = "", **variables: Any) -> str:
        return str(engine.start(room + key, {"no": no, **variables}, no)["id"])

    return begin


@pytest.fixture
def make_client(stack: Any) -> Callable[..., TaskClient]:
    def make(lock: float = 20, poll: float = 10) -> TaskClient:
        here = stack.endpoints
        return TaskClient(
            here.engine_url, here.engine_user, here.engine_password, lock_seconds=lock, long_poll_seconds=poll
        )

    return make


@pytest.fixture
def make_runner(
    make_client: Callable[..., TaskClient], room: str, session_factory: Sessions, effects: Count
) -> Iterator[MakeRunner]:
    """Starts runners, and stops them after the test."""
    assert effects("") == 0  # the table is there
    runners: list[Runner] = []

    def make(lock: float = 20, threads: int = 4, grace: float = 5, poll: float = 1) -> Runner:
        retries = RetryPolicy(delays=(0.05,))
        options = RunnerOptions(threads=threads, grace=grace, upkeep=0.3, retries=retries)
        runner = Runner(
            make_client(lock, poll), make_tasks(room), Container(), Records(session_factory), options
        )
        runner.start()
        runners.append(runner)
        return runner

    yield make
    for runner in runners:
        runner.stop()
    for runner in runners:
        assert runner.join(15)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Waits for a condition: eventually(lambda: ..., seconds=15)."""

    def wait(condition: Callable[[], object], seconds: float = 15.0) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "it did not happen in time"
            time.sleep(0.02)

    return wait


@pytest.fixture
def waiting(engine: EngineClient) -> Callable[[str], bool]:
    """Whether a case has come to the user task behind the worker's."""
    return lambda instance: bool(engine.tasks(processInstanceId=instance))


@pytest.fixture
def process(
    stack: Any, database_url: str, room: str, effects: Count
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts worker processes; kills what is left of them."""
    assert effects("") == 0
    started: list[subprocess.Popen[bytes]] = []

    def run(engine_url: str, lock: float, poll: float) -> subprocess.Popen[bytes]:
        here = stack.endpoints
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "ENGINE": engine_url,
            "ENGINE_USER": here.engine_user,
            "PASSWORD": here.engine_password,
            "DATABASE": database_url,
            "ROOM": room,
            "LOCK": str(lock),
            "POLL": str(poll),
        }
        started.append(subprocess.Popen([sys.executable, __file__], env=env))
        return started[-1]

    yield run
    for child in started:
        child.kill()
        child.wait()


def test_variables_go_through_the_engine_and_come_back(
    engine: EngineClient, make_runner: MakeRunner, start: Start, eventually: Any, waiting: Any, no: str
) -> None:
    filed = datetime.fromisoformat("2026-05-01T09:30:00+08:00")
    make_runner()
    instance = start(lines=[{"productNo": "P1", "unitPrice": "9.90"}], filedAt=filed, remark=None, other="x")
    eventually(lambda: waiting(instance))
    variables = engine.variables(instance)
    assert variables["lines"] == [{"productNo": "P1", "unitPrice": "9.90"}]
    assert datetime.fromisoformat(variables["filedAt"]) == filed
    assert variables["amount"] == "1.10"
    assert variables["remark"] is None
    assert variables["hasErrors"] is False
    assert isinstance(variables["seq"], int)
    assert engine.get_binary(instance, "paper") == "合同".encode()
    assert engine.history("external-task-log", processInstanceId=instance, successLog=True)
    assert no == variables["no"]


def test_an_absent_variable_is_the_fields_default(
    engine: EngineClient, make_runner: MakeRunner, start: Start, eventually: Any, waiting: Any
) -> None:
    make_runner()
    instance = start()
    eventually(lambda: waiting(instance))
    assert engine.variables(instance)["remark"] == "default"


def test_only_the_variables_of_the_message_are_fetched(
    engine: EngineClient, make_client: Callable[..., TaskClient], room: str, start: Start
) -> None:
    instance = start(other="x", action="")
    client = make_client(lock=1, poll=1)
    client.subscribe(make_tasks(room).values())
    [fetched] = client.fetch(1)
    assert set(fetched["variables"]) == {"no", "action"}
    client.unlock(fetched["id"])
    [task] = make_tasks(room).values()
    client.subscribe([replace(task, input_model=Nothing)])
    [fetched] = client.fetch(1)
    assert fetched["variables"] == {}
    client.unlock(fetched["id"])
    client.close()
    engine.delete(f"/process-instance/{instance}")


@pytest.mark.rule("X6")
def test_a_task_delivered_twice_writes_once(
    engine: EngineClient,
    make_runner: MakeRunner,
    make_client: Callable[..., TaskClient],
    session_factory: Sessions,
    room: str,
    start: Start,
    effects: Count,
    no: str,
    eventually: Any,
    waiting: Any,
) -> None:
    instance = start()
    tasks = make_tasks(room)
    client = make_client(lock=1)
    client.subscribe(tasks.values())
    [fetched] = client.fetch(1)
    Execution(Records(session_factory), Container()).run(tasks[f"{room}.enter"], fetched)
    client.close()
    assert effects(no) == 1
    make_runner()
    eventually(lambda: waiting(instance))
    assert effects(no) == 1
    assert engine.variables(instance)["amount"] == "1.10"


@pytest.mark.rule("X6")
def test_a_worker_killed_between_commit_and_completion_writes_once(
    engine: EngineClient,
    stack: Any,
    process: Callable[..., subprocess.Popen[bytes]],
    make_runner: MakeRunner,
    start: Start,
    effects: Count,
    no: str,
    eventually: Any,
    waiting: Any,
) -> None:
    port = int(stack.endpoints.engine_url.split(":")[2].partition("/")[0])
    proxy = StallingProxy(port)
    instance = start()
    child = process(f"http://127.0.0.1:{proxy.port}/engine-rest", lock=2, poll=2)
    assert proxy.swallowed.wait(30)
    assert effects(no) == 1
    assert not waiting(instance)
    child.send_signal(signal.SIGKILL)
    child.wait()
    proxy.close()
    make_runner()
    # The poll of the dead may take the task once more, until that lock runs out as well.
    try:
        eventually(lambda: waiting(instance), 60)
    except AssertionError:
        pytest.fail(f"not redelivered: {engine.external_tasks(processInstanceId=instance)}")
    assert effects(no) == 1
    assert not engine.incidents(processInstanceId=instance)


def test_a_worker_process_ends_in_order_on_sigterm(
    engine: EngineClient,
    stack: Any,
    process: Callable[..., subprocess.Popen[bytes]],
    start: Start,
    effects: Count,
    no: str,
    eventually: Any,
    waiting: Any,
) -> None:
    child = process(stack.endpoints.engine_url, lock=20, poll=10)
    first = start()
    eventually(lambda: waiting(first))
    began = time.monotonic()
    child.send_signal(signal.SIGTERM)
    assert child.wait(10) == 0
    assert time.monotonic() - began < 5
    second = start()
    time.sleep(0.5)  # long enough for a poll that was left behind to take the task
    [task] = engine.external_tasks(processInstanceId=second)
    assert task["workerId"] is None
    assert effects(no) == 1


def test_a_stopped_runner_leaves_no_poll_behind(
    engine: EngineClient, make_runner: MakeRunner, start: Start, eventually: Any, waiting: Any
) -> None:
    runner = make_runner(poll=10)
    first = start()
    eventually(lambda: waiting(first))
    began = time.monotonic()
    runner.stop()
    assert runner.join(10)
    assert time.monotonic() - began < 3  # the poll would have lasted ten seconds
    second = start()
    time.sleep(0.5)
    [task] = engine.external_tasks(processInstanceId=second)
    assert task["workerId"] is None


def test_a_drain_unlocks_what_it_cannot_finish(
    engine: EngineClient, make_runner: MakeRunner, start: Start, eventually: Any, effects: Count, no: str
) -> None:
    runner = make_runner(grace=0.2)
    instance = start(seconds=3)
    eventually(lambda: engine.external_tasks(processInstanceId=instance)[0]["workerId"])
    runner.stop()
    assert runner.join(10)
    [task] = engine.external_tasks(processInstanceId=instance)
    assert task["workerId"] is None
    make_runner()
    eventually(lambda: engine.tasks(processInstanceId=instance))
    assert effects(no) == 1
    eventually(lambda: not runner.state().in_flight)  # the handler that nobody waited for


def test_runners_side_by_side_share_the_work_and_write_each_effect_once(
    engine: EngineClient, make_runner: MakeRunner, start: Start, effects: Count, no: str, eventually: Any
) -> None:
    cases = 40
    for _ in range(cases):
        start(seconds=0.05)
    for _ in range(2):
        make_runner(threads=3)
    eventually(lambda: engine.count("/task", processInstanceBusinessKey=no) == cases)
    assert effects(no) == cases


def test_a_long_handler_keeps_its_lock(
    engine: EngineClient, make_runner: MakeRunner, start: Start, effects: Count, no: str, eventually: Any
) -> None:
    for _ in range(2):
        make_runner(lock=1)
    instance = start(seconds=3)
    eventually(lambda: engine.tasks(processInstanceId=instance))
    log = engine.history("external-task-log", processInstanceId=instance)
    assert [entry["successLog"] for entry in log].count(True) == 1
    assert effects(no) == 1


def test_parallel_completions_that_collide_are_reported_again_and_not_done_again(
    engine: EngineClient, make_runner: MakeRunner, start: Start, effects: Count, no: str, eventually: Any
) -> None:
    instances = [start("Fork") for _ in range(10)]
    make_runner(threads=8)
    finished = {"processInstanceBusinessKey": no, "finished": True}
    eventually(lambda: engine.count("/history/process-instance", **finished) == 10)
    assert effects(no) == 40
    for instance in instances:
        log = engine.history("external-task-log", processInstanceId=instance)
        assert [(entry["successLog"], entry["failureLog"]) for entry in log if not entry["creationLog"]] == [
            (True, False)
        ] * 4


def test_a_declared_business_error_takes_the_diagrams_way_and_writes_nothing(
    engine: EngineClient, make_runner: MakeRunner, start: Start, effects: Count, no: str, eventually: Any
) -> None:
    make_runner()
    instance = start(action="duplicate")
    eventually(lambda: engine.get(f"/history/process-instance/{instance}")["state"] == "COMPLETED")
    [end] = engine.history("activity-instance", processInstanceId=instance, activityType="noneEndEvent")
    assert end["activityId"] == "End_Caught"
    assert effects(no) == 0


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("invalid", "no post can sign"),
        ("uncaught", "nothing catches the business error UNCAUGHT: no catcher"),
        ("fault", "RuntimeError: the disk is full"),
    ],
)
def test_what_cannot_be_done_becomes_an_incident_that_says_why(
    engine: EngineClient,
    make_runner: MakeRunner,
    start: Start,
    effects: Count,
    no: str,
    eventually: Any,
    action: str,
    message: str,
) -> None:
    make_runner()
    instance = start(action=action)
    eventually(lambda: engine.incidents(processInstanceId=instance))
    [incident] = engine.incidents(processInstanceId=instance)
    assert incident["incidentMessage"] == message
    task_id = incident["configuration"]
    details = engine.get_bytes(f"/external-task/{task_id}/errorDetails").decode()
    assert ("Traceback" in details) == (action != "uncaught")
    failures = engine.history("external-task-log", externalTaskId=task_id, failureLog=True)
    assert len(failures) == (4 if action == "fault" else 1)
    assert effects(no) == 0


def test_input_that_does_not_fit_is_an_incident_at_once(
    engine: EngineClient, make_runner: MakeRunner, start: Start, eventually: Any
) -> None:
    make_runner()
    instance = start(seconds="viel")
    eventually(lambda: engine.incidents(processInstanceId=instance))
    [incident] = engine.incidents(processInstanceId=instance)
    assert incident["incidentMessage"].startswith("Enter: seconds: Input should be a valid number")


def test_an_incident_that_an_operator_retries_is_done(
    engine: EngineClient, make_runner: MakeRunner, start: Start, effects: Count, no: str, eventually: Any
) -> None:
    make_runner()
    instance = start(action="invalid")
    eventually(lambda: engine.incidents(processInstanceId=instance))
    [incident] = engine.incidents(processInstanceId=instance)
    right = {"value": "", "type": "String"}
    engine.put(f"/process-instance/{instance}/variables/action", right)
    engine.put(f"/external-task/{incident['configuration']}/retries", {"retries": 1})
    eventually(lambda: engine.tasks(processInstanceId=instance))
    assert effects(no) == 1


@pytest.mark.rule("X4")
def test_a_case_cancelled_while_its_task_is_done_is_compensated(
    engine: EngineClient, make_runner: MakeRunner, start: Start, effects: Count, no: str, eventually: Any
) -> None:
    runner = make_runner()
    instance = start(seconds=1)
    eventually(lambda: engine.external_tasks(processInstanceId=instance)[0]["workerId"])
    engine.delete(f"/process-instance/{instance}")
    time.sleep(0.2)
    runner.stop()
    assert runner.join(10)
    assert effects(no) == 0


@pytest.mark.rule("X6")
def test_a_case_cancelled_after_its_worker_died_is_compensated_by_the_next(
    engine: EngineClient,
    make_runner: MakeRunner,
    make_client: Callable[..., TaskClient],
    session_factory: Sessions,
    room: str,
    start: Start,
    effects: Count,
    no: str,
    eventually: Any,
) -> None:
    instance = start()
    tasks = make_tasks(room)
    client = make_client(lock=1)
    client.subscribe(tasks.values())
    [fetched] = client.fetch(1)
    Execution(Records(session_factory), Container()).run(tasks[f"{room}.enter"], fetched)
    client.close()
    assert effects(no) == 1
    engine.delete(f"/process-instance/{instance}")
    make_runner(lock=0.5)
    eventually(lambda: effects(no) == 0)


if __name__ == "__main__":
    main()
