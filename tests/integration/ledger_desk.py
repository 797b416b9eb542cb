"""Plays both departments at their books, without processes: a contract in force, and short names for entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from workers import cases, documents, ledger
from workers.calendar import SHANGHAI
from workers.contract.store import SEALED, ContractLine, ContractVersion, DrawnContract, SealUse
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import Book, ContractRow, EntryKind, GoodsLine, LedgerEntry, tasks
from workers.ledger.messages import RegisterContract
from workers.runtime import TaskContext

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=SHANGHAI)
NUMBER = "HT-2026-7101"
CUSTOMER = "C001"


def line(line_no: int = 1, price: str = "10.00", ordered: str = "100", **fields: Any) -> GoodsLine:
    """A contract's line: 100 metres at 10 yuan."""
    known: dict[str, Any] = {
        "product_no": f"P00{line_no}",
        "product_name": f"输送带{line_no}",
        "unit": "米",
        "specification": "ST1250",
    }
    return GoodsLine(
        line_no=line_no, unit_price=Decimal(price), ordered=Decimal(ordered), **{**known, **fields}
    )


def file(session: Session, number: str, version: int, case_no: str) -> documents.Document:
    """The document of a version of a contract."""
    return documents.file(
        session,
        number=number,
        kind="HT",
        case_no=case_no,
        content=f"%PDF-1.7 {number} v{version}".encode(),
        media_type="application/pdf",
        filename=f"{number}-v{version}.pdf",
        at=NOW,
    )


def draw(
    session: Session,
    number: str,
    version: int,
    lines: list[GoodsLine],
    case_no: str,
    salesperson: str = "zhaolei",
) -> ContractVersion:
    """A sealed version of a contract with its papers."""
    if session.get(cases.Case, case_no) is None:
        cases.open_case(session, case_no, "declaration", "chenxiaoyan", "陈晓燕", NOW)
    document = file(session, number, version, case_no)
    drawn = ContractVersion(
        contract_no=number,
        version=version,
        declaration_no=number.replace("HT", "SB"),
        declaration_revision=version,
        customer_no=CUSTOMER,
        customer_name="华东机械有限公司",
        salesperson=salesperson,
        delivery_date=date(2026, 5, 1),
        payment_terms="T30-70",
        payment_terms_text="预付30%",
        remarks="",
        total=sum((one.amount for one in lines), Decimal(0)),
        document_sha256=document.sha256,
        drawn_at=NOW,
        state=SEALED,
        lines=[
            ContractLine(
                line_no=one.line_no,
                product_no=one.product_no,
                product_name=one.product_name,
                unit=one.unit,
                specification=one.specification,
                quantity=one.ordered,
                unit_price=one.unit_price,
                amount=one.amount,
            )
            for one in lines
        ],
    )
    session.add(drawn)
    session.flush()
    session.add(
        SealUse(
            contract_no=number,
            contract_version=version,
            document_sha256=document.sha256,
            sealed_by="liuyang",
            sealed_at=NOW,
            copies=4,
            remark="",
        )
    )
    session.flush()
    return drawn


def in_force(
    session: Session,
    number: str = NUMBER,
    lines: list[GoodsLine] | None = None,
    permille: int = 12,
    salesperson: str = "zhaolei",
) -> str:
    """A contract in both books; 1,000 yuan for 100 metres unless `lines` say otherwise. Its number."""
    lines = [line()] if lines is None else lines
    case_no = number.replace("HT", "SB")
    cases.open_case(session, case_no, "declaration", "chenxiaoyan", "陈晓燕", NOW)
    session.add(DrawnContract(contract_no=number, case_no=case_no, state=SEALED))
    session.flush()
    version = draw(session, number, 1, lines, case_no, salesperson)
    ledger.enrol(
        session,
        ContractRow(
            contract_no=number,
            version=1,
            case_no=case_no,
            customer_no=version.customer_no,
            customer_name=version.customer_name,
            salesperson=version.salesperson,
            amount=version.total,
            delivery_date=version.delivery_date,
            document_sha256=version.document_sha256,
            sealed_at=NOW,
            payment_terms=version.payment_terms,
            policy_version=1,
            commission_permille=permille,
            invoice_gate_percent=Decimal(60),
        ),
        lines,
    )
    uow = UnitOfWork(lambda: session)
    uow.session = session
    task = TaskContext("task", "ledger.register_contract", case_no, "instance", "process", "step", None, NOW)
    tasks.register_contract(RegisterContract(), uow, task)
    return number


@contextmanager
def unguarded(session: Session, table: str) -> Iterator[None]:
    """Somebody with the owner's rights switches the triggers off, and on again afterwards."""
    session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    yield
    session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def clear(session: Session, numbers: Iterable[str]) -> None:
    """Leave the database that the tests share as it was: no book holds anything; `numbers`: contracts, their cases."""
    tables = {
        "ledger_entries": "",
        "ledger_books": "",
        "ledger_accounts": "",
        "ledger_goods": "",
        "ledger_customers": "",
        "ledger_periods": "",
        "signals": "business_key",
        "contracts": "contract_no",
        "seal_register": "contract_no",
        "contract_lines": "contract_no",
        "contract_versions": "contract_no",
        "contracts_drawn": "contract_no",
        "documents": "number",
        "case_events": "case_no",
        "cases": "case_no",
    }
    for table, column in tables.items():
        with unguarded(session, table):
            which = f" WHERE {column} = ANY(:numbers)" if column else ""
            session.execute(text(f"DELETE FROM {table}{which}"), {"numbers": list(numbers)} if column else {})


class Desk:
    """Both departments at one contract; each entry gets a paper of its own."""

    def __init__(self, session: Session, number: str = NUMBER) -> None:
        self.session = session
        self.number = number
        self.at = NOW
        self.papers = 0

    def post(
        self, book: Book, kind: EntryKind, amount: Decimal | str | None = None, **fields: Any
    ) -> LedgerEntry:
        """An entry from a new paper."""
        self.papers += 1
        known = {"value_date": NOW.date(), "reference": f"单据-{self.papers}", "posted_at": self.at}
        yuan = None if amount is None else Decimal(amount)
        return ledger.post(self.session, book, kind, self.number, yuan, **{**known, **fields})

    def sales(self, kind: EntryKind, amount: Decimal | str | None = None, **fields: Any) -> LedgerEntry:
        """Sales books something."""
        return self.post(Book.SALES, kind, amount, **fields)

    def finance(self, kind: EntryKind, amount: Decimal | str | None = None, **fields: Any) -> LedgerEntry:
        """Finance books something."""
        return self.post(Book.FINANCE, kind, amount, **fields)

    def goods(self, kind: EntryKind, quantity: str, line_no: int = 1, book: Book = Book.SALES) -> LedgerEntry:
        """Goods of a line, at their value."""
        return self.post(book, kind, line_no=line_no, quantity=Decimal(quantity))

    def delivered(self, quantity: str, line_no: int = 1) -> None:
        """Goods all the way: produced, stored, dispatched, signed for."""
        for kind in (EntryKind.PRODUCTION, EntryKind.INBOUND, EntryKind.DISPATCH):
            self.goods(kind, quantity, line_no)
        self.goods(EntryKind.DELIVERY, quantity, line_no, Book.FINANCE)

    @property
    def account(self) -> ledger.Account:
        """The contract's sums."""
        return ledger.account(self.session, self.number)

    @property
    def line(self) -> GoodsLine:
        """The contract's first line."""
        return ledger.goods(self.session, self.number)[0]
