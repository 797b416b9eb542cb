"""The checklist before the handover, and the handover itself by the service person chosen at the sale (V8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, customers, ledger, policy, vehicles
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind
from workers.money import figures
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.vehicle_orders import cancelling, delay, papers, view
from workers.vehicle_orders import delivery_rules as rules
from workers.vehicle_orders.messages import (
    ChecklistRecorded,
    HandoverRecorded,
    RecordChecklist,
    RecordHandover,
)
from workers.vehicle_orders.router import router
from workers.vehicle_orders.store import DELIVERED, PREPARED, VehicleCheck, VehicleHandover, VehicleOrder

PREPARER = "technician"
GOODS = (
    (Book.SALES, EntryKind.PRODUCTION),
    (Book.SALES, EntryKind.INBOUND),
    (Book.SALES, EntryKind.DISPATCH),
    (Book.FINANCE, EntryKind.DELIVERY),
)
"""The car comes into the books and leaves them at its handover: before it, it belongs to the shop's cars."""


@router.task("record_checklist")
def record_checklist(
    form: RecordChecklist, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ChecklistRecorded:
    """V8: clean and free of defects, point by point; what is open is mended and ticked off anew."""
    session, reader, result = uow.session, FormReader(), "invalid"
    order = view.lock(session, task)
    cases.require_post(reader, form.signed_by, PREPARER, task, org)
    car = view.car(session, order.sale_no)
    if car is None or car.state != vehicles.RESERVED:
        raise InvalidInput(f"sale {order.sale_no} has no car in our shop that could be prepared")
    found = rules.read_checklist(form, reader)
    if found is not None:
        passed, findings = found
        result, by = "ready" if passed else "defects", form.signed_by or ""
        _check(session, order, car.vin, by, task, passed=passed, findings=findings)
        cases.note(
            session,
            order.sale_no,
            org.name_of(by),
            "交车前检查" if passed else "交车前检查：有问题",
            findings,
            task.now,
            user=by,
        )
        cases.status(session, order.sale_no, "车辆已备妥" if passed else f"车辆整改中：{findings}"[:200])
    return ChecklistRecorded.of_case(
        session,
        order.sale_no,
        checklist_result=result,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        order_due=policy.due(session, "prepare_car", task.now, office),
        open_points=found[1] if found is not None and result == "defects" else None,
        **(_ticked(form) if result == "invalid" else {}),
        **view.fields(session, order),
    )


@router.task("record_handover")
def record_handover(
    form: RecordHandover,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> HandoverRecorded:
    """The car is the customer's: papers, books, owner and channel in one transaction; or the customer refuses it."""
    session, reader = uow.session, FormReader()
    order = view.lock(session, task)
    sale = vehicles.sale(session, order.sale_no)
    view.require_server(reader, form.signed_by, sale, task, org)
    checked, car = view.checked(session, order.sale_no, PREPARED), view.car(session, order.sale_no)
    if checked is None or car is None or order.contract_no is None:
        raise InvalidInput(f"the car of sale {order.sale_no} was not prepared")
    known = customers.find(session, sale.customer_no).email
    handover = rules.read_handover(form, reader, checked.recorded_at, task.now, known_email=known)
    if handover is not None and handover.delivered:
        _refuse_unready(session, order, reader)
    result, fields, by = "invalid", dict[str, Any](), form.signed_by or ""
    if handover is not None and not handover.delivered and not reader.errors:
        result = rules.REFUSED
        _refused(session, order, handover, car.vin, by, task, org)
        fields = {"open_points": handover.reason}
    elif handover is not None and not reader.errors:
        result = rules.DELIVERED
        _hand_over(session, order, sale, car, handover, by, task, org, company)
        fields = {"order_outcome": DELIVERED, "handed_over_at": handover.at, "vin": car.vin}
    elif reader.errors:
        fields = _typed(form)
    return HandoverRecorded.of_case(
        session,
        order.sale_no,
        handover_result=result,
        promise_no=delay.promised(session, order).id,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        order_due=(
            policy.due(session, "prepare_car", task.now, office)
            if result == rules.REFUSED
            else delay.handover_due(session, order, task.now, office)
        ),
        **fields,
        **view.server(session, order, task, org),
        **view.fields(session, order),
    )


def _refuse_unready(session: Session, order: VehicleOrder, reader: FormReader) -> None:
    """Read anew what the handover needs: the car as it was checked, the money, and no cancellation under way."""
    row = ledger.lock_contract(session, order.contract_no or "")
    view.refuse_held(reader, session, order.sale_no, "交车")
    left = row.amount - view.received(session, order)
    if left > 0:
        reader.wrong("", f"车款尚欠{figures(left)}，不能交车")
    if not view.is_ready(session, order.sale_no):
        reader.wrong("", "车辆尚未备妥，不能交车")
    if cancelling.asked(session, order.sale_no) is not None:
        reader.wrong("", "解除申请待销售部经理决定，不能交车")


def _hand_over(
    session: Session,
    order: VehicleOrder,
    sale: vehicles.Sale,
    car: vehicles.Vehicle,
    handover: rules.Handover,
    by: str,
    task: TaskContext,
    org: OrgChart,
    company: Company,
) -> None:
    promised = view.promise(session, order.sale_no)
    due = promised.promised_at if promised is not None else handover.at
    late = handover.at > due
    facts = [
        ("交车时间", view.moment_text(handover.at)),
        ("约定时间", f"{view.moment_text(due)}{'（延迟）' if late else ''}"),
        ("里程", f"{handover.mileage}公里"),
        ("签收人", handover.receiver),
        ("联系方式", customers.CHANNELS[handover.channel]),
        ("客户的问题", handover.questions or "无"),
    ]
    if car.colour != sale.colour:
        facts.insert(0, ("颜色变更", f"合同约定{sale.colour}，客户同意改为{car.colour}"))
    document = papers.handover(session, order, sale, car, facts, by, company, org, task.now)
    session.add(
        VehicleHandover(
            sale_no=order.sale_no,
            vin=car.vin,
            handed_over_at=handover.at,
            promised_at=due,
            service_person=by,
            channel=handover.channel,
            receiver=handover.receiver,
            mileage=handover.mileage,
            explained=handover.questions,
            document_no=document.number,
            recorded_by=by,
            recorded_at=task.now,
        )
    )
    vehicles.hand_over(session, car.vin, sale.customer_no, handover.at)
    car.mileage = handover.mileage
    sale.service_person, sale.channel = by, handover.channel
    customers.set_channel(session, sale.customer_no, handover.channel, task.now, email=handover.email or None)
    _book(session, order, document.number, document.sha256, handover, task)
    order.state, order.ended_at = DELIVERED, task.now
    text = f"{car.vin}，{document.number}{'，晚于约定时间' if late else ''}"
    cases.note(session, order.sale_no, org.name_of(by), "交车", text, task.now, user=by)
    cases.status(session, order.sale_no, "已交车")
    session.flush()


def _book(
    session: Session,
    order: VehicleOrder,
    number: str,
    sha256: str,
    handover: rules.Handover,
    task: TaskContext,
) -> None:
    """Both books' entries of the handover, from the paper that the customer signed; the contract is fulfilled."""
    for book, kind in GOODS:
        ledger.post(
            session,
            book,
            kind,
            order.contract_no,
            None,
            value_date=handover.at.astimezone(SHANGHAI).date(),
            reference=number,
            posted_at=task.now,
            line_no=1,
            quantity=Decimal(1),
            reference_sha256=sha256,
        )
    ledger.set_status(session, order.contract_no or "", ledger.COMPLETED)


def _refused(
    session: Session,
    order: VehicleOrder,
    handover: rules.Handover,
    vin: str,
    by: str,
    task: TaskContext,
    org: OrgChart,
) -> None:
    """The car goes back to its preparation; the new moment was agreed with the customer on the spot."""
    _check(session, order, vin, by, task, passed=False, findings=handover.reason)
    if handover.promise is not None:
        contact = "交车现场当面约定"
        delay.agree(session, order, rules.Delay(handover.promise, handover.reason, contact), by, task.now)
    cases.note(session, order.sale_no, org.name_of(by), "客户未接收", handover.reason, task.now, user=by)
    cases.status(session, order.sale_no, f"客户未接收，车辆整改中：{handover.reason}"[:200])


def _check(
    session: Session,
    order: VehicleOrder,
    vin: str,
    by: str,
    task: TaskContext,
    *,
    passed: bool,
    findings: str,
) -> None:
    session.add(
        VehicleCheck(
            sale_no=order.sale_no,
            kind=PREPARED,
            vin=vin,
            passed=passed,
            findings=findings,
            recorded_by=by,
            recorded_at=task.now,
        )
    )
    session.flush()


def _ticked(form: RecordChecklist) -> dict[str, Any]:
    ticks = {name: getattr(form, name) is True for name in rules.CHECKLIST}
    return {**ticks, "checklist_findings": cases.shown(form.checklist_findings, 500)}


def _typed(form: RecordHandover) -> dict[str, Any]:
    ticks = ("operation_explained", "maintenance_explained", "channel_confirmed")
    texts = {
        name: cases.shown(value, 500)
        for name, value in form.model_dump(exclude={"signed_by", *ticks}).items()
    }
    return {**texts, **{name: getattr(form, name) is True for name in ticks}}
