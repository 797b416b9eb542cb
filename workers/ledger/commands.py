"""`salesflow ledger`: show, list and verify. Exit codes: 0 fine, 1 findings or not found."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from workers import terminal
from workers.database.unit_of_work import SessionFactory, UnitOfWork
from workers.ledger.printing import print_contract, print_list
from workers.ledger.store import COMPLETED, IN_FORCE, SEALED, TERMINATED
from workers.ledger.verification import verify as find_faults
from workers.ledger.views import UnknownContract, list_contracts
from workers.ledger.views import show as show_contract


class Status(StrEnum):
    """What a contract may be, on the command line."""

    SEALED = SEALED
    IN_FORCE = IN_FORCE
    COMPLETED = COMPLETED
    TERMINATED = TERMINATED


_STATUS = typer.Option(None, help="Only contracts with that status.")
_JSON = typer.Option(False, "--json", help="Print JSON.")


def make_ledger_commands(sessions: Callable[[], SessionFactory]) -> typer.Typer:
    """The commands; `sessions` is asked for the session factory when one of them runs."""
    app = typer.Typer(no_args_is_help=True, help="The contract ledgers of sales and finance.")

    @app.command()
    def show(
        number: str = typer.Argument(help="The contract's number, such as HT-2026-0001."),
        as_json: bool = _JSON,
    ) -> None:
        """Show a contract: its figures, who signed, and the entries of both books."""
        with UnitOfWork(sessions()) as uow:
            try:
                contract = show_contract(uow.session, number)
            except UnknownContract as error:
                _fail(error)
        if as_json:
            typer.echo(contract.model_dump_json(indent=2))
        else:
            print_contract(terminal.for_tables(), contract)

    @app.command("list")
    def list_some(
        limit: int = typer.Option(50, min=0, help="At most so many contracts; 0: all of them."),
        after: str | None = typer.Option(None, help="Go on behind this contract."),
        customer: str | None = typer.Option(None, help="Only contracts of the customer with that number."),
        status: Status | None = _STATUS,
        unpaid: bool = typer.Option(False, "--unpaid", help="Only where principal is outstanding."),
        as_json: bool = _JSON,
    ) -> None:
        """List contracts, the newest first. How many there are in all is told on stderr."""
        with UnitOfWork(sessions()) as uow:
            try:
                page = list_contracts(
                    uow.session,
                    limit=limit or None,
                    after=after,
                    customer_no=customer,
                    status=status.value if status else None,
                    unpaid=unpaid,
                )
            except UnknownContract as error:
                _fail(error)
        if as_json:
            rows = [one.model_dump(mode="json") for one in page.contracts]
            typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        else:
            print_list(terminal.for_tables(), page.contracts)
        shown = f"{len(page.contracts)} of {page.total} contracts"
        more = (
            f"; go on with --after {page.contracts[-1].contract_no}" if len(page.contracts) == limit else ""
        )
        typer.echo(shown + more, err=True)

    @app.command()
    def verify(as_json: bool = _JSON) -> None:
        """Prove that no entry was altered or is missing, and name every difference between the books."""
        with UnitOfWork(sessions()) as uow:
            findings = find_faults(uow.session)
        if as_json:
            typer.echo(json.dumps([one.model_dump() for one in findings], ensure_ascii=False, indent=2))
        elif findings:
            for one in findings:
                Console().print(f"[red]✗[/red] {escape(str(one))}")
        else:
            Console().print("[green]✓[/green] both books are whole and agree")
        if findings:
            raise typer.Exit(1)

    return app


def _fail(error: Exception) -> NoReturn:
    Console(stderr=True).print(f"[red]salesflow:[/red] {escape(str(error))}")
    raise typer.Exit(1) from None
