"""Find effects whose task never came to a known end, because the worker died in between, and settle them.

Only topics with a compensation leave such a mark (`pending`); all others are settled by redelivery alone.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from workers.runtime.reporting import Reporter
from workers.runtime.router import RegisteredTask

if TYPE_CHECKING:
    from workers.runtime.database import Records


class Recovery:
    """Looks at effects that are older than `after`, when a living worker would have reported them."""

    def __init__(
        self, records: "Records", reporter: Reporter, tasks: Mapping[str, RegisteredTask], after: timedelta
    ) -> None:
        self._records = records
        self._reporter = reporter
        self._tasks = {topic: task for topic, task in tasks.items() if task.compensate is not None}
        self._after = after

    def sweep(self) -> None:
        """Settle or undo what is pending. Raises EngineError or DatabaseTrouble when one of them is away."""
        if not self._tasks:
            return
        for text in self._records.overdue(self._tasks, self._after):
            fetched = json.loads(text)
            with structlog.contextvars.bound_contextvars(topic=fetched["topicName"], task_id=fetched["id"]):
                self._reporter.recover(self._tasks[fetched["topicName"]], fetched)
