"""Idle pick-up: one instance at a time, from its start to its end by the engine's clock.

Bare means: whoever starts the instance fetches and completes it at once on one kept-alive connection. That is what a
worker cannot do without.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from tests.benchmarks.runtime.bench import Bench
from tests.benchmarks.runtime.clients.tasks import tasks_of
from tests.benchmarks.runtime.contenders import Contender
from tests.benchmarks.runtime.measure import start_worker, stop_worker
from tests.benchmarks.runtime.work import Batch, deploy
from workers.runtime import TaskClient

WARM_UP = 100  # more than a worker has threads: each takes longer the first time
END_SECONDS = 30
QUIET_SECONDS = 0.015  # after a start, so that asking for the end takes no CPU from what is measured
PAUSE_SECONDS = 0.02  # between two instances, so that the worker's next poll is there


@dataclass(frozen=True)
class Latency:
    """Milliseconds from start to end; the engine counts whole ones, so p50 is the median of grouped data."""

    contender: str
    p50: float
    p95: float


def bare(bench: Bench, count: int) -> Latency:
    """The round trips alone."""
    batch = deploy(bench, 1)
    here = bench.stack.endpoints
    client = TaskClient(here.engine_url, here.engine_user, here.engine_password, long_poll_seconds=1)
    client.subscribe(tasks_of(list(batch.topics)).tasks.values())
    for _ in range(WARM_UP + count):
        _start(bench, batch)
        for task in client.fetch(1, seconds=0):
            client.complete(task["id"], b'{"seen":{"value":1,"type":"Long"}}')
    client.close()
    return _figures(bench, "bare REST round trips", batch)


def of(bench: Bench, contender: Contender, count: int) -> Latency:
    """A worker that has nothing else to do."""
    batch = deploy(bench, 1)
    child = start_worker(bench, contender, batch, "empty")
    try:
        for _ in range(WARM_UP + count):
            _await_end(bench, _start(bench, batch))
            time.sleep(PAUSE_SECONDS)
    finally:
        stop_worker(child)
    return _figures(bench, contender.name, batch)


def _start(bench: Bench, batch: Batch) -> str:
    return str(bench.admin.post(f"/process-definition/key/{batch.key}/start", {})["id"])


def _await_end(bench: Bench, instance: str) -> None:
    until = time.monotonic() + END_SECONDS
    query = "SELECT count(*) FROM act_ru_execution WHERE proc_inst_id_ = %s"
    time.sleep(QUIET_SECONDS)
    while (row := bench.engine_database.execute(query, [instance]).fetchone()) and row[0]:
        if time.monotonic() > until:
            raise RuntimeError(f"instance {instance} does not end")
        time.sleep(0.005)


def _figures(bench: Bench, name: str, batch: Batch) -> Latency:
    rows = bench.engine_database.execute(
        "SELECT extract(epoch FROM end_time_ - start_time_) * 1000 FROM act_hi_procinst"
        " WHERE proc_def_key_ = %s ORDER BY start_time_ OFFSET %s",
        [batch.key, WARM_UP],
    ).fetchall()
    times = sorted(float(row[0]) for row in rows)
    return Latency(name, statistics.median_grouped(times), times[round(0.95 * (len(times) - 1))])
