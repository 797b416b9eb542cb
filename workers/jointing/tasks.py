"""The steps of jointing work, from the gate to the acceptance report (C10)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, debts, documents, ledger, money, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.jointing import ending, papers, rules
from workers.jointing.messages import (
    AcceptanceRecorded,
    CheckPayment,
    Dispatch,
    Dispatched,
    OrderForm,
    OrderPrepared,
    OrderReturned,
    PaymentChecked,
    PrepareOrder,
    RecordAcceptance,
    ReturnOrder,
)
from workers.jointing.routing import router
from workers.jointing.store import (
    ACCEPTED,
    DISPATCHED,
    FAILED,
    FILLED,
    RETURNED,
    WAIVED,
    JointingOrder,
    JointingReport,
)
from workers.org import OrgChart
from workers.runtime import EngineVariables, TaskContext

__all__ = ["ending", "router"]

MESSAGE = "Msg_PaymentForJointing"
STAGE = "jointing_order"
KEEPER = "sales_operations"


def _today(task: TaskContext) -> date:
    return task.now.astimezone(SHANGHAI).date()


def _gate(session: Session, today: date) -> Decimal:
    return policy.document_on(session, today).first_payment_percent


def _view(session: Session, contract_no: str, today: date) -> dict[str, Any]:
    contract, account = ledger.contract(session, contract_no), ledger.account(session, contract_no)
    return {
        "case_no": contract_no,
        "customer_name": contract.customer_name,
        "total_figures": money.figures(account.amount),
        "received_figures": money.figures(account.received),
        "percent_received": f"{account.percent_received}%",
        "first_payment_percent": f"{_gate(session, today).normalize():f}%",
        "jointing_goods": [
            {
                "product": line.product_name,
                "specification": line.specification,
                "ordered": f"{line.ordered.normalize():f} {line.unit}",
                "delivered": f"{line.delivered.normalize():f} {line.unit}",
            }
            for line in ledger.goods(session, contract_no)
        ],
    }


def _paid(session: Session, contract_no: str, today: date) -> bool:
    return ledger.account(session, contract_no).reaches(_gate(session, today))


def _order(session: Session, contract_no: str, *states: str) -> JointingOrder | None:
    query = select(JointingOrder).where(
        JointingOrder.contract_no == contract_no, JointingOrder.state.in_(states)
    )
    return session.scalars(query.execution_options(populate_existing=True)).first()


@router.task("check_payment")
def check_payment(
    _: CheckPayment, uow: UnitOfWork, task: TaskContext, office: WorkingHours
) -> PaymentChecked:
    """Does the contract need jointing, and has the first payment arrived, or can it never?"""
    session, today = uow.session, _today(task)
    contract = ledger.lock_contract(session, task.case_no)
    signals.mark_read(session, MESSAGE, task.case_no, task.now)
    if not contract.needs_jointing or _order(session, task.case_no, ACCEPTED, WAIVED) is not None:
        outcome = "done"
    else:
        outcome = "work" if _paid(session, task.case_no, today) else "wait"
    if outcome == "wait":
        # noted too when no money is to come: a policy that asks for less, or an amendment, begins the work again
        signals.note_wait(session, MESSAGE, task.case_no, task.now)
        if ledger.account(session, task.case_no).outstanding <= 0:
            outcome = "shut"
            ending.give_up(session, task.case_no, _gate(session, today), task.now)
    before = _order(session, task.case_no, FILLED, RETURNED)
    return PaymentChecked.of_case(
        session,
        task.case_no,
        jointing_outcome=outcome,
        jointing_due=policy.due(session, "dispatch_jointing", task.now, office),
        **(papers.as_filled(before) if before is not None else {}),
        **_view(session, task.case_no, today),
    )


@router.task("prepare_order")
def prepare_order(
    form: PrepareOrder,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
) -> OrderPrepared:
    """Check the order and the gate at this moment, and make the paper that is signed."""
    session, today, reader = uow.session, _today(task), FormReader()
    ledger.lock_contract(session, task.case_no)
    cases.require_post(reader, form.signed_by, KEEPER, task, org)
    order, by = rules.read_order(form, reader, today), form.signed_by or ""
    fields: dict[str, Any] = {}
    outcome = "invalid"
    if not (order and order.waived) and not _paid(session, task.case_no, today):
        reader.wrong("", "首期款未到，不得安排接续；不需要派工的，请勾选“客户自行接续，无需派工”并写明原因")
    if order is not None and not reader.errors:
        kept = papers.keep(session, task.case_no, order, by, task.now, org)
        if order.waived:
            outcome, text = "waived", f"无需接续：{order.work}"
            debts.note_acceptance(session, task.case_no, today)
        else:
            outcome, text = "prepared", kept.order_no
            fields = papers.as_paper(session, kept, company, task.now, org)
        cases.note(session, task.case_no, org.name_of(by), "填写接续派工单", text, task.now, user=by)
    return OrderPrepared.of_case(
        session,
        task.case_no,
        order_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        jointing_waived=form.jointing_waived is True,
        **_as_sent(form),
        **_view(session, task.case_no, today),
        **fields,
    )


def _as_sent(form: OrderForm) -> dict[str, str | None]:
    return {
        "jointing_site": cases.shown(form.jointing_site, 300),
        "jointing_planned_on": cases.shown(form.jointing_planned_on, 10),
        "jointing_team": cases.shown(form.jointing_team, 200),
        "jointing_contact": cases.shown(form.jointing_contact, 200),
        "jointing_work": cases.shown(form.jointing_work, rules.MOST_TEXT),
    }


@router.task("return_order")
def return_order(
    form: ReturnOrder, uow: UnitOfWork, task: TaskContext, office: WorkingHours
) -> OrderReturned:
    """The order comes back to sales operations with the sales manager's comment."""
    session, today = uow.session, _today(task)
    ledger.lock_contract(session, task.case_no)
    order = _order(session, task.case_no, FILLED)
    if order is not None:
        order.state = RETURNED
    comment = form.return_comment if isinstance(form.return_comment, str) else ""
    return OrderReturned.of_case(
        session,
        task.case_no,
        jointing_due=policy.due(session, "dispatch_jointing", task.now, office),
        return_comment=comment[: cases.COMMENT_LIMIT],
        **(papers.as_filled(order) if order is not None else {}),
        **_view(session, task.case_no, today),
    )


@router.task("dispatch")
def dispatch(
    _: Dispatch,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> Dispatched:
    """The order is signed: the team goes, unless the money has been taken back meanwhile."""
    session = uow.session
    ledger.lock_contract(session, task.case_no)
    order = _order(session, task.case_no, FILLED, DISPATCHED)
    approval = cases.approved(session, order.order_no, STAGE) if order else None
    if order is None or approval is None:
        raise InvalidInput(f"contract {task.case_no} has no signed order for jointing work")
    text = f"{order.order_no}，{order.planned_on}，{order.team}"
    if order.state == FILLED and not _paid(session, task.case_no, _today(task)):
        order.state = RETURNED
        cases.note(session, task.case_no, "系统", "首期款不足，暂不派工", text, task.now)
        cases.status(session, order.order_no, "首期款不足，暂不派工")
    elif order.state == FILLED:
        order.state = DISPATCHED
        papers.issue(session, order, company, task.now, org, approval)
        cases.note(session, task.case_no, "系统", "下达接续派工单", text, task.now)
        cases.status(session, order.order_no, "已派工，待验收")
    return Dispatched.of_case(
        session,
        task.case_no,
        dispatch_outcome="dispatched" if order.state == DISPATCHED else "wait",
        order_no=order.order_no,
        order_summary=papers.summary(order),
        acceptance_due=policy.due(session, "accept_jointing", task.now, office),
    )


@router.task("record_acceptance")
def record_acceptance(
    form: RecordAcceptance,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    engine: EngineVariables,
) -> AcceptanceRecorded:
    """Keep the customer's acceptance report with its scan; a failed one leads to a new order."""
    session, today, reader = uow.session, _today(task), FormReader()
    ledger.lock_contract(session, task.case_no)
    cases.require_post(reader, form.signed_by, KEEPER, task, org)
    order = _order(session, task.case_no, DISPATCHED)
    if order is None:
        raise InvalidInput(f"contract {task.case_no} has no jointing work that could be accepted")
    report = rules.read_report(form, reader, order.filled_at.astimezone(SHANGHAI).date(), today)
    scan = None
    if report is not None:
        scan = documents.uploaded_scan(
            engine, task.process_instance_id, "acceptanceScan", reader, "验收报告扫描件", "接续验收报告"
        )
    outcome, by = "invalid", form.signed_by or ""
    if report is not None and scan is not None and not reader.errors:
        outcome = "accepted" if report.accepted else "failed"
        order.state = ACCEPTED if report.accepted else FAILED
        document = papers.issue_report(session, order, report, by, company, task.now, org)
        session.add(
            JointingReport(
                report_no=document.number,
                order_no=order.order_no,
                done_on=report.done_on,
                accepted=report.accepted,
                signer=report.signer,
                findings=report.findings,
                scan=scan,
                scan_sha256=documents.sha256_of(scan),
                media_type=documents.media_type(scan) or "",
                recorded_by=by,
                recorded_at=task.now,
            )
        )
        if report.accepted:
            debts.note_acceptance(session, task.case_no, report.done_on)
        cases.finish(session, order.order_no, cases.CLOSED, task.now)
        text = f"{document.number}，{'合格' if report.accepted else '不合格：' + report.findings}"
        for number in (task.case_no, order.order_no):
            cases.note(session, number, org.name_of(by), "登记接续验收", text, task.now, user=by)
        cases.status(session, order.order_no, "已验收" if report.accepted else "验收不合格，另行派工")
    sent = form if outcome == "invalid" else RecordAcceptance()
    return AcceptanceRecorded.of_case(
        session,
        task.case_no,
        acceptance_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        acceptance_result=cases.shown(sent.acceptance_result, 16),
        acceptance_signer=cases.shown(sent.acceptance_signer, 100),
        acceptance_done_on=cases.shown(sent.acceptance_done_on, 10),
        acceptance_findings=cases.shown(sent.acceptance_findings, rules.MOST_TEXT),
    )
