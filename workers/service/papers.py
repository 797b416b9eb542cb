"""The work order (WX) that the customer reads before any work, and the bill (JS) of what was really done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workers import customers, documents, money
from workers.bills import ServiceBill
from workers.documents import Company, Document, Paper
from workers.org import OrgChart
from workers.service import lines, orders
from workers.service.store import DECLINED, DONE, NOT_DONE, ServiceLine, ServiceOrder

WORK_ORDER, BILL = "WX", "JS"
COLUMNS = ("行", "类别", "项目", "数量", "单价", "金额", "说明")
QUANTITY = 4
"""So many columns stand before the time that a line takes, which the work order shows."""


def _cells(line: ServiceLine) -> list[str]:
    quantity = line.quantity if line.actual is None else line.actual
    return [
        str(line.line_no),
        lines.KIND_WORDS[line.kind],
        line.name,
        f"{money.plain(quantity)} {line.unit}",
        money.figures(line.unit_price),
        money.figures(lines.amount(line)),
        line.reason,
    ]


def _with_hours(line: ServiceLine) -> list[str]:
    cells = _cells(line)
    return [*cells[:QUANTITY], lines.hours_text(line.hours), *cells[QUANTITY:]]


def _facts(session: Session, order: ServiceOrder) -> list[tuple[str, str]]:
    customer = customers.find(session, order.customer_no or "")
    return [
        ("客户", customer.name),
        ("联系电话", customers.mask_phone(customer.phone)),
        ("车牌号", order.plate),
        ("车型", order.model),
        ("车辆识别代号", order.vin or ""),
        ("里程", f"{order.mileage}公里"),
    ]


def work_order(
    session: Session, order: ServiceOrder, company: Company, at: datetime, org: OrgChart
) -> Document:
    """The work order under the case's number, a new version each time it is written."""
    rows = [one for one in lines.of(session, order.case_no) if one.state != DECLINED]
    paper = Paper(
        WORK_ORDER,
        facts=[
            *_facts(session, order),
            ("客户的描述", order.words),
            ("预计工时", lines.hours_text(lines.hours(rows))),
            ("答应的完工时间", orders.moment_text(order.promised_at)),
        ],
        columns=(*COLUMNS[:QUANTITY], "工时", *COLUMNS[QUANTITY:]),
        rows=[_with_hours(one) for one in rows],
        totals=[
            ("工时费", money.figures(lines.total(rows, "labour"))),
            ("配件费", money.figures(lines.total(rows, "part"))),
            ("预计合计", money.figures(lines.total(rows))),
        ],
        notes=["经客户确认以后才开始施工；发现需要追加的项目，先与客户商定价格和时间，客户不同意的不做。"],
        signatures=[("服务顾问", org.name_of(order.written_by or ""), at), ("客户", "", None)],
    )
    return documents.issue(session, paper, company, case_no=order.case_no, at=at, number=order.case_no)


def bill(
    session: Session, order: ServiceOrder, row: ServiceBill, company: Company, at: datetime, org: OrgChart
) -> Document:
    """The bill, line by line as it was really done; what the customer refused stands below, free of charge."""
    rows = lines.of(session, order.case_no)
    done = [one for one in rows if one.state == DONE]
    left = [f"客户不同意，未做：{one.name}" for one in rows if one.state == DECLINED]
    left += [f"没有做，不收费：{one.name}（{one.reason}）" for one in rows if one.state == NOT_DONE]
    paper = Paper(
        BILL,
        facts=[
            *_facts(session, order),
            ("维修工单", order.case_no),
            ("诊断与维修情况", order.findings or "无"),
            ("维修技师", org.name_of(order.technician or "")),
            ("质检", "合格" + (f"（返修{order.quality_failures}次）" if order.quality_failures else "")),
        ],
        columns=COLUMNS,
        rows=[_cells(one) for one in done],
        totals=[
            ("工时费", money.figures(row.labour)),
            ("配件费", money.figures(row.parts)),
            ("合计", f"{money.figures(row.total)}（{money.in_words(row.total)}）"),
        ],
        notes=left,
        signatures=[("服务顾问", "", None), ("客户", "", None)],
    )
    return documents.issue(session, paper, company, case_no=order.case_no, at=at, number=row.bill_no)
