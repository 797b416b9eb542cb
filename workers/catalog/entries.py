"""Look customers and products up, and offer them to forms."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers.catalog.store import Customer, Product

Option = dict[str, str]
"""One choice of a form's select: label and value."""


def customer(session: Session, no: str) -> Customer | None:
    """The customer with that number."""
    return session.get(Customer, no)


def product(session: Session, no: str) -> Product | None:
    """The product with that number."""
    return session.get(Product, no)


def customers(session: Session) -> dict[str, Customer]:
    """All customers by number."""
    return {row.no: row for row in session.scalars(select(Customer).order_by(Customer.no))}


def products(session: Session) -> dict[str, Product]:
    """All products by number."""
    return {row.no: row for row in session.scalars(select(Product).order_by(Product.no))}


def customer_options(session: Session) -> list[Option]:
    """Customers as a form's choices; the value is the number."""
    return [{"label": f"{row.name}({row.no})", "value": row.no} for row in customers(session).values()]


def product_options(session: Session) -> list[Option]:
    """Products as a form's choices; the value is the number."""
    return [
        {"label": f"{row.name}({row.no},单位:{row.unit})", "value": row.no}
        for row in products(session).values()
    ]
