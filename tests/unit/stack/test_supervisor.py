"""What the supervisor does with a part that dies, or lives without a sign of it."""

from __future__ import annotations

import io
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from workers.settings import Settings
from workers.stack import pulse, supervisor
from workers.stack.supervisor import Stack

EXTERNAL = {
    "engine_url": "http://127.0.0.1:1/engine-rest",
    "database_url": "postgresql+psycopg://nobody@127.0.0.1/no",
}

WORKER = """
import ctypes, sys, time
from workers.stack import pulse
pulse.BEAT_SECONDS = 0.05
pulse.keep_beating(lambda: True)
time.sleep(0.5)
if sys.argv[1:] == ["blocked"]:
    ctypes.PyDLL(None).sleep(600)  # C code that keeps the interpreter to itself
time.sleep(600)
"""


def until(stack: Stack, condition: Callable[[], bool], seconds: float = 20) -> None:
    """Check, as the program does, until it is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        stack.check()
        time.sleep(0.02)


@pytest.mark.rule("X6")
def test_a_part_whose_program_is_away_for_a_while_is_started_when_it_is_there_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are being replaced, or the disk is full: nobody has to mend that."""
    monkeypatch.setattr(supervisor, "RESTART_SECONDS", (0.0,))
    program, away = tmp_path / "part", tmp_path / "away"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o700)
    stack = Stack(Settings(var_dir=tmp_path / "var", **EXTERNAL), Console(file=io.StringIO()))
    first = stack.spawn("part", [str(program)], restart=True)
    try:
        program.rename(away)
        first.process.kill()
        first.process.wait(10)
        for _ in range(10):
            stack.check()
        assert not stack.children()[0].running
        away.rename(program)
        until(stack, lambda: stack.children()[0].running)
    finally:
        stack.stop()


@pytest.mark.rule("X6")
@pytest.mark.parametrize("ill", ["stopped", "blocked"])
def test_a_part_without_a_sign_of_life_is_killed_and_started_anew_and_one_that_beats_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ill: str
) -> None:
    monkeypatch.setattr(supervisor, "RESTART_SECONDS", (0.0,))
    monkeypatch.setattr(pulse, "SILENT_SECONDS", 5.0)
    stack = Stack(Settings(var_dir=tmp_path / "var", **EXTERNAL), Console(file=io.StringIO()))
    healthy = stack.spawn("healthy", [sys.executable, "-c", WORKER], restart=True)
    sick = stack.spawn("sick", [sys.executable, "-c", WORKER, ill], restart=True)
    try:
        if ill == "stopped":
            sick.process.send_signal(signal.SIGSTOP)
        until(stack, lambda: stack.children()[1].id != sick.id and stack.children()[1].running, 60)
        assert not sick.running
        assert stack.children()[0].id == healthy.id
        assert healthy.running
    finally:
        stack.stop()
