"""A task at which workers die again and again is found by the files that they leave."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from workers.runtime.journal import DEATHS, SLOTS, Journal

DYING = """
import os, sys
from pathlib import Path
from workers.runtime.journal import Journal
journal = Journal(Path(sys.argv[1]), "dead-" + sys.argv[2])
journal.end(journal.begin("done"))
journal.begin("poison")
journal.begin(f"innocent-{sys.argv[2]}")
os.kill(os.getpid(), 9)
"""


def die(folder: Path, number: int) -> None:
    subprocess.run([sys.executable, "-c", DYING, str(folder), str(number)], check=False)


def test_a_task_with_which_workers_die_is_a_suspect_and_those_beside_it_are_not(tmp_path: Path) -> None:
    for number in range(DEATHS):
        journal = Journal(tmp_path, f"alive-{number}")
        assert not journal.suspect("poison")
        journal.close()
        die(tmp_path, number)
    journal = Journal(tmp_path, "next")
    assert not any(journal.suspect(one) for one in ("done", "innocent-0", "innocent-1"))
    assert journal.suspect("poison")
    assert not journal.suspect("poison")  # an operator who retries it means it
    journal.close()
    assert not Journal(tmp_path, "later").suspect("poison")


def test_a_worker_that_lives_or_ended_in_order_is_not_dead(tmp_path: Path) -> None:
    living = [Journal(tmp_path, f"living-{number}") for number in range(DEATHS)]
    for one in living:
        one.begin("task")
    ended = Journal(tmp_path, "ended")
    ended.begin("task")
    ended.close()
    assert not Journal(tmp_path, "next").suspect("task")
    assert len(list(tmp_path.glob("living-*.hand"))) == DEATHS


def test_more_tasks_than_slots_and_a_broken_count_harm_nobody(tmp_path: Path) -> None:
    (tmp_path / "deaths.json").write_text("[")
    journal = Journal(tmp_path, "full")
    slots = [journal.begin(str(number)) for number in range(SLOTS + 1)]
    assert slots[-1] is None
    for slot in slots:
        journal.end(slot)
    assert journal.begin("again") is not None
