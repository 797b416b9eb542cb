"""Reports as self-contained HTML files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from workers import calendar
from workers.commands.options import VarDir, connect, console
from workers.database.unit_of_work import UnitOfWork
from workers.errors import UserError
from workers.follow_up.analysis import Period
from workers.follow_up.report import rendered

report = typer.Typer(no_args_is_help=True, help="Reports as HTML files that need no network.")


@report.callback()
def _report() -> None:
    """Reports as HTML files that need no network."""


@report.command("dealership")
def dealership(
    day: Annotated[
        str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="A day; default: today.")
    ] = None,
    month: Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="A month instead.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write it.")] = None,
    var: VarDir = None,
) -> None:
    """Promise and practice: what customers say of each step, follow-ups on time, complaints."""
    period = period_of(day, month)
    app = connect(var_dir=var)
    with UnitOfWork(app.sessions) as uow:
        content = rendered(uow.session, period, app.org.current(), app.settings.config_dir, calendar.now())
    path = out or app.settings.var_dir / "reports" / f"dealership-{period.title}.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error}") from error
    console.print(str(path), soft_wrap=True)


def period_of(day: str | None, month: str | None) -> Period:
    """Raises UserError for what is neither a day nor a month, for both, and for a period that has not begun."""
    if day and month:
        raise UserError("give --day or --month, not both")
    now = calendar.now()
    try:
        if month:
            period = Period.of_month(date.fromisoformat(f"{month}-01"))
        else:
            period = Period.of_day(date.fromisoformat(day) if day else now.date())
    except ValueError:
        raise UserError(f"{month or day} is no {'month' if month else 'day'}") from None
    if period.start > now:
        raise UserError(f"{period.title} has not begun: there is nothing to report yet")
    return period
