"""The paper of a refund (退款单): kept, printed by the one template, with the signatures that it got (X5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workers import cases, documents, ledger, money, policy
from workers.calendar import SHANGHAI
from workers.cases import Approved
from workers.documents import Company, Document, Signature
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.refunds.forms import Asked
from workers.refunds.store import FILLED, LARGE_REFUND, REFUND, RETURNED, Refund
from workers.runtime import FileValue, TaskContext

PREFIX, TITLE = "TK", "退款单"


def find(session: Session, case_no: str) -> Refund | None:
    """The case's refund as it is committed now."""
    return session.get(Refund, case_no, populate_existing=True)


def keep(session: Session, task: TaskContext, asked: Asked, by: str) -> Refund:
    """Keep what was asked for: from now on the amount is promised. The policy says from which amount it is large."""
    refund = find(session, task.case_no) or Refund(case_no=task.case_no)
    refund.customer_no, refund.customer_name, refund.amount = (
        asked.customer_no,
        asked.customer_name,
        asked.amount,
    )
    refund.payee, refund.payee_bank, refund.payee_account = asked.payee, asked.payee_bank, asked.payee_account
    limit = policy.in_force(session, task.now.astimezone(SHANGHAI).date()).large_contract
    refund.stage = LARGE_REFUND if asked.amount >= limit else REFUND
    refund.reason, refund.state, refund.filled_by, refund.filled_at = asked.reason, FILLED, by, task.now
    session.add(refund)
    session.flush()
    return refund


def signed(session: Session, case_no: str) -> tuple[Refund, Approved]:
    """The case's refund with its signatures. InvalidInput: it is not signed, or not under way any more."""
    refund = find(session, case_no)
    approval = cases.approved(session, case_no, refund.stage) if refund else None
    if refund is None or refund.state != FILLED or approval is None:
        raise InvalidInput(f"the refund {case_no} is not signed")
    return refund, approval


def set_aside(session: Session, case_no: str, state: str) -> Refund | None:
    """The refund is returned or withdrawn: what it promised is free again, its signatures count no more."""
    refund = find(session, case_no)
    if refund is not None and refund.state in (FILLED, RETURNED):
        refund.state = state
        cases.clear_approved(session, case_no, refund.stage)
        documents.void(session, case_no)
    return refund


def facts(session: Session, refund: Refund) -> list[tuple[str, str]]:
    """The paper's head, with the balance of this moment."""
    same = refund.payee == refund.customer_name
    return [
        ("客户", f"{refund.customer_name}({refund.customer_no})"),
        ("客户余额", money.figures(ledger.customer_balance(session, refund.customer_no))),
        ("退款金额", money.figures(refund.amount)),
        ("大写", money.in_words(refund.amount)),
        ("收款户名", refund.payee if same else f"{refund.payee}(与客户名称不一致，请核实)"),
        ("开户银行", refund.payee_bank),
        ("收款账号", refund.payee_account),
        ("退款原因", refund.reason),
    ]


def issue(
    session: Session,
    refund: Refund,
    org: OrgChart,
    company: Company,
    at: datetime,
    approval: Approved | None = None,
) -> Document:
    """Render and file the paper: with a box to be signed, or with the signatures that it got."""
    printed = documents.Paper(
        kind=PREFIX,
        facts=facts(session, refund),
        signatures=[
            Signature("填单人", org.name_of(refund.filled_by), refund.filled_at),
            *documents.signed_by(approval),
        ],
    )
    return documents.issue(session, printed, company, case_no=refund.case_no, at=at, number=refund.case_no)


def to_sign(
    session: Session, refund: Refund, org: OrgChart, company: Company, at: datetime
) -> dict[str, object]:
    """The fields of `PaperView`."""
    return cases.paper(
        refund.stage,
        refund.case_no,
        TITLE,
        facts=facts(session, refund),
        amount=refund.amount,
        document=as_file(issue(session, refund, org, company, at)),
    )


def as_file(document: Document) -> FileValue:
    """The document as Tasklist opens it."""
    return FileValue(document.filename, document.content, document.media_type)
