"""The car of the order: found in stock, at another shop or at the factory, checked when it comes in (V8)."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy.orm import Session

from workers import cases, policy, vehicles
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import Message, TaskContext
from workers.vehicle_orders import delivery_rules as rules
from workers.vehicle_orders import view
from workers.vehicle_orders.messages import (
    ArrivalRecorded,
    CarReserved,
    CarsOffered,
    CheckRecorded,
    OfferCars,
    RecordArrival,
    RecordCheck,
    ReserveCar,
)
from workers.vehicle_orders.router import router
from workers.vehicle_orders.store import INCOMING, VehicleCheck, VehicleColourConsent, VehicleOrder

INSPECTOR = "quality"
MOST_OPTIONS = 100


@router.task("offer_cars")
def offer_cars(
    _: OfferCars, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> CarsOffered:
    """The cars of the model that are kept for nobody at this moment, those of the contract's colour first."""
    session = uow.session
    order = view.lock(session, task)
    sale = vehicles.sale(session, order.sale_no)
    found = sorted(vehicles.available(session, sale.model_no), key=lambda one: one.colour != sale.colour)
    return CarsOffered.of_case(
        session,
        order.sale_no,
        car_options=[
            *({"value": car.vin, "label": _label(car, sale.colour)} for car in found[:MOST_OPTIONS]),
            {"value": rules.FACTORY, "label": "向厂家订购"},
        ],
        order_due=policy.due(session, "find_car", task.now, office),
        **view.seller(session, order, task, org),
        **view.fields(session, order),
    )


@router.task("reserve_car")
def reserve_car(
    form: ReserveCar, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> CarReserved:
    """Keep the chosen car for this sale: of two sales that want it in the same second one wins, the other is told."""
    session, reader, today = uow.session, FormReader(), task.now.astimezone(SHANGHAI).date()
    order = view.lock(session, task)
    sale = vehicles.sale(session, order.sale_no)
    view.require_seller(reader, form.signed_by, sale, task, org)
    choice = rules.read_choice(form, reader, today)
    outcome, text, car = "invalid", "", None
    if choice is not None and choice.vin:
        try:
            car = _keep(session, order, sale, choice.vin, reader, agreed=form.colour_agreed is True)
        except vehicles.VehicleTaken as taken:
            reader.wrong("carChoice", str(taken))
        if car is not None:
            here = car.state == vehicles.RESERVED
            outcome, text = "here" if here else "on_its_way", f"{car.vin}，{vehicles.STATES[car.state]}"
    elif choice is not None:
        order.factory_order, order.expected_on = choice.factory_order, choice.expected_on
        outcome, text = "on_its_way", f"厂家订单{choice.factory_order}，预计{choice.expected_on}到店"
    if outcome != "invalid":
        by = form.signed_by or ""
        if car is not None and car.colour != sale.colour:
            text += f"；{_consent(session, order, sale, car, by, task)}"
        cases.note(session, order.sale_no, org.name_of(by), "落实车源", text, task.now, user=by)
        cases.status(
            session, order.sale_no, "车辆已在店，待交车前准备" if outcome == "here" else f"待车辆到店：{text}"
        )
    step = "prepare_car" if outcome == "here" else "find_car"
    due = policy.due(session, step, task.now, office)
    return CarReserved.of_case(
        session,
        order.sale_no,
        car_outcome=outcome,
        expected_text=text or None,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        order_due=max(due, _evening(order.expected_on, office)) if order.expected_on else due,
        **(_sent_again(form, reader)),
        **view.seller(session, order, task, org),
        **view.fields(session, order),
    )


@router.task("record_arrival")
def record_arrival(
    form: RecordArrival, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ArrivalRecorded:
    """The car is here and goes to quality for its check; or it will not come, and another one is looked for."""
    session, reader = uow.session, FormReader()
    order = view.lock(session, task)
    sale = vehicles.sale(session, order.sale_no)
    view.require_seller(reader, form.signed_by, sale, task, org)
    known = view.car(session, order.sale_no)
    arrival = rules.read_arrival(form, reader, known.vin if known is not None else "")
    result, by = "invalid", form.signed_by or ""
    if arrival is not None and not arrival.arrived:
        result = rules.GONE
        if known is not None:
            _gives_up(session, order, known.vin, vehicles.WITHDRAWN, arrival.remark, by, task)
        order.factory_order, order.expected_on = "", None
        cases.note(session, order.sale_no, org.name_of(by), "车辆不能到店", arrival.remark, task.now, user=by)
        cases.status(session, order.sale_no, "车辆不能到店，待另找车源")
    elif arrival is not None:
        try:
            with session.begin_nested():
                if known is None:
                    vehicles.enter(session, arrival.vin, sale.model_no, sale.colour, state=vehicles.CHECKING)
                    vehicles.reserve(session, arrival.vin, order.sale_no)
            vehicles.move(session, arrival.vin, vehicles.CHECKING, place="待检区")
            result = rules.ARRIVED
            text = arrival.vin + (f";{arrival.remark}" if arrival.remark else "")
            cases.note(session, order.sale_no, org.name_of(by), "车辆到店", text, task.now, user=by)
            cases.status(session, order.sale_no, "车辆已到店，待质检科检查")
        except vehicles.VehicleTaken as taken:
            reader.wrong("arrivalVin", str(taken))
    step = "check_incoming" if result == rules.ARRIVED else "find_car"
    return ArrivalRecorded.of_case(
        session,
        order.sale_no,
        arrival_result=result,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        order_due=policy.due(session, step, task.now, office),
        **(_sent_again(form, reader)),
        **view.seller(session, order, task, org),
        **view.fields(session, order),
    )


@router.task("record_check")
def record_check(
    form: RecordCheck, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> CheckRecorded:
    """Only a car that passed is in stock for this sale; one that is rejected can be sold to nobody."""
    session, reader = uow.session, FormReader()
    order = view.lock(session, task)
    cases.require_post(reader, form.signed_by, INSPECTOR, task, org)
    car = view.car(session, order.sale_no)
    if car is None:
        raise InvalidInput(f"sale {order.sale_no} has no car that could be checked")
    found, result = rules.read_check(form, reader), "invalid"
    if found is not None and not reader.errors:
        result, findings = found
        by = form.signed_by or ""
        session.add(
            VehicleCheck(
                sale_no=order.sale_no,
                kind=INCOMING,
                vin=car.vin,
                passed=result == rules.PASSED,
                findings=findings,
                recorded_by=by,
                recorded_at=task.now,
            )
        )
        if result == rules.PASSED:
            vehicles.move(session, car.vin, vehicles.IN_STOCK, place="交车区")
            order.expected_on = None
        elif result == rules.REJECTED:
            _gives_up(session, order, car.vin, vehicles.REJECTED, findings, by, task)
            order.factory_order, order.expected_on = "", None
        words = {
            rules.PASSED: ("到店检查合格", "车辆已在店，待交车前准备"),
            rules.AGAIN: ("到店检查：整改", "车辆整改后待复检"),
            rules.REJECTED: ("到店检查不合格", "车辆不合格，待另找车源"),
        }
        action, status = words[result]
        cases.note(session, order.sale_no, org.name_of(by), action, findings, task.now, user=by)
        cases.status(session, order.sale_no, status)
    step = {rules.PASSED: "prepare_car", rules.REJECTED: "find_car"}.get(result, "check_incoming")
    return CheckRecorded.of_case(
        session,
        order.sale_no,
        check_result=result,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        order_due=policy.due(session, step, task.now, office),
        **(_sent_again(form, reader)),
        **view.fields(session, order),
    )


def _keep(
    session: Session,
    order: VehicleOrder,
    sale: vehicles.Sale,
    vin: str,
    reader: FormReader,
    *,
    agreed: bool,
) -> vehicles.Vehicle | None:
    """The car kept for the sale; None, with a finding, for another model or a colour that nobody agreed to."""
    car = vehicles.find(session, vin)
    if car is not None and car.model_no != sale.model_no:
        reader.wrong("carChoice", f"车辆：{vin}不是合同约定的车型")
    elif car is not None and car.colour != sale.colour and not agreed:
        reader.wrong(
            "colourAgreed", f"颜色：{car.colour}与合同约定的{sale.colour}不同，请先征得客户同意并勾选"
        )
    if reader.errors:
        return None
    car = vehicles.reserve(session, vin, order.sale_no)
    if car.state == vehicles.OTHER_SHOP:
        vehicles.move(session, vin, vehicles.IN_TRANSIT, place=f"由{car.place}调来")
    order.factory_order, order.expected_on = "", car.expected_on
    return car


def _consent(
    session: Session,
    order: VehicleOrder,
    sale: vehicles.Sale,
    car: vehicles.Vehicle,
    by: str,
    task: TaskContext,
) -> str:
    """Keep that the customer agreed to the car's colour; returns it as a text."""
    consent = VehicleColourConsent(
        sale_no=order.sale_no,
        vin=car.vin,
        agreed=sale.colour,
        colour=car.colour,
        recorded_by=by,
        recorded_at=task.now,
    )
    session.add(consent)
    session.flush()
    return f"客户同意颜色由{sale.colour}改为{car.colour}"


def _gives_up(
    session: Session, order: VehicleOrder, vin: str, state: str, reason: str, by: str, task: TaskContext
) -> None:
    """The car is no longer kept for this sale, and nobody else is offered it either."""
    vehicles.withdraw(session, vin, state=state, reason=reason, by=by, at=task.now, sale_no=order.sale_no)


def _label(car: vehicles.Vehicle, wanted: str) -> str:
    other = "" if car.colour == wanted else "（与合同颜色不同）"
    expected = f"，预计{car.expected_on}到店" if car.expected_on else ""
    return f"{car.vin} {car.colour}{other} {vehicles.STATES[car.state]} {car.place}{expected}".strip()


def _evening(day: date, office: WorkingHours) -> datetime:
    return datetime.combine(day, time(office.end.hour, office.end.minute), SHANGHAI)


def _sent_again(form: Message, reader: FormReader) -> dict[str, str | bool | None]:
    """The form's own fields as they were typed when something has to be mended; else the form starts empty."""
    if not reader.errors:
        return {}
    sent = form.model_dump(exclude={"signed_by"})
    return {
        name: value if isinstance(value, bool) else cases.shown(value, 500) for name, value in sent.items()
    }
