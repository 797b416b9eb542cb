"""`salesflow soak`: contract cases under faults for hours, until a promise breaks."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from workers.commands.options import AsJson
from workers.errors import UserError
from workers.settings import ROOT


def soak(
    hours: Annotated[float, typer.Option(min=0.0, help="How long; 0: one round.")] = 1.0,
    cases: Annotated[int, typer.Option(min=1, help="Contract cases in a round.")] = 100,
    seed: Annotated[
        int | None, typer.Option(help="Of the first round; each further one takes the next.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 2,
    nodes: Annotated[int, typer.Option(min=1, help="Engines on the same database.")] = 1,
    var: Annotated[
        Path, typer.Option("--var", metavar="DIR", help="A folder of its own; it is emptied first.")
    ] = Path("var/faults"),
    as_json: AsJson = False,
) -> None:
    """Break an installation of its own again and again while contract cases run on it; stop at a broken promise.

    Kills, frozen workers, cut and slow networks, wrong answers, a database that is away. Exit code 1: a promise
    was broken, and the folder keeps its logs and data.
    """
    if not (ROOT / "tests" / "faults" / "__main__.py").exists() or importlib.util.find_spec("pypdf") is None:
        raise UserError("soak needs a clone of the repository with its tools for development: make setup-dev")
    options = {"--hours": hours, "--cases": cases, "--seed": seed, "--workers": workers, "--nodes": nodes}
    given = [f"{name}={value}" for name, value in options.items() if value is not None]
    argv = [sys.executable, "-m", "tests.faults", *given, f"--var={var.resolve()}"]
    ended = subprocess.run([*argv, "--json"] if as_json else argv, cwd=ROOT, check=False)  # noqa: S603
    raise typer.Exit(ended.returncode)
