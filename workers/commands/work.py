"""`salesflow work`: a worker process."""

from __future__ import annotations

import signal
from typing import Annotated

import structlog
import typer

from workers.bootstrap import Application
from workers.commands.options import EngineUrl, VarDir, make_settings
from workers.processes import limit_memory
from workers.stack.pulse import keep_beating

log = structlog.get_logger(__name__)


def work(
    engine: EngineUrl = None,
    var: VarDir = None,
    threads: Annotated[int | None, typer.Option(min=1, max=64, help="Tasks done at the same time.")] = None,
) -> None:
    """Do the service tasks of all processes until SIGTERM or Ctrl-C; what is under way is finished first."""
    app = Application(make_settings(quiet=False, engine_url=engine, var_dir=var, worker_threads=threads))
    app.prepare_database()
    limit_memory(app.settings.worker_memory_mb)
    runner = app.runner()
    monitor = app.monitor(runner)
    beside = (app.housekeeping(), app.signalling(), *([monitor] if monitor else ()))

    def stop(signum: int, _frame: object) -> None:
        log.info("work.stopping", signal=signal.Signals(signum).name)
        runner.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    keep_beating(lambda: not runner.state().ailing())
    for chores in beside:
        chores.start()
    try:
        runner.run()
    finally:
        for chores in beside:
            chores.stop()
