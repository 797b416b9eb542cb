"""`make faults` and `salesflow soak`: the run from the command line."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from pathlib import Path

from rich.console import Console

from tests.faults.faults import FAULTS
from tests.faults.ground import ground, settings_of
from tests.faults.run import Plan, play
from workers import logs
from workers.errors import SalesflowError, UserError

VAR = Path("var/faults")


MARK = "made-by-faults"
"""A file in the folders that we may empty."""


def _empty(folder: Path) -> None:
    """Make room for a new installation; a folder that holds something else is left alone. Raises UserError."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise UserError(f"{folder} holds data of something else: name a folder that is not there yet")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def main() -> int:
    """Play; 0 when every promise held, 1 when one was broken (the folder is kept for a look)."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=None, help="of the first round; printed")
    parser.add_argument("--hours", type=float, default=0.0, help="go on with new seeds for so long")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--nodes", type=int, default=1, help="engines on the same database")
    parser.add_argument("--players", type=int, default=40, help="cases that are played at the same time")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="a round begins no case later")
    parser.add_argument("--pauses", type=float, nargs=2, default=(2.0, 10.0), metavar=("LEAST", "MOST"))
    parser.add_argument("--faults", nargs="*", default=list(FAULTS), choices=list(FAULTS), metavar="KIND")
    parser.add_argument("--var", type=Path, default=VAR, help=f"default: {VAR}")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    console = Console(stderr=True, highlight=False)
    _empty(args.var)
    settings = settings_of(args.var.resolve(), nodes=args.nodes)
    logs.configure(
        settings.log_level, settings.log_format, quiet=True
    )  # to standard error: what is told stands alone on standard output
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10**6)
    until = time.monotonic() + args.hours * 3600
    broken = False
    with ground(settings, console, workers=args.workers, nodes=args.nodes) as found:
        while not broken:
            console.rule(f"seed {seed}", align="left")
            plan = Plan(
                args.cases,
                seed,
                tuple(args.faults),
                tuple(args.pauses),
                players=args.players,
                minutes=args.minutes,
            )
            report = play(found, plan, console)
            broken = bool(report.broken)
            if args.json:
                print(json.dumps(report.as_json(), ensure_ascii=False), flush=True)
            else:
                report.show(Console(highlight=False))
            if time.monotonic() >= until:
                break
            seed += 1
    if broken:
        console.print(f"a promise is broken: logs and data stay in {args.var}")
    return int(broken)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SalesflowError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
