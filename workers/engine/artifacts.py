"""The engine's jars as the lock file in config/engine names them: coordinates and sha256, one a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workers.errors import UserError

LOCK = "camunda-7.24.0.lock"
"""The lock file's name in config/engine."""


@dataclass(frozen=True, order=True)
class Artifact:
    """One jar of a Maven repository."""

    group: str
    name: str
    version: str
    classifier: str
    sha256: str

    @property
    def coordinates(self) -> str:
        """`group:artifact:version[:classifier]`, as people write it."""
        parts = (self.group, self.name, self.version, self.classifier)
        return ":".join(part for part in parts if part)

    @property
    def file_name(self) -> str:
        """The file's name, the same in every Maven repository."""
        tail = f"-{self.classifier}" if self.classifier else ""
        return f"{self.name}-{self.version}{tail}.jar"

    @property
    def path(self) -> str:
        """Where it stands below a Maven repository's root, with forward slashes."""
        return f"{self.group.replace('.', '/')}/{self.name}/{self.version}/{self.file_name}"

    @classmethod
    def parse(cls, line: str) -> Artifact:
        """Read one line of a lock file. Raises ValueError when it is not one."""
        coordinates, sha256 = line.split()
        group, name, version, *rest = coordinates.split(":")
        if len(rest) > 1 or len(sha256) != 64:
            raise ValueError(line)
        return cls(group, name, version, rest[0] if rest else "", sha256)


def read_lock(config_dir: Path) -> list[Artifact]:
    """The engine's artifacts, in the file's order. Raises UserError when it cannot be read."""
    path = config_dir / "engine" / LOCK
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [Artifact.parse(line) for line in lines if line.strip() and not line.startswith("#")]
    except (OSError, ValueError) as error:
        raise UserError(f"the engine's lock file {path} cannot be read: {error}") from error
