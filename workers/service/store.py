"""Tables of the workshop: slots, appointments, orders and their lines, checks and contacts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    String,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import MOMENT, MONEY, Base

WANTED, BOOKED, RECEIVED, ESTIMATED, CONFIRMED, REFUSED, FINISHED, PAID, RETURNED, CANCELLED = (
    *("wanted", "booked", "received", "estimated", "confirmed", "refused", "finished", "paid", "returned"),
    "cancelled",
)
STATES = (*(WANTED, BOOKED, RECEIVED, ESTIMATED, CONFIRMED, REFUSED, FINISHED, PAID, RETURNED, CANCELLED),)
PROPOSED, AGREED, DECLINED, DONE, NOT_DONE = "proposed", "agreed", "declined", "done", "not_done"
LINE_STATES = (PROPOSED, AGREED, DECLINED, DONE, NOT_DONE)
ESTIMATE, EXTRA, BILL = "estimate", "extra", "bill"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(one) for one in values)})"


class ServiceOrder(Base):
    """A customer's visit to the workshop, from the wish to the car's return (维修工单)."""

    __tablename__ = "service_orders"
    __table_args__ = (
        CheckConstraint(_one_of("state", STATES), name="state_is_known"),
        CheckConstraint("technician IS NULL OR first_promised_at IS NOT NULL", name="no_work_before_consent"),
    )

    case_no: Mapped[str] = mapped_column(ForeignKey("cases.case_no"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default=WANTED)
    customer_no: Mapped[str | None] = mapped_column(String(32), index=True)
    vin: Mapped[str | None] = mapped_column(String(17), index=True)
    plate: Mapped[str] = mapped_column(String(16), default="")
    model: Mapped[str] = mapped_column(String(200), default="")
    wish: Mapped[str] = mapped_column(Text, default="")
    planned_hours: Mapped[Decimal] = mapped_column(Numeric(5, 2), default=Decimal(2))
    arrives_at: Mapped[datetime | None] = mapped_column(MOMENT)
    mileage: Mapped[int | None]
    received_at: Mapped[datetime | None] = mapped_column(MOMENT)
    received_by: Mapped[str | None] = mapped_column(String(64))
    words: Mapped[str] = mapped_column(Text, default="")
    """What the customer said, in the customer's words (W3)."""
    written_by: Mapped[str | None] = mapped_column(String(64))
    first_promised_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """What the customer confirmed with the estimate."""
    promised_at: Mapped[datetime | None] = mapped_column(MOMENT)
    promise_given_at: Mapped[datetime | None] = mapped_column(MOMENT)
    technician: Mapped[str | None] = mapped_column(String(64), index=True)
    begun_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """Since when the car is being worked on; anew after a failed check, later by what the customer's answer took."""
    asked_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """Since when the customer is asked about additional work: nobody works on the car meanwhile (W6)."""
    findings: Mapped[str] = mapped_column(Text, default="")
    quality_failures: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(MOMENT)
    returned_at: Mapped[datetime | None] = mapped_column(MOMENT)
    returned_by: Mapped[str | None] = mapped_column(String(64))
    follow_up_no: Mapped[str | None] = mapped_column(String(32))


class ServiceLine(Base):
    """Labour or a part of an order, priced when it was proposed."""

    __tablename__ = "service_lines"
    __table_args__ = (
        CheckConstraint(_one_of("state", LINE_STATES), name="state_is_known"),
        CheckConstraint("kind IN ('labour', 'part')", name="kind_is_known"),
        CheckConstraint(f"origin IN ('{ESTIMATE}', '{EXTRA}')", name="origin_is_known"),
        CheckConstraint("quantity > 0 AND unit_price > 0 AND hours >= 0", name="figures_are_positive"),
        CheckConstraint("actual BETWEEN 0 AND quantity", name="no_more_than_agreed"),
        CheckConstraint("state NOT IN ('proposed', 'declined') OR actual IS NULL", name="no_work_unasked"),
    )

    case_no: Mapped[str] = mapped_column(ForeignKey("service_orders.case_no"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8))
    product_no: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    unit_price: Mapped[Decimal] = mapped_column(MONEY)
    hours: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    """Work of the whole line; parts have none."""
    skill: Mapped[str] = mapped_column(String(32), default="")
    origin: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8), default=PROPOSED)
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it is needed, or why it was left out."""
    actual: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    """What was really used of it; never more than the customer agreed to."""


class ServiceSlot(Base):
    """A slot of the workshop and what has been given away of it; the row's lock orders those who book."""

    __tablename__ = "service_slots"
    __table_args__ = (
        CheckConstraint("taken BETWEEN 0 AND capacity", name="never_overbooked"),
        CheckConstraint("arrivals BETWEEN 0 AND most_arrivals", name="reception_never_overbooked"),
    )

    starts_at: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    most_arrivals: Mapped[int]
    arrivals: Mapped[int] = mapped_column(default=0)


class ServiceBooking(Base):
    """An appointment. One order holds at most one."""

    __tablename__ = "service_bookings"
    __table_args__ = (
        Index("uq_service_bookings_held", "case_no", unique=True, postgresql_where=text("freed_at IS NULL")),
        CheckConstraint("cardinality(slot_starts) > 0", name="takes_a_slot"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("service_orders.case_no"), index=True)
    arrives_at: Mapped[datetime] = mapped_column(MOMENT)
    slot_starts: Mapped[list[datetime]] = mapped_column(ARRAY(MOMENT))
    """The slots that it takes, as the workshop's hours were then: exactly these are given back."""
    booked_by: Mapped[str] = mapped_column(String(64))
    booked_at: Mapped[datetime] = mapped_column(MOMENT)
    freed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    freed_because: Mapped[str] = mapped_column(String(16), default="")
    """cancelled, moved or missed; refused or finished: only what had not begun is given back."""


class ServiceContact(Base):
    """A talk with the customer about price, time or the bill (W3, W6, W9). Append-only."""

    __tablename__ = "service_contacts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("service_orders.case_no"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    """estimate, extra, delay or bill."""
    outcome: Mapped[str] = mapped_column(String(16))
    promised_before: Mapped[datetime | None] = mapped_column(MOMENT)
    promised_after: Mapped[datetime | None] = mapped_column(MOMENT)
    note: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(MOMENT)


class QualityCheck(Base):
    """A final check (W8). Append-only; the failed ones are counted from here."""

    __tablename__ = "service_checks"
    __table_args__ = (CheckConstraint("by <> technician", name="nobody_checks_their_own_work"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("service_orders.case_no"), index=True)
    passed: Mapped[bool]
    findings: Mapped[str] = mapped_column(Text, default="")
    technician: Mapped[str] = mapped_column(String(64))
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(MOMENT)
