"""A customer who owes something, on the shared installation: a contract with a past, money, and the collection."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import update

from tests.integration.debts_desk import contract_of, deliver
from tests.process.office import PATIENCE_SECONDS, Office
from workers import calendar, debts, ledger, policy
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import Book, EntryKind
from workers.receivables import collecting
from workers.receivables.store import CollectionContact

PROCESS = "OverdueCollectionProcess"
_NUMBERS = count(1)
AMOUNT = Decimal("10000.00")


@dataclass
class Debtor:
    """One overdue contract of 10,000 yuan, of a customer of its own, and its collection once there is one."""

    office: Office
    contract_no: str
    customer_no: str
    case_no: str = ""
    case: str = ""
    """The process instance's id."""

    @classmethod
    def late(cls, office: Office, days: int, *, customer_no: str = "", commission: str = "") -> Debtor:
        """Goods were delivered, and due, `days` days ago; with commission, a tenth was paid and has earned it."""
        number = next(_NUMBERS)
        contract_no, customer = f"HT-2020-{number:04d}", customer_no or f"K9{number:03d}"
        due = office.today - timedelta(days=days)
        ruling = office.policy()
        assert ruling is not None
        with UnitOfWork(office.app.sessions) as uow:
            contract_of(
                uow.session,
                contract_no,
                customer_no=customer,
                salesperson=office.user("salesperson"),
                sealed_on=due - timedelta(days=30),
                ruling=ruling,
            )
            deliver(uow.session, contract_no, due, paper=f"FH-{contract_no}")
        debtor = cls(office, contract_no, customer)
        if commission:
            debtor.pay("1000.00", due)
            with UnitOfWork(office.app.sessions) as uow:
                ledger.post(
                    uow.session,
                    Book.SALES,
                    EntryKind.COMMISSION,
                    contract_no,
                    Decimal(commission),
                    value_date=due,
                    reference=f"计提-{contract_no}",
                    posted_at=calendar.now(),
                )
        return debtor

    def collect(self) -> Debtor:
        """The daily look at the books begins the collection; waits until its case has been assessed."""
        with UnitOfWork(self.office.app.sessions) as uow:
            collecting.start_all(uow.session, calendar.now())
        with UnitOfWork(self.office.app.sessions) as uow:
            found = debts.open_case_of(uow.session, self.contract_no)
        assert found is not None
        self.case_no = found
        self.case = self.office.instance(PROCESS, found)
        return self

    def pay(self, amount: str, on: date | None = None) -> debts.Received:
        """Money arrives."""
        with UnitOfWork(self.office.app.sessions) as uow:
            return debts.receive(
                uow.session,
                contract_no=self.contract_no,
                amount=Decimal(amount),
                value_date=on or self.office.today,
                bank_reference=f"{self.contract_no}-{next(_NUMBERS)}",
                posted_at=calendar.now(),
                by=self.office.user("finance"),
            )

    def pay_all(self) -> None:
        """Principal and interest to the last fen."""
        place = self.position()
        self.pay(str(place.outstanding + place.interest_owed))

    def settle(self) -> None:
        """Everything is paid, and the case ends: by the message, or by a look at the debt that came first."""
        self.pay_all()
        ends = {"Event_SettledByPayment", "Event_Settled"}
        deadline = calendar.now() + timedelta(seconds=PATIENCE_SECONDS)
        while self.office.admin.get(f"/history/process-instance/{self.case}")["state"] == "ACTIVE":
            self.office.assert_no_incident(self.case)
            assert calendar.now() < deadline, f"still open: {self.office.where(self.case)}"
            time.sleep(0.1)
        assert ends & {one["activityId"] for one in self.office.passed(self.case)}

    def give_everything_back(self) -> None:
        """The goods come back, so that nothing is due any more and no money has come."""
        with UnitOfWork(self.office.app.sessions) as uow:
            due = debts.due_items(uow.session, self.contract_no, self.office.today)[0].due_on
            for book in (Book.FINANCE, Book.SALES):
                ledger.post(
                    uow.session,
                    book,
                    EntryKind.RETURN,
                    self.contract_no,
                    None,
                    value_date=due,
                    reference=f"TH-{self.contract_no}",
                    posted_at=calendar.now(),
                    line_no=1,
                    quantity=Decimal(100),
                )

    def position(self) -> debts.Position:
        """What is owed today."""
        with UnitOfWork(self.office.app.sessions) as uow:
            return debts.position(uow.session, self.contract_no, self.office.today)

    def hold(self) -> debts.Hold | None:
        """The hold on the customer."""
        with UnitOfWork(self.office.app.sessions) as uow:
            return debts.hold_of(uow.session, self.customer_no)

    def policy(self) -> policy.PolicyDocument:
        """The policy in force."""
        found = self.office.policy()
        assert found is not None
        return found.document

    # -- people ------------------------------------------------------------------------------------------------

    def send_letter(self, **fields: object) -> dict[str, Any]:
        """Sales operations sends the letter; returns what the form showed."""
        form = {
            "reminderSentOn": self.office.today.isoformat(),
            "reminderWay": "courier",
            "trackingNo": "SF1234567890",
            **fields,
        }
        return self.office.desk("sales_operations").do(self.case, "Task_SendReminder", form)

    def call(self, **fields: object) -> dict[str, Any]:
        """The contract's salesperson calls; returns what the form showed."""
        form = {
            "callOutcome": "promised",
            "promisedOn": self.office.soon(5),
            "nextContactOn": None,
            "callNote": "客户承诺月底前付清",
            **fields,
        }
        return self.office.desk("salesperson").do(self.case, "Task_CallDebtor", form)

    def report(self, outcome: str, next_on: str | None = None, note: str = "法院已受理") -> dict[str, Any]:
        """Legal reports on the litigation; returns what the form showed."""
        form = {"litigationOutcome": outcome, "litigationNextOn": next_on, "litigationNote": note}
        return self.office.desk("legal").do(self.case, "Task_Litigate", form)

    def sign_litigation(self, decision: str = "approve", comment: str = "同意起诉") -> dict[str, Any]:
        """The general manager decides on the paper; returns what the form showed."""
        called = self.await_called()
        number = self.office.case_no(called)
        return self.office.sign_paper(number, "general_manager", decision, comment)

    def await_called(self) -> str:
        """The instance in which the newest litigation paper is signed."""
        self.await_activity("Task_ApproveLitigation")
        number = str(self.office.variables(self.case)["paperNo"])
        return self.office.instance("PaperApprovalProcess", number)

    # -- time --------------------------------------------------------------------------------------------------

    def the_agreed_day_comes(self) -> None:
        """What was agreed for a later day was agreed for today: as if time had passed."""
        change = update(CollectionContact).where(CollectionContact.case_no == self.case_no)
        with UnitOfWork(self.office.app.sessions) as uow:
            uow.session.execute(change.values(next_on=self.office.today))

    def timer(self, event: str) -> datetime:
        """When the event's timer is due."""
        return datetime.fromisoformat(self._job(event)["dueDate"])

    def fire(self, event: str) -> datetime:
        """Let the event's timer fire now, through the engine's job interface; returns when it was due."""
        job = self._job(event)
        self.office.admin.post(f"/job/{job['id']}/execute", {})
        return datetime.fromisoformat(job["dueDate"])

    def _job(self, event: str) -> dict[str, Any]:
        self.await_subscription(event)
        found = self.office.admin.get("/job", processInstanceId=self.case, activityId=event)
        assert len(found) == 1, found
        return dict(found[0])

    def await_subscription(self, event: str) -> None:
        """Wait until the event's timer exists."""
        self._await(
            lambda: self.office.admin.get("/job", processInstanceId=self.case, activityId=event), event
        )

    def await_activity(self, activity: str) -> None:
        """Wait until the case stands in the activity."""
        self._await(lambda: activity in self.office.where(self.case), activity)

    def await_passed(self, activity: str, times: int = 1) -> None:
        """Wait until the case has left the activity so often."""

        def often() -> bool:
            passed = self.office.passed(self.case)
            return sum(one["activityId"] == activity and bool(one["endTime"]) for one in passed) >= times

        self._await(often, activity)

    def _await(self, holds: Any, what: str) -> None:
        deadline = calendar.now() + timedelta(seconds=PATIENCE_SECONDS)
        while not holds():
            self.office.assert_no_incident(self.case)
            assert calendar.now() < deadline, f"no {what}: {self.office.where(self.case)}"
            time.sleep(0.1)


def first_moment(day: date) -> datetime:
    """Midnight in Shanghai, when stages change."""
    return collecting.start_of(day)
