"""What `salesflow status` tells of things that are stuck: the case, the process, the step."""

from typing import Any, cast

import pytest

from workers.commands import troubles
from workers.engine.client import EngineClient
from workers.operations import incidents


class Engine:
    """Answers as the engine does."""

    asked: str = ""

    def incidents(self, **_: Any) -> list[dict[str, Any]]:
        root = {
            "id": "i1",
            "rootCauseIncidentId": "i1",
            "incidentType": "failedExternalTask",
            "configuration": "task",
            "processInstanceId": "called",
            "activityId": "Task_CheckDeclaration",
            "incidentTimestamp": "2026-11-25T10:00:00.000+0800",
            "incidentMessage": "FeelException: no",
        }
        return [root, {**root, "id": "i2", "processInstanceId": "caller"}]

    def post(self, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        if path == "/external-task":
            return [{"id": "task", "topicName": "contract.check_declaration"}]
        self.asked = body["processInstanceIds"][0]
        return [
            {
                "id": "called",
                "businessKey": "SB-2026-0003",
                "processDefinitionKey": "ContractApprovalProcess",
            }
        ]

    def external_tasks(self, **query: Any) -> list[dict[str, Any]]:
        assert query["withRetriesLeft"]
        task = {
            "businessKey": "SB-2026-0004",
            "processDefinitionKey": "ContractApprovalProcess",
            "activityId": "Task_DrawUp",
            "topicName": "contract.draw_up",
            "retries": 2,
            "errorMessage": "OperationalError: gone",
        }
        return [task, {**task, "errorMessage": None}]


@pytest.fixture
def engine() -> Engine:
    return Engine()


def test_an_incident_is_told_once_with_its_case_and_process(engine: Engine) -> None:
    [found] = incidents.incidents(cast(EngineClient, engine))
    told = incidents.told(found)
    assert (engine.asked, found.topic) == ("called", "contract.check_declaration")
    assert (told["case"], told["process"]) == ("SB-2026-0003", "ContractApprovalProcess")
    assert (told["activity"], told["reason"]) == ("Task_CheckDeclaration", "FeelException: no")


def test_what_failed_and_will_be_tried_again_is_told_and_what_has_not_failed_is_not(engine: Engine) -> None:
    [told] = troubles.retrying(cast(EngineClient, engine))
    assert (told["case"], told["tries_left"]) == ("SB-2026-0004", 2)
    assert told["reason"] == "OperationalError: gone"
