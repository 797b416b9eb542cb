"""Tables of single cars and of the deals that customers decided for."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from workers.catalog import Customer, Product
from workers.database.base import MOMENT, Base

STATES: dict[str, str] = {
    "ordered": "已向厂家订购",
    "in_transit": "运输途中",
    "checking": "到店待检",
    "in_stock": "本店现车",
    "other_shop": "他店现车",
    "reserved": "已预订",
    "sold": "已交车",
    "customer": "客户车辆",
    "rejected": "检查不合格,不可售",
    "withdrawn": "已移出库存",
}
"""Where a car stands, as staff read it. `customer`: bought elsewhere, it comes to us for service."""
ORDERED, IN_TRANSIT, CHECKING, IN_STOCK, OTHER_SHOP, RESERVED, SOLD, CUSTOMER, REJECTED, WITHDRAWN = STATES


class Vehicle(Base):
    """One car."""

    __tablename__ = "vehicles"
    __table_args__ = (
        CheckConstraint("vin ~ '^[A-HJ-NPR-Z0-9]{17}$'", name="vin_is_one"),
        CheckConstraint(f"state IN ({', '.join(repr(state) for state in STATES)})", name="state_is_known"),
        CheckConstraint("state <> 'reserved' OR sale_no IS NOT NULL", name="a_reserved_car_has_its_sale"),
        CheckConstraint(
            "state NOT IN ('sold', 'customer') OR owner_no IS NOT NULL", name="a_sold_car_has_its_owner"
        ),
        CheckConstraint(
            "state NOT IN ('rejected', 'withdrawn') OR sale_no IS NULL",
            name="a_car_that_left_is_kept_for_nobody",
        ),
        Index("uq_vehicles_sale_no", "sale_no", unique=True, postgresql_where=text("sale_no IS NOT NULL")),
        Index("uq_vehicles_plate", "plate", unique=True, postgresql_where=text("plate IS NOT NULL")),
        Index("ix_vehicles_model_no_state", "model_no", "state"),
    )

    vin: Mapped[str] = mapped_column(String(17), primary_key=True)
    model_no: Mapped[str | None] = mapped_column(ForeignKey(Product.no))
    """The car model in the catalog; None: a make that we do not sell."""
    model: Mapped[str] = mapped_column(String(200))
    """The model as people read it."""
    colour: Mapped[str] = mapped_column(String(40), default="")
    plate: Mapped[str | None] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(200), default="")
    """Where it stands: a bay of ours, another shop's name."""
    sale_no: Mapped[str | None] = mapped_column(String(32))
    """The sale that it is kept for or was sold in; also of a car that is still on its way."""
    owner_no: Mapped[str | None] = mapped_column(ForeignKey(Customer.no), index=True)
    expected_on: Mapped[date | None] = mapped_column(Date)
    """When it is to arrive."""
    mileage: Mapped[int | None]
    """Kilometres, as last read."""
    handed_over_at: Mapped[datetime | None] = mapped_column(MOMENT)


class StockChange(Base):
    """A car was entered by a list, or left what can be sold without being sold. Append-only."""

    __tablename__ = "vehicle_stock_changes"
    __table_args__ = (CheckConstraint("reason <> ''", name="a_change_says_why"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    vin: Mapped[str] = mapped_column(ForeignKey(Vehicle.vin), index=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)


class Sale(Base):
    """The deal that a customer decided for (V6, V7)."""

    __tablename__ = "vehicle_sales"
    __table_args__ = (CheckConstraint("price > 0", name="price_is_positive"),)

    sale_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    customer_no: Mapped[str] = mapped_column(ForeignKey(Customer.no), index=True)
    salesperson: Mapped[str] = mapped_column(String(64))
    service_person: Mapped[str] = mapped_column(String(64))
    """Who of the service department is present at the handover and follows up (V8, V9)."""
    model_no: Mapped[str] = mapped_column(ForeignKey(Product.no))
    colour: Mapped[str] = mapped_column(String(40))
    price: Mapped[Decimal] = mapped_column(Numeric(15, 2))
    """Yuan for the car."""
    channel: Mapped[str] = mapped_column(String(16))
    """By which the customer wants to hear from us."""
    promised_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """When the car was promised; None: the date is agreed when the car is found."""
    policy_version: Mapped[int]
    """The version of the sales policy that the price was judged by."""
    below_floor: Mapped[bool]
