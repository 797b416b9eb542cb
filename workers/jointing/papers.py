"""Jointing orders and reports as they are kept, and as papers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, documents, ledger
from workers.calendar import SHANGHAI
from workers.cases import Approved
from workers.documents import Company, Document, Paper, Signature
from workers.jointing.rules import Order, Report
from workers.jointing.store import FILLED, RETURNED, WAIVED, JointingOrder
from workers.org import OrgChart
from workers.runtime import FileValue

ORDER, REPORT = "JX", "YS"
STAGE = "jointing_order"
COLUMNS = ("行", "产品", "规格", "数量")


def keep(
    session: Session, contract_no: str, order: Order, by: str, at: datetime, org: OrgChart
) -> JointingOrder:
    """Keep an order: a returned one goes on under its number, otherwise a new one is numbered."""
    query = select(JointingOrder).where(
        JointingOrder.contract_no == contract_no, JointingOrder.state.in_((FILLED, RETURNED))
    )
    row = session.scalars(query).first()
    if row is None:
        number = documents.next_number(session, ORDER, at.astimezone(SHANGHAI).year)
        cases.open_case(session, number, STAGE, by, org.name_of(by), at)
        row = JointingOrder(order_no=number, contract_no=contract_no)
        session.add(row)
    row.site, row.planned_on, row.team = order.site, order.planned_on, order.team
    row.contact, row.work = order.contact, order.work
    row.state, row.filled_by, row.filled_at = (WAIVED if order.waived else FILLED), by, at
    session.flush()
    if order.waived:
        cases.finish(session, row.order_no, cases.CLOSED, at)
        cases.status(session, row.order_no, "客户自行接续，无需派工")
    return row


def as_filled(order: JointingOrder) -> dict[str, str]:
    """The order's form as it was filled."""
    return {
        "jointing_site": order.site,
        "jointing_planned_on": order.planned_on.isoformat(),
        "jointing_team": order.team,
        "jointing_contact": order.contact,
        "jointing_work": order.work,
    }


def summary(order: JointingOrder) -> str:
    """The order in a line."""
    return f"{order.order_no}：{order.planned_on}，{order.site}，{order.team}；{order.work}"


def _facts(session: Session, order: JointingOrder) -> list[tuple[str, str]]:
    contract, account = (
        ledger.contract(session, order.contract_no),
        ledger.account(session, order.contract_no),
    )
    return [
        ("合同编号", order.contract_no),
        ("客户", contract.customer_name),
        ("已收款比例", f"{account.percent_received}%"),
        ("接续地点", order.site),
        ("计划日期", order.planned_on.isoformat()),
        ("接续人员", order.team),
        ("现场联系人", order.contact or "无"),
        ("工作内容", order.work),
    ]


def _rows(session: Session, order: JointingOrder) -> list[list[str]]:
    return [
        [
            str(line.line_no),
            line.product_name,
            line.specification,
            f"{line.ordered.normalize():f} {line.unit}",
        ]
        for line in ledger.goods(session, order.contract_no)
    ]


def issue(
    session: Session,
    order: JointingOrder,
    company: Company,
    at: datetime,
    org: OrgChart,
    approval: Approved | None = None,
) -> Document:
    """Render and file the order: with a box to be signed, or with the signatures that it got (X5)."""
    filler = Signature("派工人", org.name_of(order.filled_by), order.filled_at)
    printed = Paper(
        ORDER,
        facts=_facts(session, order),
        columns=COLUMNS,
        rows=_rows(session, order),
        signatures=[filler, *documents.signed_by(approval)],
    )
    return documents.issue(session, printed, company, case_no=order.order_no, at=at, number=order.order_no)


def as_paper(
    session: Session, order: JointingOrder, company: Company, at: datetime, org: OrgChart
) -> dict[str, Any]:
    """The order as its signer reads it: the fields of PaperView, with the document."""
    document = issue(session, order, company, at, org)
    return cases.paper(
        STAGE,
        order.order_no,
        "接续派工单",
        facts=_facts(session, order),
        columns=COLUMNS,
        rows=_rows(session, order),
        amount=ledger.account(session, order.contract_no).amount,
        document=FileValue(document.filename, document.content, document.media_type),
    )


def issue_report(
    session: Session,
    order: JointingOrder,
    report: Report,
    by: str,
    company: Company,
    at: datetime,
    org: OrgChart,
) -> Document:
    """The acceptance report as a paper of its own."""
    facts = [
        *_facts(session, order),
        ("派工单", order.order_no),
        ("验收结论", "合格" if report.accepted else "不合格"),
        ("客户验收人", report.signer),
        ("验收日期", report.done_on.isoformat()),
        ("存在的问题", report.findings or "无"),
    ]
    paper = Paper(
        REPORT, facts=facts, signatures=[("登记人", org.name_of(by), at), ("客户验收人", report.signer, None)]
    )
    return documents.issue(session, paper, company, case_no=order.order_no, at=at)
