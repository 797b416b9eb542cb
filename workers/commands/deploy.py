"""`salesflow deploy`: check bpmn/, then hand it to the engine."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from workers.check.commands import report
from workers.commands.options import AsJson, EngineUrl, VarDir, acting, connect, console
from workers.engine.deployer import deploy_all

User = Annotated[
    str,
    typer.Option(
        help="Who deploys: an operator, or admin. Password: SALESFLOW_ENGINE_PASSWORD, var/credentials.toml."
    ),
]


def deploy(
    engine: EngineUrl = None,
    var: VarDir = None,
    user: User = "admin",
    as_json: AsJson = False,
) -> None:
    """Check the diagrams, forms and tables, then deploy them; a folder that is unchanged stays as it is.

    Exit code 1 when the check finds something: nothing is deployed then.
    """
    app = connect(engine_url=engine, var_dir=var)
    if report(app.settings.bpmn_dir):
        raise typer.Exit(1)
    done = deploy_all(acting(app, user), app.settings.bpmn_dir)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in done], ensure_ascii=False, indent=2))
        return
    for one in done:
        console.print(f"{one.name}: {', '.join(one.definitions) if one.changed else 'unchanged'}")
