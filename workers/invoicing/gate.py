"""What stands between a contract and its invoices: read anew each time, under the contract's lock (C11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers import ledger, money, policy
from workers.invoicing import rules
from workers.invoicing.rules import Invoiceable
from workers.invoicing.store import INVOICE, Invoice, InvoiceLine


@dataclass(frozen=True)
class Gate:
    """A contract's money at this moment, and what may still be invoiced of it."""

    contract: ledger.ContractRow
    account: ledger.Account
    percent: Decimal
    """Of the contract amount that has to be received: the contract's own, or the policy's of today if that is more."""
    lines: Sequence[Invoiceable]

    @property
    def left(self) -> Decimal:
        """Yuan that no invoice states yet."""
        return self.account.amount - self.account.invoiced

    @property
    def is_open(self) -> bool:
        """Whether enough has been received."""
        return rules.gate_is_open(self.account.received, self.account.amount, self.percent)

    @property
    def is_settled(self) -> bool:
        """Whether no money is to come any more for which, or against which, something would be invoiced."""
        if self.contract.status != ledger.IN_FORCE:
            return True
        return self.account.is_invoiced and self.account.outstanding <= 0


def read(session: Session, contract_no: str, today: date) -> Gate:
    """Lock the contract and read its gate. InvalidInput: no ledger knows the contract."""
    contract = ledger.lock_contract(session, contract_no)
    account = ledger.account(session, contract_no)
    try:
        percent = policy.in_force(session, today).document.invoice_gate_percent
    except policy.NoPolicyInForce:
        percent = contract.invoice_gate_percent
    # the books hold the contract to the gate that it was sealed with
    return Gate(contract, account, max(percent, contract.invoice_gate_percent), _lines(session, contract_no))


def _lines(session: Session, contract_no: str) -> list[Invoiceable]:
    query = (
        select(InvoiceLine.line_no, func.sum(InvoiceLine.total))
        .join(Invoice, Invoice.number == InvoiceLine.number)
        .where(Invoice.contract_no == contract_no)
        .group_by(InvoiceLine.line_no)
    )
    invoiced = dict(session.execute(query).all())
    found = []
    for line in ledger.goods(session, contract_no):
        amount = line.amount
        left = amount - invoiced.get(line.line_no, Decimal(0))
        found.append(
            Invoiceable(line.line_no, line.product_name, line.specification, amount, max(left, Decimal(0)))
        )
    return found


def view(session: Session, gate: Gate, tax_rate: Decimal) -> dict[str, Any]:
    """The fields of GateView."""
    account, left = gate.account, gate.left
    shares = rules.apportion(max(left, Decimal(0)), gate.lines)
    return {
        "case_no": gate.contract.contract_no,
        "customer_name": gate.contract.customer_name,
        "total_figures": money.figures(account.amount),
        "received_figures": money.figures(account.received),
        "percent_received": f"{account.percent_received}%",
        "gate_percent": f"{gate.percent.normalize():f}%",
        "invoiced_figures": money.figures(account.invoiced),
        "invoiceable_figures": money.figures(left),
        "invoices": issued(session, gate.contract.contract_no),
        "invoice_rows": [
            {
                "lineNo": str(line.line_no),
                "product": f"{line.product_name} {line.specification}",
                "left": money.figures(line.left),
                "amount": format(share, ".2f"),
                "taxRate": format(tax_rate, "f"),
            }
            for line, share in zip(gate.lines, shares, strict=True)
            if line.left > 0
        ],
    }


def refill(fields: dict[str, Any], asked: Mapping[str, tuple[str | None, str | None]]) -> None:
    """Show amounts and rates as they were asked for, by the line's number, instead of all that is left."""
    for row in fields["invoice_rows"]:
        row["amount"], rate = asked.get(row["lineNo"], ("0.00", None))
        row["taxRate"] = rate or row["taxRate"]


def issued(session: Session, contract_no: str) -> list[dict[str, str]]:
    """The contract's invoices and credit notes as a form's table shows them, oldest first."""
    query = (
        select(Invoice).where(Invoice.contract_no == contract_no).order_by(Invoice.issued_at, Invoice.number)
    )
    return [
        {
            "number": one.number,
            "kind": "蓝字发票" if one.kind == INVOICE else f"红字发票(冲销{one.corrects})",
            "issuedOn": one.issued_on.isoformat(),
            "net": money.figures(one.net),
            "tax": money.figures(one.tax),
            "total": money.figures(one.total),
        }
        for one in session.scalars(query)
    ]


def shut(gate: Gate) -> str:
    """Why nothing may be invoiced, in Chinese."""
    if gate.is_open:
        return f"合同金额{money.figures(gate.account.amount)}已全部开票"
    return (
        f"已收款{money.figures(gate.account.received)}，占合同金额的{gate.account.percent_received}%，"
        f"不足{gate.percent.normalize():f}%，不能开票"
    )
