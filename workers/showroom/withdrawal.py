"""The starter's tracking form: a withdrawal until the customer buys (X4), or word that the customer answered (V7)."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from workers import cases, customers
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.runtime import TaskContext
from workers.showroom import announcing, deals, view
from workers.showroom.messages import SaleWithdrawn, WithdrawSale
from workers.showroom.router import router
from workers.showroom.store import DecisionRow, ProposalRow, ShowroomSale

log = structlog.get_logger(__name__)

MOST_TEXT = 500


@router.task("withdraw")
def withdraw(form: WithdrawSale, uow: UnitOfWork, task: TaskContext) -> SaleWithdrawn:
    """Withdraw the sale, or wake it with the customer's answer; what was recorded stays as it is."""
    session, reader, outcome = uow.session, FormReader(), "kept"
    case = cases.lock(session, task.case_no, task.process_instance_id)
    sale = session.get(ShowroomSale, task.case_no)
    asked = form.withdraw_requested is True or form.customer_answered is True
    if asked and form.withdrawn_by != case.applicant:
        log.warning("security: tracking by another", case_no=task.case_no, user=form.withdrawn_by)
        reader.wrong("withdrawRequested", "只有立案人可以办理")
    elif form.withdraw_requested is True:
        reason = reader.text("withdrawReason", "撤回原因", form.withdraw_reason, MOST_TEXT, lines=True)
        if _bought(session, task.case_no) or case.state != cases.OPEN:
            reader.wrong("withdrawRequested", "客户已决定购买或销售已结束，不能撤回")
        if not reader.errors:
            outcome = "withdrawn"
            cases.finish(session, task.case_no, cases.WITHDRAWN, task.now)
            cases.note(
                session, task.case_no, case.applicant_name, "撤回", reason, task.now, user=case.applicant
            )
            cases.status(session, task.case_no, "已撤回")
            if sale is not None:
                customers.remember(session, sale.customer_no, task.now, "销售撤回", reason, task.case_no)
    elif form.customer_answered is True:
        said = reader.text("customerSaid", "客户的答复", form.customer_said, MOST_TEXT, lines=True)
        waits = view.last(session, ProposalRow, task.case_no) is not None
        if not waits or _bought(session, task.case_no) or case.state != cases.OPEN:
            reader.wrong("customerAnswered", "还没有方案在等待客户决定")
        if not reader.errors:
            announcing.announce(session, task.case_no, said, case.applicant, task.now)
            cases.note(
                session, task.case_no, case.applicant_name, "客户答复", said, task.now, user=case.applicant
            )
    phone = None
    if sale is not None:
        whole = outcome == "kept" and not _bought(session, task.case_no)
        phone = customers.view(session, sale.customer_no, full=whole)["customer_phone"]
    return SaleWithdrawn.of_case(
        session,
        task.case_no,
        withdraw_outcome=outcome,
        withdraw_errors=reader.errors,
        customer_phone=phone,
    )


def _bought(session: Session, sale_no: str) -> bool:
    decision = view.last(session, DecisionRow, sale_no)
    return decision is not None and decision.outcome == deals.BOUGHT
