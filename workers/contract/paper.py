"""The declaration as a paper (合同申报单): a version for each revision, under the case's number (C2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, documents, money
from workers.contract.store import Declaration
from workers.org import OrgChart

PREFIX = "SB"
COLUMNS = ("行", "产品", "规格", "数量", "单价", "目录价", "底价", "金额", "与政策比较")


def issue(
    session: Session,
    declaration: Declaration,
    approvers: Mapping[str, Any],
    company: documents.Company,
    org: OrgChart,
    at: datetime,
    approval: cases.Approved | None = None,
) -> documents.Document:
    """File the revision as it goes to the approvers, or with the signatures that it got (X5).

    `approvers` is what their form shows.
    """
    rows = [
        (
            *(str(row.line), row.product, row.specification, row.quantity),
            *(row.unit_price, row.list_price, row.floor_price),
            *(money.figures(line.amount), row.deviation),
        )
        for row, line in zip(approvers["deviations"], declaration.lines, strict=True)
    ]
    sheet = documents.Paper(
        PREFIX,
        facts=[
            ("客户", approvers["customer_name"]),
            ("信用等级", approvers["credit_grade"]),
            ("业务员", approvers["salesperson_name"]),
            ("交货日期", declaration.delivery_date.isoformat()),
            ("付款条件", declaration.payment_terms_text),
            *([("订单意向", declaration.order_intent)] if declaration.order_intent else []),
            *([("备注", declaration.remarks)] if declaration.remarks else []),
        ],
        columns=COLUMNS,
        rows=rows,
        totals=[
            ("合计（大写）", approvers["total_in_words"]),
            ("合计（小写）", approvers["total_figures"]),
        ],
        notes=[
            f"第{declaration.revision}次申报，依据销售政策第{declaration.policy_version}版。",
            f"与政策比较：{approvers['deviation_summary']}。",
        ],
        signatures=[
            documents.Signature("申报人", org.name_of(declaration.filed_by), declaration.filed_at),
            *documents.signed_by(approval),
        ],
    )
    number = declaration.declaration_no
    return documents.issue(session, sheet, company, case_no=number, at=at, number=number)
