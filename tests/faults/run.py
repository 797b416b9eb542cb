"""One run: cases are played while faults strike; then everything is looked at and the figures are told."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from tests.faults import findings
from tests.faults.desks import Case, Player, play_all
from tests.faults.faults import FAULTS, Injector
from tests.faults.ground import Ground
from workers.demo.play import require_policy
from workers.demo.story import Company

SETTLE_SECONDS = 240.0
"""After the last fault and the last form: until every case has ended and what follows it has come to rest."""

SHOW_SECONDS = 20.0


@dataclass(frozen=True)
class Plan:
    """What is played and what is broken."""

    cases: int
    seed: int
    kinds: Sequence[str] = tuple(FAULTS)
    pauses: tuple[float, float] = (2.0, 10.0)
    players: int = 8
    patience: float = 300.0
    once: bool = False
    minutes: float = 24 * 60.0
    """No case is begun later."""


@dataclass
class Report:
    """What came of it. `broken` is empty when every promise held."""

    seed: int
    cases: int
    finished: int = 0
    incidents: list[str] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    """How often a fault of each kind struck."""
    missed: dict[str, int] = field(default_factory=dict)
    """How often one met nobody: no process to kill, no request in its time."""
    tasks: int = 0
    """Since the installation began, as the two that follow: `salesflow soak` plays many rounds on one."""
    failures: int = 0
    redelivered: int = 0
    duplicates: int = 0
    losses: int = 0
    cpu: dict[str, float] = field(default_factory=dict)
    """Seconds of CPU for each case, by part; only of a round without faults, which lasted `played` seconds."""
    played: float = 0.0
    recovery: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    broken: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)

    def show(self, console: Console) -> None:
        """A table of the faults and a line of figures."""
        table = Table("fault", "injected", "missed", "until all that was open is done, longest")
        for kind in sorted(self.faults | self.missed):
            seconds = self.recovery.get(kind)
            counts = (str(counted.get(kind, 0)) for counted in (self.faults, self.missed))
            table.add_row(kind, *counts, "-" if seconds is None else f"{max(seconds, 0):.1f} s")
        console.print(table)
        console.print(
            f"seed {self.seed}: {self.cases} cases, {self.finished} finished, {len(self.incidents)} incidents; "
            f"{sum(self.faults.values())} faults (and {sum(self.missed.values())} missed) in {self.seconds:.0f} s; "
            f"since the start {self.tasks} tasks run, "
            f"{self.failures} failures reported, {self.redelivered} redelivered after their effect, "
            f"{self.duplicates} duplicates, {self.losses} losses"
        )
        if self.cpu:
            parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in self.cpu.items())
            console.print(
                f"in peace: {self.cases / self.played * 60:.0f} cases a minute; CPU a case: {parts}"
            )
        for incident in self.incidents:
            console.print(f"incident: {incident}")
        for line in self.broken:
            console.print(f"[red]broken: {line}[/red]")


def play(ground: Ground, plan: Plan, console: Console) -> Report:
    """Play the plan on a ground that is up. The first case of a ground is played in peace: the others are like it."""
    started = time.monotonic()
    company = Company(ground.desks)
    require_policy(company, lambda _: None)
    model = Case(f"faults-{plan.seed}-model-{time.time():.0f}")
    form = company.declaration()
    Player(company, form, plan.patience).play(model)
    cases = [Case(f"faults-{plan.seed}-{number}-{time.time():.0f}") for number in range(plan.cases)]
    injector = Injector(
        ground, random.Random(plan.seed), list(plan.kinds), plan.pauses, console, once=plan.once
    )
    unrest = await_peace(ground, [model])
    model.trouble = model.trouble or "; ".join(unrest) or None
    before, began = ground.cpu(), time.monotonic()
    injector.start()
    try:
        _play_all(ground, plan, form, cases, injector, console)
        if plan.once:
            injector.join()
    finally:
        injector.end()
    played = time.monotonic() - began
    report = _look(ground, plan, model, [case for case in cases if case.instance or case.trouble], injector)
    report.seconds = time.monotonic() - started
    if not plan.kinds:
        report.played = played
        report.cpu = {name: (now - before[name]) / report.cases for name, now in ground.cpu().items()}
    return report


def _play_all(
    ground: Ground,
    plan: Plan,
    form: Mapping[str, object],
    cases: Sequence[Case],
    injector: Injector,
    console: Console,
) -> None:
    """Play the cases, and say from time to time how far it is."""
    threads = play_all(
        lambda: Player(Company(ground.desks), form, plan.patience), cases, plan.players, plan.minutes * 60
    )
    shown = time.monotonic()
    while any(thread.is_alive() for thread in threads) and ground.given_up is None:
        time.sleep(0.2)
        if time.monotonic() - shown > SHOW_SECONDS:
            shown = time.monotonic()
            done = sum(case.done for case in cases)
            console.print(f"[dim]{done} of {plan.cases} played, {len(injector.injected)} faults[/dim]")


def await_peace(ground: Ground, cases: Sequence[Case]) -> list[str]:
    """Wait until the cases have ended in the engine and no external task or signal is on its way.

    What is still open when SETTLE_SECONDS are over; empty when all came to rest.
    """
    instances = [case.instance for case in cases if case.instance]
    deadline = time.monotonic() + SETTLE_SECONDS
    calm, still_open = 0, [""]
    while calm < 3 and (calm or time.monotonic() < deadline):
        time.sleep(0.4)
        try:
            still_open = findings.still_open(ground, instances)
        except psycopg.Error as error:  # PostgreSQL may be on its way back
            still_open = [f"the databases: {error}"]
        calm = 0 if still_open else calm + 1
    return still_open


def _look(ground: Ground, plan: Plan, model: Case, cases: Sequence[Case], injector: Injector) -> Report:
    report = Report(seed=plan.seed, cases=len(cases))
    report.faults = dict(Counter(one.kind for one in injector.injected))
    report.missed = dict(injector.missed)
    for trouble in filter(None, (injector.trouble, model.trouble)):
        report.broken.append(f"the harness itself: {trouble}")
    if ground.given_up is not None:
        report.broken.append(f"the supervisor gave up: {ground.given_up}")
        return report
    report.broken += [
        f"not at rest after {SETTLE_SECONDS:.0f} s: {one}" for one in await_peace(ground, cases)
    ]
    report.tasks, report.failures = findings.tasks_run(ground)
    report.redelivered = findings.redelivered(ground)
    report.incidents = findings.incidents(ground)
    report.broken += [f"without a reason: {one}" for one in report.incidents if one.endswith(": ")]
    report.broken += [
        f"{case.name} hangs: {case.trouble}" for case in cases if case.trouble and not case.incident
    ]
    lost, orphaned = findings.lost_and_orphaned(ground)
    report.broken += [f"completed without its effect: {one}" for one in lost]
    report.broken += [f"its effect stands, its task is neither done nor open: {one}" for one in orphaned]
    report.losses = len(lost)
    _compare(ground, model, cases, report)
    report.broken += [f"ledger verify: {one}" for one in findings.books_findings(ground)]
    report.broken += [f"hangs: {one}" for one in findings.hanging(ground)]
    report.recovery = findings.recoveries(ground, injector.injected)
    return report


def _compare(ground: Ground, model: Case, cases: Sequence[Case], report: Report) -> None:
    """Every finished case has left what the undisturbed one left: no row more, none less."""
    done = [case for case in cases if case.done]
    numbers = findings.numbers_of(ground, [model.instance, *(case.instance for case in done)])
    found = findings.fingerprints(ground, numbers)
    expected = found.get(model.instance, {})
    for case in done:
        has = found.get(case.instance, {})
        more, less = _difference(has, expected)
        report.duplicates += sum(more.values())
        report.losses += sum(less.values())
        if more or less:
            report.broken.append(f"{case.name} {numbers.get(case.instance)}: more {more}, less {less}")
        else:
            report.finished += 1


def _difference(has: Mapping[str, int], expected: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    more = Counter(has)
    more.subtract(Counter(expected))
    return {key: n for key, n in more.items() if n > 0}, {key: -n for key, n in more.items() if n < 0}
