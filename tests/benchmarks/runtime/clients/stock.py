"""camunda-external-task-client-python3 as a worker process.

MODE default: as its README configures it, a worker per topic, one task per fetch. MODE best: eight workers, each with a
thread, that fetch ten.
"""

import os
import sys
import threading
from typing import Any

import psycopg
from camunda.external_task.external_task import ExternalTask, TaskResult
from camunda.external_task.external_task_worker import ExternalTaskWorker

ENV = os.environ
README = {
    "maxTasks": 1,
    "lockDuration": 10000,
    "asyncResponseTimeout": 5000,
    "retries": 3,
    "retryTimeout": 5000,
    "sleepSeconds": 30,
}
_local = threading.local()


def handle(task: ExternalTask) -> TaskResult:
    """The work."""
    if ENV["HANDLER"] == "ledger":
        if not hasattr(_local, "connection"):
            _local.connection = psycopg.connect(ENV["DATABASE_PG"])
        with _local.connection.transaction():
            _local.connection.execute(
                "INSERT INTO bench_entries (task_id, amount) VALUES (%s, 1)", [task.get_task_id()]
            )
    return task.complete({"seen": 1})


def work(number: int, topic: str, config: dict[str, Any]) -> None:
    """One of the library's workers; it never returns."""
    worker = ExternalTaskWorker(f"stock-{number}", base_url=ENV["ENGINE"], config=config)
    worker.subscribe(topic, handle)


def main() -> None:
    """Be the worker process."""
    auth = {"auth_basic": {"username": ENV["ENGINE_USER"], "password": ENV["PASSWORD"]}}
    best = ENV["MODE"] == "best"
    config = {**README, **auth, **({"maxTasks": 10, "lockDuration": 60000} if best else {})}
    topics = ENV["TOPICS"].split(",")
    threads = [
        threading.Thread(target=work, args=(number, topics[number % len(topics)], config), daemon=True)
        for number in range(max(8, len(topics)) if best else len(topics))
    ]
    for thread in threads:
        thread.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threads[0].join()


if __name__ == "__main__":
    main()
