"""Case numbers: consecutive per prefix and year, without gaps."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.cases.store import CaseSequence


def next_case_no(session: Session, prefix: str, year: int) -> str:
    """The next number, such as `ZC-2026-0001`.

    The counter's row stays locked until the transaction ends and a rollback gives the number back, so that
    two cases never share one and none is skipped.
    """
    counter = insert(CaseSequence).values(prefix=prefix, year=year, last=1)
    counted = session.execute(
        counter.on_conflict_do_update(
            index_elements=[CaseSequence.prefix, CaseSequence.year], set_={"last": CaseSequence.last + 1}
        ).returning(CaseSequence.last)
    ).scalar_one()
    return f"{prefix}-{year}-{counted:04d}"
