"""The outbox: every notice that somebody was to get, and whether they got it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Identity, Index, Text, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from workers.database.base import MOMENT, Base

KEPT_TRYING = timedelta(days=7)
"""After this time a notice is stale and no longer tried; it stays in the table with its last error."""


class Notification(Base):
    """A notice. `event_key` names what happened and whom it concerns: no event is told twice."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_due", "next_attempt_at", postgresql_where=text("sent_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_key: Mapped[str] = mapped_column(Text, unique=True)
    recipient: Mapped[str] = mapped_column(Text)
    """User id, or a customer's number; the address is looked up when the notice is sent."""
    channel: Mapped[str | None] = mapped_column(Text)
    """By which way a customer is told: a customer's notice has one, those to staff do not."""
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    next_attempt_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    sent_at: Mapped[datetime | None] = mapped_column(MOMENT)
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, order=True)
class Notice:
    """A notice before it is stored."""

    event_key: str
    recipient: str
    subject: str
    body: str
    channel: str | None = field(default=None, compare=False)


def tell(session: Session, event_key: str, recipient: str, subject: str, body: str) -> bool:
    """Store a notice in the caller's transaction; returns False when this event was told before."""
    return bool(tell_all(session, [Notice(event_key, recipient, subject, body)]))


def tell_all(session: Session, notices: Iterable[Notice]) -> int:
    """Store the notices of events not told before; returns how many. Sorted: two calls cannot deadlock."""
    told = 0
    for notice in sorted(notices):
        statement = (
            insert(Notification)
            .values(**vars(notice))
            .on_conflict_do_nothing(index_elements=[Notification.event_key])
            .returning(Notification.id)
        )
        told += session.execute(statement).first() is not None
    return told


def next_due(session: Session, now: datetime, staff: str, down: Collection[str] = ()) -> Notification | None:
    """The oldest notice that waits to be sent, locked; those locked by another process are passed over.

    So are those of the channels that are down. `staff`: the channel of notices to staff.
    """
    return session.scalars(
        select(Notification)
        .where(
            Notification.sent_at.is_(None),
            Notification.next_attempt_at <= now,
            Notification.created_at > now - KEPT_TRYING,
            func.coalesce(Notification.channel, staff).not_in(down),
        )
        .order_by(Notification.next_attempt_at, Notification.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def undelivered(session: Session) -> int:
    """How many notices have not been sent, stale ones included (for `salesflow status`)."""
    statement = select(func.count()).select_from(Notification).where(Notification.sent_at.is_(None))
    return session.scalar(statement) or 0
