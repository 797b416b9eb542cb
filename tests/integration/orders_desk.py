"""Plays the engine for the steps of a car's order, without an engine."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from tests.integration.contract_desk import COMPANY, NOW, ORG, Uploads, issue_policy
from workers import cases, customers, vehicles
from workers.approval import tasks as approval
from workers.approval.messages import AssignStep, PlanRoute, RecordSignature
from workers.calendar import OFFICE
from workers.database.unit_of_work import UnitOfWork
from workers.runtime import TaskContext
from workers.vehicle_orders import cancelling, cars, contract, delay, delivery, money
from workers.vehicle_orders import messages as m

SELLER, SERVICE, MANAGER, BOSS = "zhaolei", "fengli", "zhangwei", "wangjianguo"
CASHIER, INSPECTOR, TECHNICIAN = "xuhong", "linxue", "caojun"
MODEL, COLOUR, PRICE = "QC01", "测试红", Decimal("128000.00")
SALE = "XS-2026-8801"
VIN = "LTEST{:012d}".format
READY = dict.fromkeys(
    (
        *("outside_clean", "inside_clean", "free_of_defects"),
        *("functions_tested", "energy_filled", "papers_ready"),
    ),
    True,
)
HANDOVER: dict[str, Any] = {
    "handover_outcome": "delivered",
    "receiver": "钱多多",
    "mileage": "12",
    "operation_explained": True,
    "maintenance_explained": True,
    "questions_answered": "首保时间",
    "contact_channel": "wechat",
    "channel_confirmed": True,
}


def agree(
    session: Session,
    sale_no: str = SALE,
    *,
    price: Decimal = PRICE,
    phone: str = "13911128801",
    below_floor: bool = False,
    instance: str | None = "sale",
) -> None:
    """A customer who has decided to buy, with a case of the sale."""
    found = customers.meet(session, phone=phone, name="钱多多", at=NOW, source="walk_in")
    cases.open_case(session, sale_no, "vehicle_sale", SELLER, "赵磊", NOW, instance)
    vehicles.agree(
        session,
        sale_no,
        customer_no=found.no,
        salesperson=SELLER,
        service_person=SERVICE,
        model_no=MODEL,
        colour=COLOUR,
        price=price,
        channel="phone",
        promised_at=NOW + timedelta(days=3),
        policy_version=1,
        below_floor=below_floor,
    )


class OrdersDesk:
    """One order, handler by handler, with what the forms and the listeners would send."""

    def __init__(self, session: Session, sale_no: str = SALE, **deal: Any) -> None:
        self.session, self.sale_no, self.now = session, sale_no, NOW
        self.org = ORG
        self.instance = f"order {sale_no}"
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        self.paper: m.SignatureRecorded | None = None
        if deal.pop("agreed", True):
            issue_policy(session)
            agree(session, sale_no, **deal)

    def _task(self, key: str, process: str = "VehicleOrderProcess") -> TaskContext:
        return TaskContext("task", "topic", key, self.instance, process, "activity", None, self.now)

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the order."""
        return self._task(self.sale_no)

    @property
    def promised(self) -> datetime:
        """What the contract's form says."""
        return self.now + timedelta(days=2)

    def open(self) -> m.OrderOpened:
        """Begin."""
        return contract.open(m.OpenOrder(), self.uow, self.task, self.org, OFFICE)

    def draw(self, by: str = SELLER, **fields: Any) -> m.ContractDrawn:
        """The salesperson fills the contract."""
        sent = {"deposit_amount": "20000.00", "promised_at": self.promised.isoformat(), **fields}
        form = m.DrawContract(signed_by=by, **sent)
        return contract.draw_contract(form, self.uow, self.task, self.org, COMPANY, OFFICE)

    def customer_signs(
        self, by: str = SELLER, scan: Uploads | None = None, **fields: Any
    ) -> m.SignatureRecorded:
        """The customer's signature with its scan."""
        sent = {
            "customer_decision": "signed",
            "customer_signer": "钱多多",
            "customer_signed_on": self.now.date().isoformat(),
            **fields,
        }
        form = m.RecordSignature(signed_by=by, **sent)
        self.paper = contract.record_signature(form, self.uow, self.task, self.org, scan or Uploads(), OFFICE)
        return self.paper

    def countersign(self, *signers: str) -> None:
        """The signatures that the contract needs on our side."""
        assert self.paper is not None
        stage, owner = self.paper.paper_kind or "", self.instance
        posts = {MANAGER: "sales_manager", BOSS: "general_manager"}
        task = self._task(self.paper.paper_no or "", "PaperApprovalProcess")
        extra = [{"post": posts[one]} for one in signers]
        approval.plan_route(
            PlanRoute(stage=stage, extra_approvers=extra, called_by=owner), self.uow, task, self.org
        )
        for one in signers:
            approval.assign_step(AssignStep(stage=stage, called_by=owner), self.uow, task, self.org, OFFICE)
            signed = RecordSignature(
                stage=stage,
                decision="approve",
                comment="同意",
                called_by=owner,
                signed_by=one,
                signed_at=self.now,
            )
            approval.record_signature(signed, self.uow, task, self.org)

    def enrol(self) -> m.ContractEnrolled:
        """The contract enters both books."""
        return contract.enrol(m.EnrolContract(), self.uow, self.task)

    def in_force(self, **fields: Any) -> None:
        """A contract that is signed by both sides and in the books."""
        self.open()
        assert self.draw(**fields).form_errors == []
        assert self.customer_signs().signature_outcome == "signed"
        self.countersign(MANAGER)
        self.enrol()

    def pay(self, amount: str, reference: str = "", by: str = CASHIER, **fields: Any) -> m.PaymentRecorded:
        """Finance takes money."""
        sent = {
            "payment_amount": amount,
            "payment_on": self.now.date().isoformat(),
            "bank_reference": reference or f"{self.sale_no}-{amount}",
            **fields,
        }
        return money.record_payment(m.RecordPayment(signed_by=by, **sent), self.uow, self.task, self.org)

    def read_deposit(self) -> m.DepositRead:
        """What is there of the deposit."""
        return money.read_deposit(m.ReadDeposit(), self.uow, self.task, COMPANY, OFFICE)

    def read_balance(self) -> m.BalanceRead:
        """What is there of the price."""
        return money.read_balance(m.ReadBalance(), self.uow, self.task, self.org, OFFICE)

    def deposit_paid(self) -> None:
        """A contract in force with its whole deposit."""
        self.in_force()
        assert self.pay("20000.00").form_errors == []
        assert self.read_deposit().payment_outcome == "received"

    def offer(self) -> list[str]:
        """The cars that can be chosen now."""
        offered = cars.offer_cars(m.OfferCars(), self.uow, self.task, self.org, OFFICE)
        return [one["value"] for one in offered.car_options]

    def reserve(self, choice: str, by: str = SELLER, **fields: Any) -> m.CarReserved:
        """The salesperson chooses."""
        form = m.ReserveCar(signed_by=by, car_choice=choice, **fields)
        return cars.reserve_car(form, self.uow, self.task, self.org, OFFICE)

    def arrive(self, outcome: str = "arrived", by: str = SELLER, **fields: Any) -> m.ArrivalRecorded:
        """What became of a car on its way."""
        form = m.RecordArrival(signed_by=by, arrival_outcome=outcome, **fields)
        return cars.record_arrival(form, self.uow, self.task, self.org, OFFICE)

    def check(self, outcome: str = "passed", by: str = INSPECTOR, **fields: Any) -> m.CheckRecorded:
        """What quality found."""
        form = m.RecordCheck(signed_by=by, check_outcome=outcome, **fields)
        return cars.record_check(form, self.uow, self.task, self.org, OFFICE)

    def prepare(self, by: str = TECHNICIAN, **fields: Any) -> m.ChecklistRecorded:
        """The checklist before the handover."""
        form = m.RecordChecklist(signed_by=by, **{**READY, **fields})
        return delivery.record_checklist(form, self.uow, self.task, self.org, OFFICE)

    def hand_over(self, by: str = SERVICE, **fields: Any) -> m.HandoverRecorded:
        """The handover."""
        sent = {**HANDOVER, "handed_over_on": self.now.isoformat(), **fields}
        form = m.RecordHandover(signed_by=by, **sent)
        return delivery.record_handover(form, self.uow, self.task, self.org, COMPANY, OFFICE)

    def until_handover(self, vin: str = VIN(1)) -> None:
        """A car from stock that is prepared and paid."""
        vehicles.enter(self.session, vin, MODEL, COLOUR)
        self.deposit_paid()
        assert self.reserve(vin).car_outcome == "here"
        assert self.prepare().checklist_result == "ready"
        assert self.pay("108000.00").form_errors == []
        assert self.read_balance().payment_outcome == "received"

    def watch(self) -> m.PromiseWatched:
        """The watch over the promise begins, or begins anew."""
        return delay.watch_promise(m.WatchPromise(), self.uow, self.task, OFFICE)

    def look(self, *, passed: bool = False) -> m.CarLookedAt:
        """The moment of the warning has come, or (`passed`) the promised one."""
        return delay.look_at_car(m.LookAtCar(promise_passed=passed), self.uow, self.task, self.org, OFFICE)

    def new_date(self, by: str = SELLER, **fields: Any) -> m.NewDateRecorded:
        """What was agreed with the customer."""
        sent = {
            "delay_decision": "new_date",
            "delay_reason": "运输延误",
            "delay_contact": "电话，客户同意",
            "new_promise": (self.now + timedelta(days=5)).isoformat(),
            **fields,
        }
        return delay.record_new_date(m.RecordNewDate(warned_by=by, **sent), self.uow, self.task, self.org)

    def ask(self, fault: str = "customer", by: str = SELLER, **fields: Any) -> m.CancellationAsked:
        """The salesperson asks for the cancellation."""
        sent = {"cancel_requested": True, "cancel_fault": fault, "cancel_reason": "客户改变主意", **fields}
        form = m.AskCancellation(cancel_asked_by=by, **sent)
        return cancelling.ask_cancellation(form, self.uow, self.task, self.org, OFFICE)

    def decide(self, decision: str, by: str = MANAGER, reason: str = "按合同办理") -> m.CancellationDecided:
        """The sales manager decides."""
        form = m.DecideCancellation(cancel_decided_by=by, cancel_decision=decision, decision_reason=reason)
        return cancelling.decide_cancellation(form, self.uow, self.task, self.org, COMPANY)

    def at(self, moment: datetime) -> OrdersDesk:
        """The same order at another moment."""
        self.now = moment
        return self


def said(errors: Any) -> str:
    """Findings as one text."""
    return "；".join(one.message for one in errors)
