"""Run a handler once: its effect, the task's id and the encoded output are one transaction.

Delivery is at least once. The claim (an INSERT of the task's id) comes first, so that a second delivery at
the same time waits for the first to end; after that it finds the stored output and the handler does not run.
A handler that takes no UnitOfWork has nothing to write: no transaction is made for it, a redelivery asks it again.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, to_json
from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from workers import calendar
from workers.database.unit_of_work import SessionFactory, UnitOfWork
from workers.errors import InvalidInput
from workers.runtime.container import Container
from workers.runtime.context import TaskContext
from workers.runtime.messages import Message
from workers.runtime.outcome import invalid_message
from workers.runtime.router import RegisteredTask
from workers.runtime.store import TaskExecution
from workers.runtime.variables import decode_all, encode_all

log = structlog.get_logger(__name__)

_ROWS = TaskExecution.__table__
_CLAIM = insert(TaskExecution).on_conflict_do_nothing().returning(_ROWS.c.task_id)
_OUTPUT = select(_ROWS.c.output).where(_ROWS.c.task_id == bindparam("id"))
_FINISH = update(TaskExecution).where(_ROWS.c.task_id == bindparam("id")).values(output=bindparam("encoded"))
_CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid = :backend AND xact_start < now() - make_interval(secs => :seconds)"
)
_SETTLE = update(TaskExecution).where(_ROWS.c.task_id == bindparam("id")).values(pending=None)


class Execution:
    """Executes fetched tasks against the database, with dependencies from the container."""

    def __init__(
        self,
        session_factory: SessionFactory,
        container: Container,
        clock: Callable[[], datetime] = calendar.now,
    ) -> None:
        self._sessions = session_factory
        self._container = container
        self._clock = clock

    def missing(self, task: RegisteredTask) -> list[str]:
        """The dependencies of a task that nobody provides."""
        return self._container.missing(task.dependencies - {UnitOfWork, TaskContext})

    def run(
        self, task: RegisteredTask, fetched: Mapping[str, Any], writes: Callable[[int], None] | None = None
    ) -> bytes:
        """The encoded output of a task, of this execution or of an earlier one.

        `writes` is told PostgreSQL's id of the session in which the handler writes (see `cut`).
        Raises what the handler raises, its effect undone; InvalidInput when the variables do not fit.
        """
        message = _message(task, fetched)
        context = TaskContext.of(fetched, self._clock())
        if not task.writes:
            return _encode(task, task.function(message, **self._dependencies(task.parameters, None, context)))
        with UnitOfWork(self._sessions) as uow:
            claim = {
                "task_id": context.task_id,
                "topic": context.topic,
                "business_key": context.business_key,
                "output": "",
                "pending": json.dumps(fetched) if task.compensate else None,
            }
            connection = uow.session.connection()
            if writes is not None:
                writes(connection.connection.driver_connection.pgconn.backend_pid)  # type: ignore[union-attr]
            if connection.execute(_CLAIM, claim).first() is None:
                log.info("task was done before, its output is sent again")
                stored: str = connection.execute(_OUTPUT, {"id": context.task_id}).scalar_one()
                return stored.encode()
            result = task.function(message, **self._dependencies(task.parameters, uow, context))
            output = _encode(task, result)
            uow.session.flush()
            connection.execute(_FINISH, {"id": context.task_id, "encoded": output.decode()})
        return output

    def cut(self, backend: int, seconds: float) -> bool:
        """End the transaction of a handler that has run for `seconds`: it can write no more, and frees its claim.

        A handler that waits in the database ends by that; one that hangs elsewhere meets it when it goes on. A
        session that is at something younger by now is left alone. Raises SQLAlchemyError.
        """
        with UnitOfWork(self._sessions) as uow:
            return bool(uow.session.scalar(_CUT, {"backend": backend, "seconds": seconds * 0.9}))

    def answers(self) -> bool:
        """Whether the database can be worked with now."""
        try:
            with self._sessions() as session:
                session.execute(select(1))
        except SQLAlchemyError:
            return False
        return True

    def settle(self, task_id: str) -> None:
        """Note that a task with a compensation was completed: nothing will have to be undone."""
        with UnitOfWork(self._sessions) as uow:
            uow.session.connection().execute(_SETTLE, {"id": task_id})

    def compensate(self, task: RegisteredTask, fetched: Mapping[str, Any]) -> bool:
        """Undo a committed effect, once. False when there was nothing to undo or it is undone already."""
        if task.compensate is None:
            return False
        context = TaskContext.of(fetched, self._clock())
        pending = select(_ROWS.c.pending).where(_ROWS.c.task_id == context.task_id).with_for_update()
        with UnitOfWork(self._sessions) as uow:
            if uow.session.connection().execute(pending).scalar() is None:
                return False
            dependencies = self._dependencies(task.compensate_parameters, uow, context)
            task.compensate(_message(task, fetched), **dependencies)
            uow.session.flush()
            uow.session.connection().execute(_SETTLE, {"id": context.task_id})
        return True

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
