"""Plays the engine for the steps of a refund, without an engine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tests.integration.contract_desk import COMPANY, ORG, issue_policy
from tests.integration.debts_desk import NOW
from workers.approval import tasks as approval
from workers.approval.messages import AssignStep, PlanRoute, RecordSignature
from workers.calendar import OFFICE
from workers.database.unit_of_work import UnitOfWork
from workers.refunds import filing, paying
from workers.refunds import messages as m
from workers.runtime import TaskContext

CLERK, COLLEAGUE, DEPUTY, BOSS = "xuhong", "guojing", "zhouminhua", "wangjianguo"
POSTS = {DEPUTY: "deputy_gm_finance", BOSS: "general_manager"}
REFUND: dict[str, Any] = {
    "customer_no": "K0001",
    "refund_amount": "600.00",
    "payee": "北岭煤业有限公司(示例)",
    "payee_bank": "工商银行北岭支行",
    "payee_account": "1103 0202 0900 0000 001",
    "refund_reason": "合同终止，退还预付款",
}
PAYMENT: dict[str, Any] = {"pay_decision": "paid", "paid_on": "2026-06-30", "bank_reference": "付款7001"}


class RefundsDesk:
    """One case, handler by handler, with what the forms and the listeners would send."""

    def __init__(self, session: Session, instance: str = "refund", case_no: str = "") -> None:
        self.session, self.instance, self.now = session, instance, NOW
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        self.case_no = case_no
        self.checked: m.RefundChecked | None = None
        if not case_no:
            issue_policy(session)

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the case."""
        key = "RefundProcess"
        return TaskContext("task", "topic", self.case_no, self.instance, key, "activity", None, self.now)

    @property
    def signing(self) -> TaskContext:
        """A delivery of an external task of the called approval."""
        key = "PaperApprovalProcess"
        return TaskContext("task", "topic", self.case_no, self.instance, key, "activity", None, self.now)

    def open(self, started_by: str = CLERK, **fields: Any) -> m.RefundOpened:
        """Start the case."""
        opened = filing.open(m.OpenRefund(started_by=started_by, **fields), self.uow, self.task, ORG, OFFICE)
        self.case_no = opened.case_no
        return opened

    def check(self, signed_by: str | None = CLERK, **fields: Any) -> m.RefundChecked:
        """Send the form."""
        form = m.CheckRefund(signed_by=signed_by, **{**REFUND, **fields})
        self.checked = filing.check(form, self.uow, self.task, ORG, COMPANY)
        return self.checked

    def fill(self, **fields: Any) -> None:
        """A case whose form is right."""
        self.open()
        assert self.check(**fields).form_errors == []

    def sign(self, *signers: str) -> None:
        """The signatures that the paper needs, given."""
        assert self.checked is not None
        stage, owner = self.checked.paper_kind or "", self.instance
        posts = [{"post": POSTS[one]} for one in signers]
        plan = PlanRoute(stage=stage, extra_approvers=posts, called_by=owner)
        approval.plan_route(plan, self.uow, self.signing, ORG)
        for one in signers:
            step = AssignStep(stage=stage, called_by=owner)
            approval.assign_step(step, self.uow, self.signing, ORG, OFFICE)
            form = RecordSignature(
                stage=stage,
                decision="approve",
                comment="同意",
                called_by=owner,
                signed_by=one,
                signed_at=self.now,
            )
            approval.record_signature(form, self.uow, self.signing, ORG)

    def arrange(self) -> m.RefundArranged:
        """Hand the signed paper to finance."""
        return paying.arrange_payment(m.ArrangeRefund(), self.uow, self.task, ORG, COMPANY, OFFICE)

    def pay(self, signed_by: str | None = COLLEAGUE, **fields: Any) -> m.RefundPaid:
        """Send what finance says of the payment."""
        form = m.PayRefund(signed_by=signed_by, **{**PAYMENT, **fields})
        return paying.pay(form, self.uow, self.task, ORG)

    def ready(self, **fields: Any) -> None:
        """A case that only lacks the bank's payment."""
        self.fill(**fields)
        self.sign(DEPUTY)
        self.arrange()

    def give_back(self, comment: str = "账号有误") -> m.RefundReturned:
        """The paper comes back."""
        return filing.return_paper(m.ReturnRefund(return_comment=comment), self.uow, self.task, OFFICE)

    def withdraw(self, by: str = CLERK, reason: str = "客户改为抵付") -> m.RefundWithdrawn:
        """Withdraw the case."""
        form = m.WithdrawRefund(withdraw_requested=True, withdraw_reason=reason, withdrawn_by=by)
        return filing.withdraw(form, self.uow, self.task, ORG)

    def at(self, moment: datetime) -> RefundsDesk:
        """The same case at another moment."""
        self.now = moment
        return self
