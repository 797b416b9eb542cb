"""Children are recognised, stopped with a deadline, and never outlive a stack that was killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from workers import processes
from workers.processes import ProcessId

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""
PARENT = """
import sys, time
from pathlib import Path
from workers import processes
from workers.stack.guard import Guard
folder = Path(sys.argv[1])
guard = Guard(folder / "guard.log")
for name in ("first", "second"):
    child = processes.start(name, ["sleep", "600"], folder / "child.log")
    guard.watch(child.id)
    print(child.id.pid, flush=True)
time.sleep(600)
"""


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait, with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    """Whether the process has ended, reaped or not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_children_of_a_killed_stack_are_stopped(tmp_path: Path) -> None:
    """With kill -9, which no handler sees."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        children = [int(parent.stdout.readline()) for _ in range(2)]
        assert not any(gone(pid) for pid in children)
        parent.kill()
    wait_until(lambda: all(gone(pid) for pid in children))


def test_a_child_that_ignores_the_request_is_killed_after_its_deadline(tmp_path: Path) -> None:
    """The stack does not hang on it."""
    child = processes.start("stubborn", [sys.executable, "-c", STUBBORN], tmp_path / "log", stop_seconds=0.2)
    wait_until(lambda: "ready" in processes.tail(child.log))
    child.stop()
    assert child.process.returncode == -signal.SIGKILL


def test_a_pid_that_was_given_to_another_process_is_left_alone() -> None:
    """The start time tells them apart."""
    stranger = ProcessId("postgres", os.getpid(), started=psutil.Process().create_time() - 3600)
    assert stranger.find() is None
    stranger.stop(0)  # would end this test


def test_a_child_says_what_its_log_ends_with(tmp_path: Path) -> None:
    """For the message of its death."""
    child = processes.start("talker", [sys.executable, "-c", "print('so long')"], tmp_path / "log")
    child.process.wait()
    assert "so long" in child.last_words()


def test_a_grown_log_is_set_aside_when_the_child_starts_again(tmp_path: Path) -> None:
    """One generation is kept."""
    log = tmp_path / "log"
    log.write_bytes(b"x" * (processes.LOG_BYTES + 1))
    processes.start("short", ["true"], log).process.wait()
    assert log.stat().st_size == 0
    assert (tmp_path / "log.1").exists()


def test_a_process_can_be_written_down_and_read_back() -> None:
    """As the guard and var/run/stack.json have it."""
    one = ProcessId("engine", 4711, 1.5, signal.SIGINT)
    assert ProcessId(**json.loads(json.dumps(vars(one)))) == one
