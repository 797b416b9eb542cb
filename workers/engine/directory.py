"""What the engine has to know of the organisation; the room `org` makes it of the chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True)
class Account:
    """A person as the engine's user."""

    name: str
    email: str


@dataclass(frozen=True)
class Directory:
    """People, groups and who may start what, on one day."""

    accounts: Mapping[str, Account]
    """User id -> person, for everybody who may log in."""
    groups: Mapping[str, str]
    """Group id (a post) -> its Chinese name."""
    members: Mapping[str, frozenset[str]]
    """Group id -> its members, substitutes of that day among them."""
    starts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Group id -> ids of the processes that its members may start."""


class Passwords(Protocol):
    """Where first passwords come from (stack.credentials): made at the first request, the same ever after."""

    def password(self, kind: Literal["engine", "staff"], name: str) -> str:
        """The password of a technical account (engine) or a person (staff)."""
