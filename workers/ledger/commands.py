"""`salesflow ledger`: show, list and verify. Exit codes: 0 fine, 1 findings or not found."""

from __future__ import annotations

import json
from collections.abc import Callable

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workers import money
from workers.database.unit_of_work import SessionFactory, UnitOfWork
from workers.ledger.store import IN_FORCE, SEALED
from workers.ledger.verification import verify as find_faults
from workers.ledger.views import ContractView, UnknownContract, list_contracts
from workers.ledger.views import show as show_contract

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
                Console(stderr=True).print(f"[red]salesflow:[/red] {escape(str(error))}")
                raise typer.Exit(1) from None
        if as_json:
            typer.echo(contract.model_dump_json(indent=2))
        else:
            _print_contract(Console(), contract)

    @app.command("list")
    def list_all(as_json: bool = _JSON) -> None:
        """List every contract in the ledgers."""
        with UnitOfWork(sessions()) as uow:
            contracts = list_contracts(uow.session)
        if as_json:
            typer.echo(
                json.dumps([one.model_dump(mode="json") for one in contracts], ensure_ascii=False, indent=2)
            )
            return
        rows = Table("合同编号", "客户", "金额", "已收款", "已交付", "已开票", "状态")
        for one in contracts:
            sums = (one.amount, one.received, one.delivered, one.invoiced)
            rows.add_row(
                one.contract_no, escape(one.customer), *map(money.figures, sums), _STATUS[one.status]
            )
        Console().print(rows)

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


_STATUS = {SEALED: "已用印，待入台帐", IN_FORCE: "生效"}


def _print_contract(console: Console, contract: ContractView) -> None:
    console.print(
        f"[bold]{contract.contract_no}[/bold]  {escape(contract.customer)}  {money.figures(contract.amount)}"
        f"  {_STATUS[contract.status]}"
    )
    console.print(
        f"已收款 {money.figures(contract.received)}  已交付 {money.figures(contract.delivered)}"
        f"  已开票 {money.figures(contract.invoiced)}"
    )
    signatures = Table("岗位", "签字人", "决定", "意见", "时间", title="签批")
    for one in contract.approvals:
        signatures.add_row(
            escape(one.post_name), escape(one.signer_name), one.decision, escape(one.comment), one.at
        )
    console.print(signatures)
    for book, title in (("sales", "销售台帐"), ("finance", "财务台帐")):
        entries = Table("序号", "摘要", "金额", "登记时间", "凭据", title=title)
        for entry in contract.books[book]:
            at = f"{entry.at:%Y-%m-%d %H:%M}"
            entries.add_row(
                str(entry.seq), entry.kind, money.figures(entry.amount), at, escape(entry.reference)
            )
        console.print(entries)
