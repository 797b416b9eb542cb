"""A task at which workers die again and again is found by the files that they leave."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from workers.runtime.journal import COUNTS, DEATHS, SLOTS, Journal

DYING = """
import os, sys
from pathlib import Path
from workers.runtime.journal import Journal
journal = Journal(Path(sys.argv[1]), "dead-" + sys.argv[2])
journal.end(journal.begin("done"))
for task in sys.argv[3:]:
    journal.begin(task)
os.kill(os.getpid(), 9)
"""


def die(folder: Path, number: int, *hand: str) -> None:
    """A worker dies with these tasks in hand."""
    subprocess.run([sys.executable, "-c", DYING, str(folder), str(number), *hand], check=False)


def test_a_task_with_which_workers_die_is_deadly_and_those_beside_it_are_not(tmp_path: Path) -> None:
    neighbours = ("beside-1", "beside-2")
    for number in range(DEATHS):
        journal = Journal(tmp_path, f"alive-{number}")
        assert not journal.deadly("poison")
        beside = [
            one for one in neighbours if not journal.suspect(one)
        ]  # those that are get a turn of their own
        journal.close()
        die(tmp_path, number, *beside, "poison")
    journal = Journal(tmp_path, "next")
    assert not any(journal.deadly(one) for one in ("done", *neighbours))
    assert not journal.suspect("done")
    assert journal.deadly("poison")
    assert not journal.deadly("poison")  # an operator who retries it means it
    journal.close()
    assert not Journal(tmp_path, "later").deadly("poison")


def test_what_was_beside_a_suspect_at_a_death_is_not_counted_but_suspect_as_well(tmp_path: Path) -> None:
    """It may be the one: then the next death is its own."""
    die(tmp_path, 0, "first")
    die(tmp_path, 1, "first", "second")
    for number in range(2, 2 + DEATHS - 1):
        assert Journal(tmp_path, f"alive-{number}").suspect("second")
        die(tmp_path, number, "second")
    journal = Journal(tmp_path, "next")
    assert not journal.deadly("first")
    assert not journal.deadly("second")
    die(tmp_path, 9, "second")
    Journal(tmp_path, "counts").close()
    journal.look()
    assert journal.deadly("second")


def test_a_worker_learns_of_suspects_that_others_died_of(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "living")
    die(tmp_path, 0, "poison")
    Journal(tmp_path, "started-anew").close()
    assert not journal.suspect("poison")
    journal.look()
    assert journal.suspect("poison")


def test_deaths_are_forgotten_after_an_hour(tmp_path: Path) -> None:
    long_ago = time.time() - 3700
    (tmp_path / COUNTS).write_text(json.dumps({"old": [DEATHS, long_ago], "new": [DEATHS, time.time()]}))
    journal = Journal(tmp_path, "next")
    assert not journal.suspect("old")
    assert journal.deadly("new")


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
    (tmp_path / COUNTS).write_text("[")
    journal = Journal(tmp_path, "full")
    slots = [journal.begin(str(number)) for number in range(SLOTS + 1)]
    assert slots[-1] is None
    for slot in slots:
        journal.end(slot)
    assert journal.begin("again") is not None
