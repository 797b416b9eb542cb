"""The deal that a customer decided for, handed from the showroom to the order (V7)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.errors import InvalidInput
from workers.vehicles.store import Sale

PAYMENT_TERMS = "vehicle"
"""Instalments that no policy names: the deposit is asked for at the signature, the rest before the handover."""


def agree(
    session: Session,
    sale_no: str,
    *,
    customer_no: str,
    salesperson: str,
    service_person: str,
    model_no: str,
    colour: str,
    price: Decimal,
    channel: str,
    promised_at: datetime | None,
    policy_version: int,
    below_floor: bool,
) -> Sale:
    """Keep the deal; said again, what was said last counts."""
    values = {
        "customer_no": customer_no,
        "salesperson": salesperson,
        "service_person": service_person,
        "model_no": model_no,
        "colour": colour,
        "price": price,
        "channel": channel,
        "promised_at": promised_at,
        "policy_version": policy_version,
        "below_floor": below_floor,
    }
    deal = insert(Sale).values(sale_no=sale_no, **values)
    session.execute(deal.on_conflict_do_update(index_elements=["sale_no"], set_=values))
    session.expire_all()
    return sale(session, sale_no)


def sale(session: Session, sale_no: str) -> Sale:
    """The deal of that sale. Raises InvalidInput when none was agreed."""
    row = session.get(Sale, sale_no)
    if row is None:
        raise InvalidInput(f"no deal was agreed in sale {sale_no}")
    return row
