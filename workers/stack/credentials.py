"""Passwords made at first use and kept in var/credentials.toml, which only its owner may read."""

from __future__ import annotations

import fcntl
import os
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import tomli_w

from workers.errors import UserError

Kind = Literal["database", "engine", "staff"]

READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""No l, 1, o, 0, i: people type staff passwords from a screen or a note."""


class Credentials:
    """The file, with a section for each kind. A password that is asked for and missing is made and saved."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def load(cls, path: Path) -> Credentials:
        """Open the file, which need not exist yet. Raises UserError when it cannot be understood."""
        credentials = cls(path)
        credentials.read()
        return credentials

    def read(self) -> dict[str, dict[str, str]]:
        """Everything in the file: kind -> name -> password."""
        try:
            return tomllib.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UserError(
                f"{self.path} cannot be understood: {error}. Mend it, or remove it to get new passwords"
            ) from error

    def get(self, kind: Kind, name: str) -> str | None:
        """The password, or None when there is none yet."""
        return self.read().get(kind, {}).get(name)

    def names(self, kind: Kind) -> list[str]:
        """Whose passwords of this kind are known."""
        return sorted(self.read().get(kind, {}))

    def password(self, kind: Kind, name: str) -> str:
        """The password; made and saved at first use."""
        if known := self.get(kind, name):
            return known
        with self._locked():
            sections = self.read()
            section = sections.setdefault(kind, {})
            if name not in section:  # another process may have been faster
                section[name] = _staff_password() if kind == "staff" else secrets.token_urlsafe(24)
                self._write(sections)
            return section[name]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, sections: dict[str, dict[str, str]]) -> None:
        """Replace the file in one step: a crash leaves the old one or the new one, never half of one."""
        partial = self.path.with_suffix(".part")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            tomli_w.dump(sections, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)


def _staff_password() -> str:
    """Twelve characters in groups of four, about 59 bits."""
    letters = "".join(secrets.choice(READABLE) for _ in range(12))
    return "-".join(letters[start : start + 4] for start in (0, 4, 8))
