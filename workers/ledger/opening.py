"""Opening contracts (期初合同): contracts that ran already when the company began with these books (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workers.ledger.account import ZERO, Account, GoodsLine


@dataclass(frozen=True)
class Moved:
    """Money that was received or invoiced before the books began."""

    amount: Decimal
    value_date: date
    reference: str


@dataclass(frozen=True)
class Opening:
    """A contract that runs already, in which every field was read and checked. Amounts in yuan."""

    number: str
    customer_no: str
    customer_name: str
    salesperson: str
    amount: Decimal
    sealed_on: date
    delivery_on: date
    delivered_on: date | None
    payment_terms: str
    policy_version: int
    commission_permille: int
    invoice_gate_percent: Decimal
    needs_jointing: bool
    lines: tuple[GoodsLine, ...]
    """With `delivered` as it was before; produced, stored and dispatched as much."""
    received: tuple[Moved, ...]
    invoiced: tuple[Moved, ...]
    commission_paid: Decimal
    paper: bytes | None
    paper_type: str

    @property
    def account(self) -> Account:
        """The sums that entering it leads to."""
        received, invoiced = (
            sum((one.amount for one in some), ZERO) for some in (self.received, self.invoiced)
        )
        return Account(
            self.number,
            amount=self.amount,
            received=received,
            invoiced=invoiced,
            accrued=self.commission_paid,
            paid_out=self.commission_paid,
            commission_permille=self.commission_permille,
            invoice_gate_percent=self.invoice_gate_percent,
        )

    @property
    def is_open(self) -> bool:
        """Whether anything is left to do: to deliver, to receive, or to invoice."""
        account = self.account
        undone = any(line.to_deliver for line in self.lines)
        return undone or account.received < account.amount or account.invoiced < account.amount
