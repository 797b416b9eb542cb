"""What failed and is being tried again: for `salesflow status`."""

from __future__ import annotations

from typing import Any

from workers.engine.client import EngineClient

MOST_TASKS = 1000
"""External tasks that are looked at; with more than these open, the backlog says enough."""


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
