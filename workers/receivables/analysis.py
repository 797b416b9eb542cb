"""The receivables of a day by contract, customer and salesperson. Pure (A1, A2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workers.debts import BUCKETS, Position

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class ContractDebt:
    """A contract that owes something, with the names as staff read them; amounts in yuan."""

    contract_no: str
    customer_no: str
    customer: str
    salesperson: str
    amount: Decimal
    position: Position

    @property
    def received(self) -> Decimal:
        """Principal that was paid or written off."""
        return self.amount - self.position.outstanding


@dataclass(frozen=True)
class Group:
    """What a customer or a salesperson's contracts owe together."""

    name: str
    note: str
    """The customer's grade; empty for a salesperson."""
    contracts: int
    buckets: Mapping[str, Decimal]
    overdue: Decimal
    overdue_days: int
    """Of the oldest item."""
    interest: Decimal
    """Owed."""

    @property
    def outstanding(self) -> Decimal:
        """The sum of the buckets."""
        return sum(self.buckets.values(), ZERO)


@dataclass(frozen=True)
class Analysis:
    """The receivables of a day."""

    as_of: date
    contracts: Sequence[ContractDebt]
    customers: Sequence[Group]
    salespersons: Sequence[Group]
    total: Group
    grades: Mapping[str, int]
    """How many customers are graded so."""


def analyse(as_of: date, debts: Iterable[ContractDebt], grades: Mapping[str, str]) -> Analysis:
    """Sum up; who owes most overdue comes first. Contracts that owe nothing are left out."""
    owing = [one for one in debts if one.position.outstanding > 0 or one.position.interest_owed > 0]
    owing.sort(key=lambda one: (-one.position.overdue_days, -one.position.outstanding, one.contract_no))
    return Analysis(
        as_of=as_of,
        contracts=owing,
        customers=_groups(owing, lambda one: (one.customer_no, one.customer), grades),
        salespersons=_groups(owing, lambda one: (one.salesperson, one.salesperson), {}),
        total=_group("合计", "", owing),
        grades={grade: list(grades.values()).count(grade) for grade in "ABCD"},
    )


def _groups(
    debts: Sequence[ContractDebt],
    key: Callable[[ContractDebt], tuple[str, str]],
    grades: Mapping[str, str],
) -> list[Group]:
    members: dict[tuple[str, str], list[ContractDebt]] = {}
    for one in debts:
        members.setdefault(key(one), []).append(one)
    found = [_group(name, grades.get(number, ""), those) for (number, name), those in members.items()]
    return sorted(found, key=lambda group: (-group.overdue, -group.outstanding, group.name))


def _group(name: str, note: str, debts: Sequence[ContractDebt]) -> Group:
    places = [one.position for one in debts]
    return Group(
        name=name,
        note=note,
        contracts=len(debts),
        buckets={bucket: sum((one.buckets[bucket] for one in places), ZERO) for bucket in BUCKETS},
        overdue=sum((one.overdue_principal for one in places), ZERO),
        overdue_days=max((one.overdue_days for one in places), default=0),
        interest=sum((one.interest_owed for one in places), ZERO),
    )
