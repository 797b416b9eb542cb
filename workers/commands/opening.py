"""`salesflow ledger open`: contracts that ran already enter the books, checked before anything is written (C4, X3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
import yaml

from workers import calendar, ledger
from workers.commands.options import console, errors
from workers.connections import Connections
from workers.database.unit_of_work import UnitOfWork
from workers.documents import load_company
from workers.errors import UserError

LARGEST_FILE = 5_000_000

OpeningFile = Annotated[
    Path, typer.Argument(help="YAML: one contract, or a list of them under `contracts`.", metavar="FILE")
]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Your account: the books keep who did it.")]


def open_contracts(app: Connections, file: Path, by: str, as_json: bool) -> None:
    """Enter the file's contracts, all or none; exit code 1 when something in it is wrong."""
    content = _read(file)
    company = load_company(app.settings.config_dir / "company.yaml")
    try:
        with UnitOfWork(app.sessions) as uow:
            entered, known = ledger.open_contracts(
                uow.session,
                content,
                org=app.org.current(),
                company=company,
                by=by,
                at=calendar.now(),
                folder=file.parent,
            )
    except ledger.OpeningRefused as refused:
        found = [one.model_dump() for one in refused.findings]
        if as_json:
            typer.echo(json.dumps({"errors": found}, ensure_ascii=False, indent=2))
        for one in found if not as_json else ():
            errors.print(f"✗ {one['field']}: {one['message']}", style="red", markup=False)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps({"entered": entered, "known": known}, ensure_ascii=False))
        return
    for number in entered:
        console.print(f"{number}  entered in both books")
    for number in known:
        console.print(f"{number}  stands there already, unchanged")


def _read(file: Path) -> object:
    """The file's content, every scalar as the text that stands there. Raises UserError."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise UserError(f"{file} is larger than {LARGEST_FILE} bytes")
        return yaml.load(file.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - builds nothing but text
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{file} cannot be read: {error}") from error
