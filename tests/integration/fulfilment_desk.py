"""Plays the engine for the steps from a contract in force to its end, without an engine."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.integration.contract_desk import COMPANY, NOW, ORG, TODAY, ContractDesk, Uploads
from tests.integration.ledger_desk import draw
from tests.pdf import SIGNED_PAPER
from workers import cases, ledger, signals
from workers.calendar import OFFICE
from workers.fulfilment import contracts, delivery, dispatch, production, receipts, stock
from workers.fulfilment import delivery_messages as d
from workers.fulfilment import messages as m
from workers.fulfilment import production_messages as p
from workers.ledger import Book, EntryKind
from workers.runtime import Message, TaskContext

PLANNER, MAKER, INSPECTOR, KEEPER = "gaofeng", "sunweidong", "linxue", "luozhiqiang"
CLERK, GUARD, ACCOUNTANT = "chenxiaoyan", "tangyong", "xuhong"
SIGNERS = {
    "production_notice": ("分管销售副总经理", "李海涛"),
    "delivery_note": ("销售部经理", "张伟"),
}

Quantities = dict[int, str]
ALL: Quantities = {1: "120.5", 2: "10"}
"""Everything that the contract orders."""


def rows(quantities: Quantities, **more: Quantities | str) -> list[dict[str, str]]:
    """Rows of a form's list; further columns by line, or the same text in every line."""
    return [
        {
            "lineNo": str(line),
            "quantity": quantity,
            **{name: text if isinstance(text, str) else text.get(line, "0") for name, text in more.items()},
        }
        for line, quantity in quantities.items()
    ]


class FulfilmentDesk:
    """A contract over 120.5 m (line 1) and 10 m (line 2), step by step, with what the forms would send."""

    def __init__(self, session: Session) -> None:
        self.session = session
        sealing = ContractDesk(session)
        self.number = sealing.until_registered()
        self.uow, self.now = sealing.uow, sealing.now

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the contract."""
        key = "ContractFulfilmentProcess"
        return TaskContext("task", "topic", self.number, "instance", key, "activity", None, self.now)

    def run(self, handler: Any, message: Message, *more: Any) -> Any:
        """Call a handler; `more` are its dependencies behind the org chart."""
        return handler(message, self.uow, self.task, ORG, *more)

    def goods(self, line: int = 1) -> ledger.GoodsLine:
        """A line's quantities."""
        return next(one for one in ledger.goods(self.session, self.number) if one.line_no == line)

    def history(self) -> list[str]:
        """What happened in the contract's case."""
        return [line.action for line in cases.history(self.session, self.number)]

    # -- production ------------------------------------------------------------------------------------------

    def open(self) -> m.FulfilmentOpened:
        return self.run(contracts.open, m.OpenFulfilment())

    def plan_production(self, comment: Any = None) -> p.ProductionPlanned:
        return self.run(production.plan_production, p.PlanProduction(return_comment=comment), OFFICE)

    def prepare_notice(
        self, lines: Any = None, by: str | None = PLANNER, **more: Any
    ) -> p.ProductionNoticePrepared:
        sent = {"finish_by": "2026-04-01", "notice_remark": "加急", **more}
        lines = rows({1: "120.5", 2: "10"}) if lines is None else lines
        form = p.PrepareProductionNotice(notice_lines=lines, signed_by=by, **sent)
        return self.run(production.prepare_production_notice, form, COMPANY)

    def sign(self, paper_no: str, stage: str) -> None:
        """The paper's approval, as PaperApprovalProcess would leave it."""
        post, name = SIGNERS[stage]
        signature = {"postName": post, "signerName": name, "at": self.now.isoformat(), "comment": "同意"}
        cases.set_approved(self.session, paper_no, stage, self.now, [signature])

    def issue_notice(self) -> p.ProductionNoticeIssued:
        return self.run(production.issue_production_notice, p.IssueProductionNotice(), COMPANY, OFFICE)

    def notice(self, lines: Any = None) -> str:
        """A notice in force; its number."""
        prepared = self.prepare_notice(lines)
        assert prepared.notice_outcome == "prepared", prepared.form_errors
        self.sign(prepared.paper_no or "", "production_notice")
        self.issue_notice()
        return prepared.paper_no or ""

    def report(self, lines: Any, by: str | None = MAKER, **more: Any) -> p.ProductionReported:
        sent = {"produced_on": TODAY.isoformat(), "batch_remark": "", **more}
        form = p.ReportProduction(batch_lines=lines, signed_by=by, **sent)
        return self.run(stock.report_production, form, COMPANY, OFFICE)

    def inspect(self, lines: Any, by: str | None = INSPECTOR) -> p.InspectionRecorded:
        form = p.RecordInspection(inspection_lines=lines, inspection_remark="", signed_by=by)
        return self.run(stock.record_inspection, form, COMPANY, OFFICE)

    def store(self, lines: Any, by: str | None = KEEPER, location: Any = "A区3排") -> p.InboundRecorded:
        form = p.RecordInbound(store_lines=lines, location=location, signed_by=by)
        return self.run(stock.record_inbound, form, COMPANY, OFFICE)

    def make(self, quantities: Quantities) -> p.InboundRecorded:
        """A batch from the report to the stock, all of it good."""
        reported = self.report(rows(quantities))
        assert reported.report_outcome == "reported", reported.form_errors
        assert self.inspect(rows(quantities, passed=quantities, failed="0")).inspection_outcome == "passed"
        return self.store(rows(quantities, stored=quantities, missing="0"))

    def in_stock(self, quantities: Quantities | None = None) -> None:
        """The fulfilment is open and goods are in stock."""
        self.open()
        self.plan_production()
        self.notice()
        self.make(quantities or {1: "120.5", 2: "10"})

    # -- delivery --------------------------------------------------------------------------------------------

    def plan_delivery(self, comment: Any = None) -> d.DeliveryPlanned:
        return self.run(delivery.plan_delivery, d.PlanDelivery(return_comment=comment), OFFICE)

    def prepare_note(self, lines: Any, by: str | None = CLERK, **more: Any) -> d.DeliveryNotePrepared:
        sent = {
            "leave_on": TODAY.isoformat(),
            "destination": "示例市矿山路1号",
            "delivery_remark": "",
            **more,
        }
        form = d.PrepareDeliveryNote(delivery_lines=lines, signed_by=by, **sent)
        return self.run(delivery.prepare_delivery_note, form, COMPANY)

    def issue_note(self) -> d.DeliveryNoteIssued:
        return self.run(delivery.issue_delivery_note, d.IssueDeliveryNote(), COMPANY, OFFICE)

    def note(self, quantities: Quantities) -> str:
        """A delivery note in force; its number."""
        prepared = self.prepare_note(rows(quantities))
        assert prepared.note_outcome == "prepared", prepared.form_errors
        self.sign(prepared.paper_no or "", "delivery_note")
        self.issue_note()
        return prepared.paper_no or ""

    def release(
        self, lines: Any, by: str | None = KEEPER, decision: Any = "release", remark: Any = ""
    ) -> d.ReleaseRecorded:
        form = d.RecordRelease(
            release_decision=decision, release_lines=lines, release_remark=remark, signed_by=by
        )
        return self.run(dispatch.record_release, form, COMPANY, OFFICE)

    def leave(self, pass_no: str | None, by: str | None = GUARD, **more: Any) -> d.ExitRecorded:
        sent = {"plate": "晋A12345", "driver": "老李", "left_at": self.now.isoformat(), **more}
        form = d.RecordExit(pass_presented=pass_no, signed_by=by, **sent)
        return self.run(dispatch.record_exit, form, OFFICE)

    def receive(
        self, lines: Any, by: str | None = ACCOUNTANT, scan: bytes | None = SIGNED_PAPER, **more: Any
    ) -> d.CustomerReceiptRecorded:
        sent = {"receipt_signer": "马志远", "receipt_signed_on": TODAY.isoformat(), **more}
        form = d.RecordCustomerReceipt(receipt_lines=lines, signed_by=by, **sent)
        return self.run(receipts.record_customer_receipt, form, Uploads(scan), OFFICE)

    def inspect_return(self, lines: Any, by: str | None = INSPECTOR) -> d.ReturnInspectionRecorded:
        form = d.RecordReturnInspection(return_lines=lines, return_remark="", signed_by=by)
        return self.run(receipts.record_return_inspection, form)

    def on_the_road(self, quantities: Quantities) -> str:
        """Goods that have left the gate; the delivery note's number."""
        number = self.note(quantities)
        released = self.release(rows(quantities))
        assert released.release_outcome == "released", released.form_errors
        left = self.leave(released.pass_no)
        assert left.exit_outcome == "logged", left.form_errors
        return number

    def deliver(self, quantities: Quantities) -> d.CustomerReceiptRecorded:
        """Goods from the note to the customer's signature."""
        self.on_the_road(quantities)
        return self.receive(rows(quantities, signed=quantities, returned="0"))

    # -- the contract ----------------------------------------------------------------------------------------

    def pay(self, amount: Decimal, reference: str = "银行回单1") -> None:
        """Money of the customer, as finance books it."""
        self.finance(EntryKind.RECEIPT, amount, reference)

    def finance(self, kind: EntryKind, amount: Decimal, reference: str) -> None:
        ledger.lock_contract(self.session, self.number)
        ledger.post(
            self.session,
            Book.FINANCE,
            kind,
            self.number,
            amount,
            value_date=TODAY,
            reference=reference,
            posted_at=self.now,
        )

    def all_read(self) -> None:
        """Every strand has read what it was told."""
        for message in contracts.STRANDS:
            signals.mark_read(self.session, message, self.number, self.now)

    def complete(self) -> str:
        return str(self.run(contracts.complete, m.CompleteFulfilment()).completion_outcome)

    def close_terminated(self) -> m.TerminatedClosed:
        return self.run(contracts.close_terminated, m.CloseTerminated())


def entries(desk: FulfilmentDesk) -> list[tuple[str, str, int | None, Decimal | None, str]]:
    """The goods' entries of the contract: book, kind, line, quantity, paper."""
    return [
        (one.book, one.kind, one.line_no, one.quantity, one.reference)
        for one in ledger.entries(desk.session, desk.number)
        if one.line_no is not None
    ]


def words(output: Any) -> str:
    """The findings of an output in one text."""
    return "；".join(error.message for error in output.form_errors)


def unread(desk: FulfilmentDesk, message: str) -> int:
    query = select(signals.Signal).where(
        signals.Signal.message == message,
        signals.Signal.business_key == desk.number,
        signals.Signal.read_at.is_(None),
    )
    return len(desk.session.scalars(query).all())


def verified(desk: FulfilmentDesk) -> list[str]:
    """What `salesflow ledger verify` finds of our tables and of the contract."""
    return [str(finding) for finding in ledger.verify(desk.session)]


def amend(desk: FulfilmentDesk, ordered: dict[int, str]) -> None:
    """An amendment that orders only these lines, with these quantities."""
    lines = [
        replace(line, ordered=Decimal(ordered[line.line_no]))
        for line in ledger.goods(desk.session, desk.number)
        if line.line_no in ordered
    ]
    sealed = draw(desk.session, desk.number, 2, lines, "BG-2026-0001")
    ledger.amend(
        desk.session,
        desk.number,
        version=2,
        amount=sealed.total,
        delivery_date=NOW.date(),
        document_sha256=sealed.document_sha256,
        lines=lines,
        value_date=NOW.date(),
        posted_at=NOW,
    )


def scrap(desk: FulfilmentDesk, quantity: Decimal) -> None:
    ledger.post(
        desk.session,
        Book.SALES,
        EntryKind.SCRAP,
        desk.number,
        None,
        value_date=NOW.date(),
        reference="盘点",
        posted_at=NOW,
        line_no=1,
        quantity=quantity,
    )
