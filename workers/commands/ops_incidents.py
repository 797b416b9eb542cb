"""`salesflow ops incidents` and `retry`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from workers.commands import ops_options
from workers.commands.ops_options import CaseNo, DryRun, ErrorText, NoWait, Process, Topic, User
from workers.commands.options import AsJson, acting, console, errors
from workers.errors import UserError
from workers.operations import RETRY, retrying
from workers.operations.incidents import Incident, chosen, details, groups
from workers.operations.incidents import incidents as open_incidents

SHOWN_CASES = 3


def incidents(
    topic: Topic = None,
    error: ErrorText = None,
    process: Process = None,
    case: CaseNo = None,
    each: Annotated[bool, typer.Option("--each", help="Every incident on a line of its own.")] = False,
    traces: Annotated[bool, typer.Option("--details", help="With the traceback of each.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open incidents by topic and error, with their reasons. Exit code 1 when there are any."""
    client = ops_options.installed().engine
    found = chosen(open_incidents(client), topic=topic, error=error, process=process, case=case)
    if as_json:
        answer = [{**asdict(one), **({"details": details(client, one)} if traces else {})} for one in found]
        ops_options.say_json({"groups": [asdict(one) for one in groups(found)], "incidents": answer})
    elif each or traces:
        for one in found:
            console.print(_line(one), soft_wrap=True)
            if traces:
                console.print(details(client, one), markup=False, soft_wrap=True)
    elif found:
        _print_groups(found)
    if found:
        raise typer.Exit(ops_options.FINDINGS)
    if not as_json:
        console.print("no incidents")


def retry(
    topic: Topic = None,
    error: ErrorText = None,
    process: Process = None,
    case: CaseNo = None,
    everything: Annotated[bool, typer.Option("--all", help="All incidents, whatever they are.")] = False,
    tries: Annotated[
        int, typer.Option(min=1, max=10, help="How often it is tried before it is an incident again.")
    ] = retrying.TRIES,
    user: User = "admin",
    reason: Annotated[str, typer.Option(help="Why it will work now; kept in the record.")] = "",
    dry_run: DryRun = False,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Try failed tasks and jobs again, by topic, by a text of their error, by process or by case.

    Exit code 1 when there is nothing to retry or a part of it could not be set.
    """
    if not everything and not (topic or error or process or case):
        raise UserError("say what to retry (--topic, --error, --process, --case), or --all")
    app = ops_options.installed()
    client = acting(app, user)
    found = chosen(open_incidents(client), topic=topic, error=error, process=process, case=case)
    work = retrying.retriable(found)
    for one in found:
        if one not in work:
            errors.print(f"not for a retry: {_line(one)}", soft_wrap=True)
    if dry_run or not work:
        _told(work, as_json)
        raise typer.Exit(0 if work else ops_options.FINDINGS)
    selection = {"topic": topic, "error": error, "case": case, "all": everything, "count": len(work)}
    ops_options.write_record(
        app, RETRY, user, reason.strip(), case_no=case, process=process, tries=tries, **selection
    )
    done = retrying.retry(client, work, tries)
    failed = ops_options.finish_batches(client, done.batches, "retrying", not no_wait)
    if as_json:
        ops_options.say_json({**asdict(done), "failed": failed})
    else:
        console.print(
            f"{len(work) - done.gone - failed} have {tries} tries again, {done.gone} had ended, {failed} failed"
        )
        console.print("whether they succeed: salesflow ops incidents")
    if failed:
        raise typer.Exit(ops_options.FINDINGS)


def _told(work: list[Incident], as_json: bool) -> None:
    if as_json:
        ops_options.say_json({"dry_run": True, "incidents": [asdict(one) for one in work]})
    elif work:
        _print_groups(work)
        console.print(f"{len(work)} would be retried; nothing was done")
    else:
        console.print("nothing to retry")


def _print_groups(found: list[Incident]) -> None:
    table = Table("incidents", "where", "error", "since", "cases")
    for one in groups(found):
        more = f" and {len(one.cases) - SHOWN_CASES} more" if len(one.cases) > SHOWN_CASES else ""
        cases = ", ".join(one.cases[:SHOWN_CASES]) + more
        table.add_row(str(one.count), one.place, escape(one.error), one.since[:16], cases)
    console.print(table)


def _line(one: Incident) -> str:
    where = one.topic or one.type
    return (
        f"{one.case or one.process_instance} {one.process} {one.activity} ({where}) since {one.since[:16]}: "
        + (escape(one.reason))
    )
