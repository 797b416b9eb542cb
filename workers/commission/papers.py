"""The commission paper (业务提成单): filed by revision, with its document; signed, paid, or set aside (C9, X5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from workers import cases, documents, money
from workers.cases import Approved, Case
from workers.commission.drafting import Filled
from workers.commission.payouts import Payable
from workers.commission.store import (
    FILED,
    CommissionLine,
    CommissionPaper,
    CommissionPayment,
)
from workers.documents import Company, Document, Signature
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import FileValue

_REFUNDS = table("refund_payments", *map(column, ("bank_reference", "case_no")))
_RECEIPTS = table("receipts", *map(column, ("bank_reference", "case_no", "reversed_at")))
"""Of rooms that this one does not import; here they are only read."""

KIND, PREFIX, FILLER = "commission", "TC", "sales_operations"
"""The stage of approval, the prefix of the numbers, and the post that fills the form."""
COLUMNS = ("合同", "已收款 / 合同金额", "累计计提", "扣留", "已发", "应发", "实发")


def latest(session: Session, case_no: str) -> CommissionPaper | None:
    """The case's newest paper, as it is committed now."""
    query = select(CommissionPaper).where(CommissionPaper.case_no == case_no)
    query = query.order_by(CommissionPaper.revision.desc()).limit(1)
    return session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def file(
    session: Session,
    case: Case,
    filled: Filled,
    rows: Sequence[Payable],
    by: str,
    org: OrgChart,
    company: Company,
    at: datetime,
) -> tuple[CommissionPaper, Document]:
    """File the form as the paper's next revision, with its document."""
    before = latest(session, case.case_no)
    revision = before.revision + 1 if before else 1
    found = {row.contract_no: row for row in rows}
    paper = CommissionPaper(
        case_no=case.case_no,
        revision=revision,
        salesperson=filled.salesperson,
        filed_by=by,
        filed_at=at,
        total=filled.total,
        note=filled.note,
        lines=[_line(found[one], amount) for one, amount in sorted(filled.amounts.items())],
    )
    document = issue(session, paper, org, company, at)
    paper.document_sha256 = document.sha256
    session.add(paper)
    session.flush()
    return paper, document


def issue(
    session: Session,
    paper: CommissionPaper,
    org: OrgChart,
    company: Company,
    at: datetime,
    approval: Approved | None = None,
) -> Document:
    """Render and keep the paper: with a box to be signed, or with the signatures that it got."""
    filled = Signature("填报", org.name_of(paper.filed_by), paper.filed_at)
    printed = documents.Paper(
        kind=PREFIX,
        facts=facts(paper, org),
        columns=COLUMNS,
        rows=cells(paper),
        totals=[("实发合计", money.figures(paper.total)), ("大写", money.in_words(paper.total))],
        notes=["提成按累计收款 ÷ 合同金额 × 合同提成计提；客户欠款逾期的，扣留相应提成，收款后发还。"],
        signatures=[filled, *documents.signed_by(approval)],
    )
    return documents.issue(session, printed, company, case_no=paper.case_no, at=at, number=paper.case_no)


def facts(paper: CommissionPaper, org: OrgChart) -> list[tuple[str, str]]:
    """The paper's head."""
    return [
        ("业务员", org.name_of(paper.salesperson)),
        ("填报人", org.name_of(paper.filed_by)),
        ("实发合计", money.figures(paper.total)),
        ("大写", money.in_words(paper.total)),
        ("说明", paper.note),
    ]


def cells(paper: CommissionPaper) -> list[list[str]]:
    """The paper's table, by `COLUMNS`, with the figures of when it was filed."""
    return [
        [
            f"{line.contract_no} {line.customer_name}",
            received(line.received, line.contract_amount, line.percent_received),
            money.figures(line.accrued),
            money.figures(line.withheld),
            money.figures(line.paid),
            money.figures(line.payable),
            money.figures(line.amount),
        ]
        for line in sorted(paper.lines, key=lambda one: one.contract_no)
    ]


def received(amount: Decimal, of: Decimal, percent: Decimal) -> str:
    """How much of a contract has been received, in one cell."""
    return f"{money.figures(amount)} / {money.figures(of)} ({percent}%)"


def approved(session: Session, case_no: str) -> tuple[CommissionPaper, Approved]:
    """The case's paper with its signatures. InvalidInput: its newest paper is not approved."""
    paper = latest(session, case_no)
    if paper is None or paper.state != FILED:
        raise InvalidInput(f"case {case_no} has no commission paper that is under way")
    approval = cases.approved(session, case_no, KIND)
    if approval is None:
        raise InvalidInput(f"the commission paper {case_no} is not approved")
    return paper, approval


def set_aside(session: Session, case_no: str, state: str) -> None:
    """The paper under way is returned, rejected or withdrawn; its signatures count no more, its number stays used."""
    paper = latest(session, case_no)
    if paper is not None and paper.state == FILED:
        paper.state = state
        documents.void(session, case_no)
        cases.clear_approved(session, case_no, KIND)


def as_file(document: Document) -> FileValue:
    """The document as Tasklist opens it."""
    return FileValue(document.filename, document.content, document.media_type)


def amounts(paper: CommissionPaper) -> dict[str, str]:
    """What the paper pays, by contract, as the form shows it again."""
    return {line.contract_no: format(line.amount, ".2f") for line in paper.lines}


def short_of(paper: CommissionPaper, payable: Mapping[str, Decimal]) -> list[str]:
    """What is payable now and less than the paper pays, in Chinese."""
    return [
        f"{line.contract_no}：批准{money.figures(line.amount)}，现应发{money.figures(payable[line.contract_no])}"
        for line in paper.lines
        if line.amount > payable[line.contract_no]
    ]


def known_as(session: Session, bank_reference: str) -> str | None:
    """The case in which the bank's reference is registered already: a commission, a refund, a receipt (A6)."""
    found = (
        select(_REFUNDS.c.case_no).where(_REFUNDS.c.bank_reference == bank_reference),
        select(_RECEIPTS.c.case_no).where(
            _RECEIPTS.c.bank_reference == bank_reference, _RECEIPTS.c.reversed_at.is_(None)
        ),
    )
    ours = select(CommissionPayment.case_no).where(CommissionPayment.bank_reference == bank_reference)
    return next((one for query in (ours, *found) if (one := session.scalars(query).first())), None)


def keep_payment(
    session: Session, paper: CommissionPaper, paid_on: date, reference: str, by: str, at: datetime
) -> None:
    """Keep how the paper was paid."""
    session.add(
        CommissionPayment(
            case_no=paper.case_no,
            revision=paper.revision,
            paid_on=paid_on,
            bank_reference=reference,
            recorded_by=by,
            recorded_at=at,
        )
    )


def _line(row: Payable, amount: Decimal) -> CommissionLine:
    return CommissionLine(
        contract_no=row.contract_no,
        customer_name=row.customer_name,
        contract_amount=row.amount,
        received=row.received,
        percent_received=row.percent_received,
        accrued=row.accrued,
        withheld=row.withheld,
        paid=row.paid,
        payable=row.payable,
        amount=amount,
    )
