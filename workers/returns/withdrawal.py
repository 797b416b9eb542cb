"""Who filed a return withdraws it, until the goods are back (X4)."""

from __future__ import annotations

from workers import cases, ledger, signals
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.returns import papers
from workers.returns.messages import GoodsReturnWithdrawn, WithdrawGoodsReturn
from workers.returns.router import router
from workers.returns.store import BOOKED, INSPECTED, RECEIVED, VOID, GoodsReturn
from workers.runtime import TaskContext

MONEY = "Msg_PaymentReceived"
"""The strand that asks whether the contract is complete: it may have waited for this return only."""


@router.task("withdraw")
def withdraw(
    form: WithdrawGoodsReturn, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> GoodsReturnWithdrawn:
    """Withdraw the case if its applicant says so, with a reason, before the warehouse has the goods (X4)."""
    session, case_no = uow.session, task.case_no
    back = papers.find(session, case_no)
    if back is not None:
        ledger.lock_contract(session, back.contract_no)
    case = cases.lock(session, case_no, task.process_instance_id)
    back = papers.find(session, case_no)
    found = cases.withdraw(
        session,
        case,
        form,
        task.now,
        org,
        gone="本案已撤回或结束",
        refused="" if back is None else _arrived(back),
    )
    if found.done and back is not None:
        papers.void(session, case_no, VOID)
        who, said = case.applicant_name, f"{case_no}：{found.reason}"
        cases.note(session, back.contract_no, who, "撤回退货单", said, task.now, user=case.applicant)
        signals.send(session, MONEY, back.contract_no, f"return {case_no} withdrawn")
    return GoodsReturnWithdrawn.of_case(session, case_no, **found.fields)


def _arrived(back: GoodsReturn) -> str:
    """That the warehouse has the goods; empty while it has not."""
    if back.state in (RECEIVED, INSPECTED, BOOKED):
        return "货物已经退回仓库，不能撤回"
    return "" if back.received_on is None else "货物已经退回仓库，正在重新点收，不能撤回"
