"""`salesflow demo`: the stack, and a contract's whole life played on it."""

from __future__ import annotations

from typing import Annotated

import typer

from workers.commands.options import (
    DatabasePort,
    EnginePort,
    EngineUrl,
    VarDir,
    console,
    errors,
    make_settings,
)
from workers.commands.up import show_doors
from workers.demo.play import play
from workers.installation import installation


def demo(
    engine: EngineUrl = None,
    var: VarDir = None,
    engine_port: EnginePort = None,
    database_port: DatabasePort = None,
    leave: Annotated[bool, typer.Option("--exit", help="Stop when it has been played.")] = False,
) -> None:
    """Start everything and play a contract's life, from the policy to a closed month; then stay up until Ctrl-C."""
    settings = make_settings(
        engine_url=engine, var_dir=var, engine_port=engine_port, database_port=database_port
    )
    with installation(settings, errors) as running:
        play(running.app, console)
        show_doors(running.app)
        if not leave:
            console.print("Ctrl-C stops everything.")
            running.stack.wait()
