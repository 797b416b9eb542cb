"""Document numbers such as `HT-2026-0001`: one sequence per kind and year, without gaps."""

from __future__ import annotations

import re

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.documents.store import DocumentSequence


def next_number(session: Session, kind: str, year: int) -> str:
    """Take the next number of `kind` in `year`.

    The sequence's row stays locked until the transaction ends and a rollback gives the number back, so numbers
    have no gaps; who needs the next one at the same time waits.
    """
    first = insert(DocumentSequence).values(kind=kind, year=year, last=1)
    taken = first.on_conflict_do_update(
        index_elements=[DocumentSequence.kind, DocumentSequence.year],
        set_={"last": DocumentSequence.last + 1},
    ).returning(DocumentSequence.last)
    return f"{kind}-{year}-{session.scalars(taken).one():04d}"


def reserve(session: Session, number: str) -> None:
    """A number that somebody else has given will not be given again; one of another form needs no reserving."""
    parts = _NUMBER.fullmatch(number)
    if parts is None:
        return
    kind, year, last = parts[1], int(parts[2]), int(parts[3])
    first = insert(DocumentSequence).values(kind=kind, year=year, last=last)
    session.execute(
        first.on_conflict_do_update(
            index_elements=[DocumentSequence.kind, DocumentSequence.year],
            set_={"last": func.greatest(DocumentSequence.last, last)},
        )
    )


_NUMBER = re.compile(r"([A-Z]{1,8})-([0-9]{4})-0*([1-9][0-9]{0,8})")
