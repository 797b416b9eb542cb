"""A visit to the workshop on the shared installation, step by step as its people take it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from tests.process.follow_up.visit import Visit, await_job, new_phone
from tests.process.office import Office
from workers.database.unit_of_work import UnitOfWork
from workers.follow_up.store import FollowUp
from workers.service import load_workshop, promise
from workers.service.promising import standing
from workers.service.store import ServiceOrder

PROCESS = "VehicleServiceProcess"
STARTER, ADVISOR, DISPATCHER, QUALITY, FINANCE = "fengli", "jiangnan", "dengkai", "linxue", "xuhong"
MANAGER = "hanbin"
Form = Mapping[str, object]
Shown = dict[str, Any]

LINES = [{"productNo": "GS01", "quantity": "1"}, {"productNo": "LJ01", "quantity": "1"}]
"""An hour at 120.00 and a set at 360.00."""
EXTRA = [
    {"productNo": "LJ04", "quantity": "1", "reason": "前制动片已到极限"},
    {"productNo": "LJ06", "quantity": "1", "reason": "电瓶亏电"},
]
RETURNED = {"returnChecks": ["bill", "licence", "keys", "old_parts"], "contactChannel": "wechat"}


def new_vin() -> str:
    """A car that no other test has."""
    return f"LTEST{random.randrange(10**12):012d}"


def new_plate() -> str:
    """A plate that no other test has."""
    return f"苏D{random.randrange(10**5):05d}"


@dataclass
class Garage:
    """One visit: its process instance."""

    office: Office
    case: str

    @classmethod
    def called(cls, office: Office) -> Garage:
        """A customer calls; the advisor files it by Tasklist's start form."""
        form = {
            "callerPhone": new_phone(),
            "callerName": "马文涛",
            "plate": new_plate(),
            "wish": "保养，刹车响",
        }
        return cls(office, office.desk_of(STARTER).start(PROCESS, form))

    @property
    def number(self) -> str:
        """The case's number."""
        return self.office.case_no(self.case)

    @property
    def order(self) -> ServiceOrder:
        """The order as the database holds it."""
        with UnitOfWork(self.office.app.sessions) as uow:
            return uow.session.get_one(ServiceOrder, self.number)

    def do(self, user: str, step: str, form: Form | Callable[[Shown], Form]) -> Shown:
        """Somebody completes a step; `form` may be made from what is shown. Returns what was shown."""
        self.office.await_step(self.case, step)
        desk = self.office.desk_of(user)
        task = desk.await_task(self.case, step)
        shown = desk.form(task)
        desk.complete(task, form(shown) if callable(form) else form)
        return shown

    # -- W1-W3 -------------------------------------------------------------------------------------------------

    def book(self, action: str = "book", **fields: object) -> Shown:
        """The starter agrees the last time that is offered, or does something else with the appointment."""

        def form(shown: Shown) -> Form:
            offered = shown["appointmentOptions"][-1]["value"]
            kept = ("callerPhone", "callerName", "plate", "carModel", "vin", "wish", "plannedHours")
            sent = {key: shown.get(key) for key in kept}
            return {**sent, "appointmentAt": offered, "bookingAction": action, **fields}

        return self.do(STARTER, "Task_BookAppointment", form)

    def receive(self, **fields: object) -> Shown:
        """The customer comes."""
        car = {
            "receiveAction": "arrived",
            "vin": new_vin(),
            "carModel": "远山轻舟",
            "mileage": "42000",
            "receiveNote": "左前门有划痕",
        }
        return self.do(ADVISOR, "Task_ReceiveCar", lambda shown: {**car, "plate": shown["plate"], **fields})

    def write(self, **fields: object) -> Shown:
        """The work order, promised for the time that the form suggests."""
        return self.do(
            ADVISOR,
            "Task_WriteWorkOrder",
            lambda shown: {
                "words": "刹车响",
                "workLines": LINES,
                "promisedAt": shown["promisedAt"],
                **fields,
            },
        )

    def confirm(self, decision: str = "agreed", note: str = "") -> Shown:
        """What the customer says to the estimate."""
        form = {"confirmDecision": decision, "confirmNote": note}
        return self.do(ADVISOR, "Task_ConfirmEstimate", form)

    def confirmed(self) -> Garage:
        """A visit whose estimate the customer has agreed to."""
        self.book()
        self.receive()
        self.write()
        self.confirm()
        return self

    # -- W4-W8 -------------------------------------------------------------------------------------------------

    def dispatch(self, technician: str = "caojun") -> Shown:
        """The dispatcher gives the work to somebody."""
        return self.do(DISPATCHER, "Task_Dispatch", {"chosenTechnician": technician})

    def diagnose(self, extra: object = None, findings: str = "制动片磨损") -> Shown:
        """What the technician finds."""
        return self.do("caojun", "Task_Diagnose", {"findings": findings, "extraLines": extra})

    def answer(self, *answers: str, **fields: object) -> Shown:
        """What the customer says to each additional item."""

        def form(shown: Shown) -> Form:
            rows = [{**row, "answer": said} for row, said in zip(shown["extraRows"], answers, strict=False)]
            sent = {"extraResult": "reached", "extraChannel": "phone", "extraNote": "已说明"}
            return {**sent, "extraRows": rows, "extraPromisedAt": shown["extraPromisedAt"], **fields}

        return self.do(ADVISOR, "Task_AgreeExtra", form)

    def repair(self, **fields: object) -> Shown:
        """What was done, as agreed unless said otherwise."""
        return self.do(
            "caojun",
            "Task_Repair",
            lambda shown: {"repairRows": shown["repairRows"], "findings": "已更换", **fields},
        )

    def check(self, result: str | None = "passed", found: str = "") -> Shown:
        """The final check."""
        return self.do(QUALITY, "Task_CheckQuality", {"checkResult": result, "checkFindings": found})

    # -- W9, W10 -----------------------------------------------------------------------------------------------

    def explain(self, **fields: object) -> Shown:
        """The bill is explained, and paid at the counter unless said otherwise."""
        paid = {"paymentWay": "counter", "paymentReference": f"收{self.number}"}
        return self.do(
            ADVISOR, "Task_ExplainBill", {"explained": True, "detailsWanted": "yes", **paid, **fields}
        )

    def hand_back(self, **fields: object) -> Shown:
        """The car goes back."""
        return self.do(STARTER, "Task_ReturnCar", {**RETURNED, **fields})

    def followed_up(self, **fields: object) -> FollowUp:
        """The customer is contacted and content; the visit ends with that."""
        self.office.await_at(self.case, "Task_FollowUp")
        number = str(self.office.variables(self.case)["followUpNo"])
        instance = self.office.instance("FollowUpProcess", number)
        order = self.order
        visit = Visit(self.office, number, self.number, order.customer_no or "", instance)
        visit.reach_the_time()
        visit.contact("satisfied", user=STARTER, **fields)
        self.office.await_end(instance, "Event_Satisfied")
        return visit.row

    # -- time --------------------------------------------------------------------------------------------------

    def timer(self, event: str) -> datetime:
        """When the event's timer is due."""
        return datetime.fromisoformat(await_job(self.office, self.case, event)["dueDate"])

    def fire(self, event: str) -> None:
        """Let the event's timer fire now, through the engine's job interface."""
        job = await_job(self.office, self.case, event)
        self.office.admin.post(f"/job/{job['id']}/execute", {})

    def look_again_at(self, now: datetime) -> datetime:
        """When the promise has to be looked at again, from what the database holds of it."""
        shop = load_workshop(self.office.app.settings.config_dir / "service.yaml")
        ruling = self.office.policy()
        assert ruling is not None
        with UnitOfWork(self.office.app.sessions) as uow:
            here = standing(uow.session, uow.session.get_one(ServiceOrder, self.number))
        return promise.look_again_at(here, now, ruling.document.delay_warning_hours, shop)

    def days_pass(self, days: int = 3) -> None:
        """As if the promise had been given some days ago: its time is past."""
        moved = {
            name: getattr(self.order, name) - timedelta(days=days)
            for name in ("promised_at", "promise_given_at")
        }
        with UnitOfWork(self.office.app.sessions) as uow:
            uow.session.execute(
                update(ServiceOrder).where(ServiceOrder.case_no == self.number).values(**moved)
            )
