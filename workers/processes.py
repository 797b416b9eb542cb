"""Child processes: in sessions of their own, recognised by pid and start time, stopped with a deadline."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

LOG_BYTES = 10_000_000
"""A child's log that has grown beyond this is set aside (one generation) when the child starts again."""

STACK_BYTES = 4 * 2**20
"""For a thread. With less than 3 MB some recursion without end through C code takes the process with it, before Python
refuses it."""

SAME_START_SECONDS = 2.0
"""A pid is used again sooner or later; the start time tells, within what a stepped clock may shift it."""


@dataclass(frozen=True)
class ProcessId:
    """A process, told apart from a later one that got the same pid. `started` is seconds since the epoch."""

    name: str
    pid: int
    started: float
    stop_signal: int = signal.SIGTERM

    def find(self) -> psutil.Process | None:
        """The process, if it is still the one that was meant and has not ended."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < SAME_START_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    def stop(self, deadline_seconds: float) -> None:
        """Ask it to end, wait, and kill it with its children when it does not. Nothing if it is gone."""
        process = self.find()
        if process is None:
            return
        try:
            family = process.children(recursive=True)
            process.send_signal(self.stop_signal)
            deadline = time.monotonic() + deadline_seconds
            while self.find():  # not process.wait(): an orphan that init has not reaped yet counts as gone
                if time.monotonic() > deadline:
                    process.kill()
                    break
                time.sleep(0.02)
        except psutil.NoSuchProcess:
            return
        for orphan in psutil.wait_procs(family, timeout=1)[1]:
            orphan.kill()


@dataclass
class Child:
    """A process of ours. Its output goes to `log`; `own_log` is the one that it writes by itself, if any."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: int
    stop_seconds: float
    started: float
    own_log: Path | None = None

    @property
    def id(self) -> ProcessId:
        """What others need in order to find it again."""
        return ProcessId(self.name, self.process.pid, self.started, self.stop_signal)

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        code = self.process.returncode
        if code is not None and code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"has ended with exit code {code}"

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def last_words(self) -> str:
        """The end of what it said, for an error message."""
        for log in (self.log, self.own_log):
            if log and (text := tail(log)):
                return f"the end of {log}:\n{text}"
        return f"it left nothing in {self.log}"

    def stop(self) -> None:
        """End it and reap it; kills after its deadline."""
        if self.running:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(self.stop_seconds)
            except subprocess.TimeoutExpired:
                self.id.stop(0)
        self.process.wait()


def start(
    name: str,
    argv: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: int | None = None,
    group: int | None = None,
    stop_signal: int = signal.SIGTERM,
    stop_seconds: float = 20,
    own_log: Path | None = None,
) -> Child:
    """Start a child that a Ctrl-C in our terminal does not reach: the stack stops its parts in its own order.

    `env` is added to our environment. `user` and `group` are ids to run as; only root may give them.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(log.suffix + ".1"))
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - no shell, the caller's own program
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            user=user,
            group=group,
            extra_groups=None if group is None else [],
            start_new_session=True,
        )
    started = psutil.Process(process.pid).create_time()
    return Child(name, process, log, stop_signal, stop_seconds, started, own_log)


def tail(path: Path, lines: int = 20) -> str:
    """The last lines of a log, for an error message."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def limit_memory(megabytes: int) -> None:
    """Have this process's allocations fail (MemoryError) beyond so much private memory; 0: no limit. Linux only.

    Otherwise the machine would end some process, not always this one, and nobody would know for which task. Threads
    that start from now on have smaller stacks: the limit counts a stack in full, however little of it is used.
    """
    if not megabytes or not sys.platform.startswith("linux"):
        return
    threading.stack_size(STACK_BYTES)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = megabytes * 2**20
    resource.setrlimit(
        resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
    )
