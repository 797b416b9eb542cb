"""Tables of the master data: customers and products."""

from __future__ import annotations

from sqlalchemy import String, false
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import Base


class Customer(Base):
    """A customer, as contracts and invoices name it."""

    __tablename__ = "customers"

    no: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    tax_no: Mapped[str] = mapped_column(String(32), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    contact: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[str] = mapped_column(String(50), default="")


class Product(Base):
    """A product that the policy may price."""

    __tablename__ = "products"

    no: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(20))
    specification: Mapped[str] = mapped_column(String(500), default="")
    jointing: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it is joined on the customer's site (接续, C10)."""
