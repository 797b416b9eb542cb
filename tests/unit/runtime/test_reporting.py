"""What happens when the engine does not take a report."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from workers.database.unit_of_work import UnitOfWork
from workers.runtime import Message, Nothing, RegisteredTask, Router, TaskClient
from workers.runtime.outcome import BpmnError, Complete, Failure, Outcome, RetryPolicy
from workers.runtime.reporting import Reporter

OPTIMISTIC = (500, b'{"type": "OptimisticLockingException", "message": "ENGINE-03005 concurrently"}')
BROKEN = (500, b'{"type": "ProcessEngineException", "message": "Unknown property used in expression"}')
UNCAUGHT = (500, b'{"type": "ProcessEngineException", "message": "ENGINE-13033 Propagation failed."}')
GONE = (404, b'{"type": "RestException", "message": "does not exist"}')
OTHERS = (400, b'{"type": "RestException", "message": "It is locked by worker \'b\'"}')
INVALID = (400, b'{"type": "InvalidRequestException", "message": "Unsupported value type"}')
DONE = Complete(b'{"a":{"value":1,"type":"Long"}}')
FAULT = Failure("why", "trace", 2, 5)
ERROR = BpmnError("CODE", "why")


class FakeExecution:
    """Remembers what was settled and undone."""

    def __init__(self) -> None:
        self.settled: list[str] = []
        self.undone: list[str] = []

    def settle(self, task_id: str) -> None:
        self.settled.append(task_id)

    def compensate(self, task: RegisteredTask, fetched: dict[str, Any]) -> bool:
        assert task.compensate is not None
        self.undone.append(fetched["id"])
        return True


def undo(order: Nothing, uow: UnitOfWork) -> None:
    """Undo nothing: the fake execution notes it."""
    _ = (order, uow)


@pytest.fixture
def task() -> RegisteredTask:
    router = Router("test")

    @router.task("do_it", compensate=undo)
    def do_it(order: Nothing) -> Message:
        return order

    return router.tasks["test.do_it"]


@pytest.fixture
def execution() -> FakeExecution:
    return FakeExecution()


@pytest.fixture
def reporter(fake_engine: Any, execution: FakeExecution) -> Iterator[Reporter]:
    client = TaskClient(fake_engine.url, worker_id="a")
    yield Reporter(client, execution, RetryPolicy(), patience=1.5)  # type: ignore[arg-type]
    client.close()


Report = Callable[..., str]


@pytest.fixture
def report(
    reporter: Reporter, task: RegisteredTask, fake_engine: Any, make_task: Callable[..., dict[str, Any]]
) -> Report:
    """Reports an outcome while an action of the engine answers with faults; returns the task's id."""

    def do(outcome: Outcome, action: str, *faults: Any) -> str:
        fake_engine.faults[action] = deque(faults)
        fetched = make_task("test.do_it")
        reporter.report(task, fetched, outcome)
        return str(fetched["id"])

    return do


def test_a_completion_sends_the_output_as_it_is_and_settles(
    report: Report, fake_engine: Any, execution: FakeExecution
) -> None:
    task_id = report(DONE, "complete")
    assert fake_engine.called("complete") == [
        {"workerId": "a", "variables": {"a": {"value": 1, "type": "Long"}}}
    ]
    assert execution.settled == [task_id]


@pytest.mark.parametrize("fault", [OPTIMISTIC, None, (503, b""), (401, b"")])
@pytest.mark.parametrize(
    ("outcome", "action"), [(DONE, "complete"), (FAULT, "failure"), (ERROR, "bpmnError")]
)
def test_a_report_is_repeated_when_it_may_succeed_a_moment_later(
    report: Report, fake_engine: Any, outcome: Outcome, action: str, fault: Any
) -> None:
    report(outcome, action, fault, fault)
    assert len(fake_engine.called(action)) == 3


def test_a_report_that_cannot_be_made_is_left_to_redelivery(
    report: Report, fake_engine: Any, execution: FakeExecution
) -> None:
    report(DONE, "complete", *[(503, b"")] * 50)
    assert 3 < len(fake_engine.called("complete")) < 50
    assert not fake_engine.called("failure")
    assert execution.settled == []


def test_a_task_that_another_worker_has_is_left_to_it(report: Report, fake_engine: Any) -> None:
    report(DONE, "complete", OTHERS)
    assert [path for path, _ in fake_engine.calls if "complete" not in path] == []


def test_a_completion_that_the_process_cannot_take_is_retried_as_a_fault(
    report: Report, fake_engine: Any
) -> None:
    report(DONE, "complete", BROKEN)
    [failure] = fake_engine.called("failure")
    assert failure["retries"] == 3
    assert failure["errorMessage"].startswith("the engine refuses the completion: 500 ProcessEngineException")


def test_an_output_that_the_engine_never_takes_is_an_incident(report: Report, fake_engine: Any) -> None:
    report(DONE, "complete", INVALID)
    [failure] = fake_engine.called("failure")
    assert (failure["retries"], failure["retryTimeout"]) == (0, 0)


def test_a_bpmn_error_that_nothing_catches_is_an_incident(report: Report, fake_engine: Any) -> None:
    report(ERROR, "bpmnError", UNCAUGHT)
    [failure] = fake_engine.called("failure")
    assert failure["retries"] == 0
    assert failure["errorMessage"] == "nothing catches the business error CODE: why"


def test_a_bpmn_error_that_the_engine_stumbles_over_is_retried_as_a_fault(
    report: Report, fake_engine: Any
) -> None:
    report(ERROR, "bpmnError", BROKEN)
    assert fake_engine.called("failure")[0]["retries"] == 3


def test_a_refused_failure_is_left_to_redelivery(report: Report, fake_engine: Any) -> None:
    report(FAULT, "failure", BROKEN)
    assert len(fake_engine.called("failure")) == 1


@pytest.mark.parametrize(("logged", "settled", "undone"), [("successLog", 1, 0), ("deletionLog", 0, 1)])
def test_a_completion_that_meets_no_task_finds_out_why(
    report: Report, fake_engine: Any, execution: FakeExecution, logged: str, settled: int, undone: int
) -> None:
    count = "/history/external-task-log/count"
    fake_engine.answers[count] = {"count": 1}
    fake_engine.faults["count"] = deque([(200, b'{"count": 0}')]) if logged == "deletionLog" else deque()
    report(DONE, "complete", GONE)
    assert (len(execution.settled), len(execution.undone)) == (settled, undone)
    asked = [path for path, _ in fake_engine.calls if path.startswith(count)]
    assert f"{logged}=true" in asked[-1]


def test_a_task_without_a_trace_is_not_undone(
    report: Report, fake_engine: Any, execution: FakeExecution
) -> None:
    fake_engine.answers["/history/external-task-log/count"] = {"count": 0}
    report(DONE, "complete", GONE)
    assert (execution.settled, execution.undone) == ([], [])


@pytest.mark.parametrize(("outcome", "action"), [(FAULT, "failure"), (ERROR, "bpmnError")])
def test_what_wrote_nothing_needs_no_compensation(
    report: Report, fake_engine: Any, execution: FakeExecution, outcome: Outcome, action: str
) -> None:
    report(outcome, action, GONE)
    assert execution.undone == []
    assert len(fake_engine.calls) == 1
