"""Document numbers such as `HT-2026-0001`: one sequence per kind and year, without gaps."""

from __future__ import annotations

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
