"""What this process has in hand, in a file that outlives it: it tells which task workers die of.

The engine counts no deliveries: a task that takes its process with it (memory, a fault in C code) would come back for
ever, each time its lock runs out. The file is mapped into memory, so a task costs two small writes and no system call.
"""

import fcntl
import json
import mmap
import os
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

DEATHS = 4
"""So many workers died with a task in hand: it is an incident. By chance nobody meets a kill that often in an hour."""
FORGET_SECONDS = 3600.0
SLOT = 64
"""Bytes for one task's id."""
SLOTS = 256
"""More than threads, lent and lost ones there can be; what finds no slot is not written down."""
COUNTS = "deaths.json"


class Journal:
    """The tasks in hand. `suspects` are those with which too many workers died."""

    def __init__(self, folder: Path, worker_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{worker_id}.hand"
        self._descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)  # as long as this process lives
        os.ftruncate(self._descriptor, SLOT * SLOTS)
        self._map = mmap.mmap(self._descriptor, SLOT * SLOTS)
        self._free = deque(range(SLOTS))
        self._counts = folder / COUNTS
        self._suspects = _count(folder, self._path)

    def suspect(self, task_id: str) -> bool:
        """Whether a task is to become an incident instead of being done once more; asked once, then forgotten."""
        if task_id not in self._suspects:
            return False
        self._suspects.discard(task_id)
        with suppress(OSError, ValueError):
            _forget(self._counts, task_id)
        return True

    def begin(self, task_id: str) -> int | None:
        """Write down that a task is in hand; the slot to give to `end`."""
        try:
            slot = self._free.popleft()
        except IndexError:
            return None
        self._map[slot * SLOT : (slot + 1) * SLOT] = task_id.encode()[:SLOT].ljust(SLOT, b"\0")
        return slot

    def end(self, slot: int | None) -> None:
        """It is not in hand any more."""
        if slot is not None:
            self._map[slot * SLOT] = 0
            self._free.append(slot)

    def close(self) -> None:
        """The process ends in order: nothing is remembered."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)  # the map stays: a handler that hangs may still write into it


def _count(folder: Path, own: Path) -> set[str]:
    """Count what dead workers had in hand, remove their files; the tasks that were in hand too often."""
    counts_path = folder / COUNTS
    descriptor = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # workers that start together count one after the other
        counts = _read(counts_path)
        for path in folder.glob("*.hand"):
            if path != own:
                for task_id in _of_the_dead(path):
                    counts[task_id] = (counts.get(task_id, (0, 0.0))[0] + 1, time.time())
        _write(counts_path, counts)
    finally:
        os.close(descriptor)
    suspects = {task_id for task_id, (deaths, _) in counts.items() if deaths >= DEATHS}
    for task_id in suspects:
        log.error("workers died again and again with this task in hand", task_id=task_id, deaths=DEATHS)
    return suspects


def _of_the_dead(path: Path) -> list[str]:
    """The tasks that a worker had in hand when it died; none if it lives. The file is removed."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return []
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        content = os.read(descriptor, SLOT * SLOTS)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return []
    finally:
        os.close(descriptor)
    slots = (content[at : at + SLOT] for at in range(0, len(content), SLOT))
    return [slot.rstrip(b"\0").decode("ascii", "replace") for slot in slots if slot[:1] != b"\0"]


def _read(path: Path) -> dict[str, tuple[int, float]]:
    """The counts of the last hour; an unreadable file counts nothing."""
    try:
        found = json.loads(path.read_text("utf-8"))
        since = time.time() - FORGET_SECONDS
        return {key: (int(deaths), float(at)) for key, (deaths, at) in found.items() if at > since}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(path: Path, counts: dict[str, tuple[int, float]]) -> None:
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(counts), "utf-8")
    partial.replace(path)


def _forget(path: Path, task_id: str) -> None:
    counts = _read(path)
    counts.pop(task_id, None)
    _write(path, counts)
