"""Long work that the engine does by itself, in batches that survive a restart; here it is watched."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from workers.engine.client import EngineClient, NotFound

LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Progress:
    """How far a batch has come, in the engine's jobs."""

    total: int
    done: int
    failed: int

    @property
    def ended(self) -> bool:
        """Whether nothing more happens without a human."""
        return self.done + self.failed >= self.total


def look(client: EngineClient, batch: str, total: int) -> Progress:
    """Where a batch stands; one that the engine has forgotten is done. Raises EngineError."""
    try:
        client.get(f"/batch/{batch}")
    except NotFound:
        return Progress(total, total, 0)
    seen = client.get("/batch/statistics", batchId=batch)
    if not seen:
        return Progress(total, total, 0)
    return Progress(seen[0]["totalJobs"], seen[0]["completedJobs"], seen[0]["failedJobs"])


def follow(client: EngineClient, batch: str, total: int, tell: Callable[[Progress], None]) -> Progress:
    """Watch a batch until it has ended, telling each step. Ctrl-C ends the watching, not the batch."""
    while True:
        progress = look(client, batch, total)
        tell(progress)
        if progress.ended:
            return progress
        time.sleep(LOOK_SECONDS)
