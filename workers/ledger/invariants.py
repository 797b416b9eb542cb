"""What holds after every entry, in one place (pure).

Each rule stands in the database too, as the CHECK `ck_<table>_<name>` on the sums that a trigger keeps; a test
compares both word by word and row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from workers.errors import InvalidInput
from workers.ledger.account import Account, GoodsLine

T = TypeVar("T")


@dataclass(frozen=True)
class Rule(Generic[T]):
    """One invariant: `sql` is the CHECK, `holds` the same in Python, `words` what is wrong when it does not hold."""

    name: str
    ids: tuple[str, ...]
    sql: str
    holds: Callable[[T], bool]
    words: str


@dataclass(frozen=True)
class Broken:
    """A rule that an entry would break."""

    name: str
    ids: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        return f"{self.message} ({', '.join((*self.ids, self.name))})"


class InvariantBroken(InvalidInput):
    """An entry that would break the books' rules; it was not entered. `rules` says which."""

    def __init__(self, what: str, rules: Sequence[Broken]) -> None:
        self.rules = tuple(rules)
        super().__init__(f"{what}: {'; '.join(map(str, rules))}")


ACCOUNT_RULES: tuple[Rule[Account], ...] = (
    Rule(
        "received_within_amount",
        ("C4", "A6"),
        "received + written_off <= amount",
        lambda one: one.received + one.written_off <= one.amount,
        "received {received} and written off {written_off} are more than the contract's amount {amount}",
    ),
    Rule(
        "invoiced_within_amount",
        ("C11",),
        "invoiced <= amount",
        lambda one: one.invoiced <= one.amount,
        "invoiced {invoiced} is more than the contract's amount {amount}",
    ),
    Rule(
        "invoiced_behind_the_gate",
        ("C11",),
        "invoiced = 0 OR received * 100 >= invoice_gate_percent * amount",
        lambda one: one.invoiced == 0 or one.received * 100 >= one.invoice_gate_percent * one.amount,
        "invoiced {invoiced}, but received {received} is below {invoice_gate_percent} % of {amount}",
    ),
    Rule(
        "commission_within_earned",
        ("C9", "C12"),
        "accrued <= round(received * commission_permille / 1000, 2)",
        lambda one: one.accrued <= one.earned,
        "commission accrued {accrued} is more than {commission_permille} per mille of received {received}",
    ),
    Rule(
        "commission_paid_within_accrued",
        ("C9", "A4"),
        "withheld + paid_out <= accrued",
        lambda one: one.withheld + one.paid_out <= one.accrued,
        "commission paid out {paid_out} and withheld {withheld} are more than accrued {accrued}",
    ),
    Rule(
        "sums_not_negative",
        ("C4",),
        "least(amount, received, interest, interest_paid, invoiced, written_off, accrued, withheld, paid_out) >= 0",
        lambda one: (
            min(
                *(one.amount, one.received, one.interest, one.interest_paid, one.invoiced),
                *(one.written_off, one.accrued, one.withheld, one.paid_out),
            )
            >= 0
        ),
        "a sum is below zero: amount {amount}, received {received}, interest {interest}, paid {interest_paid}, "
        "invoiced {invoiced}, written off {written_off}, commission {accrued}, withheld {withheld}, "
        "paid out {paid_out}",
    ),
)

GOODS_RULES: tuple[Rule[GoodsLine], ...] = (
    Rule(
        "stored_within_produced",
        ("C7",),
        "stored - scrapped <= produced",
        lambda one: one.stored - one.scrapped <= one.produced,
        "line {line_no}: stored {stored} less scrapped {scrapped} is more than produced {produced}",
    ),
    Rule(
        "dispatched_within_stored",
        ("C8",),
        "dispatched - returned <= stored - scrapped",
        lambda one: one.dispatched - one.returned <= one.stored - one.scrapped,
        "line {line_no}: dispatched {dispatched} less returned {returned} is more than stored {stored} "
        "less scrapped {scrapped}",
    ),
    Rule(
        "dispatched_within_ordered",
        ("C8",),
        "dispatched - returned <= ordered",
        lambda one: one.dispatched - one.returned <= one.ordered,
        "line {line_no}: dispatched {dispatched} less returned {returned} is more than ordered {ordered}",
    ),
    Rule(
        "delivered_within_dispatched",
        ("C8",),
        "delivered <= dispatched - returned",
        lambda one: one.delivered <= one.dispatched - one.returned,
        "line {line_no}: delivered {delivered} is more than dispatched {dispatched} less returned {returned}",
    ),
    Rule(
        "goods_not_negative",
        ("C7", "C8"),
        "least(ordered, unit_price, produced, stored, scrapped, dispatched, returned, delivered) >= 0",
        lambda one: (
            min(
                *(one.ordered, one.unit_price, one.produced, one.stored),
                *(one.scrapped, one.dispatched, one.returned, one.delivered),
            )
            >= 0
        ),
        "line {line_no}: a quantity is below zero: ordered {ordered}, produced {produced}, stored {stored}, "
        "scrapped {scrapped}, dispatched {dispatched}, returned {returned}, delivered {delivered}",
    ),
)

BALANCE_RULES: tuple[Rule[Decimal], ...] = (
    Rule(
        "balance_not_negative",
        ("A6",),
        "balance >= 0",
        lambda balance: balance >= 0,
        "the customer's balance would be {balance}",
    ),
)

RULES: dict[str, tuple[Rule[Any], ...]] = {
    "ledger_accounts": ACCOUNT_RULES,
    "ledger_goods": GOODS_RULES,
    "ledger_customers": BALANCE_RULES,
}
"""By the table on which they stand as CHECKs."""


def of_account(account: Account) -> list[Broken]:
    """The rules that the account breaks."""
    return _broken(ACCOUNT_RULES, account, asdict(account))


def of_goods(line: GoodsLine) -> list[Broken]:
    """The rules that the line's goods break."""
    return _broken(GOODS_RULES, line, asdict(line))


def of_balance(balance: Decimal) -> list[Broken]:
    """The rules that a customer's balance breaks."""
    return _broken(BALANCE_RULES, balance, {"balance": balance})


def of_check(constraint: str) -> Broken | None:
    """The rule whose CHECK the database has named."""
    for table, rules in RULES.items():
        for rule in rules:
            if constraint == f"ck_{table}_{rule.name}":
                return Broken(rule.name, rule.ids, f"the database refuses it: {rule.sql}")
    return None


def _broken(rules: Sequence[Rule[T]], one: T, figures: dict[str, Any]) -> list[Broken]:
    return [
        Broken(rule.name, rule.ids, rule.words.format(**figures)) for rule in rules if not rule.holds(one)
    ]
