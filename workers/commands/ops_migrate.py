"""`salesflow ops migrate`: a plan is written, read by a person, validated, and run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from workers.commands import ops_options
from workers.commands.ops_options import DryRun, NoWait, User
from workers.commands.options import AsJson, acting, console, errors
from workers.engine.client import EngineRefused
from workers.errors import UserError
from workers.operations import MIGRATE, migrating
from workers.operations.migrating import Checked, Plan

LARGEST_FILE = 1_000_000

migrate = typer.Typer(no_args_is_help=True, help="Move running cases to another version of their process.")

PlanFile = Annotated[Path, typer.Argument(help="The plan.", metavar="FILE")]


@migrate.command("plan")
def plan(
    process: Annotated[str, typer.Argument(help="The process's id.")],
    source: Annotated[
        int, typer.Option("--from", metavar="VERSION", help="The version that the cases have.")
    ],
    target: Annotated[
        int | None, typer.Option("--to", metavar="VERSION", help="Default: the newest one.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it; default: shown.")
    ] = None,
    user: User = "admin",
) -> None:
    """Write a plan to be read and edited: which step of the old version is which of the new one.

    Exit code 1 when cases stand at steps that it does not move.
    """
    client = acting(ops_options.installed(), user)
    made, unmoved = migrating.generate(client, process, source, target)
    text = _written(made, unmoved)
    if out is None:
        typer.echo(text, nl=False)
    else:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UserError(f"{out} cannot be written: {error}") from error
        console.print(
            f"{out}: {len(made.instructions)} steps; edit it, then: salesflow ops migrate validate {out}"
        )
    if unmoved:
        errors.print(
            "cases stand at steps that the plan does not move: " + ", ".join(unmoved), soft_wrap=True
        )
        raise typer.Exit(ops_options.FINDINGS)


@migrate.command("validate")
def validate(file: PlanFile, user: User = "admin", as_json: AsJson = False) -> None:
    """Check a plan against both versions and against where the cases stand now; nothing is changed.

    Exit code 1 when something is wrong with it.
    """
    client = acting(ops_options.installed(), user)
    checked = migrating.validate(client, _read(file))
    if as_json:
        ops_options.say_json({"cases": checked.cases, "findings": checked.findings + checked.standing})
    else:
        _told(checked)
    if checked.findings or checked.standing:
        raise typer.Exit(ops_options.FINDINGS)


@migrate.command("run")
def run(
    file: PlanFile,
    case: Annotated[
        list[str] | None, typer.Option(metavar="NUMBER", help="Only this case; may be repeated.")
    ] = None,
    user: User = "admin",
    reason: Annotated[str, typer.Option(help="Why; kept in the record.")] = "",
    dry_run: DryRun = False,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Move the cases of the old version, or the named ones, by a plan that is valid.

    Up to 20 move together, all or none; more move one by one, as a batch of the engine. A case that cannot be
    moved stays as it is. Exit code 1 when the plan is not valid or a case could not be moved.
    """
    app = ops_options.installed()
    client = acting(app, user)
    checked = migrating.validate(client, _read(file))
    only = migrating.instances(client, checked, case or ())
    count = len(only) or checked.cases
    wrong = checked.findings + ([] if only else checked.standing)
    if wrong or dry_run or not count:
        if as_json:
            ops_options.say_json({"dry_run": dry_run, "cases": count, "moved": 0, "findings": wrong})
        else:
            _told(checked)
            console.print(
                f"{count} cases {'would be moved' if dry_run and not wrong else 'stay'}; nothing was done"
            )
        raise typer.Exit(ops_options.FINDINGS if wrong else 0)
    ops_options.write_record(
        app,
        MIGRATE,
        user,
        reason.strip(),
        process=checked.plan.process,
        plan=checked.plan.model_dump(by_alias=True),
        count=count,
        cases=list(case or ()),
    )
    try:
        batch = migrating.run(client, checked, only)
    except EngineRefused as error:
        errors.print(f"nothing was moved: {error.message}", soft_wrap=True, markup=False)
        raise typer.Exit(ops_options.FINDINGS) from None
    failed = ops_options.finish_batches(client, (batch,) if batch else (), "moving", not no_wait)
    if as_json:
        ops_options.say_json(
            {"dry_run": False, "cases": count, "failed": failed, "batch": batch and batch[0]}
        )
    else:
        console.print(
            f"{count} cases of {checked.plan.process} {checked.plan.from_version}"
            f" → {checked.plan.to_version}, {failed} failed" + ("" if failed == 0 else f": see batch {batch}")
        )
    if failed:
        raise typer.Exit(ops_options.FINDINGS)


def _told(checked: Checked) -> None:
    plan = checked.plan
    console.print(f"{plan.process} {plan.from_version} → {plan.to_version}: {checked.cases} running cases")
    wrong = checked.findings + checked.standing
    for one in wrong:
        errors.print(f"✗ {one}", soft_wrap=True, markup=False, style="red")
    if not wrong:
        console.print("the plan is valid")


def _written(made: Plan, unmoved: dict[str, int]) -> str:
    lines = [
        "# Which step of the old version is which of the new one. Edit, then: salesflow ops migrate validate FILE",
        "# update_event_trigger: true takes a timer's time or a message's name from the new diagram.",
        *(
            f"# NOT MOVED: {count} cases stand at {step}: say where they go"
            for step, count in unmoved.items()
        ),
    ]
    content = yaml.safe_dump(made.model_dump(by_alias=True), allow_unicode=True, sort_keys=False)
    return "\n".join(lines) + "\n" + content


def _read(file: Path) -> Plan:
    """Raises UserError when it cannot be read or is no plan."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise UserError(f"{file} is larger than {LARGEST_FILE} bytes: that is no plan")
        content = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{file} cannot be read: {error}") from error
    return migrating.read(content)
