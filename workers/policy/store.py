"""Tables of the policy: its versions, and the draft that a new installation starts from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, Identity, Integer, String, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import MOMENT, Base

DRAFT = "draft"
ISSUED = "issued"
REJECTED = "rejected"
WITHDRAWN = "withdrawn"
SUPERSEDED = "superseded"
"""A draft that a later draft of the same case has replaced."""


class PolicyRow(Base):
    """One version of the policy, or one draft of it. Each revision of a draft is a row of its own."""

    __tablename__ = "policy_versions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    version_no: Mapped[int | None] = mapped_column(Integer, unique=True)
    title: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text, default="")
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(String(16), default=DRAFT)
    case_no: Mapped[str] = mapped_column(String(32), index=True)
    drafted_by: Mapped[str] = mapped_column(String(64))
    drafted_at: Mapped[datetime] = mapped_column(MOMENT)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)
    meeting_minutes: Mapped[str | None] = mapped_column(String(100))
    issued_by: Mapped[str | None] = mapped_column(String(64))
    issued_at: Mapped[datetime | None] = mapped_column(MOMENT)

    __table_args__ = (
        CheckConstraint(
            f"state in ('{DRAFT}', '{ISSUED}', '{REJECTED}', '{WITHDRAWN}', '{SUPERSEDED}')", name="state"
        ),
        CheckConstraint("valid_to is null or valid_to >= valid_from", name="span"),
        CheckConstraint(f"(state = '{ISSUED}') = (version_no is not null)", name="numbered_when_issued"),
        # at most one version is in force on a date, whatever the code does
        ExcludeConstraint(
            (func.daterange(text("valid_from"), text("valid_to"), text("'[]'")), "&&"),
            using="gist",
            where=text(f"state = '{ISSUED}'"),
            name="ex_policy_versions_in_force",
        ),
    )


class InitialDraft(Base):
    """What `config/policy.yaml` said when the program last started; one row."""

    __tablename__ = "policy_initial_draft"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(200))
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
