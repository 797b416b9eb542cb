"""`salesflow`: start, watch and question an installation."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from workers import __version__, calendar
from workers.bootstrap import Application
from workers.check.commands import check
from workers.commands.demo import demo
from workers.commands.deploy import deploy
from workers.commands.engine import engine
from workers.commands.migrate import migrate
from workers.commands.opening import By, OpeningFile, open_contracts
from workers.commands.options import AsJson, VarDir, console, errors, make_application
from workers.commands.report import report
from workers.commands.signatures import signatures
from workers.commands.start import start
from workers.commands.status import status
from workers.commands.up import up
from workers.commands.work import work
from workers.errors import SalesflowError
from workers.ledger.commands import make_ledger_commands
from workers.org import OrgChart
from workers.receipts.commands import add_import_command

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A company's sales and contract approval as BPMN on Camunda 7, with Python workers.",
)
for command in (up, demo, deploy, work, check, status, start, signatures, migrate, engine):
    app.command()(command)


_ledger_options: dict[str, Path | None] = {"var_dir": None}


def _installed() -> Application:
    return make_application(var_dir=_ledger_options["var_dir"])


def _org() -> OrgChart:
    return _installed().org.current()


ledger = make_ledger_commands(lambda: _installed().sessions)
add_import_command(ledger, lambda: _installed().sessions, _org, calendar.now)
app.add_typer(ledger, name="ledger")
app.add_typer(report, name="report")


@ledger.callback()
def _ledger(var: VarDir = None) -> None:
    """The contract ledgers of sales and finance."""
    _ledger_options["var_dir"] = var


@ledger.command("open")
def _open(file: OpeningFile, by: By = "operator", as_json: AsJson = False) -> None:
    """Enter contracts that ran before these books began (期初合同), with what was delivered and received."""
    open_contracts(make_application(var_dir=_ledger_options["var_dir"]), file, by, as_json)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        console.print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; what the person can mend is told without a traceback, with exit code 2."""
    try:
        app()
    except SalesflowError as error:
        errors.print(f"[red]salesflow:[/red] {error}", markup=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
