"""The installation that is broken: engine and PostgreSQL as `salesflow up` keeps them, workers behind proxies."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
from rich.console import Console

from tests.faults.proxy import Proxy
from workers.bootstrap import Application
from workers.engine.accounts import ADMIN
from workers.engine.launcher import EmbeddedEngine
from workers.errors import UserError
from workers.installation import installation
from workers.processes import ProcessId
from workers.settings import ROOT, Settings
from workers.stack.info import StackInfo
from workers.stack.supervisor import Stack

WORK = [sys.executable, "-m", "workers.cli", "work"]
READY_SECONDS = 120


class Ground:
    """What the faults are injected into. `lock_seconds` of the workers tells how long a frozen one must stay so."""

    def __init__(self, app: Application, stack: Stack, workers: int, nodes: int) -> None:
        self.app, self.stack, self.settings = app, stack, app.settings
        self.given_up: str | None = None
        """Why the supervisor gave up, if it did."""
        self._ending = threading.Event()
        ports = [self.settings.engine_port]
        for number in range(2, nodes + 1):
            ports.append(self._second_engine(number))
        engines = [("127.0.0.1", port) for port in ports]
        self.engine_proxy = Proxy(engines)
        self.front = Proxy(engines)
        self.desks = Application(self._through_the_front())
        """What staff use: the engines behind a balancer that is never in trouble."""
        self.database_proxy = Proxy([("127.0.0.1", self.settings.database_port)])
        env = self._behind_proxies()
        for number in range(1, workers + 1):
            stack.spawn(f"worker-{number}", WORK, restart=True, env=env)
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._supervisor.start()
        self._await_workers(workers)

    def _second_engine(self, number: int) -> int:
        """Another engine process on the same database, as a second machine would run it; returns its port."""
        var = self.settings.var_dir / f"engine-{number}"
        own = self.settings.model_copy(
            update={"engine_port": free_port(), "var_dir": var, "cache_dir": self.settings.cache_dir}
        )
        self.stack.add_node(f"engine-{number}", EmbeddedEngine(own, Console(quiet=True)))
        return own.engine_port

    def _through_the_front(self) -> Settings:
        here = self.app.endpoints
        return self.settings.model_copy(
            update={
                "engine_url": f"http://127.0.0.1:{self.front.port}/engine-rest",
                "engine_user": ADMIN,
                "engine_password": here.admin_password,
                "database_url": here.database_url,
            }
        )

    def _behind_proxies(self) -> dict[str, str]:
        """A var folder for the workers like that of `salesflow up`, in which the stack's parts are the proxies.

        So they have its accounts: for tasks the workers' own with its rights, for the org chart the administrator's.
        """
        stack = StackInfo.read(self.settings)
        assert stack is not None
        behind = self.settings.model_copy(
            update={"var_dir": self.settings.var_dir.resolve() / "behind-proxies"}
        )
        replace(
            stack,
            engine_url=f"http://127.0.0.1:{self.engine_proxy.port}/engine-rest",
            database=f"127.0.0.1:{self.database_proxy.port}/salesflow",
            # what is written here must stay true when parts have died and were started again: the proxies are ours
            processes=[ProcessId("proxies", os.getpid(), psutil.Process().create_time())],
        ).write(behind)
        behind.credentials_file.symlink_to(self.settings.credentials_file.resolve())
        return {"SALESFLOW_VAR_DIR": str(behind.var_dir)}

    def _supervise(self) -> None:
        """What `salesflow up` does."""
        while not self._ending.wait(0.5):
            try:
                self.stack.check()
            except Exception as error:  # noqa: BLE001 - whatever ends it, nothing is started again: the run ends
                self.given_up = f"{type(error).__name__}: {error}"
                return

    def _await_workers(self, count: int) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while self.living_workers() < count:
            if time.monotonic() > deadline:
                raise UserError(f"the workers did not start, see {self.settings.var_dir / 'log'}")
            time.sleep(0.2)

    # -- what faults and findings ask for --

    def processes(self, name: str) -> list[psutil.Process]:
        """The living parts whose name begins so, as stack.json tells."""
        children = self.stack.children()
        found = [child.id.find() for child in children if child.name.startswith(name)]
        return [one for one in found if one]

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU that each part that lives now has used, its child processes included."""
        used: dict[str, float] = {}
        for child in self.stack.children():
            with suppress(psutil.NoSuchProcess):
                family = [one for one in [child.id.find()] if one]
                family += [one for parent in family for one in parent.children(recursive=True)]
                used[child.name] = sum(sum(one.cpu_times()[:4]) for one in family)
        return used

    def living_workers(self) -> int:
        """Worker processes that have said within the last 35 s that they live."""
        asked = "SELECT count(DISTINCT pid) FROM worker_processes WHERE seen_at > now() - interval '35 s'"
        pids = [one.pid for one in self.processes("worker")]
        with suppress(psycopg.Error), self.database("salesflow") as connection:
            found = connection.execute(asked + " AND pid = ANY(%s)", [pids]).fetchone()
            return int(found[0]) if found else 0
        return 0

    def database(self, name: str, user: str | None = None) -> psycopg.Connection:
        """A connection of one's own to one of the databases, not through the proxy; commits each statement."""
        user = user or name
        return psycopg.connect(
            host="127.0.0.1",
            port=self.settings.database_port,
            user=user,
            password=self.app.credentials.password("database", user),
            dbname=name,
            autocommit=True,
            connect_timeout=5,
        )

    def superuser(self) -> psycopg.Connection:
        """PostgreSQL's own administrator."""
        return self.database("postgres")

    def logs(self) -> list[Path]:
        """What the workers wrote."""
        return sorted((self.settings.var_dir / "log").glob("worker-*.log*"))

    def end(self) -> None:
        """Stop the supervisor and the proxies; the stack stops the rest."""
        self._ending.set()
        self._supervisor.join(30)
        self.desks.close()
        for proxy in (self.front, self.engine_proxy, self.database_proxy):
            proxy.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_of(var: Path, *, lock_seconds: int = 20, nodes: int = 1) -> Settings:
    """Settings of an installation that disturbs nobody: ports of its own.

    Several engines do not wake each other's long polls: these are short then.
    """
    return Settings(
        var_dir=var,
        config_dir=ROOT / "config",
        engine_port=free_port(),
        database_port=free_port(),
        lock_seconds=lock_seconds,
        long_poll_seconds=5 if nodes == 1 else 1,
        log_format="json",
    )


@contextmanager
def ground(settings: Settings, console: Console, *, workers: int, nodes: int = 1) -> Iterator[Ground]:
    """The installation, running."""
    with installation(settings, console, worker=False) as running:
        found = Ground(running.app, running.stack, workers, nodes)
        try:
            yield found
        finally:
            found.end()
