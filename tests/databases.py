"""PostgreSQL alone, for tests that need no engine: they then run beside those that do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from workers.database.embedded import SUPERUSER, EmbeddedPostgres
from workers.database.migrate import upgrade
from workers.stack.credentials import Credentials


class DatabaseServer:
    """A running server; each database in it is salesflow's."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres

    def create(self, name: str) -> str:
        """A migrated database that holds nothing: its URL."""
        self._execute(f"CREATE DATABASE {name} OWNER salesflow")
        url = (
            make_url(self.postgres.url("salesflow")).set(database=name).render_as_string(hide_password=False)
        )
        upgrade(url)
        return url

    def drop(self, name: str) -> None:
        """Remove it, whoever is connected."""
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        url = make_url(self.postgres.url(SUPERUSER)).set(database="postgres")
        server = create_engine(url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(statement))
        server.dispose()


@contextmanager
def database_server(folder: Path, port: int) -> Iterator[DatabaseServer]:
    """Starts a server that keeps its data in `folder`, and stops it."""
    credentials = Credentials.load(folder / "credentials.toml")
    postgres = EmbeddedPostgres(
        folder / "postgres",
        port,
        folder / "postgres.log",
        lambda name: credentials.password("database", name),
    )
    child = postgres.start(superuser_known=False)
    try:
        postgres.wait_until_ready(child)
        yield DatabaseServer(postgres)
    finally:
        child.stop()
