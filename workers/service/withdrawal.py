"""The starter cancels the appointment before the car is there: its slots are free again (X4)."""

from __future__ import annotations

from workers import cases, notify
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import booking, orders
from workers.service.messages import OrderWithdrawn, WithdrawOrder
from workers.service.router import router
from workers.service.store import BOOKED, CANCELLED, WANTED

GONE = "车辆已经接收或预约已结束，不能撤回"


@router.task("withdraw")
def withdraw(form: WithdrawOrder, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> OrderWithdrawn:
    """Withdraw it if its starter says so, with a reason, before the car was received."""
    session = uow.session
    case, order = orders.lock(session, task)
    refused = "" if order.state in (WANTED, BOOKED) else GONE
    found = cases.withdraw(
        session, case, form, task.now, org, gone=GONE, refused=refused, status_text="预约已取消，时段已释放"
    )
    if found.done:
        freed = booking.free(session, case.case_no, "cancelled", task.now)
        order.state = CANCELLED
        if freed is not None and order.customer_no:
            notify.tell_customer(
                session,
                f"{case.case_no}-cancelled",
                order.customer_no,
                f"预约取消 {case.case_no}",
                f"您的车{order.plate}的到店预约已取消。需要时欢迎再约。",
            )
    return OrderWithdrawn.of_case(session, task.case_no, **found.fields)
