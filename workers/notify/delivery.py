"""Takes notices from the outbox to the channel.

At least once: a process that dies between sending and committing sends again after its restart. Several
processes may deliver side by side; each notice is locked while it is sent. A dead channel costs each run a
few seconds and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from workers.database.unit_of_work import SessionFactory, UnitOfWork
from workers.notify.channels import Channel, ChannelError
from workers.notify.store import next_due
from workers.org import OrgChart, UnknownPerson

log = structlog.get_logger(__name__)

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
FAILURES_PER_RUN = 3
"""After so many failures in a row the run ends: the channel is down, the rest would only wait as well."""


@dataclass
class Delivered:
    """What one run did."""

    sent: int = 0
    failed: int = 0


def deliver(
    session_factory: SessionFactory,
    channel: Channel,
    org: OrgChart,
    now: datetime,
    *,
    limit: int = 200,
    stopping: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Send what is due, oldest first, one transaction each, until all is sent or `limit` is reached."""
    run, failures_in_row = Delivered(), 0
    while run.sent + run.failed < limit and failures_in_row < FAILURES_PER_RUN and not stopping():
        with UnitOfWork(session_factory) as uow:
            notice = next_due(uow.session, now)
            if notice is None:
                break
            notice.attempts += 1
            try:
                channel.send(org.person(notice.recipient).email, notice.subject, notice.body)
            except (ChannelError, UnknownPerson) as error:
                notice.last_error = str(error)[:2000]
                notice.next_attempt_at = now + retry_after(notice.attempts)
                run.failed += 1
                failures_in_row += isinstance(error, ChannelError)
                log.warning(
                    "notify.failed", event_key=notice.event_key, attempts=notice.attempts, reason=str(error)
                )
            else:
                notice.sent_at, notice.last_error = now, None
                run.sent += 1
                failures_in_row = 0
    return run


def retry_after(attempts: int) -> timedelta:
    """How long to wait after that many failed attempts: 1, 2, 4 … minutes, 6 hours at most."""
    doublings = min(attempts - 1, 16)  # more would overflow, and the longest wait is reached long before
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)
