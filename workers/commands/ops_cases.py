"""`salesflow ops search` and `record`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from workers import calendar, operations
from workers.commands import ops_options
from workers.commands.ops_options import CaseNo, Process
from workers.commands.options import AsJson, console
from workers.database.unit_of_work import UnitOfWork
from workers.operations import finding
from workers.terminal import whole

Day = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")]


def search(
    number: Annotated[str, typer.Argument(help="A case's or a contract's number, or a part of it.")] = "",
    process: Process = None,
    customer: Annotated[
        str, typer.Option(metavar="TEXT", help="The customer's number, or a part of the name.")
    ] = "",
    end: Annotated[
        str | None,
        typer.Option(metavar="STATE", help="completed, deleted, or an end event such as Event_Withdrawn."),
    ] = None,
    started_from: Day = None,
    started_to: Day = None,
    ended_from: Day = None,
    ended_to: Day = None,
    running: Annotated[
        bool, typer.Option("--running", help="Running cases instead of finished ones.")
    ] = False,
    most: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many are shown.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Find finished cases: by number, process, customer, how they ended, and when (whole days, Shanghai)."""
    wanted = finding.Wanted(
        number=number,
        process=process,
        customer=customer,
        end=end,
        started_from=ops_options.day(started_from),
        started_to=ops_options.day(started_to),
        ended_from=ops_options.day(ended_from),
        ended_to=ops_options.day(ended_to),
        running=running,
    )
    total, found = finding.search(ops_options.installed().engine, wanted, most)
    if as_json:
        ops_options.say_json({"total": total, "cases": found})
        return
    table = Table(whole("case"), "process", "version", whole("started"), whole("ended"), "how")
    for one in found:
        how = one["end_name"] or one["end_event"] or one["delete_reason"] or one["state"]
        ended = (one["ended"] or "")[:16]
        table.add_row(
            one["case"], one["process"], str(one["version"]), one["started"][:16], ended, escape(how)
        )
    console.print(table)
    console.print(
        f"{len(found)} of {total}" + (" (more: --limit, or narrow it)" if total > len(found) else "")
    )


def record(
    case: CaseNo = None,
    most: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many are shown.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What operators changed by these commands, who, when and why; the newest first."""
    with UnitOfWork(ops_options.installed().sessions) as uow:
        found: list[dict[str, Any]] = [
            {
                "at": one.at.astimezone(calendar.SHANGHAI).isoformat(timespec="seconds"),
                "by": one.by,
                "action": one.action,
                "case": one.case_no,
                "process": one.process,
                "process_instance": one.process_instance_id,
                "reason": one.reason,
                "details": one.details,
            }
            for one in operations.recorded(uow.session, case, most)
        ]
    if as_json:
        ops_options.say_json(found)
        return
    if not found:
        console.print("nothing was changed by these commands yet" + (f" in {case}" if case else ""))
    for one in found:
        told = ", ".join(f"{name} {value}" for name, value in one["details"].items() if value)
        what = " ".join(filter(None, (one["at"], one["by"], one["action"], one["case"], one["process"])))
        line = ": ".join(filter(None, (what, one["reason"]))) + (f" ({told})" if told else "")
        console.print(line, soft_wrap=True, markup=False)
