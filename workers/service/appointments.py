"""The appointment's form as it is shown: what is known, and the times that can be had at this moment (W1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, policy, vehicles
from workers.calendar import SHANGHAI, WorkingHours
from workers.org import OrgChart
from workers.service import booking, orders
from workers.service.messages import AppointmentForm
from workers.service.rules import MOST_TEXT
from workers.service.store import ServiceOrder
from workers.service.workshop import Workshop


def know_car(session: Session, order: ServiceOrder) -> None:
    """Fill in what the register of vehicles knows of the car, by its VIN or its plate."""
    vehicle = vehicles.find(session, order.vin) if order.vin else vehicles.by_plate(session, order.plate)
    if vehicle is not None:
        order.vin = vehicle.vin
        order.plate = order.plate or vehicle.plate or ""
        order.model = order.model or vehicle.model


def form_of(
    session: Session,
    order: ServiceOrder,
    now: datetime,
    *,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
    since: date | None = None,
    full: bool = True,
) -> dict[str, Any]:
    """The fields of `AppointmentShown` from what is kept of the order; not `full`: nobody calls about it now (M5)."""
    shown, case = orders.shown(session, order, full=full), cases.find(session, order.case_no)
    today = now.astimezone(SHANGHAI).date()
    found = booking.offered(session, org, shop, now, since or today, order.planned_hours)
    return {
        **shown,
        "booking_action": "book",
        "caller_phone": shown["customer_phone"] or None,
        "caller_name": shown["customer_name"] or None,
        "plate": order.plate or None,
        "vin": order.vin,
        "car_model": order.model or None,
        "wish": order.wish or None,
        "planned_hours": f"{order.planned_hours.normalize():f}",
        "wished_on": since.isoformat() if since else None,
        "appointment_at": None,
        "cancel_reason": None,
        "appointment_options": [{"label": one.label, "value": one.at.isoformat()} for one in found],
        "booking_person": org.on_duty(case.applicant, today),
        "book_due": policy.due(session, "book_service", now, office),
    }


def no_show_at(arrives_at: datetime, now: datetime, shop: Workshop, *, here: bool = False) -> datetime:
    """When the customer counts as not come. Who came in and is served in the slot that runs has not missed it; who
    is `here`, though reception has something to mend in its form, has the time until the workshop closes."""
    at = max(arrives_at, now) + timedelta(minutes=shop.no_show_minutes)
    span = shop.span(now.astimezone(SHANGHAI).date())
    return max(at, span[1]) if here and span is not None else at


LIMITS = {
    "booking_action": 16,
    "caller_phone": 40,
    "caller_name": 100,
    "plate": 16,
    "vin": 40,
    "car_model": 100,
    "wish": MOST_TEXT,
    "planned_hours": 16,
    "wished_on": 10,
    "cancel_reason": 500,
}


def as_sent(form: AppointmentForm) -> dict[str, str | None]:
    """The form as it was sent, for mending, without the time: it may be taken meanwhile."""
    return {field: cases.shown(getattr(form, field), limit) for field, limit in LIMITS.items()}
