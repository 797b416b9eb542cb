"""Cancel a running case: by its own withdrawal, which takes back what it has written, or, told so, without it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lxml import etree

from workers.engine.client import EngineClient, NotFound
from workers.errors import UserError
from workers.operations.record import ORDER
from workers.runtime.variables import decode_all, encode_all

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
TOPIC = "{http://camunda.org/schema/1.0/bpmn}topic"
WITHDRAWAL = re.compile(r"\.withdraw(_\w+)?$")
LOOK_SECONDS = 0.3


@dataclass(frozen=True)
class Target:
    """A running case, and the way out that its diagram has now."""

    case: str
    process: str
    instance: str
    form: str | None = None
    """The user task whose form withdraws it, if it is open."""
    withdrawal: str | None = None
    """The service task that does it."""
    topic: str | None = None
    parts: int = 0
    """Called processes that run inside it."""

    @property
    def can_withdraw(self) -> bool:
        """Whether its own withdrawal can be asked for."""
        return self.form is not None and self.withdrawal is not None


def find(client: EngineClient, number: str, process: str | None) -> Target:
    """The one running case of this number (or process instance id). Raises UserError for none or several."""
    query = {"rootProcessInstances": True, "processDefinitionKey": process}
    found = client.process_instances(businessKey=number, **query)
    found = found or client.process_instances(processInstanceIds=number, **query)
    if not found:
        raise UserError(f"no case {number} runs" + (f" in {process}" if process else ""))
    if len(found) > 1:
        keys = sorted(one["definitionId"].partition(":")[0] for one in found)
        raise UserError(f"{number} runs in {', '.join(keys)}: name one (--process)")
    return _target(client, number, found[0])


def _target(client: EngineClient, number: str, instance: dict[str, Any]) -> Target:
    definition = instance["definitionId"]
    diagram = client.get(f"/process-definition/{quote(definition, safe='')}/xml")["bpmn20Xml"]
    form, withdrawal, topic = _way_out(diagram)
    standing = _standing(client.get(f"/process-instance/{instance['id']}/activity-instances"))
    inside = client.count("/process-instance", superProcessInstance=instance["id"])
    return Target(
        case=instance["businessKey"] or number,
        process=definition.partition(":")[0],
        instance=instance["id"],
        form=form if form in standing else None,
        withdrawal=withdrawal,
        topic=topic,
        parts=inside,
    )


def _way_out(diagram: str) -> tuple[str | None, str | None, str | None]:
    """The user task, the service task and the topic of the diagram's withdrawal; None for what it has not."""
    root = etree.fromstring(diagram.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    users = {one.get("id") for one in root.iter(f"{BPMN}userTask")}
    for task in root.iter(f"{BPMN}serviceTask"):
        topic = task.get(TOPIC) or ""
        if not WITHDRAWAL.search(topic):
            continue
        for flow in root.iter(f"{BPMN}sequenceFlow"):
            if flow.get("targetRef") == task.get("id") and flow.get("sourceRef") in users:
                return flow.get("sourceRef"), task.get("id"), topic
    return None, None, None


def _standing(tree: dict[str, Any]) -> set[str]:
    """The steps that are open now."""
    inside = [step for child in tree["childActivityInstances"] for step in _standing(child)]
    return {tree["activityId"], *inside}


def ask(client: EngineClient, target: Target, order: str, reason: str) -> None:
    """Let the case do what its tracking form does, in the name of the recorded order. Raises EngineError."""
    said = {"withdrawRequested": True, "withdrawReason": reason, "withdrawnBy": ORDER + order}
    client.post(
        f"/process-instance/{target.instance}/modification",
        {
            "instructions": [
                {"type": "cancel", "activityId": target.form},
                {
                    "type": "startBeforeActivity",
                    "activityId": target.withdrawal,
                    "variables": encode_all(said),
                },
            ],
            "annotation": reason[:4000],
        },
    )


def outcome(client: EngineClient, target: Target, seconds: float) -> tuple[str, list[str]]:
    """`withdrawn`, `kept` with what its worker says against it, or `pending` after so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            client.get(f"/process-instance/{target.instance}")
            waiting = client.count(
                "/external-task", processInstanceId=target.instance, topicName=target.topic
            )
            if not waiting:
                return "kept", _objections(client, target.instance)
        except NotFound:
            return "withdrawn", []
        time.sleep(LOOK_SECONDS)
    return "pending", []


def _objections(client: EngineClient, instance: str) -> list[str]:
    found = decode_all(client.get(f"/process-instance/{instance}/variables", deserializeValues=False))
    errors = found.get("withdrawErrors")
    return [str(one.get("message", one)) for one in errors] if isinstance(errors, list) else []


def delete(client: EngineClient, instance: str, reason: str) -> tuple[str, int]:
    """End an instance with everything inside it, without its withdrawal: a batch (id, number of its jobs)."""
    batch = client.post(
        "/process-instance/delete", {"processInstanceIds": [instance], "deleteReason": reason}
    )
    return str(batch["id"]), int(batch["totalJobs"])
