"""`salesflow start`: start a case from a file, checked before anything starts (X1, X3)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from workers import calendar, cases
from workers.commands.options import AsJson, EngineUrl, VarDir, connect, console, errors
from workers.connections import Connections
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput, UserError
from workers.rooms import room_modules

NUMBER_SECONDS = 15.0
LARGEST_FILE = 1_000_000


def start(
    process: Annotated[str, typer.Argument(help="The process's id, such as ContractApprovalProcess.")],
    file: Annotated[Path, typer.Argument(help="YAML or JSON with the case's data and its applicant.")],
    engine: EngineUrl = None,
    var: VarDir = None,
    as_json: AsJson = False,
) -> None:
    """Start a case from a YAML or JSON file, by the same rules as its forms.

    Exit code 1 when the data is refused: every finding is named and nothing has started.
    """
    app = connect(engine_url=engine, var_dir=var)
    starting = _find(process)
    data = _read(file)
    found = _check(app, starting, data)
    if found:
        if as_json:
            typer.echo(json.dumps({"errors": found}, ensure_ascii=False, indent=2))
        for one in found if not as_json else ():
            errors.print(f"[red]✗[/red] {one['field'] or process}: {one['message']}", markup=True)
        raise typer.Exit(1)
    instance = app.engine.correlate(starting.MESSAGE, variables=data)[0]["processInstance"]["id"]
    number = _await_number(app, instance)
    if as_json:
        typer.echo(json.dumps({"case": number, "process_instance": instance}))
    else:
        console.print(f"started {number or 'a case that has no number yet: is a worker running?'}")


def _find(process: str) -> Any:
    """The room's module that knows how the process is started."""
    known = {found.PROCESS: found for found in room_modules("starting")}
    if process not in known:
        raise UserError(
            f"no process {process} can be started by command; there are: {', '.join(sorted(known))}"
        )
    return known[process]


def _read(file: Path) -> dict[str, Any]:
    """The file's content. Raises UserError when it cannot be read or is no mapping."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise UserError(f"{file} is larger than {LARGEST_FILE} bytes: that is no case")
        # YAML reads JSON too; BaseLoader keeps every scalar as the text that stands there, so no price is a float
        content = yaml.load(file.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - builds nothing but text
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{file} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"{file} must hold the case's fields by name")
    return content


def _check(app: Connections, starting: Any, data: dict[str, Any]) -> list[dict[str, str]]:
    org, today = app.org.current(), calendar.now().date()
    found = [
        {"field": name, "message": f"不认识的字段;可用的有:{'、'.join(starting.FIELDS)}"}
        for name in data
        if name not in starting.FIELDS
    ]
    try:
        cases.starter(org, app.endpoints.engine_user, data.get("applicant"), starting.PROCESS, today)
    except InvalidInput as error:
        found.append({"field": "applicant", "message": str(error)})
    with UnitOfWork(app.sessions) as uow:
        return found + [one.model_dump() for one in starting.check(uow.session, org, data, today)]


def _await_number(app: Connections, instance: str) -> str | None:
    deadline = time.monotonic() + NUMBER_SECONDS
    while time.monotonic() < deadline:
        number = app.engine.get(f"/history/process-instance/{instance}")["businessKey"]
        if number:
            return str(number)
        time.sleep(0.1)
    return None
