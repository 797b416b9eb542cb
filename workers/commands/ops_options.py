"""What the commands of `salesflow ops` share: their options, who acts, and how long work is shown."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workers import calendar, operations
from workers.commands.options import connect, errors
from workers.connections import Connections
from workers.database.unit_of_work import UnitOfWork
from workers.engine.client import EngineClient
from workers.errors import UserError
from workers.operations import batches

FINDINGS = 1
MOST_REASON = 500

User = Annotated[
    str,
    typer.Option(
        "--user",
        metavar="NAME",
        help="Who does it: an operator, or admin. Password: SALESFLOW_ENGINE_PASSWORD, var/credentials.toml.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="Do not wait for a batch; the engine goes on with it by itself.")
]
Topic = Annotated[str | None, typer.Option("--topic", metavar="TOPIC", help="Only tasks of this topic.")]
ErrorText = Annotated[
    str | None, typer.Option("--error", metavar="TEXT", help="Only those whose reason has this text.")
]
Process = Annotated[str | None, typer.Option("--process", metavar="ID", help="Only this process.")]
CaseNo = Annotated[str | None, typer.Option("--case", metavar="NUMBER", help="Only this case.")]

_installation: dict[str, Any] = {}


def set_installation(engine: str | None, var: Path | None) -> None:
    """Remember which installation the command was told to work on."""
    _installation.update(engine_url=engine, var_dir=var)


def installed() -> Connections:
    """The way to that installation."""
    return connect(**_installation)


def say_json(answer: object) -> None:
    """What the command did or found, for programs."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def reasoned(reason: str) -> str:
    """A reason that says something. Raises UserError."""
    if not (found := reason.strip()) or len(found) > MOST_REASON:
        raise UserError(f"a reason is needed, of at most {MOST_REASON} characters (--reason)")
    return found


def day(text: str | None) -> date | None:
    """A day that was given as text. Raises UserError."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UserError(f"{text} is no day: write it as 2026-11-25") from None


def write_record(app: Connections, action: str, by: str, reason: str, **more: Any) -> str:
    """Keep what is ordered, before it is done; the record's id. Committed at once."""
    with UnitOfWork(app.sessions) as uow:
        return operations.record(uow.session, action, by, reason, calendar.now(), **more).id


def watch(client: EngineClient, batch: str, jobs: int, what: str) -> batches.Progress:
    """Show a batch's progress on standard error until it has ended."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors) as shown:
        line = shown.add_task(what, total=jobs)
        return batches.follow(
            client, batch, jobs, lambda now: shown.update(line, completed=now.done + now.failed)
        )


def finish_batches(client: EngineClient, found: tuple[tuple[str, int], ...], what: str, wait: bool) -> int:
    """Wait for batches if told to; the number of their jobs that failed."""
    failed = 0
    for batch, jobs in found:
        if not wait:
            errors.print(f"batch {batch} with {jobs} jobs goes on in the engine (Cockpit > Batches)")
            continue
        failed += watch(client, batch, jobs, what).failed
    return failed
