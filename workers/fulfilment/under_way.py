"""A contract under fulfilment, locked by a step of it: its goods, its papers, its case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

from sqlalchemy.orm import Session

from workers import cases, debts, ledger, money
from workers.calendar import SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.fulfilment import rules
from workers.ledger import Book, ContractRow, EntryKind, GoodsLine
from workers.money import plain
from workers.org import OrgChart
from workers.runtime import TaskContext


@dataclass(frozen=True)
class Fulfilment:
    """What every step of production and delivery works with. Facts are read from the database (rule 13)."""

    session: Session
    contract: ContractRow
    case: cases.Case
    task: TaskContext
    org: OrgChart

    @classmethod
    def lock(cls, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> Self:
        """The contract, locked first of all, then its case.

        InvalidInput: unknown, or its fulfilment was never opened. CaseEnded: the contract is in force no more, so that
        the instance is about to end; nothing is entered.
        """
        contract = ledger.lock_contract(uow.session, task.case_no)
        case = cases.lock(uow.session, task.case_no)
        if case.state != cases.OPEN or contract.status != ledger.IN_FORCE:
            raise cases.CaseEnded(case)
        return cls(uow.session, contract, case, task, org)

    @property
    def number(self) -> str:
        """The contract's number, which is the case's too."""
        return self.contract.contract_no

    @property
    def today(self) -> date:
        """The day in Shanghai."""
        return self.task.now.astimezone(SHANGHAI).date()

    def goods(self) -> list[GoodsLine]:
        """The contract's lines with all their quantities, as the ledger keeps them now."""
        return ledger.goods(self.session, self.number)

    @cached_property
    def products(self) -> dict[int, GoodsLine]:
        """What each line is; of its quantities only `goods` tells the newest."""
        return {line.line_no: line for line in self.goods()}

    def hold(self) -> str:
        """Why nothing may be delivered to the customer, in Chinese; empty when it may (A3)."""
        hold = debts.hold_of(self.session, self.contract.customer_no)
        return hold.reason if hold is not None else ""

    def post(
        self,
        book: Book,
        kind: EntryKind,
        reference: str,
        quantities: rules.Quantities,
        value_date: date,
        sha256: str | None = None,
    ) -> None:
        """Book quantities from a paper, line by line; the ledger says what they are worth (C4)."""
        for line_no, quantity in sorted(quantities.items()):
            if quantity > 0:
                ledger.post(
                    self.session,
                    book,
                    kind,
                    self.number,
                    None,
                    value_date=value_date,
                    reference=reference,
                    posted_at=self.task.now,
                    line_no=line_no,
                    quantity=quantity,
                    reference_sha256=sha256,
                )

    def note(self, user: str | None, action: str, text: str) -> None:
        """Add to the case's history what somebody, or without `user` the system, did."""
        who = self.org.name_of(user) if user else "系统"
        cases.note(self.session, self.number, who, action, text, self.task.now, user=user)

    def view(self) -> dict[str, Any]:
        """The fields of `GoodsView`; the case's status follows the figures."""
        account = ledger.account(self.session, self.number)
        cases.status(self.session, self.number, rules.progress(account))
        hold = self.hold()
        return {
            "case_no": self.number,
            "customer_name": self.contract.customer_name,
            "total_figures": money.figures(self.contract.amount),
            "delivery_date": self.contract.delivery_date.isoformat(),
            "received_figures": money.figures(account.received),
            "percent_received": f"{account.percent_received}%",
            "hold_text": hold or "无",
            "goods": [_goods_row(line) for line in self.goods()],
        }

    def words(self, quantities: rules.Quantities) -> str:
        """Quantities as staff read them in a history: `第1行 60米，第2行 5套`."""
        told = [
            f"第{line}行 {plain(many)}{self.products[line].unit}" for line, many in sorted(quantities.items())
        ]
        return "，".join(told)

    def rows(self, quantities: rules.Quantities, **columns: rules.Quantities) -> list[dict[str, Any]]:
        """Rows of a form: each line with its product, its `quantity`, and further columns, as text."""
        return [
            {
                "lineNo": str(line),
                "product": self.named(line),
                "unit": self.products[line].unit,
                "quantity": plain(quantity),
                **{name: plain(column.get(line, Decimal(0))) for name, column in columns.items()},
            }
            for line, quantity in sorted(quantities.items())
        ]

    def named(self, line_no: int) -> str:
        """Product and specification of a line."""
        line = self.products[line_no]
        return f"{line.product_name} {line.specification}".strip()

    def typed(
        self, rows: Sequence[dict[str, Any]], sent: object, fields: Sequence[str]
    ) -> list[dict[str, Any]]:
        """The form's rows with what somebody typed into them, for mending."""
        by_line = (
            {str(row.get("lineNo")): row for row in sent if isinstance(row, dict)}
            if isinstance(sent, list)
            else {}
        )
        return [
            {**row, **{name: cases.shown(by_line.get(row["lineNo"], {}).get(name), 200) for name in fields}}
            for row in rows
        ]


def _goods_row(line: GoodsLine) -> dict[str, str | int]:
    return {
        "line": line.line_no,
        "product": line.product_name,
        "specification": line.specification,
        "unit": line.unit,
        "ordered": plain(line.ordered),
        "produced": plain(line.produced),
        "stored": plain(line.stored - line.scrapped),
        "inStock": plain(line.in_stock),
        "dispatched": plain(line.dispatched - line.returned),
        "delivered": plain(line.delivered),
        "toProduce": plain(max(line.to_produce, Decimal(0))),
        "toDeliver": plain(max(line.to_deliver, Decimal(0))),
    }
