"""A termination ends the jointing work too: orders that are open become void (C13)."""

from __future__ import annotations

from sqlalchemy import select

from workers import cases, documents, ledger
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.jointing.messages import OrdersVoided, VoidOrders
from workers.jointing.routing import router
from workers.jointing.store import DISPATCHED, FILLED, RETURNED, VOID, JointingOrder
from workers.runtime import TaskContext


@router.task("void_orders")
def void_orders(_: VoidOrders, uow: UnitOfWork, task: TaskContext) -> OrdersVoided:
    """Void what is open; a team that was sent already is named in the history, the settlement sees to it.

    InvalidInput: the contract is not terminated.
    """
    session, number = uow.session, task.case_no
    contract = ledger.lock_contract(session, number)
    if contract.status != ledger.TERMINATED:
        raise InvalidInput(f"contract {number} is {contract.status}, not terminated")
    open_orders = select(JointingOrder).where(
        JointingOrder.contract_no == number, JointingOrder.state.in_((FILLED, RETURNED, DISPATCHED))
    )
    for order in session.scalars(open_orders.order_by(JointingOrder.order_no)).all():
        sent = order.state == DISPATCHED
        order.state = VOID
        documents.void(session, order.order_no)
        cases.finish(session, order.order_no, cases.CLOSED, task.now)
        cases.status(session, order.order_no, "合同终止，作废")
        text = f"{order.order_no}（已派工，尚未验收）" if sent else order.order_no
        cases.note(session, number, "系统", "接续派工单作废", text, task.now)
    return OrdersVoided.of_case(session, number)
