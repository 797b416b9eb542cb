"""The shop's cars: what there is, new ones, and those that leave without being sold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from workers import calendar
from workers import vehicles as cars
from workers.commands.options import AsJson, VarDir, connect, console, errors
from workers.connections import Connections
from workers.database.unit_of_work import UnitOfWork
from workers.errors import UserError
from workers.terminal import whole

LARGEST_FILE = 5_000_000

vehicles = typer.Typer(no_args_is_help=True, help="The shop's cars: list them, enter and withdraw some.")
By = Annotated[
    str, typer.Option("--by", metavar="USER", help="Who answers for it: a user id of the org chart.")
]


@vehicles.command("list")
def list_cars(
    model: Annotated[str | None, typer.Option("--model", help="Only this model.")] = None,
    as_json: AsJson = False,
    var: VarDir = None,
) -> None:
    """The cars that are ours, also those that were rejected or withdrawn; sold ones are not."""
    with UnitOfWork(connect(var_dir=var).sessions) as uow:
        found = cars.ours(uow.session, model)
        rows = [
            {
                "vin": car.vin,
                "model": car.model_no or "",
                "colour": car.colour,
                "state": car.state,
                "place": car.place,
                "sale": car.sale_no or "",
                "expected_on": car.expected_on.isoformat() if car.expected_on else "",
            }
            for car in found
        ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(whole("VIN"), "车型", "颜色", "状态", "地点", whole("销售"), "预计到店")
    for row in rows:
        table.add_row(*(cars.STATES[cell] if key == "state" else cell for key, cell in row.items()))
    console.print(table)


@vehicles.command("enter")
def enter(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV: vin, model, colour, state, place, expected_on.")
    ],
    by: By,
    var: VarDir = None,
) -> None:
    """Enter the cars of a list, all or none (config/examples/vehicles.csv). Exit code 1: something in it is wrong."""
    app = connect(var_dir=var)
    _known(app, by)
    try:
        content = file.read_bytes() if file.stat().st_size <= LARGEST_FILE else None
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error}") from error
    if content is None:
        raise UserError(f"{file} is larger than {LARGEST_FILE} bytes")
    try:
        with UnitOfWork(app.sessions) as uow:
            entered = cars.enter_list(uow.session, content, by=by, at=calendar.now())
    except cars.ListRefused as refused:
        for finding in refused.findings:
            errors.print(f"✗ {finding}", style="red", markup=False)
        raise typer.Exit(1) from None
    for vin in entered:
        console.print(f"{vin}  entered")


@vehicles.command("withdraw")
def withdraw(
    vin: Annotated[str, typer.Argument(metavar="VIN")],
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why it is not for sale any more.")],
    by: By,
    var: VarDir = None,
) -> None:
    """Take a car out of what can be sold; `enter` brings it back. Exit code 1: it cannot be withdrawn."""
    app = connect(var_dir=var)
    _known(app, by)
    if not reason.strip():
        raise UserError("say why the car is not for sale any more")
    try:
        with UnitOfWork(app.sessions) as uow:
            written = cars.read_vin(vin) or vin
            cars.withdraw(uow.session, written, reason=reason.strip(), by=by, at=calendar.now())
    except cars.VehicleTaken as taken:
        errors.print(f"✗ {taken}", style="red", markup=False)
        raise typer.Exit(1) from None
    console.print(f"{written}  withdrawn")


def _known(app: Connections, user: str) -> None:
    """Raises UserError for somebody who does not work here: the record keeps who did it."""
    chart, today = app.org.current(), calendar.now().date()
    if user not in chart.people or not chart.person(user).works_on(today):
        raise UserError(f"{user} is no person of the org chart")
