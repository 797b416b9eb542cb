"""`salesflow demo`: the stack, and a story played on it."""

from __future__ import annotations

from enum import StrEnum
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
from workers.demo import dealership
from workers.demo.play import play
from workers.installation import installation


class Story(StrEnum):
    """What may be played."""

    contract = "contract"
    dealership = "dealership"


STORIES = {Story.contract: play, Story.dealership: dealership.play}


def demo(
    story: Annotated[
        Story, typer.Argument(help="A contract's life, or ten customers of a car dealership.")
    ] = Story.contract,
    engine: EngineUrl = None,
    var: VarDir = None,
    engine_port: EnginePort = None,
    database_port: DatabasePort = None,
    leave: Annotated[bool, typer.Option("--exit", help="Stop when it has been played.")] = False,
) -> None:
    """Start everything and play a story; then stay up until Ctrl-C.

    contract: from the policy to a closed month. dealership: a day in the shop, which ends with its report.
    """
    settings = make_settings(
        engine_url=engine, var_dir=var, engine_port=engine_port, database_port=database_port
    )
    with installation(settings, errors) as running:
        STORIES[story](running.app, console)
        show_doors(running.app)
        if not leave:
            console.print("Ctrl-C stops everything.")
            running.stack.wait()
