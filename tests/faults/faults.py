"""The faults: each has a name, does its harm, and undoes what would not heal by itself."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import psutil
import psycopg
from rich.console import Console

from tests.faults.ground import Ground
from tests.faults.proxy import Proxy, Trouble
from workers import calendar

Fault = Callable[[Ground, random.Random], None]
"""Injects, waits its time and heals; what it killed is the supervisor's to start again."""


@dataclass
class Injected:
    """A fault that was injected: when it struck and when its cause was over."""

    kind: str
    at: datetime
    over: datetime


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()


def kill_worker(ground: Ground, chance: random.Random) -> None:
    """kill -9 of one worker process."""
    found = ground.processes("worker")
    if found:
        _kill(chance.choice(found))


def kill_all_workers(ground: Ground, _: random.Random) -> None:
    """kill -9 of every worker process."""
    for process in ground.processes("worker"):
        _kill(process)


def kill_engine(ground: Ground, chance: random.Random) -> None:
    """kill -9 of an engine (of one of them, when there are several)."""
    found = ground.processes("engine")
    if found:
        _kill(chance.choice(found))


def kill_postgres(ground: Ground, _: random.Random) -> None:
    """kill -9 of PostgreSQL's first process; its children find out and end."""
    for process in ground.processes("postgres"):
        _kill(process)


def freeze_worker(ground: Ground, chance: random.Random) -> None:
    """SIGSTOP of a worker until its locks have run out, then SIGCONT: it goes on as if nothing had been."""
    found = ground.processes("worker")
    if not found:
        return
    frozen = chance.choice(found)
    with suppress(psutil.NoSuchProcess):
        frozen.suspend()
        time.sleep(ground.settings.lock_seconds + chance.uniform(1, 4))
        frozen.resume()


def terminate_backends(ground: Ground, _: random.Random) -> None:
    """pg_terminate_backend on every connection of workers and engine."""
    with ground.superuser() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('salesflow', 'engine')"
        )


def no_connections_left(ground: Ground, chance: random.Random) -> None:
    """The role's connection limit is 0 and what stood is ended: 'too many connections' for a while."""
    try:
        with ground.superuser() as connection:
            connection.execute("ALTER ROLE salesflow CONNECTION LIMIT 0")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'salesflow'"
            )
        time.sleep(chance.uniform(2, 8))
    finally:
        _patiently(ground, "ALTER ROLE salesflow CONNECTION LIMIT -1")


def lock_books(ground: Ground, chance: random.Random) -> None:
    """Somebody holds the tables that every task writes, for some seconds."""
    with ground.database("salesflow") as connection, connection.transaction():
        connection.execute("LOCK TABLE task_executions, ledger_books IN EXCLUSIVE MODE")
        time.sleep(chance.uniform(2, 8))


def _patiently(ground: Ground, statement: str) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            with ground.superuser() as connection:
                connection.execute(statement)  # type: ignore[call-overload]
        except psycopg.Error:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _through(proxy: Callable[[Ground], Proxy], trouble: Trouble, least: float, most: float) -> Fault:
    def fault(ground: Ground, chance: random.Random) -> None:
        try:
            proxy(ground).set(trouble)
            time.sleep(chance.uniform(least, most))
        finally:
            proxy(ground).set(Trouble.NONE)

    return fault


def _to_engine(trouble: Trouble, least: float, most: float) -> Fault:
    return _through(lambda ground: ground.engine_proxy, trouble, least, most)


def _to_database(trouble: Trouble, least: float, most: float) -> Fault:
    return _through(lambda ground: ground.database_proxy, trouble, least, most)


FAULTS: dict[str, Fault] = {
    "kill -9 a worker": kill_worker,
    "kill -9 all workers": kill_all_workers,
    "kill -9 the engine": kill_engine,
    "kill -9 PostgreSQL": kill_postgres,
    "freeze a worker past its locks": freeze_worker,
    "engine: connections cut": _to_engine(Trouble.CUT, 0.2, 4),
    "engine: connections reset": _to_engine(Trouble.RESET, 0.2, 4),
    "engine: network slow": _to_engine(Trouble.SLOW, 2, 8),
    "engine: network stalls": _to_engine(Trouble.STALL, 2, 12),
    "engine: answers 500": _to_engine(Trouble.HTTP_500, 0.2, 3),
    "engine: answers 503": _to_engine(Trouble.HTTP_503, 0.2, 5),
    "engine: answers 401": _to_engine(Trouble.HTTP_401, 0.2, 5),
    "engine: answers garbage": _to_engine(Trouble.GARBAGE, 0.2, 3),
    "engine: half an answer": _to_engine(Trouble.HALF, 0.2, 3),
    "database: connections refused": _to_database(Trouble.CUT, 1, 10),
    "database: network slow": _to_database(Trouble.SLOW, 2, 6),
    "database: network stalls": _to_database(Trouble.STALL, 2, 12),
    "database: connections terminated": terminate_backends,
    "database: no connections left": no_connections_left,
    "database: tables locked": lock_books,
}


@dataclass
class Injector:
    """Injects faults one after the other, in a thread, until `end`: a shuffled deck of all kinds, then anew."""

    ground: Ground
    chance: random.Random
    kinds: Sequence[str]
    pauses: tuple[float, float]
    """Least and most seconds between two faults."""
    console: Console
    once: bool = False
    """Whether each of the kinds strikes once, in their order, and no more."""
    injected: list[Injected] = field(default_factory=list)
    trouble: str | None = None
    """Why a fault could not be injected: a fault of the harness."""

    def __post_init__(self) -> None:
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="faults", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Inject no more; the fault that is being injected is healed first."""
        self._ending.set()
        self.join()

    def join(self) -> None:
        """Wait for the last fault."""
        self._thread.join(180)

    @property
    def running(self) -> bool:
        """Whether more faults may come."""
        return self._thread.is_alive()

    def _loop(self) -> None:
        while self.kinds and not self._ending.is_set():
            deck = list(self.kinds)
            if not self.once:
                self.chance.shuffle(deck)
            for kind in deck:
                if self._ending.wait(self.chance.uniform(*self.pauses)):
                    return
                self._inject(kind)
            if self.once:
                return

    def _inject(self, kind: str) -> None:
        at = calendar.now()
        self.console.print(f"[dim]{at:%H:%M:%S}[/dim]  {kind}")
        try:
            FAULTS[kind](self.ground, self.chance)
        except psycopg.OperationalError:
            return  # the database is away already: this one did not strike
        except Exception as error:  # noqa: BLE001 - shown at the end, the run counts as failed
            self.trouble = f"{kind}: {type(error).__name__}: {error}"
        self.injected.append(Injected(kind, at, calendar.now()))
