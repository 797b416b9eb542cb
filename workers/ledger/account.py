"""What the ledgers know of a contract in figures: its account in yuan, and the goods of each line (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
NOTHING = Decimal("0.000")


@dataclass(frozen=True)
class Account:
    """A contract's sums, in yuan. Money is finance's word, goods are each department's own (C4).

    `received` is principal only; `invoiced` is net of credit notes; `stored`, `dispatched` and `delivered` are
    net of what was scrapped and returned; `withheld` is net of what was released.
    """

    contract_no: str
    amount: Decimal = ZERO
    received: Decimal = ZERO
    interest: Decimal = ZERO
    interest_paid: Decimal = ZERO
    invoiced: Decimal = ZERO
    written_off: Decimal = ZERO
    produced: Decimal = ZERO
    stored: Decimal = ZERO
    dispatched: Decimal = ZERO
    delivered: Decimal = ZERO
    accrued: Decimal = ZERO
    withheld: Decimal = ZERO
    paid_out: Decimal = ZERO
    commission_permille: int = 0
    invoice_gate_percent: Decimal = ZERO

    @property
    def outstanding(self) -> Decimal:
        """Principal that the customer still has to pay."""
        return self.amount - self.received - self.written_off

    @property
    def percent_received(self) -> Decimal:
        """Share of the amount that has been received, cut (never rounded up) to two places: 59.999 is 59.99.

        A limit with two places is reached by this figure exactly when it is reached by the sums.
        """
        if self.amount == 0:
            return Decimal("100.00")
        return (self.received * 100 / self.amount).quantize(CENT, ROUND_DOWN)

    def reaches(self, percent: Decimal) -> bool:
        """Whether that share of the amount has been received: exact, 30.00 % is enough for 30."""
        return self.amount > 0 and self.received * 100 >= self.amount * percent

    @property
    def is_out_of_reach(self) -> bool:
        """Whether no more money is to come and what came is below the contract's gate: no invoice, ever (C11).

        A write-off leaves a contract so. What comes later is the customer's balance.
        """
        return self.outstanding <= 0 and self.received * 100 < self.amount * self.invoice_gate_percent

    @property
    def is_invoiced(self) -> bool:
        """Whether nothing is left of the contract that could still be invoiced."""
        return self.invoiced >= self.amount or self.is_out_of_reach

    @property
    def earned(self) -> Decimal:
        """Commission that the receipts to date have earned (C12)."""
        return (self.received * self.commission_permille / 1000).quantize(CENT, ROUND_HALF_UP)

    @property
    def payable(self) -> Decimal:
        """Commission that is accrued and neither withheld nor paid out."""
        return self.accrued - self.withheld - self.paid_out


@dataclass(frozen=True)
class GoodsLine:
    """A contract's line and what has become of it, in the line's unit.

    `delivered` counts what finance has booked from papers that the customer signed, net of returns; `dispatched`,
    `returned` and `scrapped` are sales' sums, each by itself.
    """

    line_no: int
    product_no: str
    product_name: str
    unit: str
    specification: str
    unit_price: Decimal
    ordered: Decimal
    produced: Decimal = NOTHING
    stored: Decimal = NOTHING
    dispatched: Decimal = NOTHING
    delivered: Decimal = NOTHING
    returned: Decimal = NOTHING
    scrapped: Decimal = NOTHING

    @property
    def amount(self) -> Decimal:
        """What the line costs, in yuan."""
        return self.value_of(self.ordered)

    @property
    def in_stock(self) -> Decimal:
        """What lies in the warehouse."""
        return self.stored - self.scrapped - (self.dispatched - self.returned)

    @property
    def to_produce(self) -> Decimal:
        """What still has to be produced and stored."""
        return self.ordered - (self.stored - self.scrapped)

    @property
    def to_deliver(self) -> Decimal:
        """What the customer has not signed for yet."""
        return self.ordered - self.delivered

    def value_of(self, quantity: Decimal) -> Decimal:
        """What that much costs, in yuan, rounded to the fen."""
        return (quantity * self.unit_price).quantize(CENT, ROUND_HALF_UP)
