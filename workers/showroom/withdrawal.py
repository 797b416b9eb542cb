"""The starter's tracking form: a withdrawal until the customer buys (X4), or word that the customer answered (V7)."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from workers import cases, customers
from workers.cases import Case, FormError, FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.runtime import TaskContext
from workers.showroom import announcing, deals, view
from workers.showroom.messages import SaleWithdrawn, WithdrawSale
from workers.showroom.router import router
from workers.showroom.store import DecisionRow, ProposalRow, ShowroomSale

log = structlog.get_logger(__name__)

GONE = "客户已决定购买或销售已结束，不能撤回"
MOST_TEXT = 500


@router.task("withdraw")
def withdraw(form: WithdrawSale, uow: UnitOfWork, task: TaskContext) -> SaleWithdrawn:
    """Withdraw the sale, or wake it with the customer's answer; what was recorded stays as it is."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    sale, bought = session.get(ShowroomSale, case_no), _bought(session, case_no)
    found = cases.withdraw(session, case, form, task.now, gone=GONE, refused=GONE if bought else "")
    errors = found.errors
    if form.customer_answered is True and form.withdraw_requested is not True:
        errors = _answered(session, case, form, task)
    if sale is not None and found.done:
        customers.remember(session, sale.customer_no, task.now, "销售撤回", found.reason, case_no)
    return SaleWithdrawn.of_case(session, case_no, **found.fields | {"withdraw_errors": errors})


def _answered(session: Session, case: Case, form: WithdrawSale, task: TaskContext) -> list[FormError]:
    """Keep the customer's word while a proposal waits for it; returns what is wrong with it."""
    reader = FormReader()
    said = reader.text("customerSaid", "客户的答复", form.customer_said, MOST_TEXT, lines=True)
    if form.withdrawn_by != case.applicant:
        log.warning("security: an answer by another", case_no=case.case_no, user=form.withdrawn_by)
        reader.wrong("customerAnswered", "只有申请人可以登记")
    elif not _waits(session, case.case_no) or case.state != cases.OPEN:
        reader.wrong("customerAnswered", "还没有方案在等待客户决定")
    if not reader.errors:
        announcing.announce(session, case.case_no, said, case.applicant, task.now)
        cases.note(
            session, case.case_no, case.applicant_name, "客户答复", said, task.now, user=case.applicant
        )
    return reader.errors


def _waits(session: Session, sale_no: str) -> bool:
    """Whether a proposal waits for the customer: nothing was decided on the last one yet, or only more time."""
    proposal, decision = view.last(session, ProposalRow, sale_no), view.last(session, DecisionRow, sale_no)
    if proposal is None:
        return False
    return decision is None or decision.proposal_id != proposal.id or decision.outcome == deals.MORE_TIME


def _bought(session: Session, sale_no: str) -> bool:
    decision = view.last(session, DecisionRow, sale_no)
    return decision is not None and decision.outcome == deals.BOUGHT
