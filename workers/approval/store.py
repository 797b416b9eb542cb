"""Tables of the approval: the route of a case as it was planned, and every signature (X5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import MOMENT, Base

PLANNED = "planned"
OPEN = "open"
APPROVED = "approved"
RETURNED = "returned"
REJECTED = "rejected"
SUPERSEDED = "superseded"
"""Never signed: the case went another way before."""


class ApprovalStep(Base):
    """One signature that a route asks for."""

    __tablename__ = "approval_steps"
    __table_args__ = (
        UniqueConstraint("case_no", "stage", "round", "seq"),
        CheckConstraint(
            f"state in ('{PLANNED}', '{OPEN}', '{APPROVED}', '{RETURNED}', '{REJECTED}', '{SUPERSEDED}')",
            name="state",
        ),
        Index("ix_approval_steps_open", "case_no", postgresql_where=text(f"state = '{OPEN}'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("cases.case_no"))
    document_no: Mapped[str] = mapped_column(String(32))
    stage: Mapped[str] = mapped_column(String(32))
    round: Mapped[int] = mapped_column(Integer)
    """1 for the first time through the stage, one more after each return."""
    seq: Mapped[int] = mapped_column(Integer)
    post: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(16), default=PLANNED)
    candidates: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    """Who may sign -> whom they act for (themselves, unless a substitute); null until the step is open."""
    opened_at: Mapped[datetime | None] = mapped_column(MOMENT)
    due_at: Mapped[datetime | None] = mapped_column(MOMENT)
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)


class ApprovalRecord(Base):
    """A signature. Append-only: the database refuses to change it."""

    __tablename__ = "approval_records"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("approval_steps.id"), unique=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("cases.case_no"), index=True)
    document_no: Mapped[str] = mapped_column(String(32), index=True)
    stage: Mapped[str] = mapped_column(String(32))
    round: Mapped[int] = mapped_column(Integer)
    post: Mapped[str] = mapped_column(String(64))
    post_name: Mapped[str] = mapped_column(String(100))
    signer: Mapped[str] = mapped_column(String(64))
    signer_name: Mapped[str] = mapped_column(String(64))
    acting_for: Mapped[str | None] = mapped_column(String(64))
    acting_for_name: Mapped[str | None] = mapped_column(String(64))
    decision: Mapped[str] = mapped_column(String(16))
    comment: Mapped[str] = mapped_column(Text, default="")
    reference: Mapped[str] = mapped_column(String(100), default="")
    """The number of the meeting's minutes, where a committee decides."""
    signed_at: Mapped[datetime] = mapped_column(MOMENT)
    """When the engine's session completed the task."""
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)
    task_id: Mapped[str] = mapped_column(String(64))
    """The external task that recorded it, as it stands in the engine's history."""
