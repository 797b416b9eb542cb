"""Plays the engine for the steps that change or terminate a contract, without an engine."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from tests.integration.contract_desk import (
    APPLICANT,
    COMPANY,
    KEEPER,
    NOW,
    ORG,
    TODAY,
    ContractDesk,
    Uploads,
)
from tests.pdf import SIGNED_PAPER
from workers import cases, debts, ledger
from workers.amendment import messages as m
from workers.amendment import tasks
from workers.calendar import OFFICE
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import Book, EntryKind
from workers.runtime import TaskContext

SALES, MONEY = Book.SALES, Book.FINANCE


class AmendmentDesk:
    """One amendment, handler by handler, with what the forms and the listeners would send."""

    def __init__(self, session: Session, contract_no: str) -> None:
        self.session, self.contract_no = session, contract_no
        self.now = NOW
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        self.case_no = ""

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the case."""
        key = "ContractAmendmentProcess"
        return TaskContext("task", "topic", self.case_no, "amendment", key, "step", None, self.now)

    def open(self, started_by: str = APPLICANT, **fields: Any) -> m.AmendmentOpened:
        """Start the case."""
        request = m.OpenAmendment(started_by=started_by, **fields)
        opened = tasks.open_amendment(request, self.uow, self.task, ORG, OFFICE)
        self.case_no = opened.case_no
        return opened

    def check(
        self, kind: str = "change", signed_by: str | None = APPLICANT, **fields: Any
    ) -> m.AmendmentChecked:
        """Send the amendment's form."""
        sent = {
            "contract_no": self.contract_no,
            "amendment_kind": kind,
            "amendment_reason": "客户要求",
            **fields,
        }
        form = m.CheckAmendment(signed_by=signed_by, **sent)
        return tasks.check_amendment(form, self.uow, self.task, ORG, OFFICE)

    def change(self) -> ContractDesk:
        """The change is asked for; returns the desk of the declaration that carries it, which is open."""
        if not self.case_no:
            self.open()
        assert self.check().amendment_outcome == "change"
        desk = ContractDesk(self.session)
        desk.open(started_by="salesflow", applicant=APPLICANT, amends_contract_no=self.contract_no)
        return desk

    def conclude(self) -> m.ChangeConcluded:
        """The called process has ended."""
        return tasks.conclude_change(m.ConcludeChange(), self.uow, self.task)

    def settle(self) -> m.TerminationSettled:
        """Put the termination on paper."""
        return tasks.settle_termination(m.SettleTermination(), self.uow, self.task, ORG, COMPANY, OFFICE)

    def approve(self, paper_no: str) -> None:
        """The paper's three signatures."""
        cases.set_approved(self.session, paper_no, "termination", self.now, [])

    def prepare(self) -> m.AgreementPrepared:
        """Hand the agreement out."""
        return tasks.prepare_agreement(m.PrepareAgreement(), self.uow, self.task, ORG, OFFICE)

    def terminate(
        self, by: str | None = KEEPER, scan: bytes | None = SIGNED_PAPER, **fields: Any
    ) -> m.ContractTerminated:
        """Register signature and seal."""
        sent = {
            "customer_decision": "signed",
            "customer_signer": "马志远",
            "customer_signed_on": TODAY.isoformat(),
            "objection": None,
            "seal_confirmed": True,
            "copies": "4",
            "seal_remark": "",
            **fields,
        }
        form = m.Terminate(signed_by=by, **sent)
        return tasks.terminate(form, self.uow, self.task, ORG, Uploads(scan))

    def send_back(self, comment: str = "条件不清") -> m.AmendmentReturned:
        """Give it back to the applicant."""
        return tasks.return_amendment(m.ReturnAmendment(return_comment=comment), self.uow, self.task, OFFICE)

    def close(self) -> m.AmendmentClosed:
        """The termination was rejected."""
        return tasks.close(m.CloseAmendment(), self.uow, self.task)

    def withdraw(self, by: str = APPLICANT, reason: Any = "客户改变了主意") -> m.AmendmentWithdrawn:
        """Withdraw the case."""
        form = m.WithdrawAmendment(withdraw_requested=True, withdraw_reason=reason, withdrawn_by=by)
        return tasks.withdraw(form, self.uow, self.task, ORG)

    def until_agreed(self) -> m.AgreementPrepared:
        """A termination that waits for the customer."""
        self.open()
        assert self.check("termination").amendment_outcome == "termination"
        settled = self.settle()
        assert settled.settlement_outcome == "ready", settled.form_errors
        assert settled.paper_no
        self.approve(settled.paper_no)
        return self.prepare()

    # -- what the departments book meanwhile -------------------------------------------------------------------

    def book(
        self, kind: EntryKind, amount: str | None, reference: str, book: Book = MONEY, **goods: Any
    ) -> None:
        """An entry of today."""
        ledger.post(
            self.session,
            book,
            kind,
            self.contract_no,
            Decimal(amount) if amount else None,
            value_date=TODAY,
            reference=reference,
            posted_at=self.now,
            **goods,
        )

    def receive(self, amount: str, reference: str = "银行回单1") -> None:
        """Finance books money of today."""
        debts.receive(
            self.session,
            contract_no=self.contract_no,
            amount=Decimal(amount),
            value_date=TODAY,
            bank_reference=reference,
            posted_at=self.now,
        )

    def make(self, quantity: str, line: int = 1, reference: str = "RK-1") -> None:
        """Goods are made and stored."""
        goods = {"line_no": line, "quantity": Decimal(quantity)}
        self.book(EntryKind.PRODUCTION, None, reference, SALES, **goods)
        self.book(EntryKind.INBOUND, None, reference, SALES, **goods)

    def send(self, quantity: str, line: int = 1, reference: str = "FH-1") -> None:
        """Goods go out."""
        self.book(EntryKind.DISPATCH, None, reference, SALES, line_no=line, quantity=Decimal(quantity))

    def deliver(self, quantity: str, line: int = 1, reference: str = "FH-1") -> None:
        """Goods are made, go out, and the customer signs for them."""
        self.make(quantity, line, reference)
        self.send(quantity, line, reference)
        self.book(EntryKind.DELIVERY, None, reference, line_no=line, quantity=Decimal(quantity))
