"""Starts PostgreSQL, the engine and further children as one stack, watches them, stops them in order."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import requests
import structlog
from rich.console import Console
from sqlalchemy import URL, make_url

from workers import processes
from workers.database.embedded import HOST, EmbeddedPostgres
from workers.engine.accounts import ADMIN, WORKER
from workers.engine.launcher import EmbeddedEngine, EngineAccess, read_version
from workers.errors import UserError
from workers.settings import Settings
from workers.stack import ports
from workers.stack.credentials import Credentials
from workers.stack.guard import Guard
from workers.stack.info import Endpoints, StackInfo, webapp_url
from workers.stack.pulse import Pulse

LEFTOVER_SECONDS = 20
RESTART_SECONDS = (1, 2, 5, 10, 30)
"""Waits before a child that may be restarted is, after its first, second, … death in a row."""
STEADY_SECONDS = 60
"""A child that has lived for so long has its earlier deaths forgotten."""
LIVES = 6
"""After so many deaths in a row PostgreSQL or the engine is given up: what kills it will not pass by itself."""

log = structlog.get_logger()


@dataclass
class Kept:
    """A child, and how to start it again; `lives` is after how many deaths in a row it is not."""

    begin: Callable[[], processes.Child]
    child: processes.Child
    lives: int | None = None
    pulse: Pulse | None = None
    since: float = field(default_factory=time.monotonic)
    deaths: int = 0
    due: float | None = None


class Stack:
    """What `salesflow up` starts. What the settings name (engine_url, database_url) is used, not started."""

    def __init__(self, settings: Settings, console: Console | None = None) -> None:
        self.settings = settings
        self.console = console or Console(stderr=True)
        self.credentials = Credentials.load(settings.credentials_file)
        self.engine_version = ""
        self._children: dict[str, Kept] = {}
        self._guard: Guard | None = None
        self._lock: int | None = None
        self._ready = False
        self._stop_requested = threading.Event()
        self._engine = None if settings.engine_url else EmbeddedEngine(settings, self.console)
        self._postgres = None
        if (self._engine and not settings.engine_database_url) or not settings.database_url:
            self._postgres = EmbeddedPostgres(
                settings.var_dir / "postgres",
                settings.database_port,
                settings.var_dir / "log" / "postgres.log",
                lambda name: self.credentials.password("database", name),
            )

    @property
    def engine_url(self) -> str:
        """The engine's REST interface."""
        return self._engine.url if self._engine else str(self.settings.engine_url).rstrip("/")

    @property
    def tasklist_url(self) -> str:
        """Where staff work."""
        return webapp_url(self.settings, self.engine_url, "tasklist")

    @property
    def cockpit_url(self) -> str:
        """Where operators look."""
        return webapp_url(self.settings, self.engine_url, "cockpit")

    @property
    def database_url(self) -> str:
        """SQLAlchemy's URL of salesflow's own database."""
        if self.settings.database_url:
            return self.settings.database_url
        return self._postgres.url("salesflow") if self._postgres else ""

    @property
    def endpoints(self) -> Endpoints:
        """How to reach both, with passwords."""
        return Endpoints.of(self.settings)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until it answers. Raises UserError, with nothing left running."""
        self._take_lock()
        self._heed_sigterm()
        try:
            self._stop_leftovers()
            self._check_machine()
            self._guard = Guard(self.settings.var_dir / "log" / "guard.log")
            self._start_parts()
            self._ready = True
            self._write_info()
        except BaseException:
            self.stop()
            raise

    def _heed_sigterm(self) -> None:
        """Let SIGTERM unwind the program, so that its `with` stops everything. Its own handler is kept."""
        ours = threading.current_thread() is threading.main_thread()
        if ours and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _exit_on_signal)

    def _take_lock(self) -> None:
        """One stack for one var folder; the lock goes with our process, however it ends."""
        path = self.settings.var_dir / "run" / "stack.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode() or "unknown"
            os.close(descriptor)
            raise UserError(
                f"a stack runs on {self.settings.var_dir} already (pid {holder}): stop it with Ctrl-C "
                f"there or `kill {holder}`, or choose another folder: SALESFLOW_VAR_DIR=…"
            ) from None
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._lock = descriptor

    def _stop_leftovers(self) -> None:
        info = StackInfo.read(self.settings)
        for process in reversed(info.processes if info else []):
            if process.find():
                log.warning("stopping what a crashed stack left running", name=process.name, pid=process.pid)
                process.stop(LEFTOVER_SECONDS)
        StackInfo.path(self.settings).unlink(missing_ok=True)
        if self._postgres:
            self._postgres.stop_predecessor()

    def _check_machine(self) -> None:
        if self._engine:
            ports.require_memory()
            ports.require_port(self.settings.host, self.settings.engine_port, "the engine", "engine_port")
        if self._postgres:
            ports.require_port(HOST, self.settings.database_port, "PostgreSQL", "database_port")

    def _start_parts(self) -> None:
        """PostgreSQL comes up while the engine's jars are fetched and checked; the engine needs both."""
        with ThreadPoolExecutor(1) as pool:
            database = pool.submit(self._start_postgres)
            try:
                classpath = self._engine.prepare() if self._engine else []
            finally:
                database.result()
        if self._engine:
            self._start_engine(self._engine, classpath)
        else:
            self.engine_version = self._external_version()

    def _start_postgres(self) -> None:
        if self._postgres:
            known = self.credentials.get("database", "postgres") is not None
            postgres = self._postgres
            child = postgres.start(superuser_known=known)
            self._keep(Kept(lambda: postgres.start(superuser_known=True), child, LIVES))
            postgres.wait_until_ready(child)

    def _engine_database(self) -> URL:
        if self.settings.engine_database_url:
            return make_url(self.settings.engine_database_url)
        password = self.credentials.password("database", "engine")
        port = self.settings.database_port
        return URL.create("postgresql", "engine", password, HOST, port, "engine")

    def _start_engine(self, engine: EmbeddedEngine, classpath: list[Path]) -> None:
        child = self._keep_engine("engine", engine, classpath)
        with self.console.status("the engine is starting"):
            self.engine_version = engine.wait_until_ready(child, self._admin_password())

    def _admin_password(self) -> str:
        return self.settings.admin_password or self.credentials.password("engine", ADMIN)

    def _keep_engine(self, name: str, engine: EmbeddedEngine, classpath: list[Path]) -> processes.Child:
        access = EngineAccess(
            database=self._engine_database(),
            admin_password=self._admin_password(),
            worker_password=self.credentials.password("engine", WORKER),
        )

        def begin() -> processes.Child:
            return replace(engine.start(classpath, access), name=name)

        child = begin()
        self._keep(Kept(begin, child, LIVES))
        return child

    def add_node(self, name: str, engine: EmbeddedEngine) -> None:
        """Start one more engine on the same database and wait until it answers: nodes share all the work."""
        child = self._keep_engine(name, engine, engine.prepare())
        engine.wait_until_ready(child, self._admin_password())

    def _external_version(self) -> str:
        settings = self.settings
        try:
            return read_version(self.engine_url, settings.engine_user, settings.engine_password, strict=False)
        except requests.RequestException as error:
            raise UserError(f"the engine at {self.engine_url} does not answer: {error}") from error

    def _keep(self, kept: Kept) -> None:
        self._children[kept.child.name] = kept
        self._guarded(kept.child)

    def _guarded(self, child: processes.Child) -> None:
        if self._guard:
            self._guard.watch(child.id)
        self._write_info()

    def _write_info(self) -> None:
        StackInfo(
            pid=os.getpid(),
            engine_url=self.engine_url,
            engine_version=self.engine_version,
            tasklist_url=self.tasklist_url,
            cockpit_url=self.cockpit_url,
            database=f"{HOST}:{self.settings.database_port}/salesflow",
            ready=self._ready,
            processes=[kept.child.id for kept in self._children.values()],
        ).write(self.settings)

    def spawn(
        self, name: str, argv: Sequence[str], *, restart: bool = False, env: Mapping[str, str] | None = None
    ) -> processes.Child:
        """Add a child, such as a worker process; its output goes to var/log/<name>.log.

        It is given our settings by its environment, `env` above them. With `restart` it is started again
        whenever it dies, and killed when its pulse stops: it has to keep it beating (`keep_beating`).
        """
        log_file = self.settings.var_dir / "log" / f"{name}.log"
        pulse = Pulse(self.settings.var_dir / "run" / f"{name}.pulse") if restart else None
        given = {**settings_environment(self.settings), **(pulse.environment if pulse else {}), **(env or {})}

        def begin() -> processes.Child:
            if pulse:
                pulse.begin()
            return processes.start(name, argv, log_file, env=given)

        child = begin()
        self._keep(Kept(begin, child, None if restart else 1, pulse))
        return child

    def children(self) -> list[processes.Child]:
        """What was started, in the order of the start."""
        return [kept.child for kept in self._children.values()]

    def check(self) -> None:
        """Start again what has died, kill what shows no sign of life.

        Raises UserError when a part may not be started again, or dies again and again.
        """
        for kept in list(self._children.values()):
            if not kept.child.running:
                self._revive(kept)
            elif kept.pulse and kept.pulse.silent():
                log.error("a part runs without a sign of life and is killed", name=kept.child.name)
                kept.child.id.stop(0)

    def _revive(self, kept: Kept) -> None:
        child, now = kept.child, time.monotonic()
        if kept.due is None:
            kept.deaths = 1 if now - kept.since > STEADY_SECONDS else kept.deaths + 1
            if kept.lives is not None and kept.deaths >= kept.lives:
                again = f" (for the {kept.deaths}th time in a row)" if kept.deaths > 1 else ""
                raise UserError(
                    f"{child.name} {child.ending}{again}, so everything is stopped; starting it again loses "
                    f"nothing. {child.last_words()}"
                )
            wait = RESTART_SECONDS[min(kept.deaths, len(RESTART_SECONDS)) - 1]
            kept.due = now + wait
            log.warning("a part has died and is started again", name=child.name, how=child.ending, wait=wait)
        elif now >= kept.due:
            kept.due, kept.since = None, now
            try:
                kept.child = kept.begin()
            except (
                OSError
            ) as error:  # the disk is full, its files are being replaced: as if it had died once more
                log.warning("a part cannot be started now", name=child.name, error=str(error))
            else:
                self._guarded(kept.child)

    def wait(self) -> None:
        """Stay until SIGINT or SIGTERM asks to end; main thread only. Raises UserError when a part is given up."""

        def request(_signal: int, _frame: FrameType | None) -> None:
            self._stop_requested.set()

        before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not self._stop_requested.wait(0.5):
                self.check()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Stop the children that were added, then the engine, then PostgreSQL. Harmless when nothing runs."""
        self._ready = False
        for kept in reversed(list(self._children.values())):
            kept.child.stop()
        self._children.clear()
        if self._guard:
            self._guard.release()
            self._guard = None
        if self._lock is not None:
            StackInfo.path(self.settings).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None
            if threading.current_thread() is threading.main_thread() and (
                signal.getsignal(signal.SIGTERM) is _exit_on_signal
            ):
                signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit_on_signal(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def settings_environment(settings: Settings) -> dict[str, str]:
    """The settings as a child reads them back, so that it works on the same var folder and ports."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return {
        f"SALESFLOW_{name.upper()}": json.dumps(value) if isinstance(value, dict | list) else str(value)
        for name, value in values.items()
    }
