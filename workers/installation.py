"""A whole installation running: database, engine, staff, deployed processes, and a worker beside them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from workers.bootstrap import Application
from workers.database.unit_of_work import UnitOfWork
from workers.engine.deployer import deploy_all
from workers.errors import UserError
from workers.runtime.heartbeat import live_workers
from workers.settings import Settings
from workers.stack.supervisor import Stack

WORKER_SECONDS = 60.0


@dataclass
class Installation:
    """What runs: the parts and how to reach them."""

    app: Application
    stack: Stack


@contextmanager
def installation(settings: Settings, console: Console, *, worker: bool = True) -> Iterator[Installation]:
    """Start everything that is not running elsewhere, in order; stop what was started, in reverse.

    `console` shows the progress. Raises UserError, with what to do about it, when a part cannot start.
    """
    started = time.monotonic()

    def step(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:5.1f} s[/dim]  {text}")

    step("starting PostgreSQL and the engine")
    with Stack(settings, console) as stack:
        app = Application(settings)
        step(f"engine {stack.engine_version} answers; bringing the database up to date")
        app.prepare_database()
        step("bringing users, groups, rights and filters in line with the org chart")
        app.sync_identity()
        step(f"deploying {settings.bpmn_dir.name}/")
        deploy_all(app.admin, settings.bpmn_dir)
        if worker:
            step("starting a worker")
            child = stack.spawn("worker", [sys.executable, "-m", "workers.cli", "work"], restart=True)
            _await_worker(app, stack, child.process.pid)
        step("ready")
        try:
            yield Installation(app, stack)
        finally:
            app.close()
        step("stopping")
    step("stopped")


def _await_worker(app: Application, stack: Stack, pid: int) -> None:
    deadline = time.monotonic() + WORKER_SECONDS
    while time.monotonic() < deadline:
        with UnitOfWork(app.sessions) as uow:
            if any(worker.pid == pid for worker in live_workers(uow.session)):
                return
        stack.check()
        time.sleep(0.1)
    raise UserError(f"the worker did not start; see {app.settings.var_dir / 'log' / 'worker.log'}")
