"""What is stuck, and what is being tried again: for `salesflow status`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workers.engine.client import EngineClient

MOST_TASKS = 1000
"""External tasks that are looked at; with more than these open, the backlog says enough."""


def incidents(client: EngineClient) -> list[dict[str, Any]]:
    """The open incidents with the case and the process that they stand in, each once."""
    found = [
        incident
        for incident in client.incidents()
        if incident["id"] == incident["rootCauseIncidentId"]  # those of callers only repeat it
    ]
    instances = _instances(client, {incident["processInstanceId"] for incident in found})
    return [
        {
            "type": incident["incidentType"],
            "case": instances.get(incident["processInstanceId"], {}).get("businessKey"),
            "process": instances.get(incident["processInstanceId"], {}).get("processDefinitionKey"),
            "activity": incident["activityId"],
            "process_instance": incident["processInstanceId"],
            "since": incident["incidentTimestamp"],
            "reason": incident["incidentMessage"],
        }
        for incident in found
    ]


def retrying(client: EngineClient) -> list[dict[str, Any]]:
    """The tasks that have failed and will be tried again without anybody's help."""
    return [
        {
            "case": task["businessKey"],
            "process": task["processDefinitionKey"],
            "activity": task["activityId"],
            "topic": task["topicName"],
            "tries_left": task["retries"],
            "reason": task["errorMessage"],
        }
        for task in client.external_tasks(maxResults=MOST_TASKS, withRetriesLeft=True)
        if task["errorMessage"]
    ]


def _instances(client: EngineClient, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    wanted = ",".join(sorted(one for one in ids if one))
    if not wanted:
        return {}
    return {one["id"]: one for one in client.history("process-instance", processInstanceIds=wanted)}
