"""Tables of the case file: one row per case, what happened in it, and what has been approved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import MOMENT, Base

OPEN = "open"
WITHDRAWN = "withdrawn"
CLOSED = "closed"
SEALED = "sealed"


class Case(Base):
    """A case: who filed it, whether it still runs, and where it stands in words."""

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint(f"state in ('{OPEN}', '{WITHDRAWN}', '{CLOSED}', '{SEALED}')", name="state"),
        Index("ix_cases_applicant", "applicant"),
    )

    case_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    applicant: Mapped[str] = mapped_column(String(64))
    applicant_name: Mapped[str] = mapped_column(String(64))
    sent_in_by: Mapped[str | None] = mapped_column(String(64))
    """Who sent in what is to be signed now: the applicant, or who stood in."""
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    status_text: Mapped[str] = mapped_column(Text, default="")
    process_instance_id: Mapped[str | None] = mapped_column(String(64))
    """The only process instance that may work on the case; None for a case that no process has opened."""
    document_no: Mapped[str | None] = mapped_column(String(32), index=True)
    """The document that the case has led to (a contract's number), once there is one."""
    opened_at: Mapped[datetime] = mapped_column(MOMENT)
    closed_at: Mapped[datetime | None] = mapped_column(MOMENT)

    @property
    def filers(self) -> frozenset[str]:
        """Who filed it, and who sent in its last version for them: neither signs it (C2)."""
        return frozenset(filter(None, (self.applicant, self.sent_in_by)))


class CaseEvent(Base):
    """One line of a case's history (X5, X6). Append-only: the database refuses to change it."""

    __tablename__ = "case_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("cases.case_no"), index=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
    who: Mapped[str] = mapped_column(String(64))
    """The name as staff read it."""
    user_id: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(100))
    comment: Mapped[str] = mapped_column(Text, default="")


class CaseApproval(Base):
    """A stage of approval that a case has passed; gone again as soon as the stage starts anew."""

    __tablename__ = "case_approvals"

    case_no: Mapped[str] = mapped_column(ForeignKey("cases.case_no"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
    signatures: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class CaseSequence(Base):
    """The last case number given per prefix and year."""

    __tablename__ = "case_sequences"

    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)
