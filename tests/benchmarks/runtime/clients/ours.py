"""salesflow's runtime as a worker process, with nothing of the product but the runtime.

MODE default: as shipped, with batches where the engine offers them. MODE single: each completion for itself.
"""

import os
import signal
import sys
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import sessionmaker

from workers import logs
from workers.database.engine import make_engine
from workers.database.unit_of_work import UnitOfWork
from workers.runtime import (
    Container,
    Message,
    Nothing,
    Router,
    Runner,
    RunnerOptions,
    TaskClient,
    TaskContext,
)
from workers.settings import Settings

ENV = os.environ
INSERT = text("INSERT INTO bench_entries (task_id, amount) VALUES (:id, :amount)")


class Seen(Message):
    """One output."""

    seen: int


def tasks_of(topics: list[str], handler: str) -> Router:
    """A handler for each topic `<room>.<name>`; they share one room."""
    router = Router(topics[0].partition(".")[0])
    for topic in topics:

        def empty(_: Nothing) -> Seen:
            return Seen(seen=1)

        def ledger(_: Nothing, uow: UnitOfWork, task: TaskContext) -> Seen:
            uow.session.execute(INSERT, {"id": task.task_id, "amount": Decimal(1)})
            return Seen(seen=1)

        function = ledger if handler == "ledger" else empty
        function.__name__ = topic.partition(".")[2]
        router.task(function.__name__)(function)
    return router


class WithoutBatches(TaskClient):
    """The same, as on an engine that is not ours."""

    def most_completions(self) -> int:
        return 0


def main() -> None:
    """Be the worker process until SIGTERM."""
    logs.configure(Settings())
    kind = WithoutBatches if ENV["MODE"] == "single" else TaskClient
    client = kind(ENV["ENGINE"], ENV["ENGINE_USER"], ENV["PASSWORD"])
    threads = int(ENV.get("THREADS", RunnerOptions().threads))
    database = make_engine(ENV["DATABASE_PG"], pool_size=threads + 6)
    router = tasks_of(ENV["TOPICS"].split(","), ENV["HANDLER"])
    runner = Runner(client, router.tasks, Container(), sessionmaker(database), RunnerOptions(threads=threads))
    signal.signal(signal.SIGTERM, lambda *_: runner.stop())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    runner.run()


if __name__ == "__main__":
    main()
