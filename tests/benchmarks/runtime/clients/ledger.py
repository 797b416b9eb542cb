"""The tasks of salesflow's runtime that write a row, and what that takes."""

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import sessionmaker

from tests.benchmarks.runtime.clients.tasks import Seen
from workers.database.engine import make_engine
from workers.database.unit_of_work import UnitOfWork
from workers.runtime import Nothing, TaskContext
from workers.runtime.database import Records

INSERT = text("INSERT INTO bench_entries (task_id, amount) VALUES (:id, :amount)")


def ledger() -> Callable[..., Seen]:
    """A handler that writes one row."""

    def handle(_: Nothing, uow: UnitOfWork, task: TaskContext) -> Seen:
        uow.session.execute(INSERT, {"id": task.task_id, "amount": Decimal(1)})
        return Seen(seen=1)

    return handle


def records(url: str, threads: int) -> Records:
    """Where it is written down that the row was written."""
    return Records(sessionmaker(make_engine(url, pool_size=threads + 6)))
