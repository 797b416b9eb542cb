"""Plays the engine for the steps of a visit to the workshop, without an engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from tests.integration.contract_desk import COMPANY, CONFIG, NOW, ORG, issue_policy
from workers.calendar import OFFICE
from workers.database.unit_of_work import UnitOfWork
from workers.runtime import TaskContext
from workers.service import (
    appointing,
    billing,
    checking,
    collecting,
    dispatching,
    estimating,
    extras,
    load_workshop,
    opening,
    orders,
    promising,
    reception,
    repairing,
    returning,
    withdrawal,
)
from workers.service import messages as m
from workers.service import work_messages as w
from workers.service.store import ServiceOrder

ADVISOR, DISPATCHER, QUALITY, FINANCE, MANAGER = "fengli", "dengkai", "linxue", "xuhong", "hanbin"
SHOP = load_workshop(CONFIG / "service.yaml")
CALL: dict[str, Any] = {
    "caller_phone": "13911110001",
    "caller_name": "马文涛",
    "plate": "苏A12345",
    "car_model": "远山轻舟",
    "wish": "做保养，刹车有异响",
    "planned_hours": "2",
}
CAR: dict[str, Any] = {
    "receive_action": "arrived",
    "vin": "LSVAM4187C2184847",
    "plate": "苏A12345",
    "car_model": "远山轻舟",
    "mileage": "42000",
    "receive_note": "左前门有划痕",
}
LINES = [
    {"productNo": "GS01", "quantity": "1.5", "reason": ""},
    {"productNo": "LJ01", "quantity": "1", "reason": ""},
]
"""1.5 hours at 120.00 and a set of oil and filter at 360.00: 540.00."""
EXTRA = [
    {"productNo": "LJ04", "quantity": "1", "reason": "前制动片已到极限"},
    {"productNo": "GS02", "quantity": "1", "reason": "更换前制动片"},
]
"""420.00 and an hour at 180.00."""


class ServiceDesk:
    """One case, handler by handler, with what the forms and the listeners would send."""

    def __init__(self, session: Session, instance: str = "service", case_no: str = "") -> None:
        self.session, self.instance, self.now, self.shop, self.org = session, instance, NOW, SHOP, ORG
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        self.case_no = case_no
        self.steps = 0
        if not case_no:
            issue_policy(session)

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the case, another one each time."""
        self.steps += 1
        name = f"{self.instance}-{self.steps}"
        key = "VehicleServiceProcess"
        return TaskContext(name, "topic", self.case_no, self.instance, key, "activity", None, self.now)

    @property
    def order(self) -> ServiceOrder:
        """The order as the database holds it."""
        return orders.find(self.session, self.case_no)

    def later(self, **span: float) -> ServiceDesk:
        """Time passes."""
        self.now += timedelta(**span)
        return self

    def at(self, moment: datetime) -> ServiceDesk:
        """The same case at another moment."""
        self.now = moment
        return self

    # -- W1, W2 ------------------------------------------------------------------------------------------------

    def open(self, started_by: str = ADVISOR, key: str = "", **fields: Any) -> m.OrderOpened:
        """Start the case."""
        task = replace(self.task, business_key=key) if key else self.task
        opened = opening.open_order(
            m.OpenOrder(started_by=started_by, **fields), self.uow, task, self.org, self.shop, OFFICE
        )
        self.case_no = opened.case_no
        return opened

    def book(self, at: datetime | str | None = None, **fields: Any) -> m.AppointmentBooked:
        """Send the appointment's form."""
        when = at.isoformat() if isinstance(at, datetime) else at
        sent = {"booking_action": "book", "signed_by": ADVISOR, "appointment_at": when, **CALL, **fields}
        form = m.BookAppointment(**sent)
        return appointing.book_appointment(form, self.uow, self.task, self.org, self.shop, OFFICE, COMPANY)

    def booked(self, at: datetime | None = None, **fields: Any) -> m.AppointmentBooked:
        """An appointment at the first time that is offered, or at `at`."""
        opened = self.open()
        found = self.book(at or opened.appointment_options[0]["value"], **fields)
        assert found.booking_outcome == "booked", found.form_errors
        return found

    def miss(self) -> m.AppointmentMissed:
        """The customer did not come."""
        return appointing.miss_appointment(
            m.MissAppointment(), self.uow, self.task, self.org, self.shop, OFFICE
        )

    def receive(self, signed_by: str | None = ADVISOR, **fields: Any) -> m.CarReceived:
        """The customer stands at the counter."""
        form = m.ReceiveCar(signed_by=signed_by, **{**CAR, **fields})
        return reception.receive_car(form, self.uow, self.task, self.org, self.shop, OFFICE)

    # -- W3 ----------------------------------------------------------------------------------------------------

    def write(
        self,
        lines: Any = None,
        promised_at: Any = None,
        signed_by: str | None = ADVISOR,
        words: str = "刹车响，机油该换了",
    ) -> m.WorkOrderWritten:
        """Send the work order; promised for tomorrow unless said otherwise."""
        promised = promised_at or (self.now + timedelta(days=1)).isoformat()
        rows = LINES if lines is None else lines
        form = m.WriteWorkOrder(signed_by=signed_by, words=words, work_lines=rows, promised_at=promised)
        return estimating.write_work_order(form, self.uow, self.task, self.org, self.shop, OFFICE, COMPANY)

    def confirm(self, decision: str = "agreed", note: str = "") -> m.ConfirmationRecorded:
        """What the customer says to the estimate."""
        form = m.RecordConfirmation(confirm_decision=decision, confirm_note=note, signed_by=ADVISOR)
        return estimating.record_confirmation(form, self.uow, self.task, self.org, self.shop, OFFICE)

    def confirmed(
        self, lines: Any = None, promised_at: Any = None, words: str = "刹车响，机油该换了", **car: Any
    ) -> None:
        """A case whose customer has agreed to the estimate."""
        self.booked()
        assert self.receive(**car).receive_outcome == "arrived"
        assert self.write(lines, promised_at, words=words).form_errors == []
        assert self.confirm().confirm_outcome == "confirmed"

    # -- W4-W8 -------------------------------------------------------------------------------------------------

    def propose(self) -> w.TechniciansProposed:
        """Who could do it."""
        return dispatching.propose_technicians(
            w.ProposeTechnicians(), self.uow, self.task, self.org, self.shop, OFFICE
        )

    def dispatch(self, technician: str, signed_by: str | None = DISPATCHER) -> w.Dispatched:
        """The dispatcher's choice."""
        form = w.Dispatch(chosen_technician=technician, signed_by=signed_by)
        return dispatching.dispatch(form, self.uow, self.task, self.org, self.shop, OFFICE)

    def diagnose(self, extra: Any = None, signed_by: str | None = None) -> w.DiagnosisRecorded:
        """What the technician found."""
        form = w.RecordDiagnosis(
            findings="前制动片磨损", extra_lines=extra, signed_by=signed_by or self.order.technician
        )
        return repairing.record_diagnosis(form, self.uow, self.task, self.org, self.shop, OFFICE)

    def answer(self, *answers: str, rows: Any = None, **fields: Any) -> w.ExtraRecorded:
        """What the customer says to each additional line."""
        shown = rows or [
            {"lineNo": str(number), "answer": answer}
            for number, answer in enumerate(answers, len(self.rows) - len(answers) + 1)
        ]
        sent = {
            "extra_result": "reached",
            "extra_channel": "phone",
            "extra_rows": shown,
            "extra_promised_at": (self.now + timedelta(days=2)).isoformat(),
            "extra_note": "客户接电话",
            "signed_by": ADVISOR,
            **fields,
        }
        form = w.RecordExtra(**sent)
        return extras.record_extra(form, self.uow, self.task, self.org, self.shop, OFFICE)

    @property
    def rows(self) -> list[dict[str, str]]:
        """The order's lines as forms show them."""
        return list(orders.shown(self.session, self.order, full=False)["order_rows"])

    def repair(self, rows: Any = None, extra: Any = None, signed_by: str | None = None) -> w.RepairRecorded:
        """What was done: as agreed unless said otherwise."""
        done = rows or [
            {"lineNo": row["lineNo"], "actual": row["quantity"].split()[0]}
            for row in self.rows
            if row["state"] not in ("客户不同意", "待确认")
        ]
        form = w.RecordRepair(
            repair_rows=done,
            findings="已更换",
            extra_lines=extra,
            signed_by=signed_by or self.order.technician,
        )
        return repairing.record_repair(form, self.uow, self.task, self.org, self.shop, OFFICE)

    def check(self, result: str = "passed", found: str = "", by: str = QUALITY) -> w.QualityRecorded:
        """The final check."""
        form = w.RecordQuality(check_result=result, check_findings=found, signed_by=by)
        return checking.record_quality(form, self.uow, self.task, self.org, OFFICE)

    def finished(self, lines: Any = None, technician: str = "caojun", **car: Any) -> None:
        """A case whose car has passed the check."""
        self.confirmed(lines, **car)
        assert self.dispatch(technician).dispatch_outcome == "dispatched"
        assert self.diagnose().diagnosis_outcome == "clean"
        assert self.repair().repair_outcome == "done"
        assert self.check().quality_outcome == "passed"

    # -- W9 ----------------------------------------------------------------------------------------------------

    def bill(self) -> w.BillPrepared:
        """The bill is drawn up."""
        return billing.prepare_bill(w.PrepareBill(), self.uow, self.task, self.org, OFFICE, COMPANY)

    def explain(self, **fields: Any) -> w.BillRecorded:
        """The bill is explained and paid at the counter."""
        sent = {
            "explained": True,
            "details_wanted": "no",
            "payment_way": "counter",
            "payment_reference": f"收{self.case_no}",
            "signed_by": ADVISOR,
            **fields,
        }
        return billing.record_bill(w.RecordBill(**sent), self.uow, self.task, self.org, OFFICE)

    def read(self) -> w.PaymentRead:
        """What the bill still takes."""
        return collecting.read_payment(w.ReadPayment(), self.uow, self.task, OFFICE)

    def transfer(self, reference: str, amount: str, by: str = FINANCE) -> w.PaymentRecorded:
        """Finance finds the money."""
        form = w.RecordPayment(
            paid_by="transfer", transfer_reference=reference, transfer_amount=amount, signed_by=by
        )
        return collecting.record_payment(form, self.uow, self.task, self.org)

    def pay_after_all(self, reference: str, by: str = ADVISOR) -> w.PaymentRecorded:
        """The customer comes to the counter."""
        form = w.RecordPayment(paid_by="counter", counter_reference=reference, signed_by=by)
        return collecting.record_payment(form, self.uow, self.task, self.org)

    def hand_back(self, checks: Any = None, **fields: Any) -> w.CarReturned:
        """The car goes back."""
        given = ["bill", "licence", "keys", "old_parts"] if checks is None else checks
        sent = {"return_checks": given, "contact_channel": "wechat", "signed_by": ADVISOR, **fields}
        return returning.return_car(w.ReturnCar(**sent), self.uow, self.task, self.org, OFFICE)

    def returned(self, lines: Any = None, **car: Any) -> None:
        """A whole visit."""
        self.finished(lines, **car)
        self.bill()
        assert self.explain().bill_outcome == "paid"
        assert self.hand_back().return_outcome == "returned"

    # -- beside the work ---------------------------------------------------------------------------------------

    def watch(self) -> w.PromiseWatched:
        """Is the promise in danger?"""
        return promising.watch_promise(w.WatchPromise(), self.uow, self.task, self.shop, OFFICE)

    def tell_delay(self, promised_at: Any, result: str = "told", **fields: Any) -> w.DelayRecorded:
        """The customer is called."""
        sent = {
            "delay_result": result,
            "delay_channel": "phone",
            "delay_promised_at": promised_at.isoformat() if promised_at else None,
            "delay_note": "配件晚到",
            "signed_by": ADVISOR,
            **fields,
        }
        return promising.record_delay(w.RecordDelay(**sent), self.uow, self.task, self.org, self.shop)

    def withdraw(self, by: str = ADVISOR, reason: str = "客户取消") -> m.OrderWithdrawn:
        """The starter withdraws."""
        form = m.WithdrawOrder(withdraw_requested=True, withdraw_reason=reason, withdrawn_by=by)
        return withdrawal.withdraw(form, self.uow, self.task, self.org)
