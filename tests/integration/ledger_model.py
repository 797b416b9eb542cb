"""A simple model of a contract's books: plain sums, and the rules written out once more, by hand.

It knows nothing of the ledger's code. Events are drawn at random; the model says whether each is allowed.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
PRICE = Decimal("10.00")
PERMILLE = 12

MONEY = {
    "receipt": "received",
    "interest_paid": "interest_paid",
    "interest": "interest",
    "invoice": "invoiced",
    "write_off": "written_off",
    "offset": "withheld",
    "payout": "paid_out",
    "commission": "accrued",
}
"""Events of money, and the sum that each moves up."""
SALES_GOODS = {
    "production": "produced",
    "inbound": "stored",
    "scrap": "scrapped",
    "dispatch": "dispatched",
    "return": "returned",
}
BOTH_WAYS = {"interest", "offset", "payout", "commission", "balance"}


@dataclass(frozen=True)
class Event:
    """Something that is tried: an entry, a reversal, an amendment, a month's end."""

    what: str
    number: Decimal = Decimal(0)
    """Yuan, units of the first line, the position of what is reversed, or the quantity that is ordered anew."""


@dataclass
class Model:
    """One contract of one line at 10 yuan; what was entered, and the sums."""

    ordered: Decimal = Decimal(100)
    money: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(MONEY.values(), Decimal(0)))
    goods: dict[str, Decimal] = field(
        default_factory=lambda: dict.fromkeys([*SALES_GOODS.values(), "delivered"], Decimal(0))
    )
    balance: Decimal = Decimal(0)
    entered: list[tuple[Event, bool]] = field(default_factory=list)
    """Events that became one entry each, and whether they were reversed since."""
    closed: date | None = None

    @property
    def amount(self) -> Decimal:
        return self.ordered * PRICE

    def after(self, event: Event) -> Model | None:
        """The model after the event; None when it must be refused."""
        new = copy.deepcopy(self)
        if event.what == "reverse":
            place = int(event.number)
            if place >= len(self.entered) or self.entered[place][1]:
                return None
            taken = self.entered[place][0]
            new.entered[place] = (taken, True)
            new._move(taken, -1)
        elif event.what == "amend":
            new.ordered = event.number
        elif event.what == "refund":
            new.ordered = event.number
            if not new._give_back(new.too_much):
                return None
        else:
            if event.number < 0 and event.what not in BOTH_WAYS:
                return None
            if event.number == 0 and event.what in {*SALES_GOODS, "delivery", "take_back"}:
                return None
            new.entered.append((event, False))
            new._move(event, 1)
        return new if new.holds() else None

    @property
    def too_much(self) -> Decimal:
        """What was paid or written off beyond the amount."""
        return max(Decimal(0), self.money["received"] + self.money["written_off"] - self.amount)

    def _give_back(self, refund: Decimal) -> bool:
        """Receipts become balance, the newest first; what is left of one that is taken back is a new receipt."""
        left, rest = refund, list[Event]()
        for place, (one, gone) in reversed(list(enumerate(self.entered))):
            if one.what != "receipt" or gone or not left:
                continue
            taken = min(left, one.number)
            left -= taken
            self.entered[place] = (one, True)
            self._move(one, -1)
            if one.number > taken:
                rest.append(Event("receipt", one.number - taken))
        for one in [*rest, *([Event("balance", refund)] if refund else [])]:
            self.entered.append((one, False))
            self._move(one, 1)
        return not left

    def _move(self, event: Event, sign: int) -> None:
        number = event.number * sign
        if event.what in MONEY:
            self.money[MONEY[event.what]] += number
        elif event.what == "credit_note":
            self.money["invoiced"] -= number
        elif event.what == "balance":
            self.balance += number
        elif event.what == "delivery":
            self.goods["delivered"] += number
        elif event.what == "take_back":
            self.goods["delivered"] -= number
        else:
            self.goods[SALES_GOODS[event.what]] += number

    def holds(self) -> bool:
        """The rules of the issue, in its words."""
        money, goods = self.money, self.goods
        in_stock_or_out = goods["stored"] - goods["scrapped"]
        out = goods["dispatched"] - goods["returned"]
        earned = (money["received"] * PERMILLE / 1000).quantize(CENT, ROUND_HALF_UP)
        gate = money["received"] * 100 >= 60 * self.amount
        return (
            min(*money.values(), *goods.values(), self.balance, self.ordered) >= 0
            and money["received"] + money["written_off"] <= self.amount
            and money["invoiced"] <= self.amount
            and (money["invoiced"] == 0 or gate)
            and money["paid_out"] + money["withheld"] <= money["accrued"] <= earned
            and goods["delivered"] <= out <= in_stock_or_out <= goods["produced"]
            and out <= self.ordered
        )
