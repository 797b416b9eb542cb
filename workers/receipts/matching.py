"""To which contract a payment belongs: by number, by customer and amount, or not at all (A6). Pure.

Ambiguity is never guessed: whatever fits twice goes to a person, with the candidates and the reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from workers.receipts.payments import CNY

_BETWEEN = r"[\s\-‐‑‒–—―_./·]*"
_NOT_KEPT = re.compile(r"[\W_]")
_LOOKS_LIKE_A_NUMBER = re.compile(
    rf"(?<![A-Z0-9])(?:H{_BETWEEN}T|J{_BETWEEN}S){_BETWEEN}20\d\d{_BETWEEN}\d{{3,}}"
)
MOST_CANDIDATES = 20


@dataclass(frozen=True)
class OpenContract:
    """A contract on which money is still due, or a bill of the workshop, in yuan."""

    contract_no: str
    """Or the bill's number."""
    customer_no: str
    expected: frozenset[Decimal]
    """Amounts that somebody who pays this contract would pay: what is outstanding, each open due amount."""
    is_bill: bool = False


@dataclass(frozen=True)
class Matched:
    """The contract, and by what it was found."""

    contract_no: str
    by: str


@dataclass(frozen=True)
class Unmatched:
    """Why nobody but a person can say, and the contracts that come into question."""

    reason: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """Which contracts and customers there are."""

    contracts: frozenset[str]
    """The numbers of all contracts and bills, also of those that are paid, completed or terminated."""
    customers: Mapping[str, str]
    """Customer number -> name."""
    bills: frozenset[str] = frozenset()
    """Which of the numbers are those of the workshop's bills."""

    @cached_property
    def by_squeezed(self) -> dict[str, list[str]]:
        """Contract numbers without what is between their signs -> the numbers as they are."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for number in sorted(self.contracts):
            found[_squeezed(number)].append(number)
        return dict(found)

    @cached_property
    def lengths(self) -> frozenset[int]:
        """How long the squeezed numbers are."""
        return frozenset(map(len, self.by_squeezed))

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Customer numbers by their names as `plain_name` has them."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for number, name in sorted(self.customers.items()):
            found[plain_name(name)].append(number)
        return dict(found)


def match(
    amount: Decimal,
    payer: str,
    remark: str,
    currency: str,
    known: Known,
    open_contracts: Iterable[OpenContract],
) -> Matched | Unmatched:
    """The contract that a payment in yuan belongs to, or why a person has to say it.

    `open_contracts`: all of the payer's at least, as they are at this moment.
    """
    if currency != CNY:
        return Unmatched(f"币种为{currency}，不是人民币")
    named = sorted(set(numbers_in(remark, known)))
    if len(named) == 1:
        return Matched(named[0], "结算单编号" if named[0] in known.bills else "合同编号")
    if named:
        return Unmatched("摘要中有多个合同编号", tuple(named[:MOST_CANDIDATES]))
    if unknown := _LOOKS_LIKE_A_NUMBER.search(_plain(remark)):
        return Unmatched(f"台帐中没有摘要所写的合同或结算单编号{unknown[0][:30]}")
    contracts = sorted(open_contracts, key=lambda one: one.contract_no)
    return _by_payer(amount, plain_name(payer), known, contracts)


def _by_payer(
    amount: Decimal, name: str, known: Known, contracts: Sequence[OpenContract]
) -> Matched | Unmatched:
    customers = known.by_name.get(name, []) if name else []
    if len(customers) == 1:
        return _of_customer(amount, [one for one in contracts if one.customer_no == customers[0]])
    reason = "有多个同名客户" if customers else "付款人不是已登记的客户" if name else "没有付款人"
    fitting = [one.contract_no for one in contracts if amount in one.expected]
    return Unmatched(reason, tuple(fitting[:MOST_CANDIDATES]))


def _of_customer(amount: Decimal, contracts: Sequence[OpenContract]) -> Matched | Unmatched:
    numbers = [one.contract_no for one in contracts]
    fitting = [one.contract_no for one in contracts if amount in one.expected]
    if len(fitting) == 1:
        return Matched(fitting[0], "客户和金额")
    if fitting:
        return Unmatched("该客户有多份合同的应收金额与此相同", tuple(fitting[:MOST_CANDIDATES]))
    if any(
        one.is_bill for one in contracts
    ):  # a part of a bill, or of a contract, or for both: nobody guesses
        return Unmatched("该客户有未付的维修结算单，金额与应收不符", tuple(numbers[:MOST_CANDIDATES]))
    if len(numbers) == 1:
        return Matched(numbers[0], "客户仅有的未结清合同")
    if numbers:
        return Unmatched("该客户有多份未结清合同，金额与哪一份都不符", tuple(numbers[:MOST_CANDIDATES]))
    return Unmatched("该客户没有未结清的合同")


def numbers_in(remark: str, known: Known) -> Iterator[str]:
    """The contracts whose number stands in the remark, however it is written."""
    plain = _plain(remark)
    squeezed = _squeezed(remark)
    for start in range(len(squeezed)):
        for length in known.lengths:
            for number in known.by_squeezed.get(squeezed[start : start + length], ()):
                if _stands_alone(number, plain):
                    yield number


def _stands_alone(number: str, plain: str) -> bool:
    """HT-2026-0001 does not stand in HT-2026-00012."""
    written = _BETWEEN.join(map(re.escape, _squeezed(number)))
    return re.search(rf"(?<![A-Z0-9]){written}(?![0-9])", plain) is not None


def _plain(written: str) -> str:
    return unicodedata.normalize("NFKC", written).upper()


def _squeezed(written: str) -> str:
    return _NOT_KEPT.sub("", _plain(written))


def plain_name(name: str) -> str:
    """A company's name as far as it tells companies apart: brackets, spaces and dots do not."""
    return _squeezed(name)
