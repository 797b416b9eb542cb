"""The starter cancels the appointment before the car is there: its slots are free again (X4)."""

from __future__ import annotations

import structlog

from workers import cases, notify
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.runtime import TaskContext
from workers.service import booking, orders
from workers.service.messages import OrderWithdrawn, WithdrawOrder
from workers.service.router import router
from workers.service.store import BOOKED, CANCELLED, WANTED
from workers.service.workshop import Workshop

log = structlog.get_logger(__name__)

MOST_REASON = 500


@router.task("withdraw")
def withdraw(form: WithdrawOrder, uow: UnitOfWork, task: TaskContext, shop: Workshop) -> OrderWithdrawn:
    """Withdraw it if its starter says so, with a reason, before the car was received."""
    session, reader, outcome = uow.session, FormReader(), "kept"
    case, order = orders.lock(session, task)
    if form.withdraw_requested is True:
        reason = reader.text("withdrawReason", "撤回理由", form.withdraw_reason, MOST_REASON, lines=True)
        if form.withdrawn_by != case.applicant:
            log.warning("security: withdrawal by another", case_no=case.case_no, user=form.withdrawn_by)
            reader.wrong("withdrawRequested", "只有申请人可以撤回")
        elif case.state != cases.OPEN or order.state not in (WANTED, BOOKED):
            reader.wrong("withdrawRequested", "车辆已经接收或预约已结束，不能撤回")
        if not reader.errors:
            outcome = "withdrawn"
            freed = booking.free(session, case.case_no, "cancelled", task.now, shop)
            order.state = CANCELLED
            cases.finish(session, case.case_no, cases.WITHDRAWN, task.now)
            cases.note(
                session, case.case_no, case.applicant_name, "取消预约", reason, task.now, user=case.applicant
            )
            cases.status(session, case.case_no, "预约已取消，时段已释放")
            if freed is not None and order.customer_no:
                notify.tell_customer(
                    session,
                    f"{case.case_no}-cancelled",
                    order.customer_no,
                    f"预约取消 {case.case_no}",
                    f"您的车{order.plate}的到店预约已取消。需要时欢迎再约。",
                )
    return OrderWithdrawn.of_case(
        session, task.case_no, withdraw_outcome=outcome, withdraw_errors=reader.errors
    )
