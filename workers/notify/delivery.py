"""Takes notices from the outbox to their channels.

At least once: a process that dies between sending and committing sends again after its restart. Several
processes may deliver side by side; each notice is locked while it is sent. A dead channel costs each run a
few seconds and nothing else; the other channels' notices go out beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from workers import catalog
from workers.database.unit_of_work import SessionFactory, UnitOfWork
from workers.errors import SalesflowError
from workers.notify.channels import EMAIL, ChannelError, Channels
from workers.notify.store import Notification, next_due
from workers.org import OrgChart, UnknownPerson

log = structlog.get_logger(__name__)

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
FAILURES_PER_RUN = 3
"""After so many failures in a row the channel is down: its other notices would only wait as well."""


class NoAddress(SalesflowError):
    """The recipient cannot be reached by that channel."""


@dataclass
class Delivered:
    """What one run did."""

    sent: int = 0
    failed: int = 0


def deliver(
    session_factory: SessionFactory,
    channels: Channels,
    org: OrgChart,
    now: datetime,
    *,
    limit: int = 200,
    stopping: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Send what is due, oldest first, one transaction each, until all is sent or `limit` is reached."""
    run, failures_in_row = Delivered(), Counter[str]()
    while run.sent + run.failed < limit and not stopping():
        with UnitOfWork(session_factory) as uow:
            down = {name for name, failures in failures_in_row.items() if failures >= FAILURES_PER_RUN}
            notice = next_due(uow.session, now, channels.staff, down)
            if notice is None:
                break
            name = notice.channel or channels.staff
            notice.attempts += 1
            try:
                to = _address(uow.session, notice, org, channels.staff)
                channels.by(name).send(to, notice.subject, notice.body)
            except (ChannelError, NoAddress, UnknownPerson) as error:
                notice.last_error = str(error)[:2000]
                notice.next_attempt_at = now + retry_after(notice.attempts)
                run.failed += 1
                failures_in_row[name] += isinstance(error, ChannelError)
                log.warning(
                    "notify.failed", event_key=notice.event_key, attempts=notice.attempts, reason=str(error)
                )
            else:
                notice.sent_at, notice.last_error = now, None
                run.sent += 1
                failures_in_row[name] = 0
    return run


def _address(session: Session, notice: Notification, org: OrgChart, staff: str) -> str:
    """Where the notice goes: staff's e-mail, or their name in a group; a customer's e-mail or phone.

    Raises NoAddress, UnknownPerson.
    """
    if notice.channel is None:
        person = org.person(notice.recipient)
        return person.email if staff == EMAIL else person.name
    customer = catalog.customer(session, notice.recipient)
    if customer is None:
        raise NoAddress(f"there is no customer {notice.recipient}")
    address = customer.email if notice.channel == EMAIL else customer.phone_key or customer.phone
    if not address:
        raise NoAddress(f"customer {notice.recipient} has no address for {notice.channel}")
    return address


def retry_after(attempts: int) -> timedelta:
    """How long to wait after that many failed attempts: 1, 2, 4 … minutes, 6 hours at most."""
    doublings = min(attempts - 1, 16)  # more would overflow, and the longest wait is reached long before
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)
