"""Below the policy's floor the contract comes by the factory's approval: asked for, concluded, withdrawn (V6, V7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, customers, ledger, vehicles
from workers.contract import cars, withdrawal
from workers.contract.store import DONE, DROPPED, CarDeclaration, CustomerSignature
from workers.contract.store import OPEN as ASKED
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.runtime import TaskContext
from workers.vehicle_orders import view
from workers.vehicle_orders.messages import ApprovalConcluded, ConcludeApproval
from workers.vehicle_orders.router import router
from workers.vehicle_orders.rules import Terms
from workers.vehicle_orders.store import ASKED as WAITS
from workers.vehicle_orders.store import (
    DRAWN,
    KEPT,
    REFUSED,
    VehicleCancellation,
    VehicleContract,
    VehicleOrder,
)

APPROVED, PROGRAM, SYSTEM = "approved", "salesflow", "系统"
SEALED = "合同已审批用印，正在登记台帐，请稍后再办理"


def ask(session: Session, order: VehicleOrder, terms: Terms, by: str) -> None:
    """Let the process that is called next open a declaration of what was agreed; `by` is its applicant."""
    cars.ask(
        session,
        order.sale_no,
        applicant=by,
        deposit=terms.deposit,
        promised_at=terms.promised_at,
        remarks=terms.remarks,
    )


@router.task("conclude_approval")
def conclude_approval(_: ConcludeApproval, uow: UnitOfWork, task: TaskContext) -> ApprovalConcluded:
    """The declaration has ended: sealed, the order goes on; otherwise it ends here, and the sale negotiates anew."""
    session = uow.session
    order = view.lock(session, task)
    carried = _carried(session, order.sale_no)
    if carried is None or carried.state == cases.OPEN:
        raise InvalidInput(f"the declaration of sale {order.sale_no} has not ended")
    approved = carried.state == cases.SEALED
    if not approved:
        _refuse(session, order, carried, task.now)
    return ApprovalConcluded.of_case(
        session,
        order.sale_no,
        approval_outcome=APPROVED if approved else REFUSED,
        order_outcome=None if approved else REFUSED,
        **view.fields(session, order),
    )


def _refuse(session: Session, order: VehicleOrder, carried: cases.Case, at: datetime) -> None:
    sale = vehicles.sale(session, order.sale_no)
    said = [line.comment for line in cases.history(session, carried.case_no) if line.who != SYSTEM]
    why = next(filter(None, reversed(said)), "")
    word = "已撤回" if carried.state == cases.WITHDRAWN else "被否决"
    _drop(session, order.sale_no)
    _answer_cancellation(session, order.sale_no, at)
    order.state, order.ended_at = REFUSED, at
    text = f"合同申报{carried.case_no}{word}" + (f"：{why}" if why else "")
    cases.note(session, order.sale_no, "系统", "低于底价未获批准", text, at)
    cases.status(session, order.sale_no, "低于底价未获批准，待与客户重新协商")
    customers.remember(session, sale.customer_no, at, "低于底价未获批准", carried.case_no, order.sale_no)


def _answer_cancellation(session: Session, sale_no: str, at: datetime) -> None:
    """A cancellation that was asked for meanwhile has nothing left to decide."""
    query = select(VehicleCancellation).where(
        VehicleCancellation.sale_no == sale_no, VehicleCancellation.state == WAITS
    )
    for request in session.scalars(query):
        request.decided_by, request.decided_at = PROGRAM, at
        request.state, request.decision_reason = KEPT, "合同未获批准，没有可解除的合同"


def approved(session: Session, order: VehicleOrder) -> VehicleContract:
    """The sealed contract as the order keeps it; the books have it already. InvalidInput: there is none."""
    asked, carried = cars.latest(session, order.sale_no), _carried(session, order.sale_no)
    number = carried.document_no if carried is not None and carried.state == cases.SEALED else None
    if asked is None or asked.state != DONE or number is None:
        raise InvalidInput(f"sale {order.sale_no} has no contract that was approved and sealed")
    row = ledger.contract(session, number)
    if row.status != ledger.IN_FORCE:
        raise InvalidInput(f"the contract {number} is not in the books yet")
    signature = session.scalars(
        select(CustomerSignature).where(
            CustomerSignature.contract_no == number, CustomerSignature.version == row.version
        )
    ).one()
    contract = VehicleContract(
        contract_no=number,
        version=row.version,
        sale_no=order.sale_no,
        price=row.amount,
        deposit=asked.deposit,
        promised_at=cars.promised(asked, row.delivery_date),
        remarks=asked.remarks,
        document_sha256=row.document_sha256,
        drawn_by=asked.applicant,
        drawn_at=row.sealed_at,
        state=DRAWN,
        signer=signature.signer,
        signed_on=signature.signed_on,
        declaration_no=asked.declaration_no,
    )
    session.add(contract)
    session.flush()
    return contract


def sealed(session: Session, sale_no: str) -> bool:
    """Whether the declaration under way has its seal: the order is about to hear of it. Locks the declaration."""
    asked = cars.latest(session, sale_no)
    if asked is None or asked.declaration_no is None:
        return False
    return cases.lock(session, asked.declaration_no).state == cases.SEALED


def withdraw(session: Session, sale_no: str, reason: str, at: datetime) -> None:
    """The order is cancelled: a declaration under way goes with it, what it has led to is void."""
    carried = _carried(session, sale_no)
    if carried is not None and cases.finish(session, carried.case_no, cases.WITHDRAWN, at):
        withdrawal.undo(session, carried.case_no)
        cases.note(session, carried.case_no, carried.applicant_name, "撤回", reason, at)
        cases.status(session, carried.case_no, "随购车订单解除撤回")
    _drop(session, sale_no)


def _carried(session: Session, sale_no: str) -> cases.Case | None:
    """The case of the declaration that the order has asked for last."""
    asked = cars.latest(session, sale_no)
    return cases.find(session, asked.declaration_no) if asked is not None and asked.declaration_no else None


def _drop(session: Session, sale_no: str) -> None:
    asked: CarDeclaration | None = cars.latest(session, sale_no)
    if asked is not None and asked.state == ASKED:
        asked.state = DROPPED
        session.flush()
