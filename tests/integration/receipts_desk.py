"""Plays the engine for the steps of received money, without an engine."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from tests.integration.contract_desk import ORG, Uploads, issue_policy
from tests.integration.debts_desk import NOW
from tests.unit.receipts import banks
from workers.calendar import OFFICE
from workers.database.unit_of_work import UnitOfWork
from workers.receipts import messages as m
from workers.receipts import tasks
from workers.runtime import TaskContext

CLERK, COLLEAGUE, STRANGER = "xuhong", "guojing", "zhaolei"
PAYMENT: dict[str, Any] = {
    "receipt_action": "payment",
    "amount": "3000.00",
    "value_date": "2026-06-20",
    "bank_reference": "流水8001",
    "payer": "北岭煤业有限公司(示例)",
    "remark": "货款",
}
NORTH, PORT = "北岭煤业有限公司(示例)", "海风港务集团(示例)"


def row(
    amount: str, payer: str = NORTH, remark: str = "货款", reference: str = "", day: str = "2026-06-20"
) -> list[str]:
    """A row of `banks.simple`."""
    return [day, amount, "", payer, remark, reference, "人民币"]


def statement(*rows: list[str]) -> bytes:
    """A statement's file."""
    return banks.as_csv(banks.simple(*rows))


class ReceiptsDesk:
    """One case, handler by handler, with what the forms and the listeners would send."""

    def __init__(self, session: Session, instance: str = "instance", case_no: str = "") -> None:
        self.session, self.instance, self.now = session, instance, NOW
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        self.case_no = case_no
        if not case_no:
            issue_policy(session)

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the case."""
        key = "BankStatementProcess"
        return TaskContext("task", "topic", self.case_no, self.instance, key, "activity", None, self.now)

    def open(self, started_by: str = CLERK, **fields: Any) -> m.ReceiptsOpened:
        """Start the case."""
        opened = tasks.open(m.OpenReceipts(started_by=started_by, **fields), self.uow, self.task, ORG, OFFICE)
        self.case_no = opened.case_no
        return opened

    def record(self, signed_by: str | None = CLERK, **fields: Any) -> m.ReceiptRecorded:
        """Send the form of a single receipt."""
        form = m.RecordReceipt(signed_by=signed_by, **{**PAYMENT, **fields})
        return tasks.record_receipt(form, self.uow, self.task, ORG)

    def enter(self, **fields: Any) -> m.ReceiptRecorded:
        """A whole case of a single receipt, that must be right."""
        self.open(receipt_way="single")
        recorded = self.record(**fields)
        assert recorded.form_errors == []
        return recorded

    def upload(
        self, content: bytes | None, signed_by: str | None = CLERK, **fields: Any
    ) -> m.StatementImported:
        """Upload a file."""
        sent = {"statement_filename": "流水.csv", "upload_finished": False, **fields}
        form = m.ImportStatement(signed_by=signed_by, **sent)
        return tasks.import_statement(form, self.uow, self.task, ORG, Uploads(content), OFFICE)

    def take_in(self, *rows: list[str]) -> m.StatementImported:
        """A whole case of a statement."""
        self.open(receipt_way="statement")
        return self.upload(statement(*rows))

    def resolve(self, claims: Any, signed_by: str | None = COLLEAGUE) -> m.UnmatchedResolved:
        """Claim what was not matched."""
        form = m.ResolveUnmatched(claims=claims, signed_by=signed_by)
        return tasks.resolve_unmatched(form, self.uow, self.task, ORG, OFFICE)

    def withdraw(self, by: str = CLERK, reason: str = "传错了") -> m.ReceiptsWithdrawn:
        """Withdraw the case."""
        form = m.WithdrawReceipts(withdraw_requested=True, withdraw_reason=reason, withdrawn_by=by)
        return tasks.withdraw(form, self.uow, self.task, ORG)
