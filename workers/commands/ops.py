"""Operators' commands for what Cockpit's community edition lacks: incidents, retries, search, migration, cancelling."""

from __future__ import annotations

import typer

from workers.commands.ops_cancel import cancel
from workers.commands.ops_cases import record, search
from workers.commands.ops_incidents import incidents, retry
from workers.commands.ops_migrate import migrate
from workers.commands.ops_options import set_installation
from workers.commands.options import EngineUrl, VarDir

HELP = "Incidents, retries in bulk, finished cases, migration, cancelling: what Cockpit does not do."

ops = typer.Typer(no_args_is_help=True, add_completion=False, help=HELP)


@ops.callback()
def _ops(engine: EngineUrl = None, var: VarDir = None) -> None:
    """Incidents, retries in bulk, finished cases, migration, cancelling: what Cockpit does not do."""
    set_installation(engine, var)


for command in (incidents, retry, search, cancel, record):
    ops.command(command.__name__)(command)
ops.add_typer(migrate, name="migrate")
