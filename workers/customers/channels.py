"""The way by which a customer wants to hear from us (V9)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workers.customers.records import find
from workers.errors import InvalidInput

CHANNELS: dict[str, str] = {"phone": "电话", "sms": "短信", "wechat": "微信", "email": "电子邮件"}
"""What customers choose from, as staff call it."""


def keep_email(session: Session, customer_no: str, email: str) -> None:
    """Keep the address that the customer gave; an empty one replaces nothing."""
    customer = find(session, customer_no)
    customer.email = email or customer.email


def set_channel(
    session: Session, customer_no: str, channel: str, at: datetime, *, email: str | None = None
) -> None:
    """Keep the customer's choice, confirmed at that moment; `email` is the address where the choice is e-mail.

    Raises InvalidInput for a channel that is none, and for e-mail without an address.
    """
    customer = find(session, customer_no)
    if channel not in CHANNELS:
        raise InvalidInput(f"unknown channel: {channel!r}")
    keep_email(session, customer_no, email or "")
    if channel == "email" and not customer.email:
        raise InvalidInput(f"customer {customer_no} has no e-mail address")
    customer.channel, customer.channel_confirmed_at = channel, at
