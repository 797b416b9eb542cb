"""Open incidents with their reasons, whole and in groups, for hundreds of them as for one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from workers.engine.client import EngineClient

MOST_IDS = 500
"""Ids in one query: an engine of millions answers it by its index, and no body grows without end."""
EXTERNAL_TASK, JOB = "failedExternalTask", "failedJob"
NO_REASON = "no reason was given"
"""Such as when somebody set a task's retries to 0 by hand."""

_VARYING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|0x[0-9a-f]+|\d+(?:[-.:T]\d+)*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Incident:
    """One incident at its root: callers that only repeat it are left out."""

    id: str
    type: str
    work: str | None
    """The external task's or the job's id: what is retried."""
    topic: str | None
    case: str | None
    process: str | None
    activity: str | None
    process_instance: str
    since: str
    reason: str


def incidents(client: EngineClient) -> list[Incident]:
    """All open incidents, the oldest first. Raises EngineError."""
    found = [
        one
        for one in client.incidents(sortBy="incidentTimestamp", sortOrder="asc")
        if one["id"] == one["rootCauseIncidentId"]
    ]
    instances = _instances(client, {one["processInstanceId"] for one in found if one["processInstanceId"]})
    topics = _topics(client, {one["configuration"] for one in found if one["incidentType"] == EXTERNAL_TASK})
    return [_incident(one, instances.get(one["processInstanceId"], {}), topics) for one in found]


def told(one: Incident) -> dict[str, Any]:
    """What `salesflow status` says of it."""
    return {
        "type": one.type,
        "case": one.case,
        "process": one.process,
        "activity": one.activity,
        "process_instance": one.process_instance,
        "since": one.since,
        "reason": one.reason,
    }


def _incident(raw: dict[str, Any], instance: dict[str, Any], topics: dict[str, str]) -> Incident:
    return Incident(
        id=raw["id"],
        type=raw["incidentType"],
        work=raw["configuration"],
        topic=topics.get(raw["configuration"]),
        case=instance.get("businessKey"),
        process=instance.get("processDefinitionKey"),
        activity=raw["activityId"],
        process_instance=raw["processInstanceId"] or "",
        since=raw["incidentTimestamp"],
        reason=raw["incidentMessage"] or NO_REASON,
    )


def chosen(
    found: Iterable[Incident],
    *,
    topic: str | None = None,
    error: str | None = None,
    process: str | None = None,
    case: str | None = None,
) -> list[Incident]:
    """Those of a topic, with a text in their reason (in any case of letters), of a process, of a case."""
    text = (error or "").casefold()
    return [
        one
        for one in found
        if (topic is None or one.topic == topic)
        and text in one.reason.casefold()
        and (process is None or one.process == process)
        and (case is None or one.case == case)
    ]


@dataclass(frozen=True)
class Group:
    """Incidents with one cause, as far as their words tell."""

    place: str
    """The topic; of a job, the activity."""
    error: str
    count: int
    since: str
    cases: tuple[str, ...]


def groups(found: Sequence[Incident]) -> list[Group]:
    """The largest first; reasons that differ only in numbers and ids are one."""
    sorted_by_cause: dict[tuple[str, str], list[Incident]] = {}
    for one in found:
        place = one.topic or f"{one.process or '?'}:{one.activity}"
        cause = _VARYING.sub("#", one.reason.partition("\n")[0])
        sorted_by_cause.setdefault((place, cause), []).append(one)
    made = [
        Group(
            place,
            members[0].reason.partition("\n")[0] if len(members) == 1 else cause,
            len(members),
            min(one.since for one in members),
            tuple(sorted({one.case or one.process_instance for one in members})),
        )
        for (place, cause), members in sorted_by_cause.items()
    ]
    return sorted(made, key=lambda one: (-one.count, one.place))


def details(client: EngineClient, incident: Incident) -> str:
    """What the worker or the engine wrote down of the error: a traceback, as a rule. Raises EngineError."""
    path = {EXTERNAL_TASK: "/external-task/{}/errorDetails", JOB: "/job/{}/stacktrace"}.get(incident.type)
    if path is None or incident.work is None:
        return ""
    return client.request("GET", path.format(incident.work), accept="text/plain, */*").text


def chunks(ids: Iterable[str], size: int = MOST_IDS) -> Iterator[list[str]]:
    """The ids in lists that one call takes."""
    rest = iter(sorted(ids))
    while part := list(islice(rest, size)):
        yield part


def _instances(client: EngineClient, ids: set[str]) -> dict[str, dict[str, Any]]:
    return {
        one["id"]: one
        for part in chunks(ids)
        for one in client.post("/history/process-instance", {"processInstanceIds": part})
    }


def _topics(client: EngineClient, ids: set[str]) -> dict[str, str]:
    return {
        one["id"]: one["topicName"]
        for part in chunks(ids)
        for one in client.post("/external-task", {"externalTaskIdIn": part})
    }
