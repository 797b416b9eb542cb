"""Where the org chart comes from: a YAML file that people edit while everything runs."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

import structlog
import yaml
from pydantic import ValidationError

from workers.org.chart import OrgChart
from workers.org.errors import OrgError

log = structlog.get_logger(__name__)


class OrgSource:
    """Hands out the chart as the file states it now; safe to share by threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._stamp: tuple[int, int] | None = None
        self._chart: OrgChart | None = None

    def current(self) -> OrgChart:
        """The chart; the file is read again when it has changed.

        Raises OrgError when the first reading fails. Later a file that cannot be used is logged once and
        the last good chart stays in force: a slip of the editor must not stop the work of everybody.
        """
        with self._lock:
            stamp = self._read_stamp()
            if self._chart is not None and (stamp == self._stamp or stamp is None):
                return self._chart
            try:
                self._chart = load(self.path)
            except OrgError as error:
                if self._chart is None:
                    raise
                log.warning("org.unusable", file=str(self.path), findings=error.findings)
            self._stamp = stamp
            return self._chart

    def _read_stamp(self) -> tuple[int, int] | None:
        try:
            stat = self.path.stat()
        except FileNotFoundError:  # editors replace a file by renaming: it can be away for a moment
            return None
        return stat.st_mtime_ns, stat.st_size


def load(path: Path) -> OrgChart:
    """Read the chart from a file. Raises OrgError, which names every entry that is wrong."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OrgError(str(path), [f"cannot be read: {error}"]) from error
    return parse(text, str(path))


def parse(text: str, source: str = "org.yaml") -> OrgChart:
    """Read the chart from YAML text. Raises OrgError, which names every entry that is wrong."""
    try:
        content = yaml.load(text, _Loader)  # noqa: S506 - _Loader is a SafeLoader
    except yaml.YAMLError as error:
        raise OrgError(source, [f"is no valid YAML: {error}"]) from error
    if not isinstance(content, dict):
        raise OrgError(source, ["must hold posts and people"])
    try:
        return OrgChart.model_validate(content)
    except ValidationError as error:
        raise OrgError(source, list(_readable(error))) from error


def _readable(error: ValidationError) -> list[str]:
    found = []
    for item in error.errors():
        place = ".".join(str(part) for part in item["loc"] if part != "[key]")
        message = str(item.get("ctx", {}).get("error") or item["msg"])
        found += message.splitlines() if not place else [f"{place}: {message} (got {item['input']!r:.60})"]
    return found


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, except that the same key twice is an error: the first of the two would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key} is entered twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)
