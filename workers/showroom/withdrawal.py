"""The starter's tracking form, until the customer buys: a withdrawal (X4), a customer who left or answered (V7)."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from workers import cases, customers
from workers.cases import Case, FormError, FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.showroom import announcing, closing, deals, view
from workers.showroom.messages import SaleWithdrawn, WithdrawSale
from workers.showroom.router import router
from workers.showroom.store import DecisionRow, ProposalRow, ShowroomSale

log = structlog.get_logger(__name__)

GONE = "客户已决定购买或销售已结束，不能撤回"
LEFT_LATE = "客户已决定购买或销售已结束；交车前取消在“我的购车订单”里办理"
MOST_TEXT = 500


@router.task("withdraw")
def withdraw(form: WithdrawSale, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> SaleWithdrawn:
    """Withdraw the sale, lose the customer, or wake it with their answer; what was recorded stays as it is."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    sale, bought = session.get(ShowroomSale, case_no), _bought(session, case_no)
    found = cases.withdraw(session, case, form, task.now, org, gone=GONE, refused=GONE if bought else "")
    errors, lost = found.errors, False
    if form.withdraw_requested is True:
        pass  # one thing at a time: the withdrawal counts
    elif form.customer_left is True:
        errors = _left(session, case, form, task, org, bought=bought)
        lost = not errors
    elif form.customer_answered is True:
        errors = _answered(session, case, form, task, org)
    if sale is not None and found.done:
        customers.remember(session, sale.customer_no, task.now, "销售撤回", found.reason, case_no)
    fields = found.fields | {"withdraw_errors": errors} | ({"withdraw_outcome": deals.LOST} if lost else {})
    return SaleWithdrawn.of_case(session, case_no, **fields)


def _left(
    session: Session, case: Case, form: WithdrawSale, task: TaskContext, org: OrgChart, *, bought: bool
) -> list[FormError]:
    """The customer leaves at whichever step (V7): the record is that of a loss at the decision, with its reason."""
    reader, by = FormReader(), form.withdrawn_by or ""
    reason = reader.text("leftReason", "放弃原因", form.left_reason, MOST_TEXT, lines=True)
    if not view.may_stand_in(org, by, case, task):
        log.warning("security: a loss by another", case_no=case.case_no, user=by)
        reader.wrong("customerLeft", "只有申请人或其代理人可以登记")
    elif bought or case.state != cases.OPEN:
        reader.wrong("customerLeft", LEFT_LATE)
    elif session.get(ShowroomSale, case.case_no) is None:
        reader.wrong("customerLeft", "客户资料还没有登记，请撤回")
    if not reader.errors:
        proposal = view.last(session, ProposalRow, case.case_no)
        session.add(
            DecisionRow(
                sale_no=case.case_no,
                recorded_by=by,
                recorded_at=task.now,
                proposal_id=proposal.id if proposal is not None else None,
                outcome=deals.LOST,
                follow_up_at=None,
                lost_reason=reason,
                service_person="",
                channel="",
                promised_at=None,
            )
        )
        cases.note(session, case.case_no, org.name_of(by), "客户放弃", reason, task.now, user=by)
        closing.lose(session, case.case_no, task.now)
    return reader.errors


def _answered(
    session: Session, case: Case, form: WithdrawSale, task: TaskContext, org: OrgChart
) -> list[FormError]:
    """Keep the customer's word while a proposal waits for it; returns what is wrong with it.

    The customer does not wait for a salesperson who is away: who stands in takes their word (X2).
    """
    reader, by = FormReader(), form.withdrawn_by or ""
    said = reader.text("customerSaid", "客户的答复", form.customer_said, MOST_TEXT, lines=True)
    if not view.may_stand_in(org, by, case, task):
        log.warning("security: an answer by another", case_no=case.case_no, user=by)
        reader.wrong("customerAnswered", "只有申请人或其代理人可以登记")
    elif not view.waits(session, case.case_no) or case.state != cases.OPEN:
        reader.wrong("customerAnswered", "还没有方案在等待客户决定")
    if not reader.errors:
        announcing.announce(session, case.case_no, said, by, task.now)
        cases.note(session, case.case_no, org.name_of(by), "客户答复", said, task.now, user=by)
    return reader.errors


def _bought(session: Session, sale_no: str) -> bool:
    decision = view.last(session, DecisionRow, sale_no)
    return decision is not None and decision.outcome == deals.BOUGHT
