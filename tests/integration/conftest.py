"""What tests of the real engine share: its administrator, and its database."""

from collections.abc import Iterator

import psycopg
import pytest

from workers.engine.client import EngineClient
from workers.stack.supervisor import Stack


@pytest.fixture(scope="module")
def engine(stack: Stack) -> Iterator[EngineClient]:
    """The engine as its administrator."""
    here = stack.endpoints
    with EngineClient(here.engine_url, here.admin_user, here.admin_password) as client:
        yield client


def connect_to_engine_tables(stack: Stack, user: str = "engine") -> psycopg.Connection:
    """A connection of one's own to the engine's tables; `postgres` is the server's superuser."""
    return psycopg.connect(
        host="127.0.0.1",
        port=stack.settings.database_port,
        user=user,
        password=stack.credentials.password("database", user),
        dbname="engine",
        autocommit=True,
    )


@pytest.fixture(scope="module")
def engine_tables(stack: Stack) -> Iterator[psycopg.Connection]:
    """The engine's own tables."""
    with connect_to_engine_tables(stack) as connection:
        yield connection
