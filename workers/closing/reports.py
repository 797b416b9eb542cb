"""The papers of a closed month: the report with its differences, and a statement per salesperson (C12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from workers import commission, documents, ledger, money
from workers.closing.messages import Figure
from workers.closing.rules import KINDS, LEDGER, RESOLUTIONS
from workers.closing.store import DifferenceResolution, MonthClosing
from workers.documents import Company, Document, Paper, Signature
from workers.org import OrgChart

KIND = "YJ"
ZERO = Decimal("0.00")
REPORT_COLUMNS = ("序号", "类别", "合同", "差异", "处理与理由", "责任人")
STATEMENT_COLUMNS = ("合同", "已收款 / 合同金额", "本月计提", "累计计提", "扣留", "已发", "应发")


def report(
    session: Session,
    closing: MonthClosing,
    figures: Sequence[Figure],
    resolutions: Sequence[DifferenceResolution],
    accrued: Mapping[str, Decimal],
    by: str,
    remark: str,
    org: OrgChart,
    company: Company,
    at: datetime,
) -> Document:
    """The month's report: its figures, every difference with who resolved it and why, the department's commission."""
    paper = Paper(
        kind=KIND,
        title="月结报告",
        facts=[
            ("结账月份", f"{closing.month:%Y-%m}"),
            ("结账人", org.name_of(by)),
            ("提前结账理由", closing.early_reason or "无"),
            ("说明", remark or "无"),
            ("本月计提提成(部门合计)", money.figures(sum(accrued.values(), ZERO))),
            ("差异", f"{len(resolutions)}项，均已处理" if resolutions else "没有差异"),
        ],
        text=[f"{one.book} {one.label}：{one.count}笔，{one.amount}" for one in figures],
        columns=REPORT_COLUMNS,
        rows=[
            [
                str(number),
                KINDS.get(one.code, KINDS[LEDGER]),
                one.contract_no or "",
                f"{one.description}（{one.sales_side}；{one.finance_side}）",
                f"{RESOLUTIONS[one.resolution]}：{one.reason}",
                org.name_of(one.responsible),
            ]
            for number, one in enumerate(resolutions, 1)
        ],
        notes=["本月已锁定，不再入账；迟到的单据按起息日记入下一个未结月份，利息相应调整。"],
        signatures=[Signature(org.post_name("finance"), org.name_of(by), at)],
    )
    return documents.issue(session, paper, company, case_no=closing.case_no, at=at, number=closing.case_no)


def statements(
    session: Session,
    closing: MonthClosing,
    accrued: Mapping[str, Decimal],
    by: str,
    org: OrgChart,
    company: Company,
    at: datetime,
) -> list[Document]:
    """A statement for each salesperson to whom commission accrued in the month, is due or withheld; they add up."""
    people: dict[str, dict[str, Decimal]] = {person: {} for person in commission.claimants(session)}
    for number, amount in accrued.items():
        people.setdefault(ledger.contract(session, number).salesperson, {})[number] = amount
    found = []
    for index, (person, own) in enumerate(sorted(people.items()), 1):
        rows = [
            row
            for row in commission.payable(session, person, everything=True)
            if row.contract_no in own or row.payable or row.withheld
        ]
        paper = Paper(
            kind=KIND,
            title="业务提成结算单",
            facts=[("业务员", org.name_of(person)), ("月份", f"{closing.month:%Y-%m}")],
            columns=STATEMENT_COLUMNS,
            rows=[_cells(row, own.get(row.contract_no, ZERO)) for row in rows],
            totals=[
                ("本月计提", money.figures(sum(own.values(), ZERO))),
                ("扣留", money.figures(sum((row.withheld for row in rows), ZERO))),
                ("应发", money.figures(sum((row.payable for row in rows), ZERO))),
            ],
            notes=["本月计提 = 累计收款 ÷ 合同金额 × 合同提成 − 以前计提。"],
            signatures=[Signature(org.post_name("finance"), org.name_of(by), at)],
        )
        number = f"{closing.case_no}-TC{index:02d}"
        issued = documents.issue(session, paper, company, case_no=closing.case_no, at=at, number=number)
        found.append(issued)
    return found


def _cells(row: commission.Payable, accrued_now: Decimal) -> list[str]:
    return [
        f"{row.contract_no} {row.customer_name}",
        f"{money.figures(row.received)} / {money.figures(row.amount)} ({row.percent_received}%) 提成率{row.permille}‰",
        *map(money.figures, (accrued_now, row.accrued, row.withheld, row.paid, row.payable)),
    ]
