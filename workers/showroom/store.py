"""Tables of the showroom: the sale, and what was done in each of its steps. Steps are append-only."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Identity, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from workers.cases import Case
from workers.catalog import Customer
from workers.database.base import MOMENT, MONEY, Base

WALK_IN, PROSPECT = "walk_in", "prospect"


class ShowroomSale(Base):
    """A customer's way through the showroom."""

    __tablename__ = "showroom_sales"
    __table_args__ = (CheckConstraint(f"kind IN ('{WALK_IN}', '{PROSPECT}')", name="kind_is_known"),)

    sale_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), primary_key=True)
    customer_no: Mapped[str] = mapped_column(ForeignKey(Customer.no), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(64))
    salesperson: Mapped[str] = mapped_column(String(64))
    model_no: Mapped[str | None] = mapped_column(String(32))
    """The car that the customer agreed fits (V4)."""
    next_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """The next contact (V1) or follow-up (V7)."""


class _Step(Base):
    """What every recorded step has: its sale, who recorded it, and when."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)

    @declared_attr
    @classmethod
    def sale_no(cls) -> Mapped[str]:
        """The sale that it belongs to."""
        return mapped_column(ForeignKey(ShowroomSale.sale_no), index=True)


class ContactRow(_Step):
    """A contact with a prospect (V1)."""

    __tablename__ = "showroom_contacts"
    __table_args__ = (CheckConstraint("outcome <> 'invited' OR basis <> ''", name="invited_with_a_basis"),)

    outcome: Mapped[str] = mapped_column(String(16))
    need: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    next_at: Mapped[datetime | None] = mapped_column(MOMENT)
    lost_reason: Mapped[str] = mapped_column(Text)


class VisitRow(_Step):
    """A reception (V2)."""

    __tablename__ = "showroom_visits"
    __table_args__ = (CheckConstraint("greeted_at >= arrived_at", name="greeted_after_arrival"),)

    arrived_at: Mapped[datetime] = mapped_column(MOMENT)
    greeted_at: Mapped[datetime] = mapped_column(MOMENT)
    purpose: Mapped[str] = mapped_column(Text)
    concerns: Mapped[str] = mapped_column(Text)


class NeedsRow(_Step):
    """Needs as they were told back (V3); those that the customer did not confirm are kept with the correction."""

    __tablename__ = "showroom_needs"

    needs: Mapped[list[str]] = mapped_column(JSONB)
    retold: Mapped[str] = mapped_column(Text)
    confirmed: Mapped[bool]
    correction: Mapped[str] = mapped_column(Text)


class PresentationRow(_Step):
    """A car that was shown (V4): features as [number of the need, feature]."""

    __tablename__ = "showroom_presentations"

    needs_id: Mapped[int] = mapped_column(ForeignKey(NeedsRow.id))
    model_no: Mapped[str] = mapped_column(String(32))
    features: Mapped[list[Any]] = mapped_column(JSONB)
    outcome: Mapped[str] = mapped_column(String(16))
    feedback: Mapped[str] = mapped_column(Text)


class TestDriveRow(_Step):
    """A test drive or its refusal (V5)."""

    __test__ = False
    __tablename__ = "showroom_test_drives"
    __table_args__ = (
        CheckConstraint("outcome <> 'refused' OR refusal_reason <> ''", name="refused_with_a_reason"),
        CheckConstraint(
            "outcome <> 'driven' OR licence_valid_until IS NOT NULL", name="driven_with_a_licence"
        ),
    )

    outcome: Mapped[str] = mapped_column(String(16))
    refusal_reason: Mapped[str] = mapped_column(Text)
    driver_name: Mapped[str] = mapped_column(String(100))
    licence_class: Mapped[str] = mapped_column(String(8))
    licence_valid_until: Mapped[date | None] = mapped_column(Date)
    impressions: Mapped[str] = mapped_column(Text)


class DemandsRow(_Step):
    """What the customer asked for, before the proposal (V6)."""

    __tablename__ = "showroom_demands"

    price: Mapped[Decimal | None] = mapped_column(MONEY)
    terms: Mapped[str] = mapped_column(Text)


class ProposalRow(_Step):
    """A proposal (V6): it answers demands that were recorded, each once."""

    __tablename__ = "showroom_proposals"
    __table_args__ = (UniqueConstraint("demands_id"), CheckConstraint("price > 0", name="price_is_positive"))

    demands_id: Mapped[int] = mapped_column(ForeignKey(DemandsRow.id))
    model_no: Mapped[str] = mapped_column(String(32))
    price: Mapped[Decimal] = mapped_column(MONEY)
    floor_price: Mapped[Decimal] = mapped_column(MONEY)
    below_floor: Mapped[bool]
    policy_version: Mapped[int]
    colour: Mapped[str] = mapped_column(String(40))
    terms: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    follow_up_at: Mapped[datetime] = mapped_column(MOMENT)


class AnswerRow(_Step):
    """Word from the customer while the sale waits for their decision (V7)."""

    __tablename__ = "showroom_answers"

    said: Mapped[str] = mapped_column(Text)


class DecisionRow(_Step):
    """What the customer decided, or that they need more time (V7)."""

    __tablename__ = "showroom_decisions"
    __table_args__ = (
        CheckConstraint("outcome <> 'lost' OR lost_reason <> ''", name="lost_with_a_reason"),
        CheckConstraint("outcome = 'lost' OR proposal_id IS NOT NULL", name="decided_on_a_proposal"),
    )

    proposal_id: Mapped[int | None] = mapped_column(ForeignKey(ProposalRow.id))
    """None: the customer left before there was one."""
    outcome: Mapped[str] = mapped_column(String(16))
    follow_up_at: Mapped[datetime | None] = mapped_column(MOMENT)
    lost_reason: Mapped[str] = mapped_column(Text)
    service_person: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(16))
    promised_at: Mapped[datetime | None] = mapped_column(MOMENT)
