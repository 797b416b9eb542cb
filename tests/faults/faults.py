"""The faults: each has a name, does its harm, and undoes what would not heal by itself."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
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

Fault = Callable[[Ground, random.Random], bool]
"""Injects, waits its time and heals; what it killed is the supervisor's to start again.

Tells whether it struck: somebody was killed, stopped, cut off, kept waiting or answered wrongly. Raises
psycopg.OperationalError when the database that it needs is away: it did not strike either.
"""

STRIKE_SECONDS = 15.0
"""A network trouble whose time is over lasts until it has struck once, but no longer than this."""


@dataclass
class Injected:
    """A fault that was injected: when it struck and when its cause was over."""

    kind: str
    at: datetime
    over: datetime


def _kill(processes: Sequence[psutil.Process]) -> bool:
    """kill -9 of them all; whether one was still there."""
    killed = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
            killed += 1
    return killed > 0


def _one_of(found: Sequence[psutil.Process], chance: random.Random) -> list[psutil.Process]:
    return [chance.choice(found)] if found else []


def kill_worker(ground: Ground, chance: random.Random) -> bool:
    """kill -9 of one worker process."""
    return _kill(_one_of(ground.processes("worker"), chance))


def kill_all_workers(ground: Ground, _: random.Random) -> bool:
    """kill -9 of every worker process."""
    return _kill(ground.processes("worker"))


def kill_engine(ground: Ground, chance: random.Random) -> bool:
    """kill -9 of an engine (of one of them, when there are several)."""
    return _kill(_one_of(ground.processes("engine"), chance))


def kill_postgres(ground: Ground, _: random.Random) -> bool:
    """kill -9 of PostgreSQL's first process; its children find out and end."""
    return _kill(ground.processes("postgres"))


def freeze_worker(ground: Ground, chance: random.Random) -> bool:
    """SIGSTOP of a worker until its locks have run out, then SIGCONT: it goes on as if nothing had been."""
    for frozen in _one_of(ground.processes("worker"), chance):
        with suppress(psutil.NoSuchProcess):
            frozen.suspend()
            time.sleep(ground.settings.lock_seconds + chance.uniform(1, 4))
            frozen.resume()
            return True
    return False


def _terminate(ground: Ground, connection: psycopg.Connection, others: str | None = None) -> bool:
    """End the workers' connections and those of one more role; whether there were any. The harness keeps its own."""
    ended = connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port = ANY(%s) OR usename = %s",
        [ground.database_proxy.ports(), others],
    )
    return any(one for (one,) in ended)


def terminate_backends(ground: Ground, _: random.Random) -> bool:
    """pg_terminate_backend on every connection of workers and engine."""
    with ground.superuser() as connection:
        return _terminate(ground, connection, "engine")


def no_connections_left(ground: Ground, chance: random.Random) -> bool:
    """The role's connection limit is 0 and what stood is ended: 'too many connections' for a while."""
    try:
        with ground.superuser() as connection:
            connection.execute("ALTER ROLE salesflow CONNECTION LIMIT 0")
            struck = _terminate(ground, connection)
        time.sleep(chance.uniform(2, 8))
    finally:
        _patiently(ground, "ALTER ROLE salesflow CONNECTION LIMIT -1")
    return struck


def lock_books(ground: Ground, chance: random.Random) -> bool:
    """Somebody holds the tables that every task writes, for some seconds; it strikes who waits at their end."""
    with ground.database("salesflow") as connection, connection.transaction():
        connection.execute("LOCK TABLE task_executions, ledger_books IN EXCLUSIVE MODE")
        time.sleep(chance.uniform(2, 8))
        waiting = connection.execute(
            "SELECT 1 FROM pg_locks WHERE NOT granted "
            "AND relation IN ('task_executions'::regclass, 'ledger_books'::regclass) LIMIT 1"
        )
        return waiting.fetchone() is not None


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


def trouble_at(proxy: Proxy, trouble: Trouble, seconds: float) -> bool:
    """Trouble the proxy for so long, and on until a request or connection has come to it; whether one has."""
    before = proxy.done[trouble]
    proxy.set(trouble)
    try:
        time.sleep(seconds)
        deadline = time.monotonic() + STRIKE_SECONDS
        while proxy.done[trouble] == before and time.monotonic() < deadline:
            time.sleep(0.02)
        return proxy.done[trouble] > before
    finally:
        proxy.set(Trouble.NONE)


def _to_engine(trouble: Trouble, least: float, most: float) -> Fault:
    return lambda ground, chance: trouble_at(ground.engine_proxy, trouble, chance.uniform(least, most))


def _to_database(trouble: Trouble, least: float, most: float) -> Fault:
    return lambda ground, chance: trouble_at(ground.database_proxy, trouble, chance.uniform(least, most))


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
    """Injects faults one after the other, in a thread, until `end`: a shuffled deck of all kinds, then anew.

    A fault that missed does not count as injected; it is dealt again when the deck is through.
    """

    ground: Ground
    chance: random.Random
    kinds: Sequence[str]
    pauses: tuple[float, float]
    """Least and most seconds between two faults."""
    console: Console
    once: bool = False
    """Whether each of the kinds strikes once, in their order, and no more."""
    injected: list[Injected] = field(default_factory=list)
    missed: Counter[str] = field(default_factory=Counter)
    """How often a fault of this kind met nobody."""
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
        deck = list(self.kinds) if self.once else self._shuffled()
        while deck:
            again: list[str] = []
            for kind in deck:
                if self._ending.wait(self.chance.uniform(*self.pauses)):
                    return
                if not self._inject(kind) and kind not in again:
                    again.append(kind)
            deck = again if self.once else again + self._shuffled()

    def _shuffled(self) -> list[str]:
        deck = list(self.kinds)
        self.chance.shuffle(deck)
        return deck

    def _inject(self, kind: str) -> bool:
        """Inject one and note it; whether it struck."""
        at = calendar.now()
        self.console.print(f"[dim]{at:%H:%M:%S}[/dim]  {kind}")
        if self._strikes(kind):
            self.injected.append(Injected(kind, at, calendar.now()))
            return True
        self.console.print(f"[dim]          missed: {kind}[/dim]")
        self.missed[kind] += 1
        return False

    def _strikes(self, kind: str) -> bool:
        try:
            return FAULTS[kind](self.ground, self.chance)
        except psycopg.OperationalError:
            return False  # the database is away already
        except Exception as error:  # noqa: BLE001 - shown at the end, the run counts as failed
            self.trouble = f"{kind}: {type(error).__name__}: {error}"
            self._ending.set()
            return False
