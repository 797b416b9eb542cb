"""Whether a process that runs still does anything: it touches a file, its supervisor looks whether it has.

Code in C that keeps the interpreter to itself stops every thread of a process and lets it run on: no lock is extended,
no probe answered, no signal heeded. Only somebody outside sees that and can end it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

VARIABLE = "SALESFLOW_PULSE_FILE"
"""In the environment of a process that is looked after: the file to touch."""
BEAT_SECONDS = 5.0
SILENT_SECONDS = 180.0
"""Without a beat for so long a process is given up. Its tasks have gone to others long before (`lock_seconds`), so
there is time: a machine that swaps, a debugger, a moment of SIGSTOP do not cost a healthy process its life."""


def keep_beating(well: Callable[[], bool]) -> None:
    """Touch the file in a thread of its own while `well` says so, until the process ends; nothing if nobody looks.

    `well` must not wait for others: a database that is away is no reason to be killed.
    """
    if name := os.environ.get(VARIABLE):
        threading.Thread(target=_beat, args=(Path(name), well), name="pulse", daemon=True).start()


def _beat(file: Path, well: Callable[[], bool]) -> None:
    while True:
        with suppress(Exception):  # memory or disk may be short for a moment: the next beat comes soon
            if well():
                file.touch()
        time.sleep(BEAT_SECONDS)


class Pulse:
    """A process' beats as its supervisor sees them, by the supervisor's own clock: the machine's may be set.

    A file that is not there says nothing: the disk was full, or somebody has tidied up.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.file = file
        self._clock = clock
        self.begin()

    @property
    def environment(self) -> dict[str, str]:
        """What the process has to be given."""
        return {VARIABLE: str(self.file.resolve())}

    def begin(self) -> None:
        """The process starts now, and has the whole time for its first beat."""
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.touch()
        self._beat, self._since = self._read(), self._clock()
        self._looked = self._since

    def silent(self) -> bool:
        """Look; whether the process has not beaten for SILENT_SECONDS. To be asked again and again.

        Who has not looked for a while was stopped itself, and the process with it as a rule: it is given its time anew.
        """
        now, beat = self._clock(), self._read()
        if beat != self._beat or now - self._looked > SILENT_SECONDS / 6:
            self._since = now
        self._beat, self._looked = beat, now
        return beat is not None and now - self._since > SILENT_SECONDS

    def _read(self) -> int | None:
        """The file's time of change in ns, None without a file."""
        try:
            return self.file.stat().st_mtime_ns
        except OSError:
            return None
