"""The connection pool to salesflow's own database."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, make_url

from workers.errors import UserError


def make_engine(url: str, pool_size: int = 10) -> Engine:
    """Make a pool for PostgreSQL at `url`; connects to nothing yet.

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
        connect_args={"connect_timeout": 5, "application_name": "salesflow"},
    )
