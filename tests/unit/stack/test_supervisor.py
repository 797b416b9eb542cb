"""What the supervisor does with a part that dies."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from workers.settings import Settings
from workers.stack import supervisor
from workers.stack.supervisor import Stack

EXTERNAL = {
    "engine_url": "http://127.0.0.1:1/engine-rest",
    "database_url": "postgresql+psycopg://nobody@127.0.0.1/no",
}


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
