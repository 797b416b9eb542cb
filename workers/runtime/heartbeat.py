"""Who works: each worker process keeps one row, so that `salesflow status` can show it."""

import os
import socket
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.database.unit_of_work import SessionFactory, UnitOfWork
from workers.runtime.store import WorkerProcess

ALIVE = timedelta(seconds=35)  # three beats missed
FORGOTTEN = timedelta(days=1)


class Heartbeat:
    """Keeps this process's row. Raises SQLAlchemyError when the database is away."""

    def __init__(self, session_factory: SessionFactory, worker_id: str, topics: Iterable[str]) -> None:
        self._sessions = session_factory
        self._worker_id = worker_id
        self._topics = sorted(topics)

    def beat(self) -> None:
        """Say that the process is alive; drop rows of processes that died long ago."""
        row = insert(WorkerProcess).values(
            worker_id=self._worker_id, host=socket.gethostname(), pid=os.getpid(), topics=self._topics
        )
        with UnitOfWork(self._sessions) as uow:
            uow.session.execute(
                row.on_conflict_do_update(index_elements=["worker_id"], set_={"seen_at": func.now()})
            )
            dead = WorkerProcess.seen_at < func.now() - FORGOTTEN
            uow.session.execute(delete(WorkerProcess).where(dead))

    def end(self) -> None:
        """Say that the process has stopped."""
        with UnitOfWork(self._sessions) as uow:
            uow.session.execute(delete(WorkerProcess).where(WorkerProcess.worker_id == self._worker_id))


def live_workers(session: Session) -> Sequence[WorkerProcess]:
    """The processes that were seen within the last three beats, oldest first."""
    alive = WorkerProcess.seen_at > func.now() - ALIVE
    return session.scalars(select(WorkerProcess).where(alive).order_by(WorkerProcess.started_at)).all()
