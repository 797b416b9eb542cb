"""`salesflow migrate`: bring the database up to date."""

from __future__ import annotations

from workers.bootstrap import Application
from workers.commands.options import VarDir, console, make_settings


def migrate(var: VarDir = None) -> None:
    """Bring salesflow's database to the newest schema; `up` and `work` do the same when they start."""
    app = Application(make_settings(var_dir=var))
    app.prepare_database()
    console.print("the database is up to date")
