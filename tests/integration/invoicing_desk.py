"""Plays the engine for the steps of invoices and jointing work, on contracts made directly in the books."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from tests.integration.contract_desk import COMPANY, ORG, Uploads, issue_policy
from tests.pdf import SIGNED_PAPER
from workers import cases, debts, documents, ledger, policy
from workers.calendar import OFFICE, SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.invoicing import credit_issue, credit_notes, tasks
from workers.invoicing import messages as m
from workers.jointing import messages as j
from workers.jointing import tasks as jointing
from workers.ledger import Book, ContractRow, EntryKind, GoodsLine
from workers.runtime import TaskContext

NOW = datetime(2026, 6, 30, 10, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()
KEEPER, FINANCE, OTHER = "liuyang", "xuhong", "wangjianguo"
ROWS: list[dict[str, object]] = [
    {"lineNo": "1", "amount": "600.00", "taxRate": "13"},
    {"lineNo": "2", "amount": "400.00", "taxRate": "9"},
]
"""The whole of the two lines."""


def goods_line(line_no: int, ordered: str, price: str = "10.00") -> GoodsLine:
    """A line of a contract, in metres."""
    return GoodsLine(
        line_no=line_no,
        product_no=f"P00{line_no}",
        product_name=f"输送带{line_no}",
        unit="米",
        specification="ST1250",
        unit_price=Decimal(price),
        ordered=Decimal(ordered),
    )


def opening_contract(
    session: Session,
    number: str,
    *,
    at: datetime = NOW,
    lines: list[GoodsLine] | None = None,
    needs_jointing: bool = False,
    customer: tuple[str, str] = ("K0001", "北岭煤业有限公司(示例)"),
) -> str:
    """A contract of 1,000 yuan in force, in both books, with its document and the case of its fulfilment."""
    lines = lines or [goods_line(1, "60"), goods_line(2, "40")]
    sealed = at - timedelta(days=5)
    case_no = number.replace("HT", "QC")
    cases.open_case(session, case_no, "opening", KEEPER, "刘洋", sealed)
    cases.open_case(session, number, "fulfilment", KEEPER, "刘洋", sealed)
    document = documents.file(
        session,
        number=number,
        kind="HT",
        case_no=case_no,
        content=f"%PDF-1.7 {number}".encode(),
        media_type="application/pdf",
        filename=f"{number}-v1.pdf",
        at=sealed,
    )
    ruling = policy.in_force(session, at.astimezone(SHANGHAI).date())
    row = ContractRow(
        contract_no=number,
        version=1,
        case_no=case_no,
        customer_no=customer[0],
        customer_name=customer[1],
        salesperson="zhaolei",
        amount=sum((line.amount for line in lines), Decimal(0)),
        delivery_date=sealed.date(),
        document_sha256=document.sha256,
        sealed_at=sealed,
        origin=ledger.OPENING,
        payment_terms="T30-70",
        policy_version=ruling.version_no,
        needs_jointing=needs_jointing,
        commission_permille=12,
        invoice_gate_percent=Decimal(60),
    )
    ledger.enrol(session, row, lines)
    for book in Book:
        ledger.post(
            session,
            book,
            EntryKind.CONTRACT,
            number,
            row.amount,
            value_date=sealed.date(),
            reference=f"{number} 第1版",
            posted_at=at,
            reference_sha256=document.sha256,
        )
    row.status = ledger.IN_FORCE
    session.flush()
    return number


class InvoicingDesk:
    """One contract and its strands, handler by handler, with what forms and listeners would send."""

    def __init__(self, session: Session, number: str = "HT-2026-8101", **contract: Any) -> None:
        self.session = session
        self.now = NOW
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        issue_policy(session)
        self.case_no = self.number = opening_contract(session, number, **contract)
        self.instance = "strand-1"

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the case."""
        key = "CreditNoteProcess" if self.case_no.startswith("HZ") else "InvoicingProcess"
        return TaskContext("task", "topic", self.case_no, self.instance, key, "activity", None, self.now)

    @property
    def account(self) -> ledger.Account:
        """The contract's sums."""
        return ledger.account(self.session, self.number)

    def pay(self, amount: str, reference: str | None = None) -> None:
        """The bank's money is booked."""
        debts.receive(
            self.session,
            contract_no=self.number,
            amount=Decimal(amount),
            value_date=TODAY,
            bank_reference=reference or f"{self.number}-{amount}",
            posted_at=self.now,
            by=FINANCE,
        )

    def entries(self, book: Book, *kinds: EntryKind) -> list[Decimal]:
        """The amounts of the contract's entries of these kinds."""
        return [one.amount for one in ledger.entries(self.session, self.number, book=book, kinds=kinds)]

    def approve(self, paper_no: str | None, stage: str) -> None:
        """Everybody has signed the paper."""
        assert paper_no is not None
        signed = {"postName": "财务副总", "signerName": "周敏华", "at": NOW.isoformat(), "comment": "同意"}
        cases.set_approved(self.session, paper_no, stage, NOW, [signed])

    # -- invoices ----------------------------------------------------------------------------------------------

    def check_gate(self, reissue: object = None) -> m.GateChecked:
        """Read the receipts anew."""
        return tasks.check_gate(m.CheckGate(reissue=reissue), self.uow, self.task, OFFICE)

    def ask(self, rows: object = None, by: str | None = KEEPER, reason: object = "") -> m.RequestPrepared:
        """Sales operations asks for an invoice."""
        form = m.PrepareRequest(
            invoice_rows=ROWS if rows is None else rows, request_reason=reason, signed_by=by
        )
        return tasks.prepare_request(form, self.uow, self.task, ORG, COMPANY)

    def send_back(self, comment: object = "税率有误") -> m.RequestReturned:
        """The signer returns the request."""
        return tasks.return_request(m.ReturnRequest(return_comment=comment), self.uow, self.task, OFFICE)

    def allow(self) -> m.InvoiceAllowed:
        """The request is signed."""
        return tasks.allow_invoice(m.AllowInvoice(), self.uow, self.task, ORG, COMPANY, OFFICE)

    def record(self, number: object, by: str | None = FINANCE, **fields: Any) -> m.InvoiceRecorded:
        """Finance registers the invoice."""
        sent = {"invoice_number": number, "invoice_date": TODAY.isoformat(), **fields}
        return tasks.record_invoice(m.RecordInvoice(signed_by=by, **sent), self.uow, self.task, ORG)

    def invoice(self, number: str, rows: object = None) -> str:
        """An invoice all the way; the number of its request."""
        asked = self.ask(rows)
        assert asked.form_errors == []
        self.approve(asked.paper_no, "invoice_request")
        self.allow()
        assert self.record(number).form_errors == []
        return str(asked.paper_no)

    # -- credit notes ------------------------------------------------------------------------------------------

    def open_credit(self, started_by: str = FINANCE, **fields: Any) -> m.CreditNoteOpened:
        """Start a credit note; the desk works on its case from now on."""
        self.instance = "credit-1"
        request = m.OpenCreditNote(started_by=started_by, **fields)
        self.case_no = "HZ"
        opened = credit_notes.open_credit_note(request, self.uow, self.task, ORG, OFFICE)
        self.case_no = opened.case_no
        return opened

    def ask_credit(
        self, number: object, reason: object = "税率开错", by: str | None = FINANCE
    ) -> m.CreditNoteChecked:
        """Finance asks for the correction."""
        form = m.CheckCreditNote(corrected_invoice=number, credit_reason=reason, signed_by=by)
        return credit_notes.check_credit_note(form, self.uow, self.task, ORG, COMPANY)

    def allow_credit(self) -> m.CreditNoteAllowed:
        """The request is signed."""
        return credit_issue.allow_credit_note(m.AllowCreditNote(), self.uow, self.task, ORG, COMPANY, OFFICE)

    def record_credit(
        self, number: object, by: str | None = FINANCE, day: object = TODAY.isoformat()
    ) -> m.CreditNoteRecorded:
        """Finance registers the credit note."""
        form = m.RecordCreditNote(invoice_number=number, invoice_date=day, signed_by=by)
        return credit_issue.record_credit_note(form, self.uow, self.task, ORG)

    def withdraw(
        self, by: str = FINANCE, reason: object = "弄错了", requested: object = True
    ) -> m.CreditNoteWithdrawn:
        """Finance withdraws the case."""
        form = m.WithdrawCreditNote(withdraw_requested=requested, withdraw_reason=reason, withdrawn_by=by)
        return credit_notes.withdraw_credit_note(form, self.uow, self.task, ORG)

    # -- jointing ----------------------------------------------------------------------------------------------

    def check_payment(self) -> j.PaymentChecked:
        """Read the receipts anew."""
        return jointing.check_payment(j.CheckPayment(), self.uow, self.task, OFFICE)

    def order(self, by: str | None = KEEPER, **fields: Any) -> j.OrderPrepared:
        """Sales operations orders the work."""
        sent: Mapping[str, Any] = {
            "jointing_site": "一号矿井",
            "jointing_planned_on": (TODAY + timedelta(days=3)).isoformat(),
            "jointing_team": "王强",
            "jointing_work": "硫化接头4个",
            **fields,
        }
        form = j.PrepareOrder(signed_by=by, **sent)
        return jointing.prepare_order(form, self.uow, self.task, ORG, COMPANY)

    def return_order(self) -> j.OrderReturned:
        """The sales manager returns the order."""
        form = j.ReturnOrder(return_comment="换一个班组")
        return jointing.return_order(form, self.uow, self.task, OFFICE)

    def dispatch(self) -> j.Dispatched:
        """The order is signed."""
        return jointing.dispatch(j.Dispatch(), self.uow, self.task, ORG, COMPANY, OFFICE)

    def accept(
        self, scan: bytes | None = SIGNED_PAPER, by: str | None = KEEPER, **fields: Any
    ) -> j.AcceptanceRecorded:
        """Sales operations registers the report."""
        sent = {
            "acceptance_result": "accepted",
            "acceptance_signer": "马志远",
            "acceptance_done_on": TODAY.isoformat(),
            **fields,
        }
        form = j.RecordAcceptance(signed_by=by, **sent)
        return jointing.record_acceptance(form, self.uow, self.task, ORG, COMPANY, Uploads(scan))
