"""The schema that the migrations make is the one that the rooms declare, and it guards itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from workers.database.migrate import upgrade
from workers.database.tables import all_tables
from workers.ledger.guards import APPEND_ONLY, guard_findings


def test_the_migrations_make_exactly_the_tables_of_the_rooms(session: Session) -> None:
    context = MigrationContext.configure(
        session.connection(), opts={"compare_type": True, "compare_server_default": True}
    )
    assert compare_metadata(context, all_tables()) == []


def test_migrating_twice_is_harmless(database_url: str, session: Session) -> None:
    count = text("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    before = session.scalar(count)
    upgrade(database_url)
    assert session.scalar(count) == before


def test_processes_that_start_together_migrate_one_after_the_other(database_url: str) -> None:
    url = make_url(database_url)
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS together CASCADE"))
        connection.execute(text("CREATE SCHEMA together"))
        elsewhere = url.update_query_dict({"options": "-c search_path=together"})
        target = elsewhere.render_as_string(hide_password=False)
        try:
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(upgrade, [target] * 4))
            found = connection.scalar(text("SELECT count(*) FROM together.alembic_version"))
        finally:
            connection.execute(text("DROP SCHEMA together CASCADE"))
    server.dispose()
    assert found == 1


@pytest.mark.rule("C4", "X5", "X6")
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_the_database_refuses_to_change_what_was_entered(session: Session, table: str, change: str) -> None:
    column = next(iter(all_tables().tables[table].columns)).name
    with pytest.raises(DBAPIError, match="refused"):
        session.execute(text(change.format(table, column)))


@pytest.mark.rule("C4")
@pytest.mark.parametrize("table", ["ledger_books", "contracts", "contract_versions", "documents"])
@pytest.mark.parametrize("change", ["DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_books_contracts_and_documents_cannot_vanish(session: Session, table: str, change: str) -> None:
    with pytest.raises(DBAPIError, match="refused"):
        session.execute(text(change.format(table)))


@pytest.mark.rule("C4")
def test_the_verification_finds_every_guard_in_place(session: Session) -> None:
    assert list(guard_findings(session)) == []
