"""What several commands share: their options, the settings these lead to, and how they speak."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from workers import logs
from workers.connections import Connections
from workers.engine.client import EngineClient
from workers.errors import UserError
from workers.settings import Settings

console = Console(highlight=False)
"""What a command answers goes to standard output; logs and errors go to standard error."""
errors = Console(stderr=True, highlight=False)

EngineUrl = Annotated[
    str | None,
    typer.Option(
        "--engine", metavar="URL", help="Use this engine (…/engine-rest) instead of the embedded one."
    ),
]
VarDir = Annotated[
    Path | None,
    typer.Option("--var", metavar="DIR", help="Where a run keeps its state (default: var)."),
]
EnginePort = Annotated[int | None, typer.Option("--engine-port", help="Port of the embedded engine.")]
DatabasePort = Annotated[int | None, typer.Option("--database-port", help="Port of the embedded PostgreSQL.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def make_settings(*, quiet: bool = True, **overrides: Any) -> Settings:
    """The settings, with what the command line gave (None: not given). Raises UserError when one is wrong."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise UserError(f"a setting is wrong (config/settings.toml or SALESFLOW_…): {wrong}") from error
    logs.configure(settings.log_level, settings.log_format, quiet=quiet)
    return settings


def connect(*, quiet: bool = True, **overrides: Any) -> Connections:
    """The way to the installation of these settings; connects to nothing yet."""
    return Connections(make_settings(quiet=quiet, **overrides))


def acting(app: Connections, user: str) -> EngineClient:
    """The engine as the one who acts: its administrator, or a member of staff by their own rights."""
    return app.admin if user == app.endpoints.admin_user else app.engine_as(user)
