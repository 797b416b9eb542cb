"""Bring the schema up to date: Alembic from Python, no ini file; several processes may start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from workers.database.engine import make_engine

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_301_000
"""Key of the advisory lock that lets one process at a time migrate."""


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration; `connection` is the one to work on."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate the database at `url`; does nothing when it is up to date. Other processes wait meanwhile."""
    engine = make_engine(url, pool_size=1)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            command.upgrade(configuration(connection), revision)
    finally:
        engine.dispose()
