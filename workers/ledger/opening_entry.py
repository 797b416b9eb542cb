"""Enter opening contracts in both books: once, with their past in its value dates, counting in the open month (C4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, documents, money
from workers.calendar import SHANGHAI
from workers.cases import FormError
from workers.errors import UserError
from workers.ledger import books, contracts
from workers.ledger.account import NOTHING
from workers.ledger.opening import Moved, Opening
from workers.ledger.opening_file import read
from workers.ledger.store import COMPLETED, OPENING, Book, ContractRow, EntryKind, LedgerEntry
from workers.money import plain
from workers.org import OrgChart

PREFIX = "QC"
"""Of the cases under which opening contracts are kept."""


class OpeningRefused(UserError):
    """Nothing was entered; `findings` says why, field by field, in Chinese."""

    def __init__(self, findings: Sequence[FormError]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(f"{one.field}: {one.message}" for one in findings))


def open_contracts(
    session: Session,
    content: object,
    *,
    org: OrgChart,
    company: documents.Company,
    by: str,
    at: datetime,
    folder: Path = Path(),
) -> tuple[list[str], list[str]]:
    """Enter every contract of a file's content; returns the numbers entered, and those that stood there already.

    All of them or none: raises OpeningRefused. A second time the same content changes nothing. `by`: the account of
    who does it; `folder`: where the papers lie that the content names.
    """
    wanted, findings = read(session, org, content, at.astimezone(SHANGHAI).date(), folder)
    new = [one for one in wanted if contracts.find(session, one.number) is None]
    for one in wanted:
        findings += _conflicts(session, one, new=one in new)
    if findings:
        raise OpeningRefused(findings)
    for one in new:
        _enter(session, one, company, org, by, at)
    return [one.number for one in new], [one.number for one in wanted if one not in new]


def _conflicts(session: Session, opening: Opening, *, new: bool) -> list[FormError]:
    """What the books say against it."""
    if new:
        taken = documents.next_version(session, opening.number) > 1
        words = [f"编号{opening.number}已用于另一份文件 (the number is taken)"] if taken else []
        return [
            FormError(field=opening.number, message=one) for one in words + _known_receipts(session, opening)
        ]
    row = contracts.contract(session, opening.number)
    stated = (row.origin, row.customer_no, row.salesperson, row.sealed_on)
    same = stated == (OPENING, opening.customer_no, opening.salesperson, opening.sealed_on)
    entered = books.entries(session, opening.number, book=Book.FINANCE)
    first = [one.amount for one in entered if one.kind == EntryKind.CONTRACT]
    receipts = {(one.reference, one.amount) for one in entered if one.kind == EntryKind.RECEIPT}
    if (
        same
        and first[:1] == [opening.amount]
        and {(one.reference, one.amount) for one in opening.received} <= receipts
    ):
        return []
    message = (
        f"台帐中已有合同{opening.number},内容与文件不符;更正须通过台帐 (it is in the books with other data)"
    )
    return [FormError(field=opening.number, message=message)]


def _known_receipts(session: Session, opening: Opening) -> list[str]:
    references = [one.reference for one in opening.received]
    known = select(LedgerEntry.reference, LedgerEntry.contract_no).where(
        LedgerEntry.book == str(Book.FINANCE),
        LedgerEntry.kind == str(EntryKind.RECEIPT),
        LedgerEntry.reference.in_(references),
    )
    return [
        f"收款凭据{reference}已登记在合同{number}下 (the receipt is booked already)"
        for reference, number in session.execute(known)
    ]


def _enter(
    session: Session, opening: Opening, company: documents.Company, org: OrgChart, by: str, at: datetime
) -> None:
    case_no = cases.next_case_no(session, PREFIX, at.astimezone(SHANGHAI).year)
    cases.open_case(session, case_no, "opening", by, org.name_of(by), at)
    cases.link_document(session, case_no, opening.number)
    documents.reserve(session, opening.number)
    document = _file(session, opening, company, org, case_no, at)
    row = ContractRow(
        contract_no=opening.number,
        version=document.version,
        case_no=case_no,
        customer_no=opening.customer_no,
        customer_name=opening.customer_name,
        salesperson=opening.salesperson,
        amount=opening.amount,
        delivery_date=opening.delivery_on,
        document_sha256=document.sha256,
        sealed_at=datetime.combine(opening.sealed_on, time(), SHANGHAI),
        origin=OPENING,
        payment_terms=opening.payment_terms,
        policy_version=opening.policy_version,
        needs_jointing=opening.needs_jointing,
        commission_permille=opening.commission_permille,
        invoice_gate_percent=opening.invoice_gate_percent,
    )
    contracts.enrol(session, row, [replace(line, delivered=NOTHING) for line in opening.lines])
    for book in sorted(Book):
        _post(
            session,
            *(book, EntryKind.CONTRACT, opening, opening.amount, opening.sealed_on),
            *(contracts.reference(opening.number, row.version), at),
            reference_sha256=document.sha256,
        )
    _past_goods(session, opening, at)
    _past_money(session, opening, at)
    contracts.put_in_force(session, row, tell=opening.is_open)
    if not opening.is_open:
        contracts.set_status(session, opening.number, COMPLETED)
    cases.finish(session, case_no, cases.CLOSED, at)
    cases.status(session, case_no, f"期初合同{opening.number}已入销售、财务台帐")
    cases.note(session, case_no, org.name_of(by), "期初登记", opening.number, at, user=by)
    session.flush()


def _past_goods(session: Session, opening: Opening, at: datetime) -> None:
    if opening.delivered_on is None:
        return
    reference = f"期初 {opening.number}"
    steps = [(Book.SALES, kind) for kind in (EntryKind.PRODUCTION, EntryKind.INBOUND, EntryKind.DISPATCH)]
    for line in opening.lines:
        for book, kind in (*steps, (Book.FINANCE, EntryKind.DELIVERY)) if line.delivered else ():
            goods = {"line_no": line.line_no, "quantity": line.delivered}
            _post(session, book, kind, opening, None, opening.delivered_on, reference, at, **goods)


def _past_money(session: Session, opening: Opening, at: datetime) -> None:
    def enter(book: Book, kind: EntryKind, moved: Sequence[Moved]) -> None:
        for one in moved:
            _post(session, book, kind, opening, one.amount, one.value_date, one.reference, at)

    enter(Book.FINANCE, EntryKind.RECEIPT, opening.received)
    enter(Book.FINANCE, EntryKind.INVOICE, opening.invoiced)
    enter(Book.SALES, EntryKind.INVOICE_REQUEST, opening.invoiced)
    paid, day, reference = opening.commission_paid, at.astimezone(SHANGHAI).date(), f"期初 {opening.number}"
    if paid:
        _post(session, Book.SALES, EntryKind.COMMISSION, opening, paid, day, reference, at)
        _post(session, Book.FINANCE, EntryKind.PAYOUT, opening, paid, day, reference, at)


def _post(
    session: Session,
    book: Book,
    kind: EntryKind,
    opening: Opening,
    amount: Decimal | None,
    value_date: date,
    reference: str,
    at: datetime,
    **fields: Any,
) -> None:
    books.post(
        session,
        book,
        kind,
        opening.number,
        amount,
        value_date=value_date,
        reference=reference,
        posted_at=at,
        reason="期初",
        **fields,
    )


def _file(
    session: Session, opening: Opening, company: documents.Company, org: OrgChart, case_no: str, at: datetime
) -> documents.Document:
    """The paper that was given, or one that states what was."""
    content, media_type = opening.paper, opening.paper_type
    if content is None:
        paper = documents.Paper(
            "HT",
            title="期初合同登记表",
            facts=_facts(opening, org),
            columns=["行", "产品", "规格", "单位", "数量", "单价", "金额", "已交"],
            rows=[
                [
                    *(str(line.line_no), line.product_name, line.specification, line.unit),
                    *(plain(line.ordered), money.figures(line.unit_price), money.figures(line.amount)),
                    plain(line.delivered),
                ]
                for line in opening.lines
            ],
            totals=[("合同金额", money.figures(opening.amount))],
            notes=[
                f"{label}{one.value_date} {money.figures(one.amount)} 凭据{one.reference}"
                for label, some in (("收款", opening.received), ("发票", opening.invoiced))
                for one in some
            ],
        )
        content = documents.rendered(paper, company, opening.number, 1, at)
        media_type = "application/pdf"
    suffix = media_type.rpartition("/")[2]
    return documents.file(
        session,
        number=opening.number,
        kind="HT",
        case_no=case_no,
        content=content,
        media_type=media_type,
        filename=f"{opening.number}-v1.{suffix}",
        at=at,
    )


def _facts(opening: Opening, org: OrgChart) -> list[tuple[str, str]]:
    return [
        ("客户", opening.customer_name),
        ("业务员", org.name_of(opening.salesperson)),
        ("签订日期", opening.sealed_on.isoformat()),
        ("约定交货日期", opening.delivery_on.isoformat()),
        ("实际交货日期", opening.delivered_on.isoformat() if opening.delivered_on else "未交货"),
        ("付款方式", opening.payment_terms),
    ]
