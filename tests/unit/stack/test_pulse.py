"""A process is silent when it does not beat while its supervisor looks, and in no other case."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.stack import pulse
from workers.stack.pulse import SILENT_SECONDS, Pulse, keep_beating


class Look:
    """A supervisor that looks every second, by a clock of its own."""

    def __init__(self, folder: Path) -> None:
        self.now = 0.0
        self.file = folder / "run" / "worker.pulse"
        self.pulse = Pulse(self.file, lambda: self.now)
        self._beats = 0

    def beat(self) -> None:
        self._beats += 1
        os.utime(self.file, ns=(self._beats, self._beats))

    def silent(self, seconds: float) -> bool:
        """Look on for so long; what was found at the end."""
        found = False
        for _ in range(int(seconds)):
            self.now += 1
            found = self.pulse.silent()
        return found


@pytest.fixture
def look(tmp_path: Path) -> Look:
    return Look(tmp_path)


def test_a_process_that_does_not_beat_is_silent_after_its_time(look: Look) -> None:
    assert not look.silent(SILENT_SECONDS)
    assert look.silent(1)


def test_every_beat_gives_it_the_whole_time_again_whatever_the_machines_clock_says(look: Look) -> None:
    """Here the beats are of 1970."""
    for _ in range(5):
        assert not look.silent(SILENT_SECONDS - 1)
        look.beat()
    assert not look.silent(SILENT_SECONDS)
    assert look.silent(2)


def test_a_supervisor_that_was_stopped_itself_gives_it_its_time_anew(look: Look) -> None:
    """A machine that sleeps, Ctrl-Z: the process could not beat either."""
    look.silent(SILENT_SECONDS - 1)
    look.now += 3600
    assert not look.silent(SILENT_SECONDS)
    assert look.silent(2)


def test_a_process_that_was_started_anew_has_the_whole_time(look: Look) -> None:
    assert look.silent(SILENT_SECONDS + 1)
    look.pulse.begin()
    assert not look.silent(SILENT_SECONDS)


def test_without_a_file_nothing_is_said(look: Look) -> None:
    """The disk is full, or somebody has tidied up."""
    look.silent(10)
    look.file.unlink()
    assert not look.silent(2 * SILENT_SECONDS)


def test_a_process_beats_while_it_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "worker.pulse"
    monkeypatch.setenv(pulse.VARIABLE, str(file))
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.01)
    asked: list[None] = []
    well = threading.Event()

    def ask() -> bool:
        asked.append(None)
        return well.is_set()

    keep_beating(ask)
    wait_until(lambda: len(asked) > 2)
    assert not file.exists()
    well.set()
    wait_until(file.exists)


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait, with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def test_nobody_beats_when_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(pulse.VARIABLE, raising=False)
    before = set(threading.enumerate())
    keep_beating(lambda: True)
    assert not {one.name for one in set(threading.enumerate()) - before} & {"pulse"}
