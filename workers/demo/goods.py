"""A contract's goods in the demonstration and in tests: each step by the member of staff concerned."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from workers import calendar
from workers.database.unit_of_work import UnitOfWork
from workers.demo.desk import GLANCE_SECONDS, PATIENCE_SECONDS, NothingOnTheDesk
from workers.demo.story import Company
from workers.fulfilment.store import DRAFTED, GoodsPaper
from workers.runtime import FileValue

Quantities = Mapping[int, str]
SCAN = b"%PDF-1.7\n% signed copy of the delivery note\n"


def rows(quantities: Quantities, **columns: Quantities | str) -> list[dict[str, str]]:
    """Rows of a form's list, by contract line; a column that is a text is the same in every row."""
    return [
        {
            "lineNo": str(line),
            "quantity": quantity,
            **{name: one if isinstance(one, str) else one.get(line, "0") for name, one in columns.items()},
        }
        for line, quantity in quantities.items()
    ]


class Goods:
    """Production and delivery of one contract. Quantities go by contract line, as texts."""

    def __init__(self, company: Company, contract_no: str) -> None:
        self.company, self.number = company, contract_no

    def do(self, post: str, step: str, form: Mapping[str, object]) -> dict[str, Any]:
        """Somebody of the post completes the step; returns what its form showed."""
        return self.company.desk(post).do(self.number, step, form)

    def paper(self, kind: str, seconds: float = PATIENCE_SECONDS) -> str:
        """Wait for the paper of a kind (notice, delivery) that is to be signed; its number."""
        query = select(GoodsPaper.paper_no).where(
            GoodsPaper.contract_no == self.number, GoodsPaper.kind == kind, GoodsPaper.state == DRAFTED
        )
        deadline = time.monotonic() + seconds
        while True:
            with UnitOfWork(self.company.app.sessions) as uow:
                found = uow.session.scalars(query).first()
            if found:
                return found
            if time.monotonic() > deadline:
                raise NothingOnTheDesk(f"no {kind} of {self.number} waits for its signature")
            time.sleep(GLANCE_SECONDS)

    # -- production --------------------------------------------------------------------------------------------

    def fill_notice(self, quantities: Quantities, **fields: object) -> dict[str, Any]:
        """Planning fills the production notice."""
        form = {
            "noticeLines": rows(quantities),
            "finishBy": self.company.workday(20).isoformat(),
            "noticeRemark": "",
            **fields,
        }
        return self.do("planning", "Task_FillProductionNotice", form)

    def sign_notice(self, decision: str = "approve", comment: str = "同意") -> dict[str, Any]:
        """The deputy GM for sales signs it, once it is on their desk."""
        return self._sign("notice", "deputy_gm_sales", decision, comment)

    def report(self, quantities: Quantities, **fields: object) -> dict[str, Any]:
        """Production reports a batch on an inbound note."""
        form = {
            "batchLines": rows(quantities),
            "producedOn": self.company.today.isoformat(),
            "batchRemark": "",
            **fields,
        }
        return self.do("production", "Task_ReportProduction", form)

    def inspect(
        self, passed: Quantities, failed: Quantities | None = None, reason: str = ""
    ) -> dict[str, Any]:
        """Quality inspects a batch."""
        lines = rows(passed, passed=passed, failed=failed or "0", reason=reason)
        return self.do("quality", "Task_InspectGoods", {"inspectionLines": lines, "inspectionRemark": ""})

    def store(
        self, stored: Quantities, missing: Quantities | None = None, reason: str = ""
    ) -> dict[str, Any]:
        """The warehouse stores what has passed."""
        lines = rows(stored, stored=stored, missing=missing or "0", reason=reason)
        return self.do("warehouse", "Task_StoreGoods", {"storeLines": lines, "location": "A区3排"})

    def order_production(self, quantities: Quantities) -> None:
        """A notice, filled and issued."""
        self.fill_notice(quantities)
        self.sign_notice()

    def make(self, quantities: Quantities) -> None:
        """A batch that is good throughout, from the report to the stock."""
        self.report(quantities)
        self.inspect(quantities)
        self.store(quantities)

    # -- delivery ----------------------------------------------------------------------------------------------

    def fill_delivery(self, quantities: Quantities, **fields: object) -> dict[str, Any]:
        """Sales operations fills the delivery note."""
        form = {
            "deliveryLines": rows(quantities),
            "leaveOn": self.company.today.isoformat(),
            "destination": "示例市矿山路1号 东门",
            "deliveryRemark": "",
            **fields,
        }
        return self.do("sales_operations", "Task_FillDeliveryNote", form)

    def sign_delivery(self, decision: str = "approve", comment: str = "同意") -> dict[str, Any]:
        """The sales manager signs it, once it is on their desk."""
        return self._sign("delivery", "sales_manager", decision, comment)

    def release(self, quantities: Quantities, decision: str = "release", remark: str = "") -> dict[str, Any]:
        """The warehouse releases the goods, or says why it cannot."""
        form = {"releaseDecision": decision, "releaseLines": rows(quantities), "releaseRemark": remark}
        return self.do("warehouse", "Task_ReleaseGoods", form)

    def leave(self, **fields: object) -> dict[str, Any]:
        """Gate security logs the exit against the pass that the driver shows."""
        desk = self.company.desk("gate_security")
        task = desk.await_task(self.number, "Task_LogExit")
        shown = desk.form(task)
        form = {
            "passPresented": shown["passNo"],
            "plate": "晋A12345",
            "driver": "老李",
            "leftAt": calendar.now().isoformat(timespec="seconds"),
            **fields,
        }
        desk.complete(task, form)
        return shown

    def receive(
        self,
        signed: Quantities,
        returned: Quantities | None = None,
        reason: str = "",
        scan: bytes = SCAN,
        **fields: object,
    ) -> dict[str, Any]:
        """Finance registers the copy that the customer has signed, with its scan."""
        form = {
            "receiptLines": rows(signed, signed=signed, returned=returned or "0", reason=reason),
            "receiptSigner": "马志远",
            "receiptSignedOn": self.company.today.isoformat(),
            "receiptScan": FileValue("签收单.pdf", scan, "application/pdf"),
            **fields,
        }
        return self.do("finance", "Task_RegisterReceipt", form)

    def inspect_return(
        self, good: Quantities, bad: Quantities | None = None, reason: str = ""
    ) -> dict[str, Any]:
        """Quality inspects what came back."""
        lines = rows(good, good=good, bad=bad or "0", reason=reason)
        return self.do("quality", "Task_InspectReturn", {"returnLines": lines, "returnRemark": ""})

    def deliver(self, quantities: Quantities) -> None:
        """Goods from the delivery note to the customer's signature."""
        self.fill_delivery(quantities)
        self.sign_delivery()
        self.release(quantities)
        self.leave()
        self.receive(quantities)

    def _sign(self, kind: str, post: str, decision: str, comment: str) -> dict[str, Any]:
        return self.company.sign_paper(self.paper(kind), post, decision, comment)
