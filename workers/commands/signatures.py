"""`salesflow signatures`: who signed a case or a document (X5)."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from workers import approval
from workers.approval import DECISIONS
from workers.calendar import SHANGHAI
from workers.commands.options import AsJson, VarDir, connect, console, errors
from workers.database.unit_of_work import UnitOfWork

Number = Annotated[str, typer.Argument(help="A case's or a document's number, such as FH-2026-0001.")]


def signatures(number: Number, var: VarDir = None, as_json: AsJson = False) -> None:
    """Who signed a case or a document, for which post, when and with which words. Exit code 1: nobody."""
    app = connect(var_dir=var)
    with UnitOfWork(app.sessions) as uow:
        found = approval.records(uow.session, number)
        plain = [approval.as_signature(record) for record in found]
    if as_json:
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))
    elif found:
        rows = Table("岗位", "签字人", "代", "决定", "意见", "时间")
        for one in found:
            at = f"{one.signed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            decision = DECISIONS.get(one.decision, one.decision)
            words = (one.post_name, one.signer_name, one.acting_for_name or "", decision, one.comment, at)
            rows.add_row(*map(escape, words))
        console.print(rows)
    else:
        errors.print(f"[red]salesflow:[/red] nobody has signed {escape(number)}")
    if not found:
        raise typer.Exit(1)
