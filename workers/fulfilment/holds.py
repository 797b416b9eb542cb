"""Whether a customer may be delivered to (A3)."""

from __future__ import annotations

from sqlalchemy.orm import Session


def hold_of(_session: Session, _customer_no: str) -> str:
    """Why the customer gets no delivery, in Chinese; empty when nothing is held back."""
    return ""
