"""The connection pool to salesflow's own database."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, make_url

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


def make_engine(url: str, pool_size: int = 10, idle_seconds: int | None = None) -> Engine:
    """Make a pool for PostgreSQL at `url`; connects to nothing yet.

    With `idle_seconds` the server ends a transaction in which nothing has been asked for so long: a process that
    hangs (or is stopped) must not keep what it has locked from all others.

    Accepts `postgres://` and `postgresql://` as they are found in DATABASE_URL. Raises UserError otherwise.
    """
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    if parsed.get_backend_name() != "postgresql":
        raise UserError(f"DATABASE_URL must name a PostgreSQL database, not {parsed.get_backend_name()}")
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=5,
        pool_pre_ping=True,
        connect_args=CONNECT if idle_seconds is None else {**CONNECT, "options": _idle(idle_seconds)},
    )


def _idle(seconds: int) -> str:
    return f"-c idle_in_transaction_session_timeout={seconds * 1000}"
