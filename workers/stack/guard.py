"""A small process that outlives a killed stack just long enough to stop what it left behind.

It sits in a session of its own and reads the stack's pipe: one line of JSON for each child. It ends when
the stack ends, in whatever way; then every child that still runs is stopped, the last one first.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import IO

from workers.processes import ProcessId

STOP_SECONDS = 20


class Guard:
    """The stack's end of the pipe."""

    def __init__(self, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workers.stack.guard"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def watch(self, process: ProcessId) -> None:
        """Have the child stopped should we end without doing so."""
        pipe = self._process.stdin
        if pipe is not None and self._process.poll() is None:
            pipe.write(json.dumps(asdict(process)).encode() + b"\n")
            pipe.flush()

    def release(self) -> None:
        """We have stopped everything: let the guard go."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


def main(pipe: IO[str]) -> None:
    """Collect children until the pipe ends, then stop those that still run."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # only the end of the stack ends its guard
    os.chdir("/")
    children = [ProcessId(**json.loads(line)) for line in pipe if line.endswith("\n")]
    for child in reversed(children):
        child.stop(STOP_SECONDS)


if __name__ == "__main__":
    main(sys.stdin)
