"""`salesflow ops cancel`: a running case is cancelled by its own withdrawal, or, told so, without it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from workers import calendar, cases
from workers.commands import ops_options
from workers.commands.ops_options import DryRun, Process, User
from workers.commands.options import AsJson, acting, console, errors
from workers.connections import Connections
from workers.database.unit_of_work import UnitOfWork
from workers.engine.client import EngineClient
from workers.operations import CANCEL, DELETE, cancelling
from workers.operations.cancelling import Target

WAIT_SECONDS = 30.0
ENDED = "withdrawn", "deleted"
LEFT = "nothing that it has written is taken back (papers, stock, entries, numbers): look after them by hand"
DELETE_HINT = f"--delete ends it all the same, but {LEFT}"


def cancel(
    numbers: Annotated[list[str], typer.Argument(help="Case numbers.", metavar="NUMBER...")],
    reason: Annotated[str, typer.Option(help="Why; kept in the case's history and in the record.")],
    process: Process = None,
    user: User = "admin",
    delete: Annotated[
        bool,
        typer.Option(
            "--delete",
            help="Where a case cannot be withdrawn: end it all the same. What it has written is NOT taken back.",
        ),
    ] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for each withdrawal.")] = WAIT_SECONDS,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Cancel running cases with a reason, each by its own withdrawal, which takes back what it has written.

    A case past its point of no return says no. Exit code 1 when one was not cancelled.
    """
    reason = ops_options.reasoned(reason)
    app = ops_options.installed()
    client = acting(app, user)
    targets = [
        cancelling.find(client, number, process) for number in numbers
    ]  # all exist before one is touched
    results = []
    for target in targets:
        result = (
            _plan(target, delete) if dry_run else _cancel(app, client, target, user, reason, delete, wait)
        )
        results.append({"case": target.case, "process": target.process, **result})
        if not as_json:
            console.print(f"{target.case} {target.process}: {result['outcome']}", soft_wrap=True)
            for why in result["because"]:
                errors.print(f"  {why}", soft_wrap=True, markup=False)
    if as_json:
        ops_options.say_json({"dry_run": dry_run, "cases": results})
    if not all(one["outcome"] in ENDED or (dry_run and one["possible"]) for one in results):
        raise typer.Exit(ops_options.FINDINGS)


def _plan(target: Target, delete: bool) -> dict[str, Any]:
    """What would be done."""
    if target.can_withdraw:
        said = f"would be asked to withdraw ({target.withdrawal}); its worker may still refuse"
        return {"outcome": said, "because": [], "possible": True}
    if delete:
        said = f"would be deleted with {target.parts} called processes"
        return {"outcome": said, "because": [_no_way(target), LEFT], "possible": True}
    return {"outcome": "cannot be withdrawn", "because": [_no_way(target), DELETE_HINT], "possible": False}


def _no_way(target: Target) -> str:
    if target.withdrawal is None:
        return f"{target.process} has no withdrawal in its diagram"
    return f"its withdrawal is not open now ({target.withdrawal} has no form that waits)"


def _cancel(
    app: Connections, client: EngineClient, target: Target, user: str, reason: str, delete: bool, wait: float
) -> dict[str, Any]:
    about = {
        "case_no": target.case,
        "process": target.process,
        "process_instance_id": target.instance,
    }
    if target.can_withdraw:
        order = ops_options.write_record(app, CANCEL, user, reason, **about)
        cancelling.ask(client, target, order, reason)
        outcome, because = cancelling.outcome(client, target, wait)
        if outcome == "pending":
            because = ["the worker has not answered yet: salesflow status tells whether one runs"]
        if outcome != "kept" or not delete:
            return {"outcome": outcome, "because": because}
    elif not delete:
        return {"outcome": "not cancelled", "because": [_no_way(target), DELETE_HINT]}
    else:
        because = [_no_way(target)]
    ops_options.write_record(app, DELETE, user, reason, **about, called=target.parts)
    batch, jobs = cancelling.delete(client, target.instance, reason)
    if ops_options.watch(client, batch, jobs, f"deleting {target.case}").failed:
        return {"outcome": "not deleted", "because": [f"the engine could not: see batch {batch} in Cockpit"]}
    _close(app, target, user, reason)
    return {"outcome": "deleted", "because": [*because, LEFT]}


def _close(app: Connections, target: Target, user: str, reason: str) -> None:
    """The case's file says that it has ended; where there is none there is nothing to say."""
    with UnitOfWork(app.sessions) as uow:
        known = uow.session.get(cases.Case, target.case)
        if known is None or known.process_instance_id not in (None, target.instance):
            return
        cases.finish(uow.session, target.case, cases.CLOSED, calendar.now())
        cases.note(
            uow.session,
            target.case,
            cases.OPERATORS,
            "强制终止(已办事项未撤销)",
            reason,
            calendar.now(),
            user=user,
        )
        cases.status(uow.session, target.case, "已被运维终止")
