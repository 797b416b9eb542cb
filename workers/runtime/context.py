"""What a handler may know of the task that it works on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

from workers.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class TaskContext:
    """One delivery of one external task. `now` is aware and the same throughout the execution."""

    task_id: str
    topic: str
    business_key: str | None
    process_instance_id: str
    process_definition_key: str
    activity_id: str
    retries: int | None
    now: datetime

    @classmethod
    def of(cls, task: Mapping[str, Any], now: datetime) -> Self:
        """Read it from the engine's answer to fetchAndLock."""
        return cls(
            task_id=task["id"],
            topic=task["topicName"],
            business_key=task.get("businessKey"),
            process_instance_id=task["processInstanceId"],
            process_definition_key=task["processDefinitionKey"],
            activity_id=task["activityId"],
            retries=task.get("retries"),
            now=now,
        )

    @property
    def case_no(self) -> str:
        """The case's document number, which is its business key. Raises InvalidInput before it has one."""
        if not self.business_key:
            raise InvalidInput(f"the case {self.process_instance_id} has no business key yet")
        return self.business_key


class EngineVariables(Protocol):
    """The dependency of handlers that read a file which a form uploaded."""

    def get_binary(self, process_instance_id: str, name: str) -> bytes:
        """The bytes of a File variable of a running instance."""
