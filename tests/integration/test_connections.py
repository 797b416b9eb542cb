"""What a connection of the workers brings along, on the real server."""

from __future__ import annotations

import time
from unittest.mock import Mock

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from workers import housekeeping
from workers.database import engine
from workers.database.engine import make_engine
from workers.housekeeping import Housekeeping


@pytest.mark.rule("X6")
def test_a_transaction_that_stands_still_is_ended_by_the_server_and_lets_go_of_its_locks(
    database_url: str,
) -> None:
    """A worker that is stopped in the middle of a task must not keep the others from the books."""
    hung, other = make_engine(database_url, idle_seconds=1), make_engine(database_url)
    with hung.connect() as stopped, other.connect() as going_on:
        stopped.execute(text("SELECT pg_advisory_xact_lock(7240099)"))
        going_on.execute(text("SET LOCAL lock_timeout = '20s'"))
        going_on.execute(text("SELECT pg_advisory_xact_lock(7240099)"))
        with pytest.raises(DBAPIError, match="idle-in-transaction timeout"):
            stopped.execute(text("SELECT 1"))
    hung.dispose()
    other.dispose()


@pytest.mark.rule("X6")
def test_a_process_that_stops_in_the_middle_of_a_chore_loses_its_turn_to_the_others(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signals and deadlines must not wait for a worker that is frozen."""
    monkeypatch.setattr(housekeeping, "HELD_SECONDS", 1)
    database = make_engine(database_url)
    other = Housekeeping(database, {}, 60, lock=7_240_098)

    def stopped() -> None:
        deadline = time.monotonic() + 20
        while not other.round():
            assert time.monotonic() < deadline, "the lock is held for ever"

    with pytest.raises(DBAPIError, match="idle-session timeout"):
        Housekeeping(database, {"stopped": stopped}, 60, lock=7_240_098).round()
    database.dispose()


def test_a_connection_that_died_while_it_rested_is_replaced_before_it_is_used(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database was restarted: the first task after it must not fail with the old connections."""
    monkeypatch.setattr(engine, "REST_SECONDS", 0.0)
    database = make_engine(database_url)
    with database.connect() as one, database.connect() as two:
        backends = [connection.scalar(text("SELECT pg_backend_pid()")) for connection in (one, two)]
    other = make_engine(database_url)
    with other.connect() as ending:
        for backend in backends:
            assert ending.scalar(text("SELECT pg_terminate_backend(:id, 5000)"), {"id": backend})
    for _ in backends:
        with database.connect() as connection:
            assert connection.scalar(text("SELECT pg_backend_pid()")) not in backends
    database.dispose()
    other.dispose()


def test_a_connection_that_was_used_a_moment_ago_is_not_asked_whether_it_lives(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would cost every task a round trip."""
    asked = Mock(return_value=True)
    monkeypatch.setattr(engine, "_lives", asked)
    monkeypatch.setattr(engine, "REST_SECONDS", 60.0)
    database = make_engine(database_url)
    for _ in range(3):
        with database.connect() as connection:
            connection.execute(text("SELECT 1"))
    assert not asked.called
    monkeypatch.setattr(engine, "REST_SECONDS", 0.0)
    with database.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert asked.call_count == 1
    database.dispose()
