"""Books to be closed: contracts that the company began with, booked in months that have passed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.process.office import Office
from workers import calendar, catalog, documents, ledger
from workers.calendar import SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import IN_FORCE, OPENING, Book, ContractRow, EntryKind, GoodsLine

K = EntryKind
MONTHS_BACK = 8
AMOUNT = Decimal(1000)


def month_to_close(office: Office) -> date:
    """The month that has to be closed next; a past one, as long as nobody has closed all of them."""
    with UnitOfWork(office.app.sessions) as uow:
        closed = ledger.last_closed(uow.session)
    today = calendar.now().date()
    index = today.year * 12 + today.month - 1 - MONTHS_BACK
    if closed is not None:
        index = closed.year * 12 + closed.month
    month = date(index // 12, index % 12 + 1, 1)
    assert month < today.replace(day=1), "every past month is closed"
    return month


def contract(office: Office, month: date, *, received: str = "500", salesperson: int = 1) -> str:
    """A contract over 1,000 yuan with 10 of 100 metres in stock and 20 delivered, booked in that month; its number."""
    at = datetime(month.year, month.month, 10, 9, 30, tzinfo=SHANGHAI)
    with UnitOfWork(office.app.sessions) as uow:
        session = uow.session
        known = select(func.count()).where(ContractRow.contract_no.like("HT-____-9%"))
        number = f"HT-{month.year}-9{(session.scalar(known) or 0) + 1:03d}"
        sha256 = _enrol(session, number, office.user("salesperson", salesperson), at)
        for book in Book:
            post(session, book, K.CONTRACT, number, at, AMOUNT, reference_sha256=sha256)
        for kind in (K.PRODUCTION, K.INBOUND):
            post(session, Book.SALES, kind, number, at, line_no=1, quantity=Decimal(30))
        post(session, Book.SALES, K.DISPATCH, number, at, line_no=1, quantity=Decimal(20))
        post(session, Book.FINANCE, K.DELIVERY, number, at, line_no=1, quantity=Decimal(20))
        if Decimal(received):
            post(session, Book.FINANCE, K.RECEIPT, number, at, Decimal(received))
    return number


def post(
    session: Session,
    book: Book,
    kind: EntryKind,
    number: str,
    at: datetime,
    amount: Decimal | None = None,
    **fields: Any,
) -> None:
    """An entry from a paper of its own."""
    papers = len(ledger.entries(session, number)) + 1
    known = {"value_date": at.date(), "reference": f"{number} 单据{papers}", "posted_at": at}
    ledger.post(session, book, kind, number, amount, **{**known, **fields})


def _enrol(session: Session, number: str, salesperson: str, at: datetime) -> str:
    # a customer of its own: the contract's past makes it overdue, and others would find the customer on hold
    customer = catalog.customer(session, "KM001")
    if customer is None:
        customer = catalog.Customer(no="KM001", name="月结客户(示例)")
        session.add(customer)
        session.flush()
    document = documents.file(
        session,
        number=number,
        kind="HT",
        case_no=f"期初 {number}",
        content=f"%PDF-1.7 {number}".encode(),
        media_type="application/pdf",
        filename=f"{number}.pdf",
        at=at,
    )
    row = ContractRow(
        contract_no=number,
        version=1,
        case_no=f"期初 {number}",
        customer_no=customer.no,
        customer_name=customer.name,
        salesperson=salesperson,
        amount=AMOUNT,
        delivery_date=at.date(),
        document_sha256=document.sha256,
        sealed_at=at,
        origin=OPENING,
        payment_terms="T100",
        policy_version=1,
        commission_permille=12,
        invoice_gate_percent=Decimal(60),
    )
    ledger.enrol(session, row, [GoodsLine(1, "P001", "输送带", "米", "ST1250", Decimal(10), Decimal(100))])
    row.status = IN_FORCE
    session.flush()
    return document.sha256
