"""`salesflow up`: the whole stack, until Ctrl-C."""

from __future__ import annotations

from rich.table import Table

from workers.bootstrap import Application
from workers.commands.options import (
    DatabasePort,
    EnginePort,
    EngineUrl,
    VarDir,
    console,
    errors,
    make_settings,
)
from workers.installation import installation


def up(
    engine: EngineUrl = None,
    var: VarDir = None,
    engine_port: EnginePort = None,
    database_port: DatabasePort = None,
) -> None:
    """Start PostgreSQL, the engine and a worker, deploy bpmn/, and stay up until Ctrl-C."""
    settings = make_settings(
        engine_url=engine, var_dir=var, engine_port=engine_port, database_port=database_port
    )
    with installation(settings, errors) as running:
        show_doors(running.app)
        console.print("Ctrl-C stops everything.")
        running.stack.wait()


def show_doors(app: Application) -> None:
    """Print where everything is, and how each person logs in."""
    doors = app.endpoints
    console.print(f"Tasklist  {doors.tasklist_url}")
    console.print(f"Cockpit   {doors.cockpit_url}")
    table = Table(title="登录 (示例人员)", title_justify="left")
    for column in ("岗位", "姓名", "用户名", "密码"):
        table.add_column(column)
    chart = app.org.current()
    for user, person in chart.people.items():
        password = app.credentials.get("staff", user)
        if password:
            table.add_row(
                "、".join(chart.post_name(post) for post in person.posts), person.name, user, password
            )
    console.print(table)
    console.print(f"passwords: {app.settings.credentials_file} (the engine's administrator is admin)")
