"""Our cars: which can be sold, kept for one sale each, also when two want one in the same second (V8)."""

from __future__ import annotations

from datetime import date, datetime

import structlog
from sqlalchemy import case, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers import catalog
from workers.errors import InvalidInput, SalesflowError
from workers.vehicles.store import (
    CHECKING,
    IN_STOCK,
    IN_TRANSIT,
    ORDERED,
    OTHER_SHOP,
    REJECTED,
    RESERVED,
    WITHDRAWN,
    StockChange,
    Vehicle,
)

log = structlog.get_logger(__name__)

FREE = (IN_STOCK, OTHER_SHOP, CHECKING, IN_TRANSIT, ORDERED)
"""States of a car that can be sold, in the order in which it can be had."""
GONE = (REJECTED, WITHDRAWN)
"""States of a car that has left what can be sold, without being sold."""


class VehicleTaken(SalesflowError):
    """The car cannot be had any more; the message is for staff, in Chinese."""


def find(session: Session, vin: str) -> Vehicle | None:
    """The car with that VIN."""
    return session.get(Vehicle, vin)


def available(session: Session, model_no: str, colour: str | None = None) -> list[Vehicle]:
    """Cars of the model (and colour) that are kept for nobody: in stock first, ordered ones last."""
    rows = select(Vehicle).where(
        Vehicle.model_no == model_no, Vehicle.state.in_(FREE), Vehicle.sale_no.is_(None)
    )
    if colour:
        rows = rows.where(Vehicle.colour == colour)
    nearness = case({state: number for number, state in enumerate(FREE)}, value=Vehicle.state)
    return list(session.scalars(rows.order_by(nearness, Vehicle.expected_on, Vehicle.vin)))


def enter(
    session: Session,
    vin: str,
    model_no: str,
    colour: str,
    *,
    state: str = IN_STOCK,
    place: str = "",
    expected_on: date | None = None,
) -> Vehicle:
    """A car of ours, new or back after it had left, kept for nobody. Raises VehicleTaken for any other known VIN."""
    product = catalog.product(session, model_no)
    if product is None or product.kind != catalog.VEHICLE or state not in FREE:
        raise InvalidInput(f"no car of model {model_no!r} can be entered as {state!r}")
    values = {
        "model_no": model_no,
        "model": product.name,
        "colour": colour,
        "place": place,
        "state": state,
        "expected_on": expected_on,
    }
    row = insert(Vehicle).values(vin=vin, **values)
    back = Vehicle.state.in_(GONE)
    entered = session.execute(
        row.on_conflict_do_update(index_elements=["vin"], set_=values, where=back).returning(Vehicle.vin)
    ).first()
    if entered is None:
        raise VehicleTaken(f"车架号{vin}已登记过,请核对")
    return session.get_one(Vehicle, vin, populate_existing=True)


def reserve(session: Session, vin: str, sale_no: str) -> Vehicle:
    """Keep the car for the sale, again and again if need be. Raises VehicleTaken: another sale has it.

    The row stays locked until the transaction ends: of two who want the car at once, the second waits and loses.
    """
    vehicle = _locked(session, vin)
    if vehicle is None:
        raise VehicleTaken(f"没有车架号为{vin}的车辆")
    if vehicle.sale_no == sale_no:
        return vehicle
    if vehicle.sale_no is not None:
        raise VehicleTaken(f"车辆{vin}已被{vehicle.sale_no}预订,请另选一辆")
    if vehicle.state not in FREE:
        raise VehicleTaken(f"车辆{vin}不在可售库存中,请另选一辆")
    other = reserved_for(session, sale_no)
    if other is not None:
        raise VehicleTaken(f"{sale_no}已预订车辆{other.vin},请先释放")
    vehicle.sale_no = sale_no
    if vehicle.state == IN_STOCK:
        vehicle.state = RESERVED
    session.flush()
    log.info("vehicles.reserved", vin=vin, sale_no=sale_no)
    return vehicle


def reserved_for(session: Session, sale_no: str) -> Vehicle | None:
    """The car that is kept for the sale, or was sold in it."""
    return session.scalars(select(Vehicle).where(Vehicle.sale_no == sale_no)).one_or_none()


def move(
    session: Session, vin: str, state: str, *, place: str | None = None, expected_on: date | None = None
) -> Vehicle:
    """A car of ours is elsewhere now: on its way, to be checked, in stock (a sale's car is reserved there)."""
    vehicle = _locked(session, vin)
    if vehicle is None or vehicle.state not in (*FREE, RESERVED) or state not in FREE:
        raise InvalidInput(f"car {vin} cannot become {state!r}")
    vehicle.state = RESERVED if state == IN_STOCK and vehicle.sale_no else state
    vehicle.expected_on = expected_on
    if place is not None:
        vehicle.place = place
    session.flush()
    return vehicle


def release(session: Session, sale_no: str) -> None:
    """The sale's car is free for others again; a car that was handed over stays the customer's."""
    rows = select(Vehicle).where(Vehicle.sale_no == sale_no).with_for_update()
    vehicle = session.scalars(rows.execution_options(populate_existing=True)).one_or_none()
    if vehicle is None or vehicle.state not in (*FREE, RESERVED):
        return
    vehicle.sale_no = None
    if vehicle.state == RESERVED:
        vehicle.state = IN_STOCK
    session.flush()
    log.info("vehicles.released", vin=vehicle.vin, sale_no=sale_no)


def withdraw(
    session: Session,
    vin: str,
    *,
    reason: str,
    by: str,
    at: datetime,
    state: str = WITHDRAWN,
    sale_no: str | None = None,
) -> Vehicle:
    """The car can be sold no more, until it is entered anew; the sale that it was kept for looks for another one.

    Raises VehicleTaken: it is kept for another sale than `sale_no`, or is none of our stock.
    """
    vehicle = _locked(session, vin)
    if vehicle is None or vehicle.state not in (*FREE, RESERVED):
        raise VehicleTaken(f"车辆{vin}不在本店库存中")
    if vehicle.sale_no != sale_no:
        raise VehicleTaken(f"车辆{vin}已被{vehicle.sale_no}预订,不能移出库存")
    vehicle.sale_no, vehicle.state, vehicle.expected_on = None, state, None
    record(session, vin, state, reason, by=by, at=at)
    return vehicle


def record(session: Session, vin: str, state: str, reason: str, *, by: str, at: datetime) -> None:
    """Keep who brought the car in or took it out, and why (X6)."""
    session.add(StockChange(vin=vin, state=state, reason=reason, recorded_by=by, recorded_at=at))
    session.flush()
    log.info("vehicles.stock_changed", vin=vin, state=state, by=by)


def changes(session: Session, vin: str) -> list[StockChange]:
    """What came and went with the car, the first first."""
    return list(session.scalars(select(StockChange).where(StockChange.vin == vin).order_by(StockChange.id)))


def ours(session: Session, model_no: str | None = None) -> list[Vehicle]:
    """The cars that are ours: to be sold, kept for a sale, or out of what can be sold."""
    rows = select(Vehicle).where(Vehicle.state.in_((*FREE, RESERVED, *GONE)))
    if model_no:
        rows = rows.where(Vehicle.model_no == model_no)
    return list(session.scalars(rows.order_by(Vehicle.model_no, Vehicle.state, Vehicle.vin)))


def _locked(session: Session, vin: str) -> Vehicle | None:
    rows = select(Vehicle).where(Vehicle.vin == vin).with_for_update()
    return session.scalars(rows.execution_options(populate_existing=True)).one_or_none()
