"""Give failed work its tries again: at once for a few, as a batch of the engine for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workers.engine.client import EngineClient, NotFound
from workers.operations.incidents import EXTERNAL_TASK, JOB, Incident
from workers.runtime.outcome import RetryPolicy

AT_ONCE = 50
"""Up to so many are set within the call; more become a batch."""
TRIES = RetryPolicy().attempts


@dataclass(frozen=True)
class Retried:
    """`batches`: id and number of jobs of what the engine goes on with; `gone`: what had ended meanwhile."""

    at_once: int = 0
    gone: int = 0
    batches: tuple[tuple[str, int], ...] = ()


def retriable(found: Sequence[Incident]) -> list[Incident]:
    """Those that a retry can help: failed external tasks and jobs."""
    return [one for one in found if one.type in (EXTERNAL_TASK, JOB) and one.work]


def retry(client: EngineClient, found: Sequence[Incident], tries: int = TRIES) -> Retried:
    """Set the tries of all of them. Raises EngineError."""
    tasks = [one.work for one in found if one.type == EXTERNAL_TASK and one.work]
    jobs = [one.work for one in found if one.type == JOB and one.work]
    at_once = gone = 0
    batches = []
    for kind, ids, field in (("external-task", tasks, "externalTaskIds"), ("job", jobs, "jobIds")):
        if len(ids) > AT_ONCE:
            path = "/external-task/retries-async" if kind == "external-task" else "/job/retries"
            batch = client.post(path, {"retries": tries, field: ids})
            batches.append((str(batch["id"]), int(batch["totalJobs"])))
            continue
        for one in ids:
            try:
                client.put(f"/{kind}/{one}/retries", {"retries": tries})
                at_once += 1
            except NotFound:
                gone += 1
    return Retried(at_once, gone, tuple(batches))
