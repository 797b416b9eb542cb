"""The contract as a whole: its fulfilment opens, its money comes in, it is completed or terminated (C4)."""

from __future__ import annotations

from sqlalchemy import select

from workers import cases, debts, ledger, signals
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.fulfilment import papers, rules
from workers.fulfilment.coming_back import return_under_way
from workers.fulfilment.messages import (
    CloseTerminated,
    CompleteFulfilment,
    FulfilmentCompleted,
    FulfilmentOpened,
    OpenFulfilment,
    TerminatedClosed,
)
from workers.fulfilment.production import GOODS_WANTED
from workers.fulfilment.router import router
from workers.fulfilment.stock import STOCK_CHANGED
from workers.fulfilment.store import CLOSED, DRAFTED, EXIT, ISSUED, GoodsPaper, GoodsRecord
from workers.fulfilment.under_way import Fulfilment
from workers.org import OrgChart
from workers.runtime import TaskContext

KIND = "fulfilment"
EFFECTIVE, TERMINATED = "Msg_ContractEffective", "Msg_ContractTerminated"
PAYMENT_RECEIVED = "Msg_PaymentReceived"
JOINTING = "Msg_PaymentForJointing"
STRANDS = (GOODS_WANTED, STOCK_CHANGED, "Msg_PaymentForInvoice", JOINTING)
"""What the strands of a contract listen to; the money is looked at by the step that completes the contract."""


@router.task("open")
def open(_: OpenFulfilment, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> FulfilmentOpened:  # noqa: A001
    """Open the case of a contract in force, under the contract's number; there is one fulfilment of a contract."""
    session, number = uow.session, task.case_no
    contract = ledger.lock_contract(session, number)
    signals.mark_read(session, EFFECTIVE, number, task.now)
    if contract.status != ledger.IN_FORCE:
        raise InvalidInput(f"contract {number} is {contract.status}, not in force")
    if session.get(cases.Case, number) is not None:
        raise InvalidInput(f"the fulfilment of contract {number} has been opened already")
    filed = session.get(cases.Case, contract.case_no)
    owner = filed.applicant if filed is not None else contract.salesperson
    cases.open_case(session, number, KIND, owner, org.name_of(owner), task.now)
    cases.status(session, number, rules.progress(ledger.account(session, number)))
    return FulfilmentOpened.of_case(session, number, case_no=number)


@router.task("complete")
def complete(_: CompleteFulfilment, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> FulfilmentCompleted:
    """Whenever a strand has ended or money came: end the contract if nothing of it is open.

    A strand that has a fact to read yet is not interrupted: when it has read it and ended, this is done again.
    """
    session, number = uow.session, task.case_no
    if ledger.lock_contract(session, number).status == ledger.COMPLETED:
        # two strands ended at the same moment
        return FulfilmentCompleted.of_case(session, number, completion_outcome="completed")
    here = Fulfilment.lock(uow, task, org)
    signals.mark_read(session, PAYMENT_RECEIVED, number, task.now)
    here.view()
    outcome = "open"
    if not _open_parts(here) and not signals.has_unread(session, number, STRANDS):
        outcome = "completed"
        ledger.set_status(session, number, ledger.COMPLETED)
        _end(here, "合同履行完毕" + _left_undone(here))
    return FulfilmentCompleted.of_case(session, number, completion_outcome=outcome)


def _open_parts(here: Fulfilment) -> list[str]:
    """What of the contract is still to be done; empty when nothing is."""
    account = ledger.account(here.session, here.number)
    parts = {
        "交货": rules.is_delivered(here.goods()),
        "回款": account.outstanding <= 0,
        "开票": account.is_invoiced,
        "退货": return_under_way(here.session, here.number) is None,
        # without a cent to come, a strand that has looked for the first payment has ended in vain
        "接续验收": not _needs_acceptance(here) or signals.waits(here.session, JOINTING, here.number),
    }
    return [name for name, done in parts.items() if not done]


def _needs_acceptance(here: Fulfilment) -> bool:
    return here.contract.needs_jointing and here.session.get(debts.Acceptance, here.number) is None


def _left_undone(here: Fulfilment) -> str:
    """What of a contract that is over was not done, because the rest of its money was written off."""
    account = ledger.account(here.session, here.number)
    parts = {"未接续": _needs_acceptance(here), "未开票": account.invoiced < account.amount}
    undone = "、".join(name for name, so in parts.items() if so)
    return f"，收款不足{undone}" if undone else ""


@router.task("close_terminated")
def close_terminated(
    _: CloseTerminated, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> TerminatedClosed:
    """The contract was terminated: what is open of its papers is void; goods on the road stay what they are (C13)."""
    session, number = uow.session, task.case_no
    contract = ledger.lock_contract(session, number)
    if contract.status != ledger.TERMINATED:
        raise InvalidInput(f"contract {number} is {contract.status}, not terminated")
    here = Fulfilment(session, contract, cases.lock(session, number), task, org)
    query = select(GoodsPaper).where(
        GoodsPaper.contract_no == number, GoodsPaper.state.in_((DRAFTED, ISSUED))
    )
    for paper in session.scalars(query.order_by(GoodsPaper.paper_no)).all():
        if session.get(GoodsRecord, (paper.paper_no, EXIT)) is not None:
            paper.state = CLOSED
            here.note(None, "货物已出门", f"{paper.paper_no}已出门、未办完签收，由终止结算处理")
        else:
            papers.void(here, paper)
            here.note(None, "单据作废", paper.paper_no)
    _end(here, "合同已终止")
    return TerminatedClosed.of_case(session, number)


def _end(here: Fulfilment, text: str) -> None:
    for message in (*STRANDS, PAYMENT_RECEIVED, TERMINATED):
        signals.mark_read(here.session, message, here.number, here.task.now)
    cases.finish(here.session, here.number, cases.CLOSED, here.task.now)
    here.note(None, text, "")
    cases.status(here.session, here.number, text)
