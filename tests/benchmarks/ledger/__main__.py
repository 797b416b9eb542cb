"""`python -m tests.benchmarks.ledger`: fill a database, ask, print median and ratio and the plans."""

from __future__ import annotations

import argparse
import platform
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from tests.benchmarks.ledger.fill import fill
from tests.benchmarks.ledger.measure import plans, timings
from workers.database.embedded import EmbeddedPostgres
from workers.database.engine import make_engine
from workers.database.migrate import upgrade

PASSWORD = "bench"


@contextmanager
def database(given: str | None) -> Iterator[str]:
    """The given empty database, or one on a server of its own that is gone afterwards."""
    if given is not None:
        yield given
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as name:
        folder = Path(name)
        server = EmbeddedPostgres(folder / "data", port, folder / "log", lambda _: PASSWORD)
        child = server.start(superuser_known=True)
        try:
            server.wait_until_ready(child)
            yield server.url("salesflow")
        finally:
            child.stop()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ledger", description=__doc__)
    parser.add_argument("--contracts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--database", help="URL of an empty PostgreSQL database; it is filled and stays")
    parser.add_argument("--filled", action="store_true", help="the database was filled by a run before")
    parser.add_argument("--plans", action="store_true", help="print the plans of every query as well")
    options = parser.parse_args()
    console = Console(highlight=False, width=110)
    with database(options.database) as url:
        upgrade(url)
        engine = make_engine(url)
        began = time.perf_counter()
        if not options.filled:
            fill(engine, options.contracts)
        took = time.perf_counter() - began
        with engine.connect() as connection:
            entries = connection.scalar(text("SELECT count(*) FROM ledger_entries"))
            version = connection.scalar(text("SHOW server_version"))
            size = connection.scalar(text("SELECT pg_size_pretty(pg_database_size(current_database()))"))
        console.print(
            f"{options.contracts:,} contracts, {entries:,} entries, {size}, filled in {took:.0f} s;"
            f" PostgreSQL {version}, Python {platform.python_version()},"
            f" {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}"
        )
        table = Table("question", "median ms", "slowest ms", "peer, median ms", "times", title="answers")
        for timing in timings(engine, options.contracts, options.rounds):
            table.add_row(*timing.row)
        console.print(table)
        for name, plan in plans(engine, options.contracts) if options.plans else ():
            console.rule(name, align="left")
            console.print(plan, markup=False, soft_wrap=True)
        engine.dispose()


if __name__ == "__main__":
    main()
