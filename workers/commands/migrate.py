"""`salesflow migrate`: bring the database up to date."""

from __future__ import annotations

from workers.commands.options import VarDir, console, make_application


def migrate(var: VarDir = None) -> None:
    """Bring salesflow's database to the newest schema; `up` and `work` do the same when they start."""
    app = make_application(var_dir=var)
    app.prepare_database()
    console.print("the database is up to date")
