"""Run a handler once: its effect, the task's id and the encoded output are one transaction.

Delivery is at least once. The claim (an INSERT of the task's id) comes first, so that a second delivery at
the same time waits for the first to end; after that it finds the stored output and the handler does not run.
A handler that takes no UnitOfWork has nothing to write: no transaction is made for it, a redelivery asks it again.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, to_json

from workers import calendar
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.runtime.container import Container
from workers.runtime.context import TaskContext
from workers.runtime.messages import Message
from workers.runtime.outcome import invalid_message
from workers.runtime.router import RegisteredTask
from workers.runtime.variables import decode_all, encode_all

if TYPE_CHECKING:
    from workers.runtime.database import Records


class Execution:
    """Executes fetched tasks with dependencies from the container; without records none that writes."""

    def __init__(
        self,
        records: "Records | None",
        container: Container,
        clock: Callable[[], datetime] = calendar.now,
    ) -> None:
        self._kept = records
        self._container = container
        self._clock = clock

    def missing(self, task: RegisteredTask) -> list[str]:
        """The dependencies of a task that nobody provides."""
        own = {TaskContext} if self._kept is None else {TaskContext, UnitOfWork}
        needed = task.dependencies | ({UnitOfWork} if task.writes else set())
        return self._container.missing(needed - own)

    @property
    def _records(self) -> "Records":
        if self._kept is None:
            raise LookupError("a task that writes needs a database")
        return self._kept

    def run(
        self, task: RegisteredTask, fetched: Mapping[str, Any], writes: Callable[[int], None] | None = None
    ) -> bytes:
        """The encoded output of a task, of this execution or of an earlier one.

        `writes` is told PostgreSQL's id of the session in which the handler writes (see `Records.cut`).
        Raises what the handler raises, its effect undone; InvalidInput when the variables do not fit.
        """
        message = _message(task, fetched)
        context = TaskContext.of(fetched, self._clock())
        effect = partial(self._effect, task, message, context)
        if not task.writes:
            return effect(None)
        return self._records.once(context, json.dumps(fetched) if task.compensate else None, effect, writes)

    def _effect(
        self, task: RegisteredTask, message: Message, context: TaskContext, uow: UnitOfWork | None
    ) -> bytes:
        return _encode(task, task.function(message, **self._dependencies(task.parameters, uow, context)))

    def cut(self, backend: int, seconds: float) -> bool:
        """End the transaction of a handler that has run for `seconds`. Raises DatabaseTrouble."""
        return self._records.cut(backend, seconds)

    def blames_database(self, error: Exception) -> bool:
        """Whether a handler failed in the database."""
        return self._kept is not None and self._kept.blamed(error)

    def answers(self) -> bool:
        """Whether the database can be worked with now, if there is one."""
        return self._kept is None or self._kept.answers()

    def settle(self, task_id: str) -> None:
        """Note that a task with a compensation was completed. Raises DatabaseTrouble."""
        self._records.settle(task_id)

    def compensate(self, task: RegisteredTask, fetched: Mapping[str, Any]) -> bool:
        """Undo a committed effect, once. False when there was nothing to undo or it is undone already."""
        undo = task.compensate
        if undo is None:
            return False
        context = TaskContext.of(fetched, self._clock())

        def effect(uow: UnitOfWork) -> None:
            undo(_message(task, fetched), **self._dependencies(task.compensate_parameters, uow, context))

        return self._records.undo(context.task_id, effect)

    def _dependencies(
        self, parameters: Mapping[str, Any], uow: UnitOfWork | None, context: TaskContext
    ) -> dict[str, object]:
        own: dict[Any, object] = {UnitOfWork: uow, TaskContext: context}
        return {
            name: own[kind] if kind in own else self._container.resolve(kind)
            for name, kind in parameters.items()
        }


def _message(task: RegisteredTask, fetched: Mapping[str, Any]) -> Message:
    values = decode_all(fetched.get("variables") or {})
    try:
        return task.input_model.model_validate(values)
    except ValidationError as error:
        raise invalid_message(error) from error


def _encode(task: RegisteredTask, result: Message) -> bytes:
    """The output as the JSON object that completes the task; encoded here, before the effect is committed."""
    if not isinstance(result, task.output_model):
        raise TypeError(f"{task.topic} returned {type(result).__name__}, not {task.output_model.__name__}")
    values = {alias: getattr(result, name) for name, alias in task.output_fields}
    try:
        return to_json(encode_all(values))
    except (PydanticSerializationError, UnicodeError) as error:
        raise InvalidInput(f"the output cannot be written as JSON: {error}") from error
