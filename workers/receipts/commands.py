"""`salesflow ledger import-statement`: a bank statement by command. Exit codes: 0 fine, 1 rows that are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from workers import cases, money, terminal
from workers.database.unit_of_work import SessionFactory, UnitOfWork
from workers.errors import UserError
from workers.ledger.printing import print_whole
from workers.org import OrgChart
from workers.receipts import importing, opening, reporting, sheets
from workers.receipts.importing import Imported
from workers.receipts.store import UNMATCHED

POST = "finance"


def add_import_command(
    app: typer.Typer,
    sessions: Callable[[], SessionFactory],
    org: Callable[[], OrgChart],
    clock: Callable[[], datetime],
) -> None:
    """Add the command to `salesflow ledger`; what it needs is asked for when it runs."""

    @app.command("import-statement")
    def import_statement(
        file: Annotated[Path, typer.Argument(help="The statement: CSV or XLSX, as the bank hands it out.")],
        by: Annotated[str, typer.Option("--by", help="Who of finance answers for it: a user id.")] = "",
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")
        ] = False,
    ) -> None:
        """Import a bank statement: book what matches, and ask finance in Tasklist about the rest.

        The same file, or the same payment in another file, changes nothing. Exit code 1: rows could not be read.
        """
        at = clock()
        chart = org()
        user = _answers(chart, by, at)
        content = _read(file)
        with UnitOfWork(sessions()) as uow:
            found, case_no = _import(uow.session, content, file.name, user, chart.name_of(user), at)
            if dry_run or found.statement is None:
                uow.session.rollback()
        if as_json:
            typer.echo(json.dumps(_as_json(found, case_no, dry_run), ensure_ascii=False, indent=2))
        else:
            _print(terminal.for_tables(), found, case_no, dry_run)
        if found.faults:
            raise typer.Exit(1)


def _answers(org: OrgChart, by: str, at: datetime) -> str:
    """The member of finance to whom the unmatched payments go. Raises UserError."""
    holders = org.holders(POST, at.date())
    user = by or next(iter(holders), "")
    if user not in holders:
        raise UserError(f"{user or 'nobody'} is not of the post {POST}; there are: {', '.join(holders)}")
    return user


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > sheets.LARGEST_FILE:
            raise UserError(f"{file} is larger than {sheets.LARGEST_FILE} bytes: that is no statement")
        return file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error}") from error


def _import(
    session: Session, content: bytes, filename: str, user: str, name: str, at: datetime
) -> tuple[Imported, str | None]:
    case = opening.open_by_command(session, user, name, at)
    found = importing.take_in(session, content, filename, case.case_no, user, at)
    if found.statement is None:
        return found, None
    cases.note(
        session, case.case_no, name, "导入流水", f"{filename}：{reporting.summary(found)}", at, user=user
    )
    left = sum(line.state == UNMATCHED for line in found.lines)
    cases.status(session, case.case_no, reporting.waiting_text(left))
    if left:
        opening.tell(session, case)
    else:
        cases.finish(session, case.case_no, cases.CLOSED, at)
    session.flush()
    return found, case.case_no


def _as_json(found: Imported, case_no: str | None, dry_run: bool) -> dict[str, Any]:
    return {
        "case": None if dry_run else case_no,
        "dry_run": dry_run,
        "known_as": found.known_as,
        "summary": reporting.summary(found),
        "lines": [
            {
                "line": line.line_no,
                "date": line.value_date.isoformat(),
                "amount": format(line.amount, ".2f"),
                "currency": line.currency,
                "payer": line.payer,
                "reference": line.key,
                "state": line.state,
                "reason": line.reason,
                "contracts": line.candidates,
            }
            for line in found.lines
        ],
        "faults": [{"line": fault.line_no, "reason": fault.reason} for fault in found.faults],
    }


def _print(console: Console, found: Imported, case_no: str | None, dry_run: bool) -> None:
    rows = Table("行", "日期", "金额", "付款人", "结果", "说明", "合同")
    for line in found.lines:
        rows.add_row(
            str(line.line_no),
            line.value_date.isoformat(),
            money.figures(line.amount) if line.currency == "CNY" else f"{line.currency} {line.amount}",
            escape(line.payer),
            _STATES[line.state],
            escape(line.reason),
            "、".join(line.candidates),
        )
    if found.lines:
        print_whole(console, rows, frozenset({"行", "日期", "金额", "合同"}))
    for fault in found.faults:
        console.print(f"[red]✗[/red] {escape(reporting.said(fault))}")
    console.print(escape(reporting.summary(found)))
    if dry_run:
        console.print("试运行，没有登记任何内容")
    elif case_no:
        console.print(f"登记编号 {case_no}")


_STATES = {"matched": "入账", "unmatched": "待认领", "ignored": "未重复登记"}
