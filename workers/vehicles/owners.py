"""Customers' cars: handed over by us, or bought elsewhere and brought for service."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers import catalog
from workers.errors import InvalidInput
from workers.vehicles.stock import GONE, VehicleTaken
from workers.vehicles.store import CUSTOMER, RESERVED, SOLD, Vehicle


def by_plate(session: Session, plate: str) -> Vehicle | None:
    """The car that bears the plate (as `read_plate` writes it)."""
    return session.scalars(select(Vehicle).where(Vehicle.plate == plate)).one_or_none()


def handed_over(session: Session, sale_no: str) -> Vehicle | None:
    """The car that was handed over in that sale."""
    query = select(Vehicle).where(Vehicle.sale_no == sale_no, Vehicle.handed_over_at.is_not(None))
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def register(
    session: Session, vin: str, plate: str | None, model: str, owner_no: str, *, sold_on: bool = False
) -> Vehicle:
    """The customer's car as it comes for service: a new row, or the plate that the known car has now.

    Whoever brings a car need not own it: a known owner changes only when the car was `sold_on`.

    `model`: a number of the catalog, or a make that we do not sell. The plate leaves whichever car bore it before.
    Raises VehicleTaken (Chinese) for a car of our own stock.
    """
    product = catalog.product(session, model)
    values = {
        "model_no": product.no if product is not None and product.kind == catalog.VEHICLE else None,
        "model": product.name if product is not None else model,
    }
    session.execute(
        insert(Vehicle)
        .values(vin=vin, state=CUSTOMER, owner_no=owner_no, **values)
        .on_conflict_do_nothing(index_elements=["vin"])
    )
    rows = select(Vehicle).where(Vehicle.vin == vin).with_for_update()
    vehicle = session.scalars(rows.execution_options(populate_existing=True)).one()
    if vehicle.state not in (CUSTOMER, SOLD, *GONE):
        raise VehicleTaken(f"车辆{vin}是本店库存车辆,不能登记为客户车辆")
    if plate:
        session.execute(update(Vehicle).where(Vehicle.plate == plate, Vehicle.vin != vin).values(plate=None))
        vehicle.plate = plate
    if sold_on or vehicle.owner_no is None or vehicle.state in GONE:
        vehicle.owner_no = owner_no
    if vehicle.state in GONE:  # sold elsewhere after all: it is a customer's now
        vehicle.state = CUSTOMER
    session.flush()
    return vehicle


def hand_over(session: Session, vin: str, owner_no: str, at: datetime) -> Vehicle:
    """The sale's car is the customer's now; once, however often it is asked for. InvalidInput: it is not reserved."""
    rows = select(Vehicle).where(Vehicle.vin == vin).with_for_update()
    vehicle = session.scalars(rows.execution_options(populate_existing=True)).one_or_none()
    if vehicle is not None and vehicle.state == SOLD and vehicle.owner_no == owner_no:
        return vehicle
    if vehicle is None or vehicle.state != RESERVED:
        raise InvalidInput(f"car {vin} is not reserved in our stock, so it cannot be handed over")
    vehicle.state, vehicle.owner_no, vehicle.handed_over_at, vehicle.place = SOLD, owner_no, at, ""
    session.flush()
    return vehicle
