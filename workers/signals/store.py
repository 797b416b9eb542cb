"""The table of signals: which process is to hear of which fact, and whether it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Identity,
    Index,
    String,
    Text,
    UniqueConstraint,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from workers.database.base import MOMENT, Base


class Signal(Base):
    """A fact that a process is to hear of. `fact` names it: nothing is told twice."""

    __tablename__ = "signals"
    __table_args__ = (
        UniqueConstraint("message", "business_key", "fact"),
        Index("ix_signals_due", "next_attempt_at", postgresql_where=text("read_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message: Mapped[str] = mapped_column(String(64))
    business_key: Mapped[str] = mapped_column(String(64))
    fact: Mapped[str] = mapped_column(String(128))
    starts: Mapped[str | None] = mapped_column(String(64))
    """The process that the message starts; None: it wakes a case that runs."""
    variables: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    sent_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    next_attempt_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    last_error: Mapped[str | None] = mapped_column(Text)
    read_at: Mapped[datetime | None] = mapped_column(MOMENT)


class Wait(Base):
    """A case that has read the facts and waits for another one, from its look until the next."""

    __tablename__ = "waits"

    message: Mapped[str] = mapped_column(String(64), primary_key=True)
    business_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime] = mapped_column(MOMENT)


def send(
    session: Session,
    message: str,
    business_key: str,
    fact: str,
    *,
    starts: str | None = None,
    variables: Mapping[str, Any] | None = None,
) -> None:
    """Let a process hear of `fact`, in the transaction that commits the fact; a second time changes nothing.

    `starts`: the id of the process that the message starts, with `business_key` as its key; without it the message
    goes to the case with that key which waits for it, now or later. `variables`: JSON types only.
    """
    signal = insert(Signal).values(
        message=message, business_key=business_key, fact=fact, starts=starts, variables=dict(variables or {})
    )
    session.execute(signal.on_conflict_do_nothing())


def mark_read(session: Session, message: str, business_key: str, at: datetime) -> None:
    """The case has read the facts behind every signal of that name so far: they are told no more.

    To be called in the step that reads the facts, before it reads them, under the lock that whoever commits such a
    fact takes too.
    """
    session.execute(
        update(Signal)
        .where(Signal.message == message, Signal.business_key == business_key, Signal.read_at.is_(None))
        .values(read_at=at)
        .execution_options(synchronize_session=False)
    )
    wait = delete(Wait).where(Wait.message == message, Wait.business_key == business_key)
    session.execute(wait.execution_options(synchronize_session=False))


def note_wait(session: Session, message: str, business_key: str, at: datetime) -> None:
    """The case waits for the message now, by what it has just read; `mark_read` ends it."""
    wait = insert(Wait).values(message=message, business_key=business_key, since=at)
    session.execute(wait.on_conflict_do_nothing())


def waits(session: Session, message: str, business_key: str) -> bool:
    """Whether the case has noted that it waits for the message, and has not looked again since."""
    return session.get(Wait, (message, business_key), populate_existing=True) is not None


def has_unread(session: Session, business_key: str, messages: Sequence[str]) -> bool:
    """Whether the case has not read a fact yet of which one of the messages tells."""
    query = select(Signal.id).where(
        Signal.business_key == business_key, Signal.message.in_(messages), Signal.read_at.is_(None)
    )
    return session.scalars(query.limit(1)).first() is not None


def unread(session: Session, sent_before: datetime) -> list[Signal]:
    """The signals from before that moment which no case has read yet, oldest first (for `salesflow status`)."""
    query = select(Signal).where(Signal.read_at.is_(None), Signal.sent_at < sent_before)
    return list(session.scalars(query.order_by(Signal.sent_at, Signal.id)))
