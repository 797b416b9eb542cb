"""What happens beside a contract's goods: money, amendments, termination, as their own rooms commit it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from sqlalchemy.orm import Session

from tests.process.office import Office
from workers import calendar, debts, documents, ledger, signals
from workers.catalog import Customer
from workers.contract import effect
from workers.contract.store import ContractLine, ContractVersion, SealUse
from workers.database.unit_of_work import UnitOfWork
from workers.demo.goods import Goods
from workers.ledger import Book, EntryKind


def contract(office: Office, *quantities: str, **fields: object) -> Goods:
    """A contract in force over a line for each quantity, of products that need no jointing."""
    lines = [office.line(3 + number, quantity=quantity) for number, quantity in enumerate(quantities)]
    return Goods(office, office.sealed_contract(lines=lines, **fields))


def new_customer(office: Office) -> str:
    """A customer whom no other test knows; the number."""
    number = f"KH{uuid4().hex[:8]}"
    with UnitOfWork(office.app.sessions) as uow:
        uow.session.add(
            Customer(no=number, name=f"客户{number}", tax_no=number, address="示例市", contact="", phone="")
        )
    return number


@contextmanager
def books(goods: Goods) -> Iterator[Session]:
    """A transaction that holds the contract's lock."""
    with UnitOfWork(goods.company.app.sessions) as uow:
        ledger.lock_contract(uow.session, goods.number)
        yield uow.session


def line(goods: Goods, number: int = 1) -> ledger.GoodsLine:
    """A line's quantities."""
    with books(goods) as session:
        return next(one for one in ledger.goods(session, goods.number) if one.line_no == number)


def account(goods: Goods) -> ledger.Account:
    """The contract's sums."""
    with books(goods) as session:
        return ledger.account(session, goods.number)


def pay(goods: Goods, amount: Decimal | None = None, *, invoice: bool = False) -> None:
    """The customer's money, all that is outstanding unless said; with it the invoice over all that has none."""
    with books(goods) as session:
        open_amount = ledger.account(session, goods.number).outstanding
        debts.receive(
            session,
            contract_no=goods.number,
            amount=open_amount if amount is None else amount,
            value_date=goods.company.today,
            bank_reference=f"{goods.number}/{calendar.now().isoformat()}",
            posted_at=calendar.now(),
        )
        if invoice:
            account = ledger.account(session, goods.number)
            ledger.post(
                session,
                Book.FINANCE,
                EntryKind.INVOICE,
                goods.number,
                account.amount - account.invoiced,
                value_date=goods.company.today,
                reference=f"发票 {goods.number}/{calendar.now().isoformat()}",
                posted_at=calendar.now(),
            )


def await_read(office: Office, number: str) -> None:
    """Wait until no fact of the contract is unread."""
    deadline = time.monotonic() + 60
    while True:
        with UnitOfWork(office.app.sessions) as uow:
            later = signals.unread(uow.session, calendar.now() + timedelta(minutes=1))
            unread = [one.message for one in later if one.business_key == number]
        if not unread:
            return
        assert time.monotonic() < deadline, unread
        time.sleep(0.1)


def scrap(goods: Goods, quantity: str, number: int = 1) -> None:
    """A stock-take finds goods missing."""
    with books(goods) as session:
        ledger.post(
            session,
            Book.SALES,
            EntryKind.SCRAP,
            goods.number,
            None,
            value_date=goods.company.today,
            reference=f"盘点 {calendar.now().isoformat()}",
            posted_at=calendar.now(),
            line_no=number,
            quantity=Decimal(quantity),
        )


def give_up(goods: Goods) -> None:
    """What is outstanding is written off, and the strands are told."""
    with books(goods) as session:
        ledger.post(
            session,
            Book.FINANCE,
            EntryKind.WRITE_OFF,
            goods.number,
            ledger.account(session, goods.number).outstanding,
            value_date=goods.company.today,
            reference=f"核销 {goods.number}",
            posted_at=calendar.now(),
            reason="客户破产",
        )
        debts.tell_strands(session, ledger.contract(session, goods.number), "核销")


def amend(goods: Goods, ordered: Mapping[int, str], needs_jointing: bool | None = None) -> None:
    """An amendment comes into force: lines keep everything but their quantity; the strands are told."""
    with books(goods) as session:
        now, row = calendar.now(), ledger.contract(session, goods.number)
        lines = [
            replace(one, ordered=Decimal(ordered.get(one.line_no, one.ordered)))
            for one in ledger.goods(session, goods.number)
        ]
        amount = sum((one.amount for one in lines), Decimal(0))
        document = _sealed_document(session, row, amount, lines)
        ledger.amend(
            session,
            goods.number,
            version=document.version,
            amount=amount,
            delivery_date=row.delivery_date,
            document_sha256=document.sha256,
            lines=lines,
            value_date=now.date(),
            posted_at=now,
            needs_jointing=needs_jointing,
        )
        effect.wake(session, goods.number, f"amendment {document.version}")


def _sealed_document(
    session: Session, row: ledger.ContractRow, amount: Decimal, lines: list[ledger.GoodsLine]
) -> documents.Document:
    """The amended contract's document, its version and the use of the seal on it."""
    document = documents.file(
        session,
        number=row.contract_no,
        kind="HT",
        case_no=row.case_no,
        content=f"%PDF-1.7 {row.contract_no} {amount}".encode(),
        media_type="application/pdf",
        filename=f"{row.contract_no}-v{row.version + 1}.pdf",
        at=calendar.now(),
    )
    before = session.get_one(ContractVersion, (row.contract_no, row.version))
    kept = {column.key: getattr(before, column.key) for column in ContractVersion.__table__.columns}
    changed = {
        "version": document.version,
        "declaration_revision": before.declaration_revision + 1,
        "document_sha256": document.sha256,
        "total": amount,
    }
    stated = ("line_no", "product_no", "product_name", "unit", "specification", "unit_price", "amount")
    sealed = [
        ContractLine(quantity=line.ordered, **{name: getattr(line, name) for name in stated})
        for line in lines
        if line.ordered
    ]
    session.add(ContractVersion(**kept | changed, lines=sealed))
    session.flush()
    session.add(
        SealUse(
            contract_no=row.contract_no,
            contract_version=document.version,
            document_sha256=document.sha256,
            sealed_by="chenxiaoyan",
            sealed_at=calendar.now(),
            copies=4,
            remark="",
        )
    )
    return document


def terminate(goods: Goods) -> None:
    """The contract is terminated, and its fulfilment hears of it."""
    with books(goods) as session:
        ledger.set_status(session, goods.number, ledger.TERMINATED)
        signals.send(session, "Msg_ContractTerminated", goods.number, "termination")
