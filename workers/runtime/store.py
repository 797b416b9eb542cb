"""The runtime's tables: what was done for which task, and which workers are alive."""

from datetime import datetime

from sqlalchemy import ARRAY, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import MOMENT, Base


class TaskExecution(Base):
    """One external task whose effect is committed: written in the same transaction as the effect."""

    __tablename__ = "task_executions"
    __table_args__ = (
        Index("ix_task_executions_pending", "created_at", postgresql_where="pending IS NOT NULL"),
    )

    task_id: Mapped[str] = mapped_column(Text, primary_key=True)
    topic: Mapped[str] = mapped_column(Text)
    business_key: Mapped[str | None] = mapped_column(Text)
    output: Mapped[str] = mapped_column(Text)
    """The variables as they go to the engine, JSON text, so that a redelivery sends the same bytes."""
    pending: Mapped[str | None] = mapped_column(Text)
    """The fetched task, JSON, of a topic that can be compensated, until it is known how the task ended."""
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())


class WorkerProcess(Base):
    """A running worker process; it refreshes `seen_at` and deletes its row when it stops."""

    __tablename__ = "worker_processes"

    worker_id: Mapped[str] = mapped_column(Text, primary_key=True)
    host: Mapped[str] = mapped_column(Text)
    pid: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
