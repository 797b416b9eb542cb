"""The connection pool to salesflow's own database."""

from __future__ import annotations

import time

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from workers.errors import UserError

CONNECT = {
    "connect_timeout": 5,
    "application_name": "salesflow",
    # A server or network that is gone without a word is noticed within half a minute, not after hours.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}

REST_SECONDS = 1.0
"""A connection that has rested in the pool for longer is asked whether it lives before it is used again."""


def make_engine(url: str, pool_size: int = 10, idle_seconds: int | None = None) -> Engine:
    """Make a pool for PostgreSQL at `url`; connects to nothing yet.

    With `idle_seconds` the server ends a transaction in which nothing has been asked for so long: a process that
    hangs (or is stopped) must not keep what it has locked from all others.

    Accepts `postgres://` and `postgresql://` as they are found in DATABASE_URL. Raises UserError otherwise.
    """
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    if parsed.get_backend_name() != "postgresql":
        raise UserError(f"DATABASE_URL must name a PostgreSQL database, not {parsed.get_backend_name()}")
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=5,
        connect_args=CONNECT if idle_seconds is None else {**CONNECT, "options": _idle(idle_seconds)},
    )
    _test_rested_connections(engine)
    return engine


def _test_rested_connections(engine: Engine) -> None:
    """Ask a connection whether it lives before it is used, as `pool_pre_ping` does, but only after a rest.

    One that was used a moment ago is not worth a round trip: it takes a worker's transaction a sixth more CPU.
    """

    @event.listens_for(engine, "checkin")
    def _rest(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _test(connection: DBAPIConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        rested = time.monotonic() - record.info.get("rests_since", time.monotonic())
        if rested > REST_SECONDS and not _lives(engine, connection):
            raise InvalidatePoolError  # the pool makes a new one, of all that are as old as this


def _lives(engine: Engine, connection: DBAPIConnection) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        return False


def _idle(seconds: int) -> str:
    return f"-c idle_in_transaction_session_timeout={seconds * 1000}"
