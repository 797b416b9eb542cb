"""Tables of the master data: customers and products. Room `customers` keeps the persons among the customers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import MOMENT, Base

GOODS, VEHICLE, LABOUR, PART = "goods", "vehicle", "labour", "part"
KINDS = (GOODS, VEHICLE, LABOUR, PART)
"""What a product is: the factory's goods, a car model, a service item's work, a part."""

PERSON, COMPANY = "person", "company"


class Customer(Base):
    """A customer, as contracts and invoices name it."""

    __tablename__ = "customers"
    __table_args__ = (
        Index(
            "uq_customers_phone_key", "phone_key", unique=True, postgresql_where=text("phone_key IS NOT NULL")
        ),
        CheckConstraint("kind IN ('person', 'company')", name="kind_is_known"),
        CheckConstraint(
            "channel IS NULL OR channel IN ('phone', 'sms', 'wechat', 'email')", name="channel_is_known"
        ),
    )

    no: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    tax_no: Mapped[str] = mapped_column(String(32), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    contact: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[str] = mapped_column(String(50), default="")
    kind: Mapped[str] = mapped_column(String(16), default="company", server_default="company")
    """person or company."""
    phone_key: Mapped[str | None] = mapped_column(String(20))
    """The phone in E.164: one person per number (M5). Companies of the catalog file have none."""
    email: Mapped[str] = mapped_column(String(200), default="", server_default="")
    id_number: Mapped[str] = mapped_column(String(32), default="", server_default="")
    channel: Mapped[str | None] = mapped_column(String(16))
    """By which way the customer wants to hear from us: phone, sms, wechat, email."""
    channel_confirmed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    source: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """How the customer first came: walk-in, lead, referral, service."""


class Product(Base):
    """A product that the policy may price."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("kind IN ('goods', 'vehicle', 'labour', 'part')", name="kind_is_known"),
    )

    no: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(20))
    specification: Mapped[str] = mapped_column(String(500), default="")
    jointing: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it is joined on the customer's site (接续, C10)."""
    kind: Mapped[str] = mapped_column(String(16), default=GOODS, server_default=GOODS)
