"""The tables of the receivables room: letters sent, calls made, litigation proposed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Identity, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workers.cases import Case
from workers.database.base import MOMENT, Base
from workers.debts import Collection


class ReceivablesReview(Base):
    """A review of the receivables, and the day that it looks at."""

    __tablename__ = "receivables_reviews"

    case_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), primary_key=True)
    as_of: Mapped[date] = mapped_column(Date)
    by_timer: Mapped[bool]


class ReminderSent(Base):
    """A reminder letter (催款函) that went out: which version of the case's document, how, by whom."""

    __tablename__ = "reminders_sent"

    case_no: Mapped[str] = mapped_column(ForeignKey(Collection.case_no), primary_key=True)
    document_version: Mapped[int] = mapped_column(Integer, primary_key=True)
    sent_on: Mapped[date] = mapped_column(Date)
    way: Mapped[str] = mapped_column(String(16))
    tracking_no: Mapped[str] = mapped_column(String(64), default="")
    sent_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)


class CollectionContact(Base):
    """A call, or a word of legal on the litigation: what came of it, and when to look again."""

    __tablename__ = "collection_contacts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey(Collection.case_no), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    """call or litigation."""
    outcome: Mapped[str] = mapped_column(String(16))
    promised_on: Mapped[date | None] = mapped_column(Date)
    next_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column("made_by", String(64))
    at: Mapped[datetime] = mapped_column("made_at", MOMENT)


class LitigationProposal(Base):
    """A paper by which the general manager is asked to let a contract's debt go to court (A5)."""

    __tablename__ = "litigation_proposals"
    __table_args__ = (
        CheckConstraint("outcome IN ('proposed', 'approved', 'refused')", name="outcome_is_known"),
        CheckConstraint("(outcome = 'proposed') = (decided_at IS NULL)", name="a_decision_has_its_moment"),
    )

    paper_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey(Collection.case_no), index=True)
    outcome: Mapped[str] = mapped_column(String(16), default="proposed")
    proposed_at: Mapped[datetime] = mapped_column(MOMENT)
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)
