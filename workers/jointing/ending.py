"""Jointing work that is not done any more: a termination (C13), or a first payment that was written off (C10)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, documents, ledger, money
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.jointing.messages import OrdersVoided, VoidOrders
from workers.jointing.routing import router
from workers.jointing.store import DISPATCHED, FILLED, RETURNED, VOID, JointingOrder
from workers.ledger import Book, EntryKind
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
    _void(session, number, "合同终止", task.now)
    return OrdersVoided.of_case(session, number)


def give_up(session: Session, contract_no: str, percent: Decimal, at: datetime) -> None:
    """No money is to come any more and the first payment is not there: the history says why nothing is joined."""
    account = ledger.account(session, contract_no)
    why = f"已收款{money.figures(account.received)}，占合同金额的{account.percent_received}%"
    why += f"，不足{percent.normalize():f}%，余款已核销"
    given_up = ledger.entries(session, contract_no, book=Book.FINANCE, kinds=[EntryKind.WRITE_OFF])
    reasons = dict.fromkeys(one.reason for one in given_up if one.reverses is None and one.reason)
    cases.note(session, contract_no, "系统", "不再接续", "；".join([why, *reasons]), at)
    _void(session, contract_no, "不再接续", at)


def _void(session: Session, contract_no: str, reason: str, at: datetime) -> None:
    open_orders = select(JointingOrder).where(
        JointingOrder.contract_no == contract_no, JointingOrder.state.in_((FILLED, RETURNED, DISPATCHED))
    )
    for order in session.scalars(open_orders.order_by(JointingOrder.order_no)).all():
        sent = order.state == DISPATCHED
        order.state = VOID
        documents.void(session, order.order_no)
        cases.finish(session, order.order_no, cases.CLOSED, at)
        cases.status(session, order.order_no, f"{reason}，作废")
        text = f"{order.order_no}（已派工，尚未验收）" if sent else order.order_no
        cases.note(session, contract_no, "系统", "接续派工单作废", text, at)
