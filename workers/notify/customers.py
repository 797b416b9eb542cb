"""Tell a customer something, by the way that they chose (V7–V9, W1, W6, W9)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workers import catalog
from workers.errors import InvalidInput
from workers.notify.channels import ROUTES
from workers.notify.store import Notice, tell_all

UNCHOSEN = "sms"
"""For customers who were not asked yet: we have met them by their phone."""


def tell_customer(
    session: Session, event_key: str, customer_no: str, subject: str, body: str, channel: str | None = None
) -> bool:
    """Store a notice to a customer in the caller's transaction; False when this event was told before.

    `channel`: phone, sms, wechat, email, wecom, dingtalk or feishu; None: the customer's choice. Raises InvalidInput
    for an unknown customer or channel. A channel that the settings do not name, or that is dead, blocks nothing.
    """
    customer = catalog.customer(session, customer_no)
    if customer is None:
        raise InvalidInput(f"there is no customer {customer_no}")
    route = ROUTES.get(channel or customer.channel or UNCHOSEN)
    if route is None:
        raise InvalidInput(f"unknown channel: {channel!r}")
    return bool(tell_all(session, [Notice(event_key, customer_no, subject, body, route)]))
