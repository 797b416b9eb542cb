"""The deposit and the balance: what is there is read anew from the books, whoever booked it (V7, V8)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, customers, debts, ledger, notify, policy, refunds, signals, vehicles
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.money import figures
from workers.org import OrgChart
from workers.receipts import booking, references, single
from workers.receipts.kept import Money
from workers.receipts.references import Refused
from workers.runtime import TaskContext
from workers.vehicle_orders import delay, papers, rules, view
from workers.vehicle_orders.messages import (
    BalanceRead,
    DepositRead,
    PaymentRecorded,
    ReadBalance,
    ReadDeposit,
    RecordPayment,
)
from workers.vehicle_orders.router import router
from workers.vehicle_orders.store import VehicleContract, VehicleOrder

POST = "finance"
RECEIVED, WAITING = "received", "waiting"
INVOICE, INVOICING = "Msg_InvoiceWanted", "InvoicingProcess"


@router.task("read_deposit")
def read_deposit(
    _: ReadDeposit, uow: UnitOfWork, task: TaskContext, company: Company, office: WorkingHours
) -> DepositRead:
    """Once the whole deposit is there: its receipt (定金收据), and the car may be looked for."""
    session = uow.session
    order, contract = _locked(session, task)
    missing = contract.deposit - view.received(session, order)
    if missing <= 0 and order.deposit_at is None:
        order.deposit_at = task.now
        sale = vehicles.sale(session, order.sale_no)
        receipt = papers.deposit_receipt(session, order, sale, contract.deposit, company, task.now)
        text = f"{figures(contract.deposit)}，收据{receipt.number}"
        cases.note(session, order.sale_no, "系统", "定金已收", text, task.now)
        cases.status(session, order.sale_no, "定金已收，待落实车源")
        customers.remember(session, sale.customer_no, task.now, "定金", text, order.sale_no)
    return DepositRead.of_case(
        session,
        order.sale_no,
        payment_outcome=RECEIVED if missing <= 0 else WAITING,
        money_wanted=figures(max(missing, Decimal(0))),
        order_due=policy.due(session, "receive_deposit" if missing > 0 else "find_car", task.now, office),
        **_credit(session, order),
        **view.fields(session, order),
    )


@router.task("read_balance")
def read_balance(
    _: ReadBalance, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> BalanceRead:
    """Nothing is handed over before the price is paid; the customer is told that the car is ready."""
    session = uow.session
    order, contract = _locked(session, task)
    sale = vehicles.sale(session, order.sale_no)
    missing = contract.price - view.received(session, order)
    _tell(session, order, sale, missing)
    if missing > 0:
        cases.status(session, order.sale_no, f"车辆已备妥，待财务部收取余款{figures(missing)}")
    else:
        cases.status(session, order.sale_no, f"车款已付清，待{org.name_of(sale.service_person)}到场交车")
        # once: the same fact starts nothing anew when the customer refuses the car and the price is read again
        signals.send(session, INVOICE, contract.contract_no, "车款付清", starts=INVOICING)
    return BalanceRead.of_case(
        session,
        order.sale_no,
        payment_outcome=RECEIVED if missing <= 0 else WAITING,
        money_wanted=figures(max(missing, Decimal(0))),
        order_due=(
            policy.due(session, "receive_balance", task.now, office)
            if missing > 0
            else delay.handover_due(session, order, task.now, office)
        ),
        channel_options=[{"value": code, "label": label} for code, label in customers.CHANNELS.items()],
        contact_channel=sale.channel,
        **view.server(session, order, task, org),
        **_credit(session, order),
        **view.fields(session, order),
    )


@router.task("record_payment")
def record_payment(form: RecordPayment, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> PaymentRecorded:
    """Book what finance took in as all money is booked, or pay from what the customer has with us (A6, V7, V8)."""
    session, reader, today = uow.session, FormReader(), task.now.astimezone(SHANGHAI).date()
    view.lock(session, task)
    booking.one_at_a_time(session)  # before the contract's lock
    order, contract = _locked(session, task)
    cases.require_post(reader, form.signed_by, POST, task, org)
    row = ledger.contract(session, contract.contract_no)
    earliest = (row.sealed_at - timedelta(days=30)).astimezone(SHANGHAI).date()
    payment = rules.read_payment(form, reader, earliest, today)
    if payment is not None and not reader.errors:
        by = form.signed_by or ""
        try:
            said = _book(session, order, payment, by, task)
        except Refused as error:
            reader.wrong("", str(error))
        else:
            cases.note(session, order.sale_no, org.name_of(by), "收款", said, task.now, user=by)
    return PaymentRecorded.of_case(
        session,
        order.sale_no,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        **(_as_sent(form) if reader.errors else {}),
        **_credit(session, order),
        **view.fields(session, order),
    )


def _book(session: Session, order: VehicleOrder, payment: rules.Payment, by: str, task: TaskContext) -> str:
    """Returns in Chinese what the money paid. Raises Refused. What is more than the price is the customer's balance."""
    number = order.contract_no or ""
    if payment.source == rules.BALANCE:
        # the task's id: asked for once more after a crash, it is the same payment
        reference = f"{order.sale_no}余额抵付{task.task_id}"
        paid = Money(payment.amount, payment.value_date, reference, "", "购车款", order.sale_no, by, task.now)
        if references.find(session, reference) is None:
            booking.apply_balance(session, paid, number)
        return f"客户余额抵付{figures(payment.amount)}"
    references.refuse_awaiting(session, payment.bank_reference)
    customer = customers.find(session, vehicles.sale(session, order.sale_no).customer_no)
    paid = Money(
        *(payment.amount, payment.value_date, payment.bank_reference, customer.name, "购车款"),
        *(order.sale_no, by, task.now),
    )
    said = single.paid_for(session, booking.pay(session, paid, number))
    return f"{said}，凭证号{payment.bank_reference}"


def _credit(session: Session, order: VehicleOrder) -> dict[str, Any]:
    """What the customer has with us and nobody has been promised: it can pay this car."""
    free = refunds.free_balance(session, vehicles.sale(session, order.sale_no).customer_no)
    return {"credit_figures": figures(max(free, Decimal(0)))}


def _locked(session: Session, task: TaskContext) -> tuple[VehicleOrder, VehicleContract]:
    """The order with its contract in force, locked; every payment so far has been heard of."""
    order, contract = view.lock(session, task), view.latest(session, task.case_no)
    if order.contract_no is None or contract is None:
        raise InvalidInput(f"sale {task.case_no} has no contract in force")
    ledger.lock_contract(session, order.contract_no)
    signals.mark_read(session, debts.VEHICLE_ORDER, order.sale_no, task.now)
    return order, contract


def _tell(session: Session, order: VehicleOrder, sale: vehicles.Sale, missing: Decimal) -> None:
    """Once for each promise; a car that was refused and is ready again has a new one."""
    promise = delay.promised(session, order)
    left = f"请在提车前付清余款{figures(missing)}。" if missing > 0 else ""
    body = f"您的爱车已备妥。约定交车时间{view.moment_text(promise.promised_at)}。{left}"
    key = f"vehicle-ready:{order.sale_no}:{promise.id}"
    notify.tell_customer(session, key, sale.customer_no, "车辆已备妥", body, sale.channel)


def _as_sent(form: RecordPayment) -> dict[str, Any]:
    return {
        "payment_source": cases.shown(form.payment_source, 16),
        "payment_amount": cases.shown(form.payment_amount, 20),
        "payment_on": cases.shown(form.payment_on, 10),
        "bank_reference": cases.shown(form.bank_reference, rules.MOST_REFERENCE),
    }
