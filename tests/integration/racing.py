"""Transactions that meet: a database of their own, because they commit, and acts at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from tests.databases import DatabaseServer
from workers.database.engine import make_engine
from workers.database.unit_of_work import UnitOfWork

Sessions = sessionmaker[Session]


@contextmanager
def own_database(server: DatabaseServer, name: str) -> Iterator[Sessions]:
    """Sessions that commit, on a fresh migrated database of that name; it is dropped afterwards."""
    engine = make_engine(server.create(name))
    yield sessionmaker(engine, expire_on_commit=False)
    engine.dispose()
    server.drop(name)


def together(
    sessions: Sessions, *acts: Callable[[Any], object], desk: Callable[[Session], object] | None = None
) -> list[Any]:
    """Each act in a transaction of its own, all at the same moment: on its session, or on the `desk` made of it."""
    barrier = Barrier(len(acts), timeout=30)

    def do(act: Callable[[Any], object]) -> object:
        with UnitOfWork(sessions) as uow:
            at = desk(uow.session) if desk is not None else uow.session
            barrier.wait()
            return act(at)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(do, acts))
