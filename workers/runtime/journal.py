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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

DEATHS = 4
"""So many workers died with a task in hand within the hour: it is an incident. The first death is counted for all that
were in hand, each further one only for the suspect that was tried: one that is innocent ends then, and is rid of it."""
FORGET_SECONDS = 3600.0
SLOT = 64
"""Bytes for one task's id."""
SLOTS = 256
"""More than threads, lent and lost ones there can be; what finds no slot is not written down."""
COUNTS = "deaths.json"


class Journal:
    """The tasks in hand. Suspects are those with which a worker died within the hour; see `Suspects`."""

    def __init__(self, folder: Path, worker_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._path = folder / f"{worker_id}.hand"
        self._descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)  # as long as this process lives
        os.ftruncate(self._descriptor, SLOT * SLOTS)
        self._map = mmap.mmap(self._descriptor, SLOT * SLOTS)
        self._free = deque(range(SLOTS))
        self._deaths: dict[str, tuple[int, float]] = {}
        self._seen = (0, 0)
        _count(folder, self._path)
        self.look()

    def look(self) -> None:
        """Learn which tasks have become suspects meanwhile, with other workers; cheap when there are none."""
        try:
            file = (self._folder / COUNTS).stat()
        except OSError:
            return
        if (file.st_ino, file.st_mtime_ns) != self._seen:
            self._seen = (file.st_ino, file.st_mtime_ns)
            self._deaths = _read(self._folder / COUNTS)

    def suspect(self, task_id: str) -> bool:
        """Whether a worker died with this task in hand: nothing else that is suspect is to be done beside it."""
        return task_id in self._deaths

    def deadly(self, task_id: str) -> bool:
        """Whether a task is to become an incident instead of being done once more; asked once, then forgotten."""
        if self._deaths.get(task_id, (0, 0.0))[0] < DEATHS:
            return False
        del self._deaths[task_id]
        with suppress(OSError), _counts(self._folder) as counts:
            counts.pop(task_id, None)
        log.error("workers died again and again with this task in hand", task_id=task_id, deaths=DEATHS)
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


@contextmanager
def _counts(folder: Path) -> Iterator[dict[str, tuple[int, float]]]:
    """The counts, to be changed: workers that want to change them do so one after the other. Raises OSError."""
    descriptor = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        counts = _read(folder / COUNTS)
        yield counts
        partial = folder / f"{COUNTS}.{os.getpid()}"
        partial.write_text(json.dumps(counts), "utf-8")
        partial.replace(folder / COUNTS)
    finally:
        os.close(descriptor)


def _count(folder: Path, own: Path) -> None:
    """Count what dead workers had in hand, and remove their files.

    All of it is suspect from now on; but where a suspect was among it, the death is that one's and not the others'.
    """
    with _counts(folder) as counts:
        known = frozenset(counts)
        for path in folder.glob("*.hand"):
            hand = set(_of_the_dead(path)) if path != own else set()
            blamed = known.intersection(hand) or hand
            for task_id in hand:
                counts[task_id] = (counts.get(task_id, (0, 0.0))[0] + (task_id in blamed), time.time())


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
