"""After every test that wrote, `salesflow ledger verify` finds nothing (C4, X6): the test that broke the books fails.

What is looked at: the test's `session`, before it is rolled back; each database in which this process committed what
it wrote; the shared installation, where the worker writes. A test that breaks the books on purpose says so and why,
`@pytest.mark.tampers("reason")`, and fails when they are whole.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

from workers import ledger
from workers.bootstrap import Application

WROTE = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"
"""Whether the transaction has written anything, as PostgreSQL itself knows."""
HAS_BOOKS = "SELECT to_regclass('ledger_entries') IS NOT NULL"
WAIT = "SET lock_timeout = '10s'"
"""A test that ends while a transaction of its own holds the books is told so, before its time is up."""

_written: set[Engine] = set()
"""Where something was committed since the test's fixtures began."""


@event.listens_for(Engine, "commit")
def _committed(connection: Connection) -> None:
    with connection.connection.cursor() as cursor:
        if all(cursor.execute(asked).fetchone() == (True,) for asked in (WROTE, HAS_BOOKS)):
            _written.add(connection.engine)


def pytest_itemcollected(item: pytest.Item) -> None:
    for marker in item.iter_markers("tampers"):
        if not any(isinstance(reason, str) and reason.strip() for reason in marker.args):
            raise pytest.UsageError(f"{item.nodeid}: tampers() does not say why")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    _written.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    result = yield
    findings = [str(one) for session in _written_by(item) for one in ledger.verify(session)]
    tampers = item.get_closest_marker("tampers") is not None
    if findings and not tampers:
        pytest.fail("the books are not whole:\n" + "\n".join(findings), pytrace=False)
    if tampers and not findings:
        pytest.fail("it says that it tampers with the books, and they are whole", pytrace=False)
    return result


def _written_by(item: pytest.Item) -> Iterator[Session]:
    """A session on each of the books that the test may have changed."""
    fixtures = getattr(item, "funcargs", {})
    session, app = fixtures.get("session"), fixtures.get("app")
    if isinstance(session, Session) and _wrote(session):
        yield session
    if isinstance(app, Application):
        _written.add(app.database)  # the worker is another process: nothing here tells what it committed
    for engine in tuple(_written):
        with engine.connect() as connection, Session(connection) as opened:
            connection.detach()  # a pool that the test has closed stays closed
            connection.execute(text(WAIT))
            if connection.scalar(text(HAS_BOOKS)):
                yield opened


def _wrote(session: Session) -> bool:
    """Whether the session has changed anything; what the database refused last is put aside."""
    if not session.is_active or _refused(session):
        session.rollback()
    session.flush()
    return bool(session.scalar(text(WROTE)))


def _refused(session: Session) -> bool:
    inside = session.connection().connection.dbapi_connection
    return inside is not None and inside.info.transaction_status == TransactionStatus.INERROR
