"""`salesflow`: start, watch and question an installation."""

from __future__ import annotations

import sys
from typing import ClassVar

import typer

from workers import __version__
from workers.commands.lazily import LazyGroup
from workers.errors import SalesflowError


class _Commands(LazyGroup):
    modules: ClassVar = {
        "up": "commands.up",
        "demo": "commands.demo",
        "deploy": "commands.deploy",
        "work": "commands.work",
        "check": "check.commands",
        "status": "commands.status",
        "ops": "commands.ops",
        "start": "commands.start",
        "signatures": "commands.signatures",
        "migrate": "commands.migrate",
        "engine": "commands.engine",
        "ledger": "commands.ledger",
        "report": "commands.report",
        "vehicles": "commands.vehicles",
        "soak": "commands.soak",
        "bench": "commands.bench",
    }


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A company's sales, service and contract approval as BPMN on Camunda 7, with Python workers.",
)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; what the person can mend is told without a traceback, with exit code 2."""
    try:
        app()
    except SalesflowError as error:
        typer.secho("salesflow:", fg="red", nl=False, err=True)
        typer.echo(f" {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
