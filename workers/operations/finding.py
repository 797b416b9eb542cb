"""Find finished cases in the engine's history: what Cockpit's community edition cannot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from workers.calendar import SHANGHAI
from workers.engine.client import EngineClient

COMPLETED, DELETED = "completed", "deleted"


@dataclass(frozen=True)
class Wanted:
    """What is looked for; None and "" look for anything. Days are whole, in Shanghai."""

    number: str = ""
    """A case's or a contract's number, or a part of the case's."""
    process: str | None = None
    customer: str = ""
    """A customer's number, or a part of the name."""
    end: str | None = None
    """`completed`, `deleted`, or the id of an end event (or any other step that was passed)."""
    started_from: date | None = None
    started_to: date | None = None
    ended_from: date | None = None
    ended_to: date | None = None
    running: bool = False
    """Running cases instead of finished ones."""

    def query(self) -> dict[str, Any]:
        """As the engine's history takes it."""
        body: dict[str, Any] = {
            "rootProcessInstances": True,
            "processDefinitionKey": self.process,
            "startedAfter": _start(self.started_from),
            "startedBefore": _start(self.started_to, days=1),
            "finishedAfter": _start(self.ended_from),
            "finishedBefore": _start(self.ended_to, days=1),
            "orQueries": [*self._numbers(), *self._customers()] or None,
            ("unfinished" if self.running else "finished"): True,
        }
        if self.end in (COMPLETED, DELETED):
            body["completed" if self.end == COMPLETED else "externallyTerminated"] = True
        elif self.end:
            body["executedActivityIdIn"] = [self.end]
        return {name: value for name, value in body.items() if value is not None}

    def _numbers(self) -> list[dict[str, Any]]:
        if not self.number:
            return []
        contract = {"name": "contractNo", "operator": "eq", "value": self.number}
        return [{"processInstanceBusinessKeyLike": f"%{self.number}%", "variables": [contract]}]

    def _customers(self) -> list[dict[str, Any]]:
        if not self.customer:
            return []
        number = {"name": "customerNo", "operator": "eq", "value": self.customer}
        name = {"name": "customerName", "operator": "like", "value": f"%{self.customer}%"}
        return [{"variables": [number, name]}]


def search(client: EngineClient, wanted: Wanted, most: int) -> tuple[int, list[dict[str, Any]]]:
    """How many there are, and the newest `most` with the step where each ended. Raises EngineError."""
    query = wanted.query()
    order = [{"sortBy": "startTime" if wanted.running else "endTime", "sortOrder": "desc"}]
    total = client.post("/history/process-instance/count", query)["count"]
    rows = client.post(
        "/history/process-instance", {**query, "sorting": order}, firstResult=0, maxResults=most
    )
    return int(total), [_row(client, one) for one in rows]


def _row(client: EngineClient, instance: dict[str, Any]) -> dict[str, Any]:
    end = _end(client, instance["id"]) if instance["endTime"] else None
    return {
        "case": instance["businessKey"],
        "process": instance["processDefinitionKey"],
        "version": instance["processDefinitionVersion"],
        "process_instance": instance["id"],
        "started": instance["startTime"],
        "ended": instance["endTime"],
        "state": instance["state"],
        "end_event": end["activityId"] if end else None,
        "end_name": end["activityName"] if end else None,
        "delete_reason": instance["deleteReason"],
    }


def _end(client: EngineClient, instance: str) -> dict[str, Any] | None:
    """The end event that the case itself reached last, not one of a part of it."""
    passed = client.history(
        "activity-instance", processInstanceId=instance, finished=True, sortBy="endTime", sortOrder="desc"
    )
    ends = [
        one
        for one in passed
        if one["activityType"].endswith("EndEvent") and one["parentActivityInstanceId"] == instance
    ]
    return ends[0] if ends else None


def _start(day: date | None, days: int = 0) -> str | None:
    """The beginning of a day (or of one some days later) as the engine reads moments."""
    if day is None:
        return None
    moment = datetime.combine(day + timedelta(days=days), time(), SHANGHAI)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000{moment:%z}"
