"""Time the ledger's answers beside a plain query that reads the entries from end to end, in one run."""

from __future__ import annotations

import itertools
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from tests.benchmarks.ledger.fill import AMOUNT, Sealed
from workers import calendar, ledger
from workers.ledger import Book, EntryKind

Ask = Callable[[Session], object]

SCAN_OF_ONE = text("SELECT * FROM ledger_entries WHERE contract_no = :number ORDER BY book, seq")
SCAN_OF_ALL = text(
    "SELECT c.contract_no, c.customer_name, c.amount, c.status,"
    " sum(CASE e.kind WHEN 'receipt' THEN e.amount ELSE 0 END) AS received,"
    " sum(CASE e.kind WHEN 'delivery' THEN e.amount ELSE 0 END) AS delivered,"
    " sum(CASE e.kind WHEN 'invoice' THEN e.amount ELSE 0 END) AS invoiced"
    " FROM contracts c JOIN ledger_entries e ON e.contract_no = c.contract_no AND e.book = 'finance'"
    " GROUP BY c.contract_no ORDER BY c.sealed_at DESC, c.contract_no DESC LIMIT 50"
)
SCAN_OF_SUMS = text("SELECT contract_no, book, kind, sum(amount) FROM ledger_entries GROUP BY 1, 2, 3")
"""What proves the least: sums without chain, papers, goods and months."""
NO_INDEX = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")


@dataclass
class Timing:
    """One question, and how long its answers took (milliseconds)."""

    name: str
    times: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """Name, median, slowest, the peer's median, and how many times as long that is."""
        median = statistics.median(self.times)
        if not self.peer:
            return self.name, f"{median:,.1f}", f"{max(self.times):,.1f}", "", ""
        peer = statistics.median(self.peer)
        return (
            self.name,
            f"{median:,.1f}",
            f"{max(self.times):,.1f}",
            f"{peer:,.1f}",
            f"{times:,.0f}" if (times := peer / median) > 10 else f"{times:.2g}",
        )


def timings(engine: Engine, count: int, rounds: int) -> Iterator[Timing]:
    """Ask every question `rounds` times, each time followed by its peer."""
    sessions = sessionmaker(engine)
    dice = random.Random(7)

    def some() -> Sealed:
        return Sealed(dice.randrange(1, count + 1))

    yield _ask(
        "show", sessions, rounds, lambda s: ledger.show(s, some().number), lambda s: _scan_one(s, some())
    )
    lists: dict[str, Ask] = {
        "list": lambda s: ledger.list_contracts(s, limit=50),
        "list --after (the middle)": lambda s: ledger.list_contracts(
            s, limit=50, after=Sealed(count // 2).number
        ),
        "list --customer": lambda s: ledger.list_contracts(s, limit=50, customer_no=some().customer_no),
        "list --status completed": lambda s: ledger.list_contracts(s, limit=50, status="completed"),
        "list --unpaid": lambda s: ledger.list_contracts(s, limit=50, unpaid=True),
    }
    for name, ask in lists.items():
        yield _ask(name, sessions, rounds, ask, _scan_all)
    yield _ask("post (with its commit)", sessions, rounds * 5, lambda s: _post(s, some()), None)
    yield _ask("verify", sessions, 1, _verify, _scan_sums)


def _ask(name: str, sessions: sessionmaker[Session], rounds: int, ask: Ask, peer: Ask | None) -> Timing:
    timing = Timing(name)
    for _ in range(rounds):
        timing.times.append(_timed(sessions, ask))
        if peer is not None:
            timing.peer.append(_timed(sessions, peer))
    return timing


def _timed(sessions: sessionmaker[Session], ask: Ask) -> float:
    with sessions.begin() as session:
        session.connection()
        began = time.perf_counter()
        ask(session)
        session.commit()
        return (time.perf_counter() - began) * 1000


def _scan_one(session: Session, contract: Sealed) -> None:
    _without_index(session)
    session.execute(SCAN_OF_ONE, {"number": contract.number}).all()


def _scan_all(session: Session) -> None:
    _without_index(session)
    session.execute(SCAN_OF_ALL).all()


def _scan_sums(session: Session) -> None:
    _without_index(session)
    session.execute(SCAN_OF_SUMS).all()


def _without_index(session: Session) -> None:
    for name in NO_INDEX:
        session.execute(text(f"SET LOCAL {name} = off"))


_PAPERS = itertools.count(time.time_ns())
"""Numbers that no run before has used."""


def _post(session: Session, contract: Sealed) -> None:
    ledger.lock_contract(session, contract.number)
    ledger.post(
        session,
        Book.FINANCE,
        EntryKind.RECEIPT,
        contract.number,
        (AMOUNT * Decimal("0.001")).quantize(Decimal("0.01")),
        value_date=calendar.now().date(),
        reference=f"回单-{next(_PAPERS)}",
        posted_at=calendar.now(),
    )


def _verify(session: Session) -> None:
    findings = ledger.verify(session)
    if findings:
        raise SystemExit(f"the books are not whole: {findings[:3]}")


def plans(engine: Engine, count: int) -> Iterator[tuple[str, str]]:
    """Every query that show and list send, with its EXPLAIN (ANALYZE, BUFFERS)."""
    middle = Sealed(count // 2)
    asked: dict[str, Ask] = {
        "show": lambda s: ledger.show(s, middle.number),
        "post": lambda s: _post(s, middle),
        "list": lambda s: ledger.list_contracts(s, limit=50),
        "list --after": lambda s: ledger.list_contracts(s, limit=50, after=middle.number),
        "list --customer": lambda s: ledger.list_contracts(s, limit=50, customer_no=middle.customer_no),
        "list --unpaid": lambda s: ledger.list_contracts(s, limit=50, unpaid=True),
        "peer of show": lambda s: _scan_one(s, middle),
        "peer of list": _scan_all,
    }
    for name, ask in asked.items():
        with Session(engine) as session, _explained(session) as found:
            ask(session)
        for plan in found:
            yield name, plan


@contextmanager
def _explained(session: Session) -> Iterator[list[str]]:
    """The plans of what the session reads meanwhile."""
    connection, found = session.connection(), list[str]()

    def explain(*about: Any) -> None:
        statement, parameters = about[2:4]
        if statement.lstrip().startswith("SELECT"):
            other = connection.connection.cursor()
            other.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
            found.append("\n".join(row[0] for row in other.fetchall()))

    event.listen(connection, "before_cursor_execute", explain)
    yield found
    event.remove(connection, "before_cursor_execute", explain)
