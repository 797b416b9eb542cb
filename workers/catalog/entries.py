"""Look customers and products up, and offer them to forms."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers.catalog.store import COMPANY, KINDS, PERSON, Customer, Product

Option = dict[str, str]
"""One choice of a form's select: label and value."""


def customer(session: Session, no: str) -> Customer | None:
    """The customer with that number."""
    return session.get(Customer, no)


def product(session: Session, no: str) -> Product | None:
    """The product with that number."""
    return session.get(Product, no)


def customers(session: Session, *kinds: str) -> dict[str, Customer]:
    """Customers by number: persons, companies, without a kind: all."""
    rows = select(Customer).where(Customer.kind.in_(kinds or (PERSON, COMPANY))).order_by(Customer.no)
    return {row.no: row for row in session.scalars(rows)}


def products(session: Session, *kinds: str) -> dict[str, Product]:
    """Products by number: those of these kinds, without any: all."""
    rows = select(Product).where(Product.kind.in_(kinds or KINDS)).order_by(Product.no)
    return {row.no: row for row in session.scalars(rows)}


def customer_options(session: Session, *kinds: str) -> list[Option]:
    """Customers (of these kinds) as a form's choices; the value is the number."""
    return [
        {"label": f"{row.name}({row.no})", "value": row.no} for row in customers(session, *kinds).values()
    ]


def product_options(session: Session, *kinds: str) -> list[Option]:
    """Products (of these kinds) as a form's choices; the value is the number."""
    return [
        {"label": f"{row.name}({row.no},单位:{row.unit})", "value": row.no}
        for row in products(session, *kinds).values()
    ]
