"""The first part of the demonstration: from a sales policy to a contract that stands in both ledgers.

Every step is done by the member of staff concerned, with their own login, as they would do it in Tasklist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from workers import calendar, catalog, policy
from workers.bootstrap import Application
from workers.calendar import is_working_day
from workers.database.unit_of_work import UnitOfWork
from workers.demo.desk import Desk
from workers.runtime import FileValue

Tell = Callable[[str], None]
CENT = Decimal("0.01")

POLICY_FIELDS = (
    *("title", "reason", "validFrom", "validTo", "prices", "paymentTerms", "commissionPermille"),
    *("firstPaymentPercent", "invoiceGatePercent", "interestPerDay", "interestFirst", "depositPercent"),
    *("largeContract", "seriousDeviationPermille", "overdueBlockDays", "withholdDays", "litigationDays"),
    *("followUpDays", "reminderHours", "deadlines", "instalments", "otherTermsDays", "taxRatePercent"),
    *("gradeBDays", "gradeCDays", "gradeDDays"),
)
"""What the form of a policy's draft sends."""


class Company:
    """The company at work: who plays which part, each at a desk of their own."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.today = calendar.now().date()
        self._desks: dict[str, Desk] = {}

    def desk(self, post: str, number: int = 0) -> Desk:
        """The desk of the post's n-th holder, or of who stands in for them today."""
        chart = self.app.org.current()
        return self.desk_of(chart.acting(chart.holders(post, self.today)[number], self.today))

    def desk_of(self, user: str) -> Desk:
        """The desk of a member of staff."""
        if user not in self._desks:
            password = self.app.credentials.password("staff", user)
            self._desks[user] = Desk(self.app.endpoints.engine_url, user, password)
        return self._desks[user]

    def name(self, desk: Desk) -> str:
        """The person's name, as the story tells it."""
        return self.app.org.current().name_of(desk.user)

    def sign_paper(
        self, paper_no: str, post: str, decision: str = "approve", comment: str = "同意"
    ) -> dict[str, Any]:
        """Wait for the paper on the desk of the post and decide on it; returns what its form showed."""
        return self.desk(post).do(paper_no, "Task_ApprovePaper", {"decision": decision, "comment": comment})

    def workday(self, days: int) -> date:
        """The first working day at least `days` days from today."""
        day = self.today + timedelta(days=days)
        while not is_working_day(day):
            day += timedelta(days=1)
        return day

    def policy(self) -> policy.PolicyVersion | None:
        """The sales policy in force today."""
        with UnitOfWork(self.app.sessions) as uow:
            try:
                return policy.in_force(uow.session, self.today)
            except policy.NoPolicyInForce:
                return None

    def line(self, number: int = 0, *, of_floor: str | None = None, **fields: object) -> dict[str, object]:
        """A line of a declaration at list price, or at a factor of the floor price; `fields` replace."""
        version = self.policy()
        assert version is not None, "no sales policy is in force"  # noqa: S101 - the story comes in order
        price = list(version.prices.values())[number]
        unit = (
            price.list_price if of_floor is None else (price.floor_price * Decimal(of_floor)).quantize(CENT)
        )
        specification = "按国家标准"
        return {
            "productNo": price.product_no,
            "specification": specification,
            "quantity": "100",
            "unitPrice": str(unit),
            **fields,
        }

    def declaration(self, **fields: object) -> dict[str, object]:
        """The form of a declaration as an applicant fills it; `fields` replace."""
        version = self.policy()
        assert version is not None, "no sales policy is in force"  # noqa: S101 - the story comes in order
        with UnitOfWork(self.app.sessions) as uow:
            customer = next(iter(catalog.customers(uow.session)))
        return {
            "customerNo": customer,
            "salesperson": self.desk("salesperson").user,
            "deliveryDate": self.workday(45).isoformat(),
            "paymentTerms": next(iter(version.payment_terms)),
            "remarks": "请用木箱包装",
            "lines": [self.line()],
            **fields,
        }


def issue_policy(company: Company, tell: Tell) -> str:
    """C1: the committee decides a sales policy, the general manager issues it. Returns the case's instance."""
    author, committee, gm = (
        company.desk("sales_operations"),
        company.desk("business_committee"),
        company.desk("general_manager"),
    )
    case = author.start(
        "SalesPolicyProcess",
        {"title": f"{company.today.year}年度销售政策", "reason": "新年度价格与回款条件"},
    )
    draft = author.await_task(case, "Task_DraftPolicy")
    author.complete(draft, draft_form(author.form(draft)))
    tell(f"{company.name(author)} 起草销售政策")
    committee.do(
        case,
        "Task_DecidePolicy",
        {"decision": "approve", "comment": "同意, 按会议纪要执行", "meetingMinutes": "联席会〔2026〕第8号"},
    )
    tell(f"{company.name(committee)} 代表经营联席会决定")
    gm.do(case, "Task_IssuePolicy", {"decision": "approve", "comment": "同意签发"})
    tell(f"{company.name(gm)} 签发")
    return case


def file_declaration(company: Company, tell: Tell) -> str:
    """C2: sales operations declares a contract with one line below the floor price and one within policy."""
    clerk = company.desk("sales_operations")
    case = clerk.start("ContractApprovalProcess", {"orderIntent": "客户来电: 高压电缆两种规格, 年底前交货"})
    task = clerk.await_task(case, "Task_FillDeclaration")
    lines = [company.line(of_floor="0.98"), company.line(1)]
    clerk.complete(task, company.declaration(lines=lines))
    tell(f"{company.name(clerk)} 填写合同申报单, 第1行低于底价, 第2行在政策之内")
    return case


def approve_declaration(company: Company, case: str, tell: Tell) -> None:
    """C2: the sales manager returns it once; revised, the sales manager and the general manager sign."""
    clerk, manager, gm = (
        company.desk("sales_operations"),
        company.desk("sales_manager"),
        company.desk("general_manager"),
    )
    shown = manager.do(
        case, "Task_ApproveDeclaration", {"decision": "return", "comment": "第1行单价太低, 请与客户再谈"}
    )
    tell(f"{company.name(manager)} 看到偏离: {shown['deviationSummary']}; 退回修改")
    task = clerk.await_task(case, "Task_FillDeclaration")
    shown = clerk.form(task)
    tell(f"{company.name(clerk)} 读到意见“{shown['returnComment']}”, 修改单价")
    lines = [company.line(of_floor="0.99"), company.line(1)]
    clerk.complete(task, company.declaration(lines=lines))
    for signer in (manager, gm):
        signer.do(case, "Task_ApproveDeclaration", {"decision": "approve", "comment": "同意"})
        tell(f"{company.name(signer)} 签批同意")


def sign_contract(company: Company, case: str, tell: Tell) -> None:
    """C3: the customer signs, sales head and finance countersign, sales operations seals."""
    clerk = company.desk("sales_operations", 1)
    task = clerk.await_task(case, "Task_RegisterCustomerSignature")
    scan = clerk.engine.get_bytes(f"/task/{task['id']}/variables/contractDocument/data")
    shown = clerk.form(task)
    tell(f"合同 {shown['contractNo']} 已制作, {company.name(clerk)} 打印并寄给客户")
    clerk.complete(task, signature_form(scan, company.today))
    tell("客户签署, 扫描件登记")
    for post, step in (("sales_manager", "Task_CountersignSales"), ("finance", "Task_CountersignFinance")):
        desk = company.desk(post)
        desk.do(case, step, {"decision": "approve", "comment": "会签同意"})
        tell(f"{company.name(desk)} 会签")
    clerk.do(case, "Task_SealContract", {"sealConfirmed": True, "copies": "4", "sealRemark": "一式四份"})
    tell(f"{company.name(clerk)} 用印登记, 合同生效")


def signature_form(scan: bytes, signed_on: date) -> dict[str, Any]:
    """What the form for the customer's signature sends; `scan` is the signed paper as PDF, PNG or JPEG."""
    return {
        "customerDecision": "signed",
        "customerSigner": "马文涛",
        "customerSignedOn": signed_on.isoformat(),
        "objection": None,
        "signedScan": FileValue("客户签署.pdf", scan, "application/pdf"),
    }


def draft_form(shown: Mapping[str, Any], **fields: object) -> dict[str, Any]:
    """What the form of a policy's draft sends when it is left as it was shown; `fields` replace."""
    return {**{name: shown.get(name) for name in POLICY_FIELDS}, **fields}
