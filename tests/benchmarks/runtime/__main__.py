"""`python -m tests.benchmarks.runtime`: run the contenders in turns, print tables, write a chart and the figures."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import psutil
from rich.console import Console

from tests.benchmarks.runtime import latency
from tests.benchmarks.runtime.bench import ENGINES, UNTUNED, Bench, installation
from tests.benchmarks.runtime.chart import chart
from tests.benchmarks.runtime.contenders import DRIVER, Contender, contenders
from tests.benchmarks.runtime.latency import Latency
from tests.benchmarks.runtime.measure import Run, run
from tests.benchmarks.runtime.tables import latencies, rates, throughput
from tests.benchmarks.runtime.work import WORKS, Work

T = TypeVar("T")
NOT_IDLE = ("ceiling", "single")
"""Contenders that have nothing of their own to tell of an idle engine."""


@dataclass(frozen=True)
class Side:
    """What is compared: workers on one engine, or engines with one driver."""

    name: str
    bench: Bench
    contender: Contender


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="salesflow bench", description="Workers of several kinds, side by side."
    )
    parser.add_argument("--instances", type=int, default=2000, help="of each run (2000)")
    parser.add_argument("--rounds", type=int, default=5, help="everything once in each, in turns (5)")
    parser.add_argument("--warm-up", type=int, default=20_000, help="tasks of each engine before (20000)")
    parser.add_argument("--latency", type=int, default=200, help="instances one at a time; 0: none (200)")
    parser.add_argument("--work", default=",".join(WORKS), help=f"some of {','.join(WORKS)}")
    parser.add_argument("--only", default="", help="contenders whose names contain one of these words")
    parser.add_argument("--engines", action="store_true", help=f"instead of workers: {'; '.join(ENGINES)}")
    parser.add_argument(
        "--out", type=Path, default=Path("var/bench"), help="folder for the chart and the figures"
    )
    parser.add_argument("--smoke", action="store_true", help="the smallest sizes: does it run?")
    given = parser.parse_args(arguments)
    if given.smoke:
        given.instances, given.rounds, given.warm_up, given.latency = 40, 1, 100, 20
    return given


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it."""
    given = options(arguments)
    console, errors = Console(highlight=False, width=130), Console(stderr=True, highlight=False)
    works = [WORKS[name] for name in given.work.split(",")]
    if given.engines:
        works = [one for one in works if one.handler == "empty"]  # the driver does nothing else
    with _engines(errors) if given.engines else _workers(given.only, errors) as sides:
        _warm_up(sides, given.warm_up, errors)
        runs = list(_runs(sides, works, given, errors))
        found = [] if given.engines else list(_latencies(sides, given, errors))
    what, whole = ("engines", UNTUNED) if given.engines else ("runtime", "connections")
    note = (
        f"{given.instances:,} instances a run, {given.rounds} rounds in turns; history full, REST with passwords;"
        f" {psutil.cpu_count()} cores, load {psutil.getloadavg()[1]:.1f}, Python {platform.python_version()}"
    )
    console.print(note)
    for work in works:
        console.print(throughput(runs, work, whole, "of the untuned" if given.engines else "of the ceiling"))
    if found:
        console.print(latencies(found))
    given.out.mkdir(parents=True, exist_ok=True)
    panels = {one.title: rates(runs, one) for one in works}
    (given.out / f"{what}.svg").write_text(chart(panels, note), "utf-8")
    figures = {"note": note, "runs": [asdict(one) for one in runs], "idle": [asdict(one) for one in found]}
    (given.out / f"{what}.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    console.print(f"written: {given.out}/{what}.svg, {given.out}/{what}.json")


@contextmanager
def _workers(only: str, errors: Console) -> Iterator[list[Side]]:
    """The contenders, on one engine."""
    chosen = contenders(word for word in only.split(",") if word)
    with TemporaryDirectory(prefix="salesflow-bench-") as folder, installation(Path(folder), errors) as bench:
        yield [Side(one.name, bench, one) for one in chosen]


@contextmanager
def _engines(errors: Console) -> Iterator[list[Side]]:
    """The engines, alive at the same time; those that wait for their turn use no CPU."""
    [driver] = contenders([DRIVER])
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory(prefix="salesflow-bench-")))
        yield [
            Side(name, running.enter_context(installation(folder / str(place), errors, name)), driver)
            for place, name in enumerate(ENGINES)
        ]


def in_turns(rounds: int, things: Sequence[T]) -> Iterator[T]:
    """All of them in each round, every second round backwards: neighbours are compared, and nobody is always first."""
    for number in range(rounds):
        yield from things if number % 2 == 0 else reversed(things)


def _warm_up(sides: Sequence[Side], tasks: int, errors: Console) -> None:
    """An engine's compiler takes thousands of tasks to come to rest."""
    left = dict.fromkeys((side.bench for side in sides), tasks)
    for side in in_turns(tasks, sides):
        if not any(left.values()):
            return
        if part := min(1000, left[side.bench]):
            left[side.bench] -= part
            _told(errors, "warm-up", _run(side, WORKS["single"], part))


def _runs(
    sides: Sequence[Side], works: Sequence[Work], given: argparse.Namespace, errors: Console
) -> Iterator[Run]:
    for work in works:
        for side in in_turns(given.rounds, sides):
            yield _told(errors, work.name, _run(side, work, given.instances))


def _run(side: Side, work: Work, instances: int) -> Run:
    return replace(run(side.bench, side.contender, work, instances), contender=side.name)


def _latencies(sides: Sequence[Side], given: argparse.Namespace, errors: Console) -> Iterator[Latency]:
    idle = [one for one in sides if not any(word in one.name for word in NOT_IDLE)]
    for _ in range(given.rounds if idle and given.latency else 0):
        yield _told(errors, "idle", latency.bare(idle[0].bench, given.latency))
        for one in idle:
            yield _told(errors, "idle", latency.of(one.bench, one.contender, given.latency))


def _told(errors: Console, what: str, found: T) -> T:
    errors.print(f"{what}: {found}")
    return found


if __name__ == "__main__":
    main()
