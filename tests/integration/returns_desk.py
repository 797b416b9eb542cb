"""Plays the engine for the steps of goods that come back, without an engine."""

from __future__ import annotations

from typing import Any

from tests.integration.contract_desk import COMPANY, ORG, TODAY, Uploads
from tests.integration.fulfilment_desk import ACCOUNTANT, CLERK, INSPECTOR, KEEPER, FulfilmentDesk, rows
from tests.pdf import SIGNED_PAPER
from workers import cases
from workers.calendar import OFFICE
from workers.returns import booking, filing, receiving, withdrawal
from workers.returns import messages as m
from workers.runtime import TaskContext


class ReturnsDesk:
    """One return of a contract, handler by handler, with what the forms and the listeners would send."""

    def __init__(self, desk: FulfilmentDesk, instance: str = "return", case_no: str = "") -> None:
        self.desk, self.instance, self.case_no = desk, instance, case_no
        self.session, self.uow = desk.session, desk.uow

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the case."""
        key = "GoodsReturnProcess"
        return TaskContext("task", "topic", self.case_no, self.instance, key, "activity", None, self.desk.now)

    def open(self, started_by: str = CLERK, **fields: Any) -> m.GoodsReturnOpened:
        request = m.OpenGoodsReturn(started_by=started_by, **{"contract_no": self.desk.number, **fields})
        opened = filing.open(request, self.uow, self.task, ORG, OFFICE)
        self.case_no = opened.case_no
        return opened

    def check(self, lines: Any, by: str | None = CLERK, **fields: Any) -> m.GoodsReturnChecked:
        number = self.desk.number
        sent = {"contract_no": number, "lines_of": number, "return_reason": "边胶开裂", **fields}
        form = m.CheckGoodsReturn(return_lines=lines, signed_by=by, **sent)
        return filing.check(form, self.uow, self.task, ORG, COMPANY)

    def sign(self) -> None:
        """The paper's approval, as PaperApprovalProcess would leave it."""
        at = self.desk.now
        signed = {
            "postName": "销售部经理",
            "signerName": "张伟",
            "at": at.isoformat(),
            "comment": "同意",
        }
        cases.set_approved(self.session, self.case_no, "goods_return", at, [signed])

    def allow(self) -> m.GoodsReturnAllowed:
        return filing.allow(m.AllowGoodsReturn(), self.uow, self.task, ORG, COMPANY, OFFICE)

    def send_back(self, comment: str = "请附照片") -> m.GoodsReturnSentBack:
        form = m.SendBackGoodsReturn(return_comment=comment)
        return filing.send_back(form, self.uow, self.task, ORG, OFFICE)

    def receive(self, lines: Any, by: str | None = KEEPER) -> m.ReturnedRecorded:
        form = m.RecordReturned(received_lines=lines, receive_remark="", signed_by=by)
        return receiving.record_returned(form, self.uow, self.task, ORG, OFFICE)

    def inspect(self, lines: Any, by: str | None = INSPECTOR) -> m.ReturnedInspected:
        form = m.RecordReturnedInspection(inspection_lines=lines, signed_by=by)
        return receiving.record_inspection(form, self.uow, self.task, ORG, OFFICE)

    def book(
        self, lines: Any, by: str | None = ACCOUNTANT, scan: bytes | None = SIGNED_PAPER, **fields: Any
    ) -> m.GoodsReturnBooked:
        sent = {
            "book_decision": "book",
            "paper_signer": "马志远",
            "paper_signed_on": TODAY.isoformat(),
            **fields,
        }
        form = m.BookGoodsReturn(paper_lines=lines, signed_by=by, **sent)
        return booking.book(form, self.uow, self.task, ORG, COMPANY, Uploads(scan), OFFICE)

    def withdraw(self, by: str = CLERK, reason: str = "客户留用") -> m.GoodsReturnWithdrawn:
        form = m.WithdrawGoodsReturn(withdraw_requested=True, withdraw_reason=reason, withdrawn_by=by)
        return withdrawal.withdraw(form, self.uow, self.task, ORG)

    # -- several steps -----------------------------------------------------------------------------------------

    def coming(self, quantity: str = "20") -> None:
        """A signed return of line 1, whose goods are on their way."""
        self.open()
        checked = self.check(rows({1: quantity}))
        assert checked.form_errors == []
        self.sign()
        self.allow()

    def inspected(self, quantity: str = "20", bad: str = "0") -> None:
        """The goods are back and inspected; only finance is missing."""
        self.coming(quantity)
        assert self.receive(rows({1: quantity})).receive_outcome == "received"
        good = format(float(quantity) - float(bad), "g")
        lines = rows({1: quantity}, good={1: good}, bad={1: bad}, reason="开裂")
        assert self.inspect(lines).inspect_outcome == "inspected"
