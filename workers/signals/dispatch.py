"""Bring signals to the engine: correlate again and again, each time later, until the case has read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from workers import calendar
from workers.database.unit_of_work import UnitOfWork
from workers.runtime.http import EngineRefused, EngineUnavailable
from workers.signals.store import Signal

log = structlog.get_logger(__name__)

FIRST_WAIT = timedelta(seconds=0.5)
LONGEST_WAIT = timedelta(seconds=60)
READING_TIME = timedelta(seconds=5)
"""How long a case that took the message has before it is told again."""
START_LEASE = timedelta(seconds=60)
"""How long a start that was sent and not answered may be on its way: longer than the engine is waited for."""
AT_A_TIME = 200


class Engine(Protocol):
    """What the dispatcher asks of the engine."""

    def correlate(
        self, message: str, business_key: str | None = None, variables: dict[str, object] | None = None
    ) -> object: ...
    def count(self, path: str, **params: object) -> int: ...


def dispatch(sessions: Callable[[], Session], engine: Engine, now: datetime) -> int:
    """Tell every signal that is due; returns how many messages the engine took. One process at a time does it.

    A start is made once: before it is tried (again), the engine is asked whether a case with that key is there, and
    whoever tries takes it for a minute. The lock that lets one process at a time do this does not outlive PostgreSQL.
    """
    with UnitOfWork(sessions) as uow:
        due = (
            select(Signal.id)  # one message wakes the case for all its facts
            .ext(distinct_on(Signal.message, Signal.business_key))
            .where(Signal.read_at.is_(None), Signal.next_attempt_at <= now)
            .order_by(Signal.message, Signal.business_key, Signal.id)
        )
        query = (
            select(Signal)
            .where(Signal.id.in_(due))
            .order_by(Signal.next_attempt_at, Signal.id)
            .limit(AT_A_TIME)
        )
        found = uow.session.scalars(query).all()
        uow.session.expunge_all()
    return sum(_tell(sessions, engine, signal, now) for signal in found)


def _tell(sessions: Callable[[], Session], engine: Engine, signal: Signal, now: datetime) -> bool:
    sent = False
    try:
        if signal.starts:
            if _has_started(engine, signal):
                _note(sessions, signal, read_at=now)
                return False
            if not _take(sessions, signal, now):
                return False
            sent = True
        engine.correlate(signal.message, signal.business_key, dict(signal.variables))
    except EngineUnavailable as error:
        wait = START_LEASE if sent else FIRST_WAIT * 4
        _note(sessions, signal, next_attempt_at=now + wait, last_error=str(error)[:500])
        return False
    except EngineRefused as error:  # nobody waits for it at this moment
        wait = min(FIRST_WAIT * 2 ** min(signal.attempts, 10), LONGEST_WAIT)
        _note(
            sessions,
            signal,
            next_attempt_at=now + wait,
            attempts=signal.attempts + 1,
            last_error=str(error)[:500],
        )
        return False
    log.info("signals.told", message=signal.message, business_key=signal.business_key, fact=signal.fact)
    _note(sessions, signal, next_attempt_at=now + READING_TIME, attempts=0, last_error=None)
    return True


def _take(sessions: Callable[[], Session], signal: Signal, now: datetime) -> bool:
    """Take a start, so that no other process sends it too; False when another has."""
    with UnitOfWork(sessions) as uow:
        lease = (
            update(Signal)
            .where(Signal.id == signal.id, Signal.read_at.is_(None), Signal.next_attempt_at <= now)
            .values(next_attempt_at=max(now, calendar.now()) + START_LEASE)  # a long round began a while ago
            .execution_options(synchronize_session=False)
        )
        return bool(uow.session.connection().execute(lease).rowcount)


def _has_started(engine: Engine, signal: Signal) -> bool:
    query = {"processInstanceBusinessKey": signal.business_key, "processDefinitionKey": signal.starts}
    return engine.count("/history/process-instance", **query) > 0


def _note(sessions: Callable[[], Session], signal: Signal, **values: object) -> None:
    """Note it for every fact that the message was for and that nobody has read yet."""
    with UnitOfWork(sessions) as uow:
        uow.session.execute(
            update(Signal)
            .where(
                Signal.message == signal.message,
                Signal.business_key == signal.business_key,
                Signal.read_at.is_(None),
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        )
