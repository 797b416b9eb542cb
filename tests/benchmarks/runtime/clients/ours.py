"""salesflow's runtime as a worker process, with nothing of the product but the runtime and its logs.

MODE default: as shipped, with batches where the engine offers them. MODE single: each completion for itself.
"""

import os
import signal
import sys

from tests.benchmarks.runtime.clients.tasks import tasks_of
from workers import logs
from workers.runtime import Container, Runner, RunnerOptions, TaskClient

ENV = os.environ


class WithoutBatches(TaskClient):
    """The same, as on an engine that is not ours."""

    def most_completions(self) -> int:
        return 0


def main() -> None:
    """Be the worker process until SIGTERM."""
    logs.configure()
    kind = WithoutBatches if ENV["MODE"] == "single" else TaskClient
    client = kind(ENV["ENGINE"], ENV["ENGINE_USER"], ENV["PASSWORD"])
    options = RunnerOptions(threads=int(ENV.get("THREADS", RunnerOptions().threads)))
    topics = ENV["TOPICS"].split(",")
    if ENV["HANDLER"] == "ledger":
        from tests.benchmarks.runtime.clients.ledger import (  # noqa: PLC0415 - only who writes needs a database
            ledger,
            records,
        )

        tasks, kept = tasks_of(topics, ledger).tasks, records(ENV["DATABASE_PG"], options.threads)
        runner = Runner(client, tasks, Container(), kept, options)
    else:
        runner = Runner(client, tasks_of(topics).tasks, Container(), options=options)
    signal.signal(signal.SIGTERM, lambda *_: runner.stop())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    runner.run()


if __name__ == "__main__":
    main()
