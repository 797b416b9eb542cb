"""The entries of `config/org.yaml`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
"""A user's or post's id; the engine's ids and candidate lists (comma-separated) allow no more than this."""
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", max_length=200)]


class Entry(BaseModel):
    """An entry does not change, and a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Post(Entry):
    """A post (岗位): a group in the engine."""

    name: Label
    superior: Id | None = None
    """The post above, which decides when nobody here may."""


class Person(Entry):
    """Somebody who works here: a user in the engine."""

    name: Label
    email: Email
    posts: tuple[Id, ...] = ()
    superior: Id | None = None
    """The person who hears of missed deadlines."""
    left: date | None = None
    """The first day on which they no longer work here."""

    def works_on(self, day: date) -> bool:
        """Whether they (still) work here on that day."""
        return self.left is None or day < self.left


class Leave(Entry):
    """An absence, with who stands in. Both days belong to it."""

    person: Id
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    substitute: Id
    reason: Label | None = None

    def covers(self, day: date) -> bool:
        """Whether the person is away on that day."""
        return self.first <= day <= self.last

    def overlaps(self, other: Leave) -> bool:
        """Whether the two share a day."""
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return f"leave of {self.person} from {self.first} to {self.last}"
