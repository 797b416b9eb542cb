"""The contract as a whole: its fulfilment opens, its money comes in, it is completed or terminated (C4)."""

from __future__ import annotations

from sqlalchemy import select

from workers import cases, debts, ledger, signals
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.fulfilment import papers, rules
from workers.fulfilment.messages import (
    CheckPayment,
    CloseTerminated,
    CompleteFulfilment,
    FulfilmentCompleted,
    FulfilmentOpened,
    OpenFulfilment,
    PaymentChecked,
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
STRANDS = (
    *(GOODS_WANTED, STOCK_CHANGED, PAYMENT_RECEIVED, TERMINATED),
    *("Msg_PaymentForInvoice", "Msg_PaymentForJointing"),
)
"""What the strands of a contract listen to; when it has ended nobody needs to be told any more."""


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


@router.task("check_payment")
def check_payment(_: CheckPayment, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> PaymentChecked:
    """Read anew what has been paid: the money strand ends when nothing is outstanding."""
    here = Fulfilment.lock(uow, task, org)
    signals.mark_read(here.session, PAYMENT_RECEIVED, here.number, task.now)
    here.view()
    paid = ledger.account(here.session, here.number).outstanding <= 0
    return PaymentChecked.of_case(here.session, here.number, payment_outcome="paid" if paid else "wait")


@router.task("complete")
def complete(
    request: CompleteFulfilment, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> FulfilmentCompleted:
    """End the contract if it is delivered, paid, invoiced and, if need be, joined; else all strands look again.

    A strand may have ended before an amendment or a credit note opened its part anew. InvalidInput: the strands have
    ended again although nothing was booked since, so that they would go round for ever.
    """
    here = Fulfilment.lock(uow, task, org)
    open_parts = _open_parts(here)
    seen = len(ledger.entries(here.session, here.number))
    outcome = "open" if open_parts else "completed"
    if open_parts:
        if request.entries_seen == seen:
            raise InvalidInput(f"contract {here.number}: all strands have ended, but open is {open_parts}")
        here.note(None, "尚未履行完毕", "、".join(open_parts))
    else:
        ledger.set_status(here.session, here.number, ledger.COMPLETED)
        _end(here, "合同履行完毕")
    return FulfilmentCompleted.of_case(
        here.session, here.number, completion_outcome=outcome, entries_seen=seen
    )


def _open_parts(here: Fulfilment) -> list[str]:
    account = ledger.account(here.session, here.number)
    parts = {
        "交货": rules.is_delivered(here.goods()),
        "回款": account.outstanding <= 0,
        "开票": account.invoiced >= account.amount,
        "接续验收": not here.contract.needs_jointing or _is_accepted(here),
    }
    return [name for name, done in parts.items() if not done]


def _is_accepted(here: Fulfilment) -> bool:
    return here.session.get(debts.Acceptance, here.number) is not None


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
    for message in STRANDS:
        signals.mark_read(here.session, message, here.number, here.task.now)
    cases.finish(here.session, here.number, cases.CLOSED, here.task.now)
    here.note(None, text, "")
    cases.status(here.session, here.number, text)
