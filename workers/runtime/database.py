"""What outlives a worker process, in tables: which effects are committed, what is to be settled, who is alive.

The only module of the runtime that talks to a database. A worker whose handlers take no UnitOfWork does without it.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import cast

import psycopg
import structlog
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from workers.database.unit_of_work import SessionFactory, UnitOfWork
from workers.errors import DatabaseTrouble
from workers.runtime import heartbeat
from workers.runtime.context import TaskContext
from workers.runtime.store import TaskExecution

log = structlog.get_logger(__name__)

OVERDUE = 100
"""So many pending effects are looked at in one round."""

_ROWS = TaskExecution.__table__
_CLAIM = (
    "INSERT INTO task_executions (task_id, topic, business_key, output, pending) VALUES (%s, %s, %s, '', %s)"
    " ON CONFLICT DO NOTHING"
)
_OUTPUT = "SELECT output FROM task_executions WHERE task_id = %s"
_FINISH = "UPDATE task_executions SET output = %s WHERE task_id = %s"
_PENDING = select(_ROWS.c.pending).where(_ROWS.c.task_id == bindparam("id")).with_for_update()
_SETTLE = update(TaskExecution).where(_ROWS.c.task_id == bindparam("id")).values(pending=None)
_CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid = :backend AND xact_start < now() - make_interval(secs => :seconds)"
)


@contextmanager
def _told() -> Iterator[None]:
    """SQLAlchemy's errors, for those who need not know it."""
    try:
        yield
    except SQLAlchemyError as error:
        raise DatabaseTrouble(str(error).partition("\n")[0]) from error


class Records:
    """The runtime's rows. What `once` raises is the handler's; everything else raises DatabaseTrouble."""

    def __init__(self, session_factory: SessionFactory) -> None:
        self._sessions = session_factory

    def once(
        self,
        context: TaskContext,
        pending: str | None,
        effect: Callable[[UnitOfWork], bytes],
        writes: Callable[[int], None] | None = None,
    ) -> bytes:
        """The output of an effect, of this one or, if the task was done before, of the first.

        `pending` stays until the task is settled; `writes` is told PostgreSQL's id of the session (see `cut`).
        """
        with UnitOfWork(self._sessions) as uow:
            # In the session's transaction, but by the driver: every task pays these statements, and SQLAlchemy would
            # take a tenth of a millisecond of CPU more for them.
            driver = cast("psycopg.Connection", uow.session.connection().connection.driver_connection)
            if writes is not None:
                writes(driver.info.backend_pid)
            claim = (context.task_id, context.topic, context.business_key, pending)
            if not driver.execute(_CLAIM, claim).rowcount:
                log.info("task was done before, its output is sent again")
                [(stored,)] = driver.execute(_OUTPUT, [context.task_id]).fetchall()
                return str(stored).encode()
            output = effect(uow)
            uow.session.flush()
            driver.execute(_FINISH, [output.decode(), context.task_id])
        return output

    @_told()
    def undo(self, task_id: str, effect: Callable[[UnitOfWork], None]) -> bool:
        """Undo a pending effect, once. False when there is nothing to undo or it is undone already."""
        with UnitOfWork(self._sessions) as uow:
            if uow.session.connection().execute(_PENDING, {"id": task_id}).scalar() is None:
                return False
            effect(uow)
            uow.session.flush()
            uow.session.connection().execute(_SETTLE, {"id": task_id})
        return True

    @_told()
    def settle(self, task_id: str) -> None:
        """Note that a task with a compensation was completed: nothing will have to be undone."""
        with UnitOfWork(self._sessions) as uow:
            uow.session.connection().execute(_SETTLE, {"id": task_id})

    @_told()
    def overdue(self, topics: Collection[str], age: timedelta) -> list[str]:
        """The pending tasks of these topics whose effect is older than `age`, the oldest first; JSON."""
        query = (
            select(TaskExecution.pending)
            .where(
                TaskExecution.pending.is_not(None),
                TaskExecution.created_at < func.now() - age,
                TaskExecution.topic.in_(topics),
            )
            .order_by(TaskExecution.created_at)
            .limit(OVERDUE)
        )
        with self._sessions() as session:
            return [pending or "null" for pending in session.scalars(query)]

    @_told()
    def cut(self, backend: int, seconds: float) -> bool:
        """End the transaction of a handler that has run for `seconds`: it can write no more, and frees its claim.

        A handler that waits in the database ends by that; one that hangs elsewhere meets it when it goes on. A
        session that is at something younger by now is left alone.
        """
        with UnitOfWork(self._sessions) as uow:
            return bool(uow.session.scalar(_CUT, {"backend": backend, "seconds": seconds * 0.9}))

    @_told()
    def beat(self, worker_id: str, topics: Collection[str]) -> None:
        """Say that the process is alive; drop rows of processes that died long ago."""
        with UnitOfWork(self._sessions) as uow:
            heartbeat.beat(uow.session, worker_id, topics)

    @_told()
    def end(self, worker_id: str) -> None:
        """Say that the process has stopped."""
        with UnitOfWork(self._sessions) as uow:
            heartbeat.end(uow.session, worker_id)

    def blamed(self, error: Exception) -> bool:
        """Whether a handler failed in the database."""
        return isinstance(error, SQLAlchemyError | psycopg.Error)

    def answers(self) -> bool:
        """Whether the database can be worked with now."""
        try:
            with self._sessions() as session:
                session.execute(select(1))
        except SQLAlchemyError:
            return False
        return True
