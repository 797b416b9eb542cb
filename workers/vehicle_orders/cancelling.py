"""An order is cancelled before the delivery: asked for, decided, settled in the books (V7, 民法典 586–587)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, commission, customers, debts, documents, ledger, policy, refunds, vehicles
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind
from workers.money import figures
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.vehicle_orders import approving, deciders, papers, rules, view
from workers.vehicle_orders.messages import (
    AskCancellation,
    CancellationAsked,
    CancellationDecided,
    DecideCancellation,
)
from workers.vehicle_orders.router import router
from workers.vehicle_orders.rules import Settlement
from workers.vehicle_orders.store import (
    ASKED,
    CANCELLED,
    DOUBLED,
    KEPT,
    VOID,
    VehicleCancellation,
    VehicleOrder,
)

log = structlog.get_logger(__name__)


def asked(session: Session, sale_no: str) -> VehicleCancellation | None:
    """The cancellation that waits for its decision."""
    query = select(VehicleCancellation).where(
        VehicleCancellation.sale_no == sale_no, VehicleCancellation.state == ASKED
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


@router.task("ask_cancellation")
def ask_cancellation(
    form: AskCancellation, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> CancellationAsked:
    """The salesperson's standing form: the order is to be cancelled, with who broke it and why; or only a look."""
    session, reader, outcome, by = uow.session, FormReader(), "kept", form.cancel_asked_by or ""
    order = view.lock(session, task)
    sale, found = vehicles.sale(session, order.sale_no), None
    if form.cancel_requested is True:
        view.require_seller(reader, by, sale, task, org)
        found = rules.read_cancellation(form, reader)
    if found is not None:
        outcome = "asked"
        session.add(
            VehicleCancellation(
                sale_no=order.sale_no,
                fault=found.fault,
                reason=found.reason,
                recorded_by=by,
                recorded_at=task.now,
            )
        )
        text = f"{rules.FAULTS[found.fault]}：{found.reason}"
        cases.note(session, order.sale_no, org.name_of(by), "申请解除购车合同", text, task.now, user=by)
    again = bool(reader.errors)
    return CancellationAsked.of_case(
        session,
        order.sale_no,
        cancel_outcome=outcome,
        cancel_errors=reader.errors,
        cancel_text=f"{rules.FAULTS[found.fault]}：{found.reason}" if found is not None else None,
        decision_due=policy.due(session, "decide_cancellation", task.now, office),
        decision_post=deciders.post(by, task, org) if found is not None else None,
        decision_options=_options(session, order),
        cancel_requested=again and form.cancel_requested is True,
        cancel_fault=cases.shown(form.cancel_fault, 16) if again else None,
        cancel_reason=cases.shown(form.cancel_reason, 500) if again else None,
        **view.seller(session, order, task, org),
        **view.fields(session, order),
    )


@router.task("decide_cancellation")
def decide_cancellation(
    form: DecideCancellation, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company
) -> CancellationDecided:
    """What the law allows is decided, never by who asked; then money, books, papers and car in one transaction."""
    session, reader, outcome = uow.session, FormReader(), "invalid"
    order = view.lock(session, task)
    request = asked(session, order.sale_no)
    if request is None:
        raise InvalidInput(f"nobody has asked to cancel the order of sale {order.sale_no}")
    if order.contract_no is not None:
        ledger.lock_contract(session, order.contract_no)
    deposit = _deposit(session, order)
    by = form.cancel_decided_by or ""
    decision_post = deciders.require(reader, by, request, task, org)
    if order.contract_no is None and approving.sealed(session, order.sale_no):
        reader.wrong("", approving.SEALED)
    decision = rules.read_decision(form, reader, request.fault, deposit)
    if decision is not None and decision != KEPT:
        _refuse_invoiced(session, order, decision, deposit, reader)
    if decision is not None and not reader.errors:
        reason = str(form.decision_reason).strip()
        request.decided_by, request.decided_at, request.decision_reason = by, task.now, reason
        settled = rules.settle(decision, view.received(session, order), deposit)
        request.deposit, request.repaid = deposit, settled.repaid if decision != KEPT else view.ZERO
        request.state = decision
        outcome = "kept"
        cases.note(
            session, order.sale_no, org.name_of(by), rules.DECISIONS[decision], reason, task.now, user=by
        )
        if decision != KEPT:
            outcome = "cancelled"
            _cancel(session, order, request, settled, company, org, task.now)
    return CancellationDecided.of_case(
        session,
        order.sale_no,
        cancel_outcome=outcome,
        decision_errors=reader.errors,
        decision_post=decision_post,
        order_outcome=CANCELLED if outcome == "cancelled" else None,
        cancel_decision=cases.shown(form.cancel_decision, 16) if reader.errors else None,
        decision_reason=cases.shown(form.decision_reason, 500) if reader.errors else None,
        **view.seller(session, order, task, org),
        **view.fields(session, order),
    )


def _deposit(session: Session, order: VehicleOrder) -> Decimal:
    """What was really paid of the deposit: that much of it counts (民法典 586)."""
    contract = view.latest(session, order.sale_no)
    return min(view.received(session, order), contract.deposit) if contract is not None else view.ZERO


def _refuse_invoiced(
    session: Session, order: VehicleOrder, decision: str, deposit: Decimal, reader: FormReader
) -> None:
    """What is invoiced is taken back by a 红字发票 before the contract is worth less (C11)."""
    if order.contract_no is None:
        return
    account = ledger.account(session, order.contract_no)
    if account.invoiced > rules.settle(decision, account.received, deposit).kept:
        reader.wrong("", f"购车合同已开票{figures(account.invoiced)}：请财务部先办理红字发票，再决定解除")


def _options(session: Session, order: VehicleOrder) -> list[dict[str, str]]:
    request = asked(session, order.sale_no)
    if request is None:
        return []
    allowed = rules.allowed(request.fault, _deposit(session, order))
    return [{"value": one, "label": rules.DECISIONS[one]} for one in (*allowed, KEPT)]


def _cancel(
    session: Session,
    order: VehicleOrder,
    request: VehicleCancellation,
    settled: Settlement,
    company: Company,
    org: OrgChart,
    at: datetime,
) -> None:
    sale = vehicles.sale(session, order.sale_no)
    if order.contract_no is not None:
        _settle(session, order, sale, request, settled, company, org, at)
    else:
        approving.withdraw(session, order.sale_no, request.reason, at)
        _void(session, order, papers.STAGE, at)
    vehicles.release(session, order.sale_no)
    order.state, order.ended_at = CANCELLED, at
    text = f"{rules.DECISIONS[request.state]}：{request.reason}"
    customers.remember(session, sale.customer_no, at, "购车合同解除", text, order.sale_no)
    cases.status(session, order.sale_no, f"购车合同已解除，{rules.DECISIONS[request.state]}")
    session.flush()
    log.info("vehicle_orders.cancelled", sale_no=order.sale_no, decision=request.state)


def _settle(
    session: Session,
    order: VehicleOrder,
    sale: vehicles.Sale,
    request: VehicleCancellation,
    settled: Settlement,
    company: Company,
    org: OrgChart,
    at: datetime,
) -> None:
    """The contract is worth what is kept; the rest of the money, and what is paid on top, is the customer's balance."""
    number = order.contract_no or ""
    row, today = ledger.contract(session, number), at.astimezone(SHANGHAI).date()
    document = papers.cancellation(session, order, sale, request, settled, company, org, at)
    reason = f"{rules.DECISIONS[request.state]}：{request.decision_reason}"
    given_back: Sequence[ledger.Draft] = ()
    if settled.refund:
        commission.give_way(
            session, number, settled.refund, value_date=today, posted_at=at, reason="购车合同解除"
        )
        paper = ledger.reference(number, document.version)
        given_back = debts.give_back(
            session, number, settled.refund, reference=paper, value_date=today, reason=reason
        )
    ledger.amend(
        session,
        number,
        version=document.version,
        amount=settled.kept,
        delivery_date=row.delivery_date,
        document_sha256=document.sha256,
        lines=_kept(session, number, settled.kept),
        value_date=today,
        posted_at=at,
        reason=reason,
        with_it=given_back,
    )
    if request.state == DOUBLED:
        ledger.post(
            session,
            Book.FINANCE,
            EntryKind.BALANCE,
            number,
            settled.penalty,
            value_date=today,
            reference=f"{number} 双倍返还定金",
            posted_at=at,
            reference_sha256=document.sha256,
            reason=f"{reason}（民法典第五百八十七条）",
        )
    ledger.set_status(session, number, ledger.TERMINATED)
    debts.tell_invoicing(session, number, "购车合同解除")
    if settled.repaid:
        refund = refunds.request(
            session,
            customer_no=sale.customer_no,
            amount=settled.repaid,
            reason=f"购车合同{number}解除，{rules.DECISIONS[request.state]}"[:200],
            for_case=order.sale_no,
            at=at,
        )
        said = f"{refund}，{figures(settled.repaid)}"
        cases.note(session, order.sale_no, "系统", "办理退款", said, at)


def _kept(session: Session, number: str, amount: Decimal) -> list[ledger.GoodsLine]:
    """What the contract is still worth, as its one line: a contract's lines add up to its amount."""
    (line,) = ledger.goods(session, number)
    return [replace(line, unit_price=amount, specification="定金不予返还")] if amount else []


def _void(session: Session, order: VehicleOrder, stage: str, at: datetime) -> None:
    """A contract that is not in force yet never will be; its number stays used."""
    contract = view.draft(session, order.sale_no)
    last = view.latest(session, order.sale_no)
    if contract is not None:
        contract.state = VOID
    if last is not None:
        documents.void(session, last.contract_no)
        cases.clear_approved(session, last.contract_no, stage)
        cases.finish(session, last.contract_no, cases.CLOSED, at)
        cases.status(session, last.contract_no, "客户取消，作废")
