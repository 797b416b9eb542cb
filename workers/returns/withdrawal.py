"""Who filed a return withdraws it, until the goods are back (X4)."""

from __future__ import annotations

import structlog

from workers import cases, ledger, signals
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.returns import forms, papers
from workers.returns.messages import GoodsReturnWithdrawn, WithdrawGoodsReturn
from workers.returns.router import router
from workers.returns.store import BOOKED, INSPECTED, RECEIVED, VOID
from workers.runtime import TaskContext

log = structlog.get_logger(__name__)
MONEY = "Msg_PaymentReceived"
"""The strand that asks whether the contract is complete: it may have waited for this return only."""


@router.task("withdraw")
def withdraw(form: WithdrawGoodsReturn, uow: UnitOfWork, task: TaskContext) -> GoodsReturnWithdrawn:
    """Withdraw the case if its applicant says so, with a reason, before the warehouse has the goods (X4)."""
    session, case_no = uow.session, task.case_no
    back = papers.find(session, case_no)
    if back is not None:
        ledger.lock_contract(session, back.contract_no)
    case, reader, outcome = cases.lock(session, case_no, task.process_instance_id), FormReader(), "kept"
    back = papers.find(session, case_no)
    if form.withdraw_requested is True:
        reason = reader.text(
            "withdrawReason", "撤回理由", form.withdraw_reason, forms.MOST_REASON, lines=True
        )
        if form.withdrawn_by != case.applicant:
            log.warning("security: withdrawal by another", case_no=case_no, user=form.withdrawn_by)
            reader.wrong("withdrawRequested", "只有申请人可以撤回")
        elif case.state != cases.OPEN:
            reader.wrong("withdrawRequested", "本案已撤回或结束")
        elif back is not None and back.state in (RECEIVED, INSPECTED, BOOKED):
            reader.wrong("withdrawRequested", "货物已经退回仓库，不能撤回")
        elif back is not None and back.received_on is not None:
            reader.wrong("withdrawRequested", "货物已经退回仓库，正在重新点收，不能撤回")
        if not reader.errors:
            outcome = "withdrawn"
            cases.finish(session, case_no, cases.WITHDRAWN, task.now)
            who, at = case.applicant_name, task.now
            cases.note(session, case_no, who, "撤回", reason, at, user=case.applicant)
            cases.status(session, case_no, "已撤回")
            if back is not None:
                papers.void(session, case_no, VOID)
                said = f"{case_no}：{reason}"
                cases.note(session, back.contract_no, who, "撤回退货单", said, at, user=case.applicant)
                signals.send(session, MONEY, back.contract_no, f"return {case_no} withdrawn")
    return GoodsReturnWithdrawn.of_case(
        session, case_no, withdraw_outcome=outcome, withdraw_errors=reader.errors
    )
