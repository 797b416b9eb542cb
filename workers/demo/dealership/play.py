"""Plays the day on a running installation and ends with its report."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workers import calendar, ledger
from workers.bootstrap import Application
from workers.database.unit_of_work import UnitOfWork
from workers.demo.dealership.day import CUSTOMERS
from workers.demo.play import require_policy
from workers.demo.story import Company
from workers.errors import SalesflowError
from workers.follow_up.analysis import Period
from workers.follow_up.report import rendered


def play(app: Application, console: Console) -> Path:
    """Play ten customers to their ends; returns the day's report. Raises SalesflowError when one gets stuck."""
    started = time.monotonic()
    columns = (TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        shown = progress.add_task("店里的一天", total=len(CUSTOMERS))

        def tell(text: str) -> None:
            seconds = f"{time.monotonic() - started:5.1f} s"
            progress.console.print(f"[dim]{seconds}[/dim]  [green]✓[/green] {text}")

        company = Company(app)
        require_policy(company, tell)
        for name, story in CUSTOMERS:
            progress.update(shown, description=name)
            story(company, tell)
            progress.advance(shown)
    period = Period.of_day(company.today)
    with UnitOfWork(app.sessions) as uow:
        findings = ledger.verify(uow.session)
        content = rendered(uow.session, period, app.org.current(), app.settings.config_dir, calendar.now())
    if findings:
        raise SalesflowError(f"the books differ: {findings[0]}")
    report = app.settings.var_dir / "reports" / f"dealership-{period.title}.html"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_bytes(content)
    console.print("[green]台帐核对无误[/green]")
    console.print(f"日报 {report}", soft_wrap=True)
    console.print(f"演示用时 {time.monotonic() - started:.0f} 秒")
    return report
