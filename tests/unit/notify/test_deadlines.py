"""How open tasks are read from the engine, with a stand-in for it."""

from datetime import datetime, timedelta
from typing import Any, cast

from workers.calendar import SHANGHAI
from workers.engine.client import EngineClient, NotFound
from workers.notify import deadlines
from workers.notify.deadlines import due_tasks, raise_priority

NOW = datetime(2026, 10, 12, 10, 0, tzinfo=SHANGHAI)


class FakeEngine:
    """Answers what `due_tasks` and `raise_priority` ask."""

    def __init__(self, tasks: list[dict[str, Any]]) -> None:
        self.tasks_ = tasks
        self.queries: list[dict[str, Any]] = []
        self.puts: list[tuple[str, dict[str, Any]]] = []

    def post(self, path: str, body: dict[str, Any], **params: int) -> list[dict[str, Any]]:
        if path == "/task":
            self.queries.append(body)
            return self.tasks_[params["firstResult"] :][: params["maxResults"]]
        return [{"id": instance, "businessKey": f"SB-{instance}"} for instance in body["processInstanceIds"]]

    def identity_links(self, task_id: str) -> list[dict[str, Any]]:
        return [
            {"type": "candidate", "userId": "chen", "groupId": None},
            {"type": "candidate", "userId": None, "groupId": "finance"},
            {"type": "owner", "userId": task_id, "groupId": None},
        ]

    def get(self, path: str) -> dict[str, Any]:
        for task in self.tasks_:
            if path == f"/task/{task['id']}":
                return task
        raise NotFound(404, "InvalidRequestException", "no such task")

    def put(self, path: str, body: dict[str, Any]) -> None:
        self.puts.append((path, body))


def _task(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"t{number}",
        "name": "审批",
        "due": "2026-10-12T09:00:00.000+0800",
        "assignee": None,
        "priority": 50,
        "processInstanceId": f"i{number}",
        "followUp": None,
        "description": "说明",
        **changes,
    }


def _engine(*tasks: dict[str, Any]) -> tuple[FakeEngine, EngineClient]:
    fake = FakeEngine(list(tasks))
    return fake, cast("EngineClient", fake)


def test_a_task_is_read_with_its_case_number_deadline_and_candidates() -> None:
    fake, engine = _engine(_task(1), _task(2, assignee="liu"))
    first, second = (task for _, task in due_tasks(engine, NOW))
    assert (first.case_no, first.candidates, first.groups) == ("SB-i1", ("chen",), ("finance",))
    assert first.due == NOW - timedelta(hours=1)
    assert (second.assignee, second.candidates) == ("liu", ())
    assert fake.queries[0]["dueBefore"] == "2026-10-12T10:00:00.000+0800"


def test_a_task_outside_any_case_is_read_too() -> None:
    _, engine = _engine(_task(1, processInstanceId=None))
    assert [task.case_no for _, task in due_tasks(engine, NOW)] == [None]


def test_all_pages_are_read() -> None:
    fake, engine = _engine(*(_task(number) for number in range(deadlines.PAGE + 1)))
    assert len(list(due_tasks(engine, NOW))) == deadlines.PAGE + 1
    assert len(fake.queries) == 2


def test_raising_the_priority_leaves_everything_else_of_the_task_as_it_is() -> None:
    fake, engine = _engine(_task(1, assignee="liu"))
    assert raise_priority(engine, "t1")
    ((path, body),) = fake.puts
    assert path == "/task/t1"
    assert (body["priority"], body["assignee"], body["description"]) == (75, "liu", "说明")
    assert body["due"] == "2026-10-12T09:00:00.000+0800"


def test_a_task_that_was_completed_meanwhile_is_no_error() -> None:
    _, engine = _engine()
    assert not raise_priority(engine, "gone")
