"""The tables of the follow-up: what is to be asked of whom, each try, concerns, and the customers' answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workers.cases import Case
from workers.catalog import Customer
from workers.database.base import MOMENT, Base

SALE, SERVICE = "sale", "service"
SATISFIED, CONCERN_SETTLED, COMPLAINT, UNREACHABLE = (
    "satisfied",
    "concern_settled",
    "complaint",
    "unreachable",
)
CONCERN = "concern"


class FollowUp(Base):
    """A promise to ask a customer after a handover, how it was kept, and what came of it (V9, W10)."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        CheckConstraint(f"kind IN ('{SALE}', '{SERVICE}')", name="kind_is_known"),
        CheckConstraint(
            f"outcome IN ('{SATISFIED}', '{CONCERN_SETTLED}', '{COMPLAINT}', '{UNREACHABLE}')",
            name="outcome_is_known",
        ),
        CheckConstraint("(outcome IS NULL) = (closed_at IS NULL)", name="an_outcome_has_its_moment"),
        Index("ix_follow_ups_happened_at", "happened_at"),
    )

    number: Mapped[str] = mapped_column(ForeignKey(Case.case_no), primary_key=True)
    for_case: Mapped[str] = mapped_column(String(32), unique=True)
    """The sale or the work order that was handed over."""
    kind: Mapped[str] = mapped_column(String(16))
    customer_no: Mapped[str] = mapped_column(ForeignKey(Customer.no), index=True)
    vin: Mapped[str | None] = mapped_column(String(17))
    responsible: Mapped[str] = mapped_column(String(64))
    """User id of the service person who was present at the handover."""
    channel: Mapped[str] = mapped_column(String(16))
    """The way that the customer has chosen and had confirmed."""
    people: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Step -> user id of who did it; a question's id, where another person did what it asks about."""
    happened_at: Mapped[datetime] = mapped_column(MOMENT)
    contact_at: Mapped[datetime] = mapped_column(MOMENT)
    """When the next contact is planned."""
    limit_at: Mapped[datetime] = mapped_column(MOMENT)
    most_tries: Mapped[int] = mapped_column(Integer)
    escalated_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """When the service manager was told that nobody had made contact by the limit."""
    complaint_no: Mapped[str | None] = mapped_column(String(32))
    lead_no: Mapped[str | None] = mapped_column(String(32))
    appointment_no: Mapped[str | None] = mapped_column(String(32))
    outcome: Mapped[str | None] = mapped_column(String(16))
    closed_at: Mapped[datetime | None] = mapped_column(MOMENT)


class FollowUpContact(Base):
    """One try to make contact: who, when, what came of it. Append-only."""

    __tablename__ = "follow_up_contacts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    follow_up_no: Mapped[str] = mapped_column(ForeignKey(FollowUp.number), index=True)
    outcome: Mapped[str] = mapped_column(String(16))
    """satisfied, concern, complaint or unreachable."""
    note: Mapped[str] = mapped_column(Text, default="")
    against: Mapped[str | None] = mapped_column(String(64))
    """User id of whom a complaint is about."""
    referral_name: Mapped[str | None] = mapped_column(String(100))
    referral_phone: Mapped[str | None] = mapped_column(String(50))
    wish: Mapped[str | None] = mapped_column(Text)
    """When the customer would like to bring the car for its maintenance."""
    by: Mapped[str] = mapped_column("made_by", String(64))
    at: Mapped[datetime] = mapped_column("made_at", MOMENT)


class FollowUpConcern(Base):
    """Something that troubles the customer, and who settles it how."""

    __tablename__ = "follow_up_concerns"
    __table_args__ = (
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by_somebody"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    follow_up_no: Mapped[str] = mapped_column(ForeignKey(FollowUp.number), index=True)
    what: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(64))
    raised_at: Mapped[datetime] = mapped_column(MOMENT)
    measures: Mapped[str] = mapped_column(Text, default="")
    settled_by: Mapped[str | None] = mapped_column(String(64))
    settled_at: Mapped[datetime | None] = mapped_column(MOMENT)


class SurveyAnswer(Base):
    """What a customer said of one expectation; the first answer counts, a later one does not wipe it out."""

    __tablename__ = "survey_answers"
    __table_args__ = (
        CheckConstraint("answer IN ('yes', 'partly', 'no')", name="answer_is_known"),
        Index("ix_survey_answers_answered_at", "answered_at"),
    )

    follow_up_no: Mapped[str] = mapped_column(ForeignKey(FollowUp.number), primary_key=True)
    question: Mapped[str] = mapped_column(String(16), primary_key=True)
    step: Mapped[str] = mapped_column(String(8))
    person: Mapped[str | None] = mapped_column(String(64))
    """User id of who did the step; None where nobody is known."""
    answer: Mapped[str] = mapped_column(String(8))
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column("answered_at", MOMENT)
