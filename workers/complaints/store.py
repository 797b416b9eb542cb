"""The tables of complaints: who complains of what, who owns it, each solution and what the customer said of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workers.cases import Case
from workers.catalog import Customer
from workers.database.base import MOMENT, Base

OPEN, SOLVED, WITHDRAWN = "open", "solved", "withdrawn"


class Complaint(Base):
    """A complaint (K1). It ends with the customer's word that it is solved, or is withdrawn by who entered it."""

    __tablename__ = "complaints"
    __table_args__ = (
        CheckConstraint(f"state IN ('{OPEN}', '{SOLVED}', '{WITHDRAWN}')", name="state_is_known"),
        CheckConstraint(f"(state = '{OPEN}') = (closed_at IS NULL)", name="an_end_has_its_moment"),
        CheckConstraint("owner IS NULL OR owner IS DISTINCT FROM against", name="nobody_judges_themselves"),
        Index("ix_complaints_raised_at", "raised_at"),
    )

    number: Mapped[str] = mapped_column(ForeignKey(Case.case_no), primary_key=True)
    customer_no: Mapped[str] = mapped_column(ForeignKey(Customer.no), index=True)
    about_case: Mapped[str | None] = mapped_column(String(32))
    against: Mapped[str | None] = mapped_column(String(64))
    """User id of whom it is about; they never own it."""
    what: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(16))
    """phone or follow_up."""
    raised_by: Mapped[str] = mapped_column(String(64))
    raised_at: Mapped[datetime] = mapped_column(MOMENT)
    owner: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """When it passes to the owner's superior."""
    escalations: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    closed_at: Mapped[datetime | None] = mapped_column(MOMENT)


class ComplaintSolution(Base):
    """What was done about a complaint. Append-only."""

    __tablename__ = "complaint_solutions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(ForeignKey(Complaint.number), index=True)
    solution: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column("made_by", String(64))
    at: Mapped[datetime] = mapped_column("made_at", MOMENT)


class ComplaintAnswer(Base):
    """The customer's word on a solution: who said it, when, and who asked (never the owner). Append-only."""

    __tablename__ = "complaint_answers"
    __table_args__ = (
        CheckConstraint("answer IN ('solved', 'not_solved', 'unreachable')", name="answer_is_known"),
        CheckConstraint("(answer = 'unreachable') = (said_at IS NULL)", name="a_word_has_its_moment"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    solution_id: Mapped[int] = mapped_column(ForeignKey(ComplaintSolution.id), index=True)
    answer: Mapped[str] = mapped_column(String(16))
    said_by: Mapped[str] = mapped_column(String(100), default="")
    said_at: Mapped[datetime | None] = mapped_column(MOMENT)
    note: Mapped[str] = mapped_column(Text, default="")
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)
