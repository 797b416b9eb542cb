"""`salesflow bench --growth`: is the engine as fast with years of cases in it as it was when it was empty?

Two installations beside each other, in turns: one stays empty but for the tasks of the run, the other grows in steps.
What is timed is a worker process that empties a backlog: completed tasks, CPU and the database's log between two
moments.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tests.benchmarks.runtime.bench import installation
from tests.benchmarks.runtime.cases import TOPICS, Cases, templates
from tests.benchmarks.runtime.chart import chart
from tests.benchmarks.runtime.contenders import Contender, python
from tests.benchmarks.runtime.measure import cpu, start_worker, stop_worker
from tests.benchmarks.runtime.work import Batch

STEPS = "0:0,100000:10000,300000:30000,1000000:100000"
TARGET = 0.8
LEAD_SECONDS = 3.0
"""The worker's start is not measured."""
MOST_PER_SECOND = 1200
"""A run needs so many open tasks for each of its seconds."""
WORKERS = (
    python("salesflow", "ours", MODE="default"),
    python("salesflow, single completions", "ours", MODE="single"),
)


@dataclass(frozen=True)
class Step:
    """How many cases lie in the grown engine: finished, open in the fetched topics; as many wait with people."""

    finished: int
    open: int

    def __str__(self) -> str:
        return f"{self.finished:,} + {self.open:,}"


@dataclass(frozen=True)
class Figure:
    """One run. CPU in milliseconds a task, the database's log in kB a task, the load of the last minute."""

    step: str
    worker: str
    grown: bool
    tasks_per_second: float
    client_cpu: float
    engine_cpu: float
    database_cpu: float
    wal: float
    load: float


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="salesflow bench --growth", description="A filled engine, an empty one."
    )
    parser.add_argument("--steps", default=STEPS, help=f"finished:open, growing ({STEPS})")
    parser.add_argument("--rounds", type=int, default=3, help="of each step (3)")
    parser.add_argument("--seconds", type=float, default=10, help="of each run (10)")
    parser.add_argument(
        "--warm-up", type=float, default=60, help="seconds of each engine before the first run (60)"
    )
    parser.add_argument("--out", type=Path, default=Path("var/bench"), help="folder for growth.svg and .json")
    parser.add_argument("--smoke", action="store_true", help="the smallest sizes: does it run?")
    given = parser.parse_args(arguments)
    if given.smoke:
        given.steps, given.rounds, given.seconds, given.warm_up = "0:0,2000:200", 1, 3, 3
    return given


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it."""
    given = options(arguments)
    console, errors = Console(highlight=False, width=130), Console(stderr=True, highlight=False)
    steps = [Step(*map(int, step.split(":"))) for step in given.steps.split(",")]
    with ExitStack() as open_things:
        sides = []
        for _ in range(2):
            folder = open_things.enter_context(tempfile.TemporaryDirectory(prefix="salesflow-growth-"))
            sides.append(templates(open_things.enter_context(installation(Path(folder), errors))))
        for number in range(2 * len(WORKERS)):
            for side in sides:
                run(side, WORKERS[number % len(WORKERS)], Step(0, 0), given.warm_up / 2 / len(WORKERS))
        found = list(figures(sides[0], sides[1], steps, given, errors))
        rows = sides[1].finished.counts
    note = (
        f"{sum(rows.values())} rows a finished case; {given.rounds} rounds of {given.seconds:g} s in turns; "
        f"{psutil.cpu_count()} cores, load {min(one.load for one in found):.1f} to {max(one.load for one in found):.1f}"
    )
    console.print(note)
    console.print(f"rows of a finished case: {rows}")
    console.print(table(found))
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "growth.svg").write_text(chart(panels(found), note), "utf-8")
    content = {"note": note, "rows": rows, "runs": [asdict(one) for one in found]}
    (given.out / "growth.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    console.print(f"written: {given.out}/growth.svg, {given.out}/growth.json")


def figures(
    empty: Cases, grown: Cases, steps: Sequence[Step], given: argparse.Namespace, errors: Console
) -> Iterator[Figure]:
    """All runs of all steps, every second round backwards."""
    for step in steps:
        empty.clear()
        empty.provide(least(given.seconds))
        empty.settle()
        grow(grown, step, errors)
        turns = [(worker, side) for worker in WORKERS for side in (empty, grown)]
        for number in range(given.rounds):
            for worker, side in turns if number % 2 == 0 else reversed(turns):
                one = run(side, worker, step if side is grown else Step(0, 0), given.seconds)
                one = Figure(**{**asdict(one), "step": str(step), "grown": side is grown})
                errors.print(f"{one}")
                yield one


def grow(cases: Cases, step: Step, errors: Console) -> None:
    """Fill it up to the step, and leave it as after a night's rest: vacuumed, analyzed, written out."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
    )
    rows = step.finished - cases.finished.copies, step.open - cases.waiting.copies
    with progress, cases.quickly() if step.finished or step.open else nullcontext():
        total = rows[0] * len(cases.finished.rows) + rows[1] * len(cases.waiting.rows)
        task = progress.add_task(f"rows for {step}", total=total)
        cases.fill(cases.finished, rows[0], lambda done: progress.advance(task, done))
        cases.fill(cases.waiting, rows[1], lambda done: progress.advance(task, done))
        cases.provide(step.open)
    cases.settle()


def least(seconds: float) -> int:
    """Open tasks that a run does not come to the end of."""
    return round((LEAD_SECONDS + seconds) * MOST_PER_SECOND)


def run(cases: Cases, worker: Contender, step: Step, seconds: float) -> Figure:
    """Let a worker empty the fetched topics for so many seconds."""
    cases.provide(max(step.open, least(seconds)))
    child = start_worker(cases.bench, worker, Batch("growth", TOPICS, 0), "empty")
    try:
        parts = [psutil.Process(child.pid), cases.bench.process("engine"), cases.bench.process("postgres")]
        time.sleep(LEAD_SECONDS)
        left, written, began, before = (
            cases.due_now(),
            cases.written(),
            time.perf_counter(),
            [cpu(one) for one in parts],
        )
        time.sleep(seconds)
        took, after = time.perf_counter() - began, [cpu(one) for one in parts]
        done, kilobytes = left - (still := cases.due_now()), (cases.written() - written) / 1000
    finally:
        stop_worker(child)
    if still == 0 or done == 0:
        raise RuntimeError(f"{worker.name}: {done} tasks done, {still} left: that is no measurement")
    client, engine, database = (1000 * (end - start) / done for start, end in zip(before, after, strict=True))
    load = psutil.getloadavg()[0]
    return Figure(
        str(step), worker.name, False, done / took, client, engine, database, kilobytes / done, load
    )


def table(found: Sequence[Figure]) -> Table:
    """The curve: empty and grown beside each other, medians."""
    result = Table(title="grown engine beside an empty one", title_justify="left")
    result.add_column("finished + open")
    result.add_column("worker")
    for column in (
        "empty tasks/s",
        "grown",
        "min to max",
        "ratio",
        "engine ms CPU/task",
        "database",
        "log kB/task",
    ):
        result.add_column(column, justify="right")
    for step, worker in dict.fromkeys((one.step, one.worker) for one in found):
        empty, grown = (of(found, step, worker, side) for side in (False, True))
        rate, rates = middle(empty, "tasks_per_second"), [one.tasks_per_second for one in grown]
        result.add_row(
            step,
            worker,
            f"{rate:.0f}",
            f"{statistics.median(rates):.0f}",
            f"{min(rates):.0f} to {max(rates):.0f}",
            f"{statistics.median(rates) / rate:.2f}",
            *(
                f"{middle(empty, name):.{digits}f} → {middle(grown, name):.{digits}f}"
                for name, digits in (("engine_cpu", 2), ("database_cpu", 2), ("wal", 0))
            ),
        )
    return result


def panels(found: Sequence[Figure]) -> dict[str, list[tuple[str, float, float, float]]]:
    """For each worker the empty engine over all steps, and the grown one step by step."""
    result = {}
    for worker in dict.fromkeys(one.worker for one in found):
        bars = [("empty", [one for one in found if one.worker == worker and not one.grown])]
        for step in dict.fromkeys(one.step for one in found):
            bars.append((f"salesflow, {step}", of(found, step, worker, True)))
        result[worker] = [
            (name, min(rates), statistics.median(rates), max(rates))
            for name, runs in bars
            if (rates := [one.tasks_per_second for one in runs])
        ]
    return result


def of(found: Sequence[Figure], step: str, worker: str, grown: bool) -> list[Figure]:
    """The runs of one step, worker and side."""
    return [one for one in found if (one.step, one.worker, one.grown) == (step, worker, grown)]


def middle(found: Sequence[Figure], name: str) -> float:
    """The median of one of the figures."""
    return statistics.median(float(getattr(one, name)) for one in found)


if __name__ == "__main__":
    main()
