"""`python -m tests.benchmarks.runtime`: run the contenders in turns, print tables, write a chart and the figures."""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import psutil
from rich.console import Console

from tests.benchmarks.runtime import latency
from tests.benchmarks.runtime.bench import UNTUNED, Bench, installation
from tests.benchmarks.runtime.chart import chart
from tests.benchmarks.runtime.contenders import Contender, contenders
from tests.benchmarks.runtime.latency import Latency
from tests.benchmarks.runtime.measure import Run, run
from tests.benchmarks.runtime.tables import latencies, rates, throughput
from tests.benchmarks.runtime.work import WORKS

T = TypeVar("T")
NOT_IDLE = ("ceiling", "single")
"""Contenders that have nothing of their own to tell of an idle engine."""


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="salesflow bench", description="Workers of several kinds, side by side."
    )
    parser.add_argument("--instances", type=int, default=2000, help="of each run (2000)")
    parser.add_argument("--rounds", type=int, default=5, help="every contender once in each (5)")
    parser.add_argument("--warm-up", type=int, default=20_000, help="tasks before the first run (20000)")
    parser.add_argument("--latency", type=int, default=200, help="instances one at a time; 0: none (200)")
    parser.add_argument("--work", default=",".join(WORKS), help=f"some of {','.join(WORKS)}")
    parser.add_argument("--only", default="", help="contenders whose names contain one of these words")
    parser.add_argument("--untuned", action="store_true", help="with the engine's own history settings")
    parser.add_argument(
        "--out", type=Path, default=Path("var/bench"), help="folder for runtime.svg and .json"
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
    words = [word for word in given.only.split(",") if word]
    chosen = [one for name, one in contenders().items() if not words or any(word in name for word in words)]
    with (
        tempfile.TemporaryDirectory(prefix="salesflow-bench-") as folder,
        installation(Path(folder), errors, UNTUNED if given.untuned else None) as bench,
    ):
        _warm_up(bench, chosen, given.warm_up, errors)
        runs = list(_runs(bench, chosen, given, errors))
        found = list(_latencies(bench, chosen, given, errors))
    note = (
        f"{given.instances:,} instances a run, {given.rounds} rounds in turns; history full, REST with passwords,"
        f" authorizations on; {psutil.cpu_count()} cores, load {psutil.getloadavg()[1]:.1f},"
        f" Python {platform.python_version()}"
    )
    console.print(note)
    works = [WORKS[name] for name in given.work.split(",")]
    for work in works:
        console.print(throughput(runs, work, work.title))
    if found:
        console.print(latencies(found))
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "runtime.svg").write_text(
        chart({one.title: rates(runs, one) for one in works}, note), "utf-8"
    )
    figures = {"note": note, "runs": [asdict(one) for one in runs], "idle": [asdict(one) for one in found]}
    (given.out / "runtime.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    console.print(f"written: {given.out}/runtime.svg, {given.out}/runtime.json")


def in_turns(rounds: int, things: Sequence[T]) -> Iterator[T]:
    """All of them in each round, every second round backwards: neighbours are compared, and nobody is always first."""
    for number in range(rounds):
        yield from things if number % 2 == 0 else reversed(things)


def _warm_up(bench: Bench, chosen: Sequence[Contender], tasks: int, errors: Console) -> None:
    """The engine's compiler takes thousands of tasks to come to rest."""
    done = 0
    for one in in_turns(tasks, chosen):
        if done >= tasks:
            return
        part = min(1000, tasks - done)
        _told(errors, "warm-up", lambda one=one, part=part: run(bench, one, WORKS["single"], part))
        done += part


def _runs(
    bench: Bench, chosen: Sequence[Contender], given: argparse.Namespace, errors: Console
) -> Iterator[Run]:
    for name in given.work.split(","):
        for one in in_turns(given.rounds, chosen):
            yield _told(
                errors, name, lambda one=one, name=name: run(bench, one, WORKS[name], given.instances)
            )


def _latencies(
    bench: Bench, chosen: Sequence[Contender], given: argparse.Namespace, errors: Console
) -> Iterator[Latency]:
    if not given.latency:
        return
    idle = [one for one in chosen if not any(word in one.name for word in NOT_IDLE)]
    for _ in range(given.rounds):
        yield _told(errors, "idle", lambda: latency.bare(bench, given.latency))
        for one in idle:
            yield _told(errors, "idle", lambda one=one: latency.of(bench, one, given.latency))


def _told(errors: Console, what: str, do: Callable[[], T]) -> T:
    found = do()
    errors.print(f"{what}: {found}")
    return found


if __name__ == "__main__":
    main()
