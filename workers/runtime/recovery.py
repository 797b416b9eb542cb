"""Find effects whose task never came to a known end, because the worker died in between, and settle them.

Only topics with a compensation leave such a mark (`pending`); all others are settled by redelivery alone.
"""

import json
from collections.abc import Mapping
from datetime import timedelta

import structlog
from sqlalchemy import func, select

from workers.database.unit_of_work import SessionFactory
from workers.runtime.reporting import Reporter
from workers.runtime.router import RegisteredTask
from workers.runtime.store import TaskExecution

log = structlog.get_logger(__name__)

BATCH = 100


class Recovery:
    """Looks at effects that are older than `after`, when a living worker would have reported them."""

    def __init__(
        self,
        session_factory: SessionFactory,
        reporter: Reporter,
        tasks: Mapping[str, RegisteredTask],
        after: timedelta,
    ) -> None:
        self._sessions = session_factory
        self._reporter = reporter
        self._tasks = {topic: task for topic, task in tasks.items() if task.compensate is not None}
        self._after = after

    def sweep(self) -> None:
        """Settle or undo what is pending. Raises EngineError or SQLAlchemyError when one of them is away."""
        if not self._tasks:
            return
        overdue = (
            select(TaskExecution.pending)
            .where(
                TaskExecution.pending.is_not(None),
                TaskExecution.created_at < func.now() - self._after,
                TaskExecution.topic.in_(self._tasks),
            )
            .order_by(TaskExecution.created_at)
            .limit(BATCH)
        )
        with self._sessions() as session:
            pending = session.scalars(overdue).all()
        for text in pending:
            fetched = json.loads(text or "null")
            with structlog.contextvars.bound_contextvars(topic=fetched["topicName"], task_id=fetched["id"]):
                self._reporter.recover(self._tasks[fetched["topicName"]], fetched)
