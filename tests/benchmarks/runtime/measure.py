"""One run: a worker process empties the topics; what is timed is the time between a tenth of the work and its end.

The first tenth is the worker's start and warming up. CPU is read at the same two moments.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass

import psutil

from tests.benchmarks.runtime.bench import Bench
from tests.benchmarks.runtime.contenders import Contender
from tests.benchmarks.runtime.work import Batch, Work, prepare, remaining
from workers.settings import ROOT

POLL_SECONDS = 0.02
RUN_SECONDS = 600


@dataclass(frozen=True)
class Run:
    """What one run took. CPU in milliseconds a task, memory in MB."""

    contender: str
    work: str
    tasks_per_second: float
    client_cpu: float
    engine_cpu: float
    database_cpu: float
    memory: float


def cpu(process: psutil.Process) -> float:
    """Seconds of CPU of a process and its descendants, of those too that have ended."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    ended = process.cpu_times()
    return total + ended.children_user + ended.children_system


def memory(process: psutil.Process) -> float:
    """Resident MB of a process and its children."""
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / 1e6


def start_worker(bench: Bench, contender: Contender, batch: Batch, handler: str) -> subprocess.Popen[str]:
    """Start the worker process; returns when it has said that it is ready."""
    environment = {
        **os.environ,
        **bench.environment,
        **contender.environment,
        "PYTHONPATH": str(ROOT),
        "TOPICS": ",".join(batch.topics),
        "HANDLER": handler,
    }
    with bench.worker_log.open("wb") as log:
        child = subprocess.Popen(
            contender.command,
            env=environment,
            cwd=contender.folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip() == "ready":
            return child
    raise RuntimeError(f"{contender.name} ended with {child.wait()}")


def stop_worker(child: subprocess.Popen[str]) -> None:
    """End it; nobody's work is lost, there is none."""
    child.terminate()
    try:
        child.wait(3)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


def run(bench: Bench, contender: Contender, work: Work, instances: int) -> Run:
    """Prepare the work, let the worker do it, and stop it."""
    batch = prepare(bench, work, instances)
    child = start_worker(bench, contender, batch, work.handler)
    try:
        parts = [psutil.Process(child.pid), bench.process("engine"), bench.process("postgres")]
        first = _wait(bench, batch, batch.tasks - batch.tasks // 10, child)
        began, before = time.perf_counter(), [cpu(part) for part in parts]
        _wait(bench, batch, 0, child)
        took, after = time.perf_counter() - began, [cpu(part) for part in parts]
        rss = memory(parts[0])
    finally:
        stop_worker(child)
    client, engine, database = (
        1000 * (end - start) / first for start, end in zip(before, after, strict=True)
    )
    return Run(contender.name, work.name, first / took, client, engine, database, rss)


def _wait(bench: Bench, batch: Batch, most: int, child: subprocess.Popen[str]) -> int:
    """Wait until at most so many tasks remain; how many do."""
    until = time.monotonic() + RUN_SECONDS
    while (left := remaining(bench, batch)) > most:
        if time.monotonic() > until or child.poll() is not None:
            said = bench.worker_log.read_text("utf-8", "replace")[-2000:]
            raise RuntimeError(f"{left} tasks remain (worker: {child.poll()})\n{said}")
        time.sleep(POLL_SECONDS)
    return left
