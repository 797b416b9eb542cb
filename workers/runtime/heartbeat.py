"""Who works: each worker process keeps one row, so that `salesflow status` can show it."""

import os
import socket
from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.runtime.store import WorkerProcess

ALIVE = timedelta(seconds=35)  # three beats missed
FORGOTTEN = timedelta(days=1)


def beat(session: Session, worker_id: str, topics: Collection[str]) -> None:
    """Say that this process is alive; drop rows of processes that died long ago."""
    row = insert(WorkerProcess).values(
        worker_id=worker_id, host=socket.gethostname(), pid=os.getpid(), topics=sorted(topics)
    )
    session.execute(row.on_conflict_do_update(index_elements=["worker_id"], set_={"seen_at": func.now()}))
    session.execute(delete(WorkerProcess).where(WorkerProcess.seen_at < func.now() - FORGOTTEN))


def end(session: Session, worker_id: str) -> None:
    """Say that the process has stopped."""
    session.execute(delete(WorkerProcess).where(WorkerProcess.worker_id == worker_id))


def live_workers(session: Session) -> Sequence[WorkerProcess]:
    """The processes that were seen within the last three beats, oldest first."""
    alive = WorkerProcess.seen_at > func.now() - ALIVE
    return session.scalars(select(WorkerProcess).where(alive).order_by(WorkerProcess.started_at)).all()
