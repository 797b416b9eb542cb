"""What the runs came to, as tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from rich.table import Table

from tests.benchmarks.runtime.latency import Latency
from tests.benchmarks.runtime.measure import Run
from tests.benchmarks.runtime.work import Work


def rates(runs: Sequence[Run], work: Work) -> list[tuple[str, float, float, float]]:
    """For each contender: name, minimum, median and maximum of tasks a second."""
    found = []
    for name in dict.fromkeys(run.contender for run in runs):
        values = [run.tasks_per_second for run in runs if (run.contender, run.work) == (name, work.name)]
        if values:
            found.append((name, min(values), statistics.median(values), max(values)))
    return found


def throughput(runs: Sequence[Run], work: Work, whole: str, share: str) -> Table:
    """One kind of work; in the column `share` the fastest whose name contains `whole` is 1.00."""
    table = Table(title=work.title, title_justify="left")
    table.add_column("")
    for column in (
        *("tasks/s median", "min", "max", share),
        *("client ms CPU/task", "engine", "database", "worker MB"),
    ):
        table.add_column(column, justify="right")
    found = rates(runs, work)
    one = max((middle for name, _, middle, _ in found if whole in name), default=0.0)
    for name, low, middle, high in found:
        mine = [run for run in runs if (run.contender, run.work) == (name, work.name)]
        table.add_row(
            name,
            *(f"{value:,.0f}" for value in (middle, low, high)),
            f"{middle / one:.2f}" if one else "",
            *(
                f"{statistics.median(getattr(run, key) for run in mine):.2f}"
                for key in ("client_cpu", "engine_cpu", "database_cpu")
            ),
            f"{max(run.memory for run in mine):.0f}",
        )
    return table


def latencies(found: Iterable[Latency]) -> Table:
    """Idle pick-up, medians over the rounds, beside the bare round trips."""
    by_name: dict[str, list[Latency]] = {}
    for one in found:
        by_name.setdefault(one.contender, []).append(one)
    table = Table("worker", "p50 ms", "p95 ms", "p50 of bare", "p95 of bare", title="idle pick-up")
    figures = {
        name: (statistics.median(one.p50 for one in ones), statistics.median(one.p95 for one in ones))
        for name, ones in by_name.items()
    }
    bare = next(iter(figures.values()), (1.0, 1.0))
    for name, (p50, p95) in figures.items():
        table.add_row(name, f"{p50:.1f}", f"{p95:.1f}", f"{p50 / bare[0]:.2f}", f"{p95 / bare[1]:.2f}")
    return table
