"""Plays the engine for the payout of commission and the month's closing, without an engine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tests.integration.contract_desk import COMPANY, ORG, issue_policy
from tests.integration.ledger_desk import NOW, Desk, in_force
from workers.approval import tasks as approval
from workers.approval.messages import AssignStep, PlanRoute, RecordSignature
from workers.calendar import OFFICE, SHANGHAI
from workers.closing import gathering, opening, reconciling
from workers.closing import messages as c
from workers.commission import filling, paying
from workers.commission import messages as m
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import EntryKind
from workers.runtime import TaskContext

IN_APRIL = datetime(2026, 4, 1, 8, 0, tzinfo=SHANGHAI)
ONE, TWO = "HT-2026-7101", "HT-2026-7102"
CLERK, CASHIER, STOREKEEPER = "chenxiaoyan", "xuhong", "luozhiqiang"
SIGNERS = {"finance": "guojing", "deputy_gm_finance": "zhouminhua", "general_manager": "wangjianguo"}


class CaseDesk:
    """A case of one process, handler by handler."""

    PROCESS = ""

    def __init__(self, session: Session, at: datetime = NOW, instance: str = "instance") -> None:
        self.session, self.now, self.instance = session, at, instance
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        self.case_no = ""
        issue_policy(session)

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the case."""
        key = self.case_no or None
        return TaskContext("task", "topic", key, self.instance, self.PROCESS, "activity", None, self.now)


class PayoutDesk(CaseDesk):
    """CommissionPayoutProcess."""

    PROCESS = "CommissionPayoutProcess"

    def open(self, started_by: str = CLERK, **fields: Any) -> m.PayoutOpened:
        """Start the case."""
        request = m.OpenPayout(started_by=started_by, **fields)
        opened = filling.open_payout(request, self.uow, self.task, ORG, OFFICE)
        self.case_no = opened.case_no
        return opened

    def prepare(self, signed_by: str | None = CLERK, **fields: Any) -> m.Prepared:
        """Send the form."""
        sent = {"salesperson": "zhaolei", "payout_note": "", **fields}
        return filling.prepare(m.Prepare(signed_by=signed_by, **sent), self.uow, self.task, ORG, COMPANY)

    def filled(self, **fields: Any) -> m.Prepared:
        """Fill the form as it is prefilled, and send it."""
        rows = self.prepare(payouts=None).payouts
        return self.prepare(payouts=rows, **fields)

    def sign(self, decision: str = "approve") -> str:
        """The paper's signers, as the called process has them sign."""
        posts = list(SIGNERS)
        plan = PlanRoute(stage="commission", extra_approvers=posts, called_by=self.instance)
        approval.plan_route(plan, self.uow, self.task, ORG)
        outcome = ""
        for user in SIGNERS.values():
            step = AssignStep(stage="commission", called_by=self.instance)
            approval.assign_step(step, self.uow, self.task, ORG, OFFICE)
            form = RecordSignature(
                stage="commission",
                decision=decision,
                comment="意见",
                signed_by=user,
                signed_at=self.now,
                called_by=self.instance,
            )
            outcome = approval.record_signature(form, self.uow, self.task, ORG).approval_outcome or ""
            if outcome != "next":
                break
        return outcome

    def arrange(self) -> m.PaymentArranged:
        """The paper is approved."""
        return paying.arrange_payment(m.ArrangePayment(), self.uow, self.task, ORG, COMPANY, OFFICE)

    def pay(self, by: str | None = CASHIER, **fields: Any) -> m.CommissionPaid:
        """Finance registers the payment."""
        sent = {"paid_on": self.now.date().isoformat(), "bank_reference": f"B-{self.case_no}", **fields}
        return paying.pay(m.Pay(signed_by=by, **sent), self.uow, self.task, ORG)

    def send_back(self, comment: Any = "请修改") -> m.PaperReturned:
        """Back to sales operations."""
        request = m.ReturnPaper(return_comment=comment)
        return filling.return_paper(request, self.uow, self.task, ORG, OFFICE)

    def close(self) -> m.PayoutClosed:
        """The paper was rejected."""
        return filling.close_payout(m.ClosePayout(), self.uow, self.task)

    def withdraw(self, by: str = CLERK, reason: Any = "填错了") -> m.PayoutWithdrawn:
        """Withdraw the case."""
        form = m.WithdrawPayout(withdraw_requested=True, withdraw_reason=reason, withdrawn_by=by)
        return filling.withdraw(form, self.uow, self.task, ORG)


class ClosingDesk(CaseDesk):
    """MonthlyCloseProcess."""

    PROCESS = "MonthlyCloseProcess"

    def open(
        self, month: Any = "2026-03", started_by: str | None = CASHIER, **fields: Any
    ) -> c.ClosingOpened:
        """Start the closing."""
        request = c.OpenClosing(started_by=started_by, month=month, **fields)
        opened = opening.open_closing(request, self.uow, self.task, ORG, OFFICE)
        self.case_no = opened.case_no or self.case_no
        return opened

    def first_of_month(self) -> str | None:
        """The calendar asks for a closing; the month."""
        return opening.request_close(c.RequestClose(), self.uow, self.task, ORG).requested_month

    def count(
        self, rows: Any, by: str | None = STOREKEEPER, remark: Any = "", beyond: Any = None
    ) -> c.CountRecorded:
        """The warehouse sends its count; `beyond`: rows that it has added."""
        form = c.RecordCount(counts=rows, surplus_rows=beyond, count_remark=remark, signed_by=by)
        return gathering.record_count(form, self.uow, self.task, ORG)

    def confirm_sales(self, by: str | None = CLERK, ticked: Any = True) -> c.SalesBookConfirmed:
        """Sales operations confirms its ledger."""
        form = c.ConfirmSalesBook(sales_book_confirmed=ticked, sales_remark="", signed_by=by)
        return gathering.confirm_sales_book(form, self.uow, self.task, ORG)

    def reconcile(self) -> c.Reconciled:
        """Compare everything."""
        return reconciling.reconcile(c.Reconcile(), self.uow, self.task, ORG, OFFICE)

    def resolve(self, rows: Any, by: str | None = CASHIER) -> c.DifferencesResolved:
        """Finance sends its resolutions."""
        return reconciling.resolve(c.Resolve(differences=rows, signed_by=by), self.uow, self.task, ORG)

    def close(self, by: str | None = CASHIER, ticked: Any = True, remark: Any = "") -> c.MonthClosed:
        """Finance confirms."""
        form = c.CloseMonth(close_confirmed=ticked, close_remark=remark, signed_by=by)
        return reconciling.close_month(form, self.uow, self.task, ORG, COMPANY)

    def withdraw(self, by: str = CASHIER, reason: Any = "数字不全") -> c.ClosingWithdrawn:
        """Withdraw the case."""
        form = c.WithdrawClosing(withdraw_requested=True, withdraw_reason=reason, withdrawn_by=by)
        return opening.withdraw(form, self.uow, self.task, ORG)

    def until_reconciled(self, month: str = "2026-03", off: dict[str, str] | None = None) -> c.Reconciled:
        """Opened, counted as the books say (`off`: what was counted otherwise), confirmed, compared."""
        opened = self.open(month)
        assert opened.closing_outcome == "opened", opened.form_errors
        self.count(counted(opened.counts, off))
        self.confirm_sales()
        return self.reconcile()

    def resolve_all(
        self, rows: list[c.DifferenceRow], resolution: str = "in_transit"
    ) -> c.DifferencesResolved:
        """Every difference the same way."""
        return self.resolve([resolved(row, resolution) for row in rows])


def small_books(session: Session, number: str = ONE) -> Desk:
    """A contract over 1,000 yuan: 10 of 100 metres are in stock, 500 yuan were received; nothing differs."""
    desk = Desk(session, in_force(session, number))
    desk.delivered("20")
    for kind in (EntryKind.PRODUCTION, EntryKind.INBOUND):
        desk.goods(kind, "10")
    desk.finance(EntryKind.RECEIPT, "500")
    return desk


def found(output: c.Reconciled) -> list[tuple[str, str, str, str]]:
    """What differs: kind, contract, both sides."""
    return [(one.kind, one.contract_no, one.sales_side, one.finance_side) for one in output.differences]


def counted(rows: list[c.CountRow], off: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The count form as the warehouse fills it."""
    return [
        {
            **row.model_dump(by_alias=True),
            "counted": (off or {}).get(row.item, row.book_stock.split(" ")[0]),
        }
        for row in rows
    ]


def resolved(row: c.DifferenceRow, resolution: str = "in_transit", **fields: Any) -> dict[str, Any]:
    """A difference as finance fills it."""
    decided = {"resolution": resolution, "responsible": "zhaolei", "reason": "单据在途，下月补登"}
    return {**row.model_dump(by_alias=True), **decided, **fields}
