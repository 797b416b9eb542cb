"""An order of a car on the real engine, from a deal that the customer decided for."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.pdf import SIGNED_PAPER
from tests.process.contract.amending import called
from tests.process.office import PATIENCE_SECONDS, Office
from workers import calendar, cases, customers, debts, ledger, vehicles
from workers.calendar import SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.runtime.variables import FileValue

PROCESS, MODEL, PRICE, DEPOSIT = "VehicleOrderProcess", "QC01", Decimal("128000.00"), Decimal("20000.00")
TICKS = dict.fromkeys(
    ("outsideClean", "insideClean", "freeOfDefects", "functionsTested", "energyFilled", "papersReady"), True
)
_numbers = itertools.count(1)


class Order:
    """A case of this test alone, with a customer, a colour and cars of its own."""

    def __init__(self, office: Office, price: Decimal = PRICE, *, below_floor: bool = False) -> None:
        self.office, self.number = office, next(_numbers)
        self.colour = f"订单测试色{self.number}"
        version = office.policy()
        assert version is not None
        with UnitOfWork(office.app.sessions) as uow:
            self.sale_no = cases.next_case_no(uow.session, "XS", office.today.year)
            now, seller = calendar.now(), office.user("salesperson")
            phone = f"1391777{self.number:04d}"
            met = customers.meet(uow.session, phone=phone, name="钱多多", at=now, source="walk_in")
            self.customer_no = met.no
            cases.open_case(uow.session, self.sale_no, "vehicle_sale", seller, "赵磊", now)
            self.promised = (now + timedelta(days=7)).replace(hour=15, minute=0, second=0, microsecond=0)
            vehicles.agree(
                uow.session,
                self.sale_no,
                customer_no=self.customer_no,
                salesperson=seller,
                service_person=office.user("service_advisor"),
                model_no=MODEL,
                colour=self.colour,
                price=price,
                channel="phone",
                promised_at=self.promised,
                policy_version=version.version_no,
                below_floor=below_floor,
            )
        self.price = price
        path = f"/process-definition/key/{PROCESS}/start"
        variables = {"caseNo": {"value": self.sale_no, "type": "String"}}
        started = office.admin.post(path, {"businessKey": self.sale_no, "variables": variables})
        self.case = str(started["id"])

    # -- forms ---------------------------------------------------------------------------------------------------

    def do(self, post: str, step: str, **form: object) -> dict[str, Any]:
        """Somebody of the post does the step; returns what its form showed."""
        return self.office.desk(post).do(self.case, step, form)

    def again(self, post: str, step: str, **form: object) -> dict[str, Any]:
        """The same, for a form that comes back: waits for the next task of that step; returns what that one shows."""
        desk = self.office.desk(post)
        task = desk.await_task(self.case, step)
        desk.complete(task, form)
        return desk.form(self.office.await_next(self.case, step, task["id"]))

    def fill(self, **fields: object) -> dict[str, Any]:
        """The salesperson fills the contract."""
        sent = {"depositAmount": str(DEPOSIT), "promisedAt": self.promised.isoformat(), **fields}
        return self.do("salesperson", "Task_FillContract", **sent)

    def customer_signs(self) -> None:
        """The customer's signature is registered with its scan."""
        scan = FileValue("客户签署.pdf", SIGNED_PAPER, "application/pdf")
        self.do(
            "salesperson",
            "Task_SignContract",
            customerDecision="signed",
            customerSigner="钱多多",
            customerSignedOn=self.office.today.isoformat(),
            signedScan=scan,
        )

    def countersign(self, decision: str = "approve", comment: str = "同意") -> dict[str, Any]:
        """The sales manager decides on the signed contract."""
        self.office.await_at(self.case, "Task_Countersign")
        return self.office.sign_paper(self.contract_no, "sales_manager", decision, comment)

    def pay(self, step: str, amount: Decimal, reference: str = "", **fields: object) -> None:
        """Finance takes money in the case's own task."""
        sent = {
            "paymentAmount": str(amount),
            "paymentOn": self.office.today.isoformat(),
            "bankReference": reference or f"{self.sale_no} {step} {amount}",
            **fields,
        }
        self.do("finance", step, **sent)

    def money_arrives(self, amount: Decimal, reference: str) -> None:
        """Money comes by a bank statement instead: the order is told by a message."""
        with UnitOfWork(self.office.app.sessions) as uow:
            debts.receive(
                uow.session,
                contract_no=self.contract_no,
                amount=amount,
                value_date=self.office.today,
                bank_reference=f"{self.sale_no} {reference}",
                posted_at=calendar.now(),
            )

    def until_deposit(self) -> None:
        """A contract that is signed by both sides; finance has the deposit's task."""
        self.fill()
        self.customer_signs()
        self.countersign()
        self.office.await_step(self.case, "Task_ReceiveDeposit")

    def car(self, state: str = "in_stock") -> str:
        """A car of the order's model and colour; returns its VIN."""
        vin = f"LVTEST{next(_numbers):05d}{self.number:06d}"
        with UnitOfWork(self.office.app.sessions) as uow:
            vehicles.enter(uow.session, vin, MODEL, self.colour, state=state)
        return vin

    def declare(self, **fields: object) -> str:
        """Below the floor: the salesperson sends the declaration as it was filled; returns its instance's id."""
        case, desk = called(self.office, self.case), self.office.desk("salesperson")
        task = desk.await_task(case, "Task_FillDeclaration")
        shown = desk.form(task)
        names = (
            "customerNo",
            "salesperson",
            "deliveryDate",
            "paymentTerms",
            "remarks",
            "orderIntent",
            "lines",
        )
        desk.complete(task, {**{name: shown[name] for name in names}, "specialTerms": "", **fields})
        return case

    # -- what is behind ------------------------------------------------------------------------------------------

    @property
    def contract_no(self) -> str:
        """The contract's number."""
        return str(self.office.variables(self.case)["contractNo"])

    def timer_due(self) -> datetime:
        """When the delay's timer fires next."""
        return datetime.fromisoformat(self._timer()["dueDate"]).astimezone(SHANGHAI)

    def fire_timer(self, event: str = "Event_DelayWarning") -> None:
        """Let it fire now, through the engine's job interface."""
        self.office.admin.execute_job(self._timer(event)["id"])

    def _timer(self, event: str = "Event_DelayWarning") -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        query = {"processInstanceId": self.case, "activityId": event}
        while not (found := self.office.admin.get("/job", **query)):
            self.office.assert_no_incident(self.case)
            assert time.monotonic() < deadline, f"no timer: {self.office.where(self.case)}"
            time.sleep(0.1)
        return dict(found[0])

    def account(self) -> ledger.Account:
        """The contract's sums in the books."""
        with UnitOfWork(self.office.app.sessions) as uow:
            return ledger.account(uow.session, self.contract_no)

    def balance(self) -> Decimal:
        """What the customer is owed."""
        with UnitOfWork(self.office.app.sessions) as uow:
            return ledger.customer_balance(uow.session, self.customer_no)

    def found_car(self, vin: str) -> vehicles.Vehicle:
        """The car as the database has it."""
        with UnitOfWork(self.office.app.sessions) as uow:
            found = vehicles.find(uow.session, vin)
            assert found is not None
            return found


def errors(shown: Mapping[str, Any], name: str = "formErrors") -> str:
    """What a form says is wrong."""
    return "；".join(one["message"] for one in shown[name])
