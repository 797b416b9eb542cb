"""Contracts with a past, made directly in the books, for tests of what they owe."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from tests.integration.contract_desk import issue_policy
from workers import debts, documents, ledger, policy
from workers.calendar import SHANGHAI
from workers.cases import Approved
from workers.ledger import Book, ContractRow, EntryKind, GoodsLine, LedgerEntry
from workers.policy import drafts
from workers.policy.rules import Draft

NOW = datetime(2026, 6, 30, 10, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()
SEALED = date(2026, 4, 1)
PRICE = Decimal("10000.00")


def at(day: date) -> datetime:
    """Ten in the morning of a day."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI)


def contract_of(
    session: Session,
    number: str = "HT-2026-8001",
    *,
    amount: Decimal = PRICE,
    terms: str = "T100",
    customer_no: str = "K0001",
    salesperson: str = "zhaolei",
    sealed_on: date = SEALED,
    needs_jointing: bool = False,
    ruling: policy.PolicyVersion | None = None,
) -> str:
    """A contract in force of one line, quantity 100, and in both books; nothing is delivered yet.

    Without `ruling` the sample policy is issued for it, in a database that has none.
    """
    if ruling is None:
        issue_policy(session)
        ruling = policy.in_force(session, TODAY)
    document = documents.file(
        session,
        number=number,
        kind="HT",
        case_no=number.replace("HT", "QC"),
        content=f"%PDF-1.7 {number}".encode(),
        media_type="application/pdf",
        filename=f"{number}-v1.pdf",
        at=at(sealed_on),
    )
    line = GoodsLine(
        line_no=1,
        product_no="P001",
        product_name="钢丝绳芯输送带",
        unit="米",
        specification="ST1250",
        unit_price=amount / 100,
        ordered=Decimal(100),
    )
    row = ContractRow(
        contract_no=number,
        version=1,
        case_no=number.replace("HT", "QC"),
        customer_no=customer_no,
        customer_name="北岭煤业有限公司(示例)",
        salesperson=salesperson,
        amount=amount,
        delivery_date=sealed_on,
        document_sha256=document.sha256,
        sealed_at=at(sealed_on),
        origin="opening",
        payment_terms=terms,
        policy_version=ruling.version_no,
        needs_jointing=needs_jointing,
        commission_permille=ruling.document.commission_permille,
        invoice_gate_percent=ruling.document.invoice_gate_percent,
    )
    ledger.enrol(session, row, [line])
    for book in Book:
        ledger.post(
            session,
            book,
            EntryKind.CONTRACT,
            number,
            amount,
            value_date=sealed_on,
            reference=f"{number} 第1版",
            posted_at=at(sealed_on),
            reference_sha256=document.sha256,
        )
    row.status = "in_force"
    session.flush()
    return number


def deliver(session: Session, number: str, on: date, quantity: int = 100, paper: str = "FH-1") -> None:
    """Goods are made, stored, sent, and the customer signs for them."""
    moved = (
        *((Book.SALES, kind) for kind in (EntryKind.PRODUCTION, EntryKind.INBOUND, EntryKind.DISPATCH)),
        (Book.FINANCE, EntryKind.DELIVERY),
    )
    for book, kind in moved:
        ledger.post(
            session,
            book,
            kind,
            number,
            None,
            value_date=on,
            reference=paper,
            posted_at=at(on),
            line_no=1,
            quantity=Decimal(quantity),
        )


def pay(
    session: Session, number: str, amount: str, on: date, reference: str = "流水1", posted: datetime = NOW
) -> debts.Received:
    """The bank's money is booked."""
    return debts.receive(
        session,
        contract_no=number,
        amount=Decimal(amount),
        value_date=on,
        bank_reference=reference,
        posted_at=posted,
        by="xuhong",
    )


def finance(session: Session, number: str, *kinds: EntryKind) -> list[LedgerEntry]:
    """The entries of these kinds in finance's book."""
    return ledger.entries(session, number, book=Book.FINANCE, kinds=kinds)


def rule_from(session: Session, day: date, **changes: object) -> None:
    """Another policy is issued from that day on."""
    before = policy.in_force(session, day)
    row_case = f"ZC-T-{day:%Y%m%d}"
    document = before.document.model_copy(update=changes)
    draft = Draft(title="新政策", reason="", valid_from=day, valid_to=None, document=document)
    drafts.save_draft(session, row_case, draft, "chenxiaoyan", NOW)
    row = drafts.current_draft(session, row_case)
    assert row is not None
    signed = [
        {"signer": who, "at": NOW.isoformat(), "reference": ""} for who in ("zhouminhua", "wangjianguo")
    ]
    drafts.put_in_force(session, row, Approved("policy", NOW, signed), NOW)
