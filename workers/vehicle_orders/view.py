"""The order at this moment, read anew from the database: for the forms, and for every step that decides."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, catalog, customers, debts, ledger, policy, vehicles
from workers.calendar import SHANGHAI
from workers.cases import FormReader
from workers.errors import InvalidInput
from workers.money import figures
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.vehicle_orders import rules
from workers.vehicle_orders.store import (
    DRAWN,
    OPEN,
    PREPARED,
    SIGNED,
    VehicleCheck,
    VehicleContract,
    VehicleOrder,
    VehiclePromise,
)

ZERO = Decimal(0)
SELLERS_HEAD, SERVICE_HEAD = "sales_manager", "service_manager"
"""Who takes over from a salesperson or a service person who has left; the diagram offers them these tasks."""


def lock(session: Session, task: TaskContext) -> VehicleOrder:
    """The open order of this process instance; the case's lock arbitrates between handover and cancellation.

    Raises CaseEnded when it has been delivered or cancelled, InvalidInput for another instance's order.
    """
    case = cases.lock(session, task.case_no)
    order = session.get(VehicleOrder, task.case_no, populate_existing=True)
    if order is None or order.process_instance_id != task.process_instance_id:
        raise InvalidInput(f"{task.process_instance_id} has no order of a car for sale {task.case_no}")
    if order.state != OPEN or case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    return order


def draft(session: Session, sale_no: str) -> VehicleContract | None:
    """The contract version that is being agreed: drawn, or signed by the customer."""
    query = select(VehicleContract).where(
        VehicleContract.sale_no == sale_no, VehicleContract.state.in_((DRAWN, SIGNED))
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def latest(session: Session, sale_no: str) -> VehicleContract | None:
    """The newest version, whatever became of it."""
    query = select(VehicleContract).where(VehicleContract.sale_no == sale_no)
    return session.scalars(query.order_by(VehicleContract.version.desc()).limit(1)).one_or_none()


def promise(session: Session, sale_no: str) -> VehiclePromise | None:
    """The moment for which the car is promised."""
    query = select(VehiclePromise).where(VehiclePromise.sale_no == sale_no)
    return session.scalars(query.order_by(VehiclePromise.id.desc()).limit(1)).one_or_none()


def checked(session: Session, sale_no: str, kind: str) -> VehicleCheck | None:
    """The last check of that kind, of whichever car."""
    query = select(VehicleCheck).where(VehicleCheck.sale_no == sale_no, VehicleCheck.kind == kind)
    return session.scalars(query.order_by(VehicleCheck.id.desc()).limit(1)).one_or_none()


def car(session: Session, sale_no: str) -> vehicles.Vehicle | None:
    """The car that is kept for the sale, as it is committed now."""
    found = vehicles.reserved_for(session, sale_no)
    if found is not None:
        session.refresh(found)
    return found


def is_ready(session: Session, sale_no: str) -> bool:
    """Whether the car is here and its last checklist was fulfilled."""
    found, last = car(session, sale_no), checked(session, sale_no, PREPARED)
    return (
        found is not None
        and found.state == vehicles.RESERVED
        and last is not None
        and last.passed
        and last.vin == found.vin
    )


def received(session: Session, order: VehicleOrder) -> Decimal:
    """Yuan that the contract has got; nothing before it is in the books."""
    return ledger.account(session, order.contract_no).received if order.contract_no else ZERO


def percent(session: Session, sale: vehicles.Sale) -> Decimal:
    """The policy's largest share of a deposit, by the version under which the price was judged."""
    return policy.version(session, sale.policy_version).document.deposit_percent


def fields(session: Session, order: VehicleOrder) -> dict[str, Any]:
    """The fields of `OrderView`."""
    session.flush()
    sale = vehicles.sale(session, order.sale_no)
    shown = customers.view(session, sale.customer_no, full=False)
    contract, promised = latest(session, order.sale_no), promise(session, order.sale_no)
    product, found, paid = (
        catalog.product(session, sale.model_no),
        vehicles.reserved_for(session, order.sale_no),
        received(session, order),
    )
    name = product.name if product is not None else sale.model_no
    return {
        "case_no": order.sale_no,
        "customer_name": shown["customer_name"],
        "customer_phone": shown["customer_phone"],
        "car_text": f"{name} {sale.colour}" if found is None else _car_text(name, sale, found),
        "price_figures": figures(sale.price),
        "deposit_figures": figures(contract.deposit) if contract is not None else None,
        "deposit_limit": figures(rules.deposit_limit(sale.price, percent(session, sale))),
        "received_figures": figures(paid),
        "remaining_figures": figures(sale.price - paid),
        "promised_text": moment_text(promised.promised_at) if promised is not None else None,
        "contract_no": contract.contract_no if contract is not None else None,
    }


def _car_text(name: str, sale: vehicles.Sale, car: vehicles.Vehicle) -> str:
    agreed = "" if car.colour == sale.colour else f"，合同约定{sale.colour}，客户已同意"
    return f"{name} {car.colour}（车架号{car.vin}{agreed}）"


def moment_text(moment: datetime) -> str:
    """A moment as staff and customers read it."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def refuse_held(reader: FormReader, session: Session, sale_no: str, step: str) -> None:
    """Add a finding while the customer is held for an overdue debt (A3)."""
    if why := debts.refusal(session, vehicles.sale(session, sale_no).customer_no, step):
        reader.wrong("", why)


def seller(session: Session, order: VehicleOrder, task: TaskContext, org: OrgChart) -> dict[str, str | None]:
    """Who has the salesperson's next step today (X2); nobody in particular, and so their manager, once they left."""
    return {"salesperson": org.on_duty(vehicles.sale(session, order.sale_no).salesperson, _today(task))}


def server(session: Session, order: VehicleOrder, task: TaskContext, org: OrgChart) -> dict[str, str | None]:
    """Who is to be present at the handover, in the same way."""
    return {
        "handover_person": org.on_duty(vehicles.sale(session, order.sale_no).service_person, _today(task))
    }


def require_seller(
    reader: FormReader, user: str | None, sale: vehicles.Sale, task: TaskContext, org: OrgChart
) -> None:
    """Add a finding unless the session's user is the sale's salesperson, or may do it for them today."""
    _require(reader, user, sale.salesperson, SELLERS_HEAD, task, org)


def require_server(
    reader: FormReader, user: str | None, sale: vehicles.Sale, task: TaskContext, org: OrgChart
) -> None:
    """The same for the service person chosen at the sale."""
    _require(reader, user, sale.service_person, SERVICE_HEAD, task, org)


def _require(
    reader: FormReader, user: str | None, person: str, head: str, task: TaskContext, org: OrgChart
) -> None:
    if not org.may_do_for(user or "", person, head, _today(task)):
        left = org.on_duty(person, _today(task)) is None
        whom = org.post_name(head) if left else f"{org.name_of(person)}或其代理人"
        reader.wrong("", f"只有{whom}可以办理")


def _today(task: TaskContext) -> date:
    return task.now.astimezone(SHANGHAI).date()
