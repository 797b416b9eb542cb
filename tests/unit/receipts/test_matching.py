"""A payment finds its contract by number, by customer and amount, or goes to a person; nothing is guessed (A6)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.receipts.matching import Known, Matched, OpenContract, Unmatched, match

NORTH, PORT = "北岭煤业有限公司(示例)", "海风港务集团(示例)"


def known(*numbers: str, **customers: str) -> Known:
    return Known(frozenset(numbers), {"K1": NORTH, "K2": PORT, **customers})


def contract(number: str, customer: str, amounts: str) -> OpenContract:
    return OpenContract(number, customer, frozenset(map(Decimal, amounts.split())))


OPEN = [
    contract("HT-2026-0001", "K1", "1000 300"),
    contract("HT-2026-0002", "K1", "1000 500"),
    contract("HT-2026-0003", "K2", "800"),
]
BOOKS = known("HT-2025-0009", "HT-2026-00012", *(one.contract_no for one in OPEN))


def find(amount: str, payer: str = NORTH, remark: str = "", currency: str = "CNY") -> Matched | Unmatched:
    return match(Decimal(amount), payer, remark, currency, BOOKS, OPEN)


@pytest.mark.rule("A6")
@pytest.mark.parametrize(
    "remark",
    [
        "HT-2026-0001",
        "付ht-2026-0001货款",
        "ＨＴ－２０２６－０００１",
        "HT 2026 0001",
        "合同HT20260001首付",
        "HT—2026—0001",
        "HT_2026/0001",
        "HT-2026-00 01",
        "HT-2026-0001,HT-2026-0001",
    ],
)
def test_the_contracts_number_is_found_however_it_is_written(remark: str) -> None:
    assert find("77", "谁也不是", remark) == Matched("HT-2026-0001", "合同编号")


@pytest.mark.parametrize(
    ("remark", "number"), [("HT-2026-00012", "HT-2026-00012"), ("HT-2025-0009 尾款", "HT-2025-0009")]
)
def test_a_longer_number_and_a_paid_contract_are_told_apart(remark: str, number: str) -> None:
    assert find("77", NORTH, remark) == Matched(number, "合同编号")


@pytest.mark.rule("A6")
def test_two_numbers_in_one_remark_are_for_a_person() -> None:
    found = find("1000", NORTH, "HT-2026-0001和HT-2026-0002")
    assert found == Unmatched("摘要中有多个合同编号", ("HT-2026-0001", "HT-2026-0002"))


@pytest.mark.rule("A6")
def test_a_number_that_no_ledger_knows_is_not_replaced_by_a_guess() -> None:
    found = find("300", NORTH, "HT-2026-7777货款")
    assert isinstance(found, Unmatched)
    assert "HT-2026-7777" in found.reason


@pytest.mark.rule("A6")
def test_customer_and_amount_name_one_contract() -> None:
    assert find("300") == Matched("HT-2026-0001", "客户和金额")
    assert find("500") == Matched("HT-2026-0002", "客户和金额")


@pytest.mark.rule("A6")
def test_the_same_amount_on_two_contracts_is_for_a_person() -> None:
    assert find("1000") == Unmatched("该客户有多份合同的应收金额与此相同", ("HT-2026-0001", "HT-2026-0002"))


@pytest.mark.rule("A6")
def test_a_customer_with_one_open_contract_pays_that_one_whatever_the_amount() -> None:
    assert find("123.45", PORT) == Matched("HT-2026-0003", "客户仅有的未结清合同")


def test_names_are_compared_without_brackets_spaces_and_width() -> None:
    assert find("1", "海风港务集团 （示例）") == Matched("HT-2026-0003", "客户仅有的未结清合同")


@pytest.mark.rule("A6")
@pytest.mark.parametrize(
    ("amount", "payer", "currency", "reason", "candidates"),
    [
        ("800", NORTH, "CNY", "该客户有多份未结清合同", ("HT-2026-0001", "HT-2026-0002")),
        ("800", "某某商贸", "CNY", "付款人不是已登记的客户", ("HT-2026-0003",)),
        ("800", "", "CNY", "没有付款人", ("HT-2026-0003",)),
        ("800", PORT, "USD", "币种为USD", ()),
    ],
)
def test_what_fits_no_contract_is_for_a_person(
    amount: str, payer: str, currency: str, reason: str, candidates: tuple[str, ...]
) -> None:
    found = find(amount, payer, "", currency)
    assert isinstance(found, Unmatched)
    assert found.reason.startswith(reason)
    assert found.candidates == candidates


def test_customers_of_the_same_name_and_customers_without_contracts_are_for_a_person() -> None:
    books, contracts = known("HT-2026-0001", K3=NORTH, K4="丁"), [contract("HT-2026-0001", "K1", "5")]
    found = match(Decimal(5), NORTH, "", "CNY", books, contracts)
    assert found == Unmatched("有多个同名客户", ("HT-2026-0001",))
    assert match(Decimal(5), "丁", "", "CNY", books, contracts) == Unmatched("该客户没有未结清的合同")


NUMBERS = st.integers(1, 30).map(lambda number: f"HT-2026-{number:04d}")
AMOUNTS = st.sampled_from([Decimal(n) for n in (100, 200, 300)])
CONTRACTS = st.lists(
    st.builds(OpenContract, NUMBERS, st.sampled_from(["K1", "K2"]), st.frozensets(AMOUNTS, max_size=2)),
    unique_by=lambda one: one.contract_no,
    max_size=6,
)


@pytest.mark.rule("A6")
@given(
    CONTRACTS,
    st.sampled_from([NORTH, PORT, "丙", ""]),
    AMOUNTS,
    st.lists(NUMBERS, max_size=2),
    st.text(max_size=9),
)
def test_a_match_is_the_only_one_possible(
    contracts: list[OpenContract], payer: str, amount: Decimal, named: list[str], noise: str
) -> None:
    books = known(*(one.contract_no for one in contracts))
    found = match(amount, payer, f"{noise} {' '.join(named)}", "CNY", books, contracts)
    if isinstance(found, Unmatched):
        assert found.reason
        assert set(found.candidates) <= books.contracts
        return
    if found.by == "合同编号":
        assert found.contract_no in named
        assert len(set(named) & books.contracts) == 1
        return
    customer = {NORTH: "K1", PORT: "K2"}[payer]
    of_customer = [one for one in contracts if one.customer_no == customer]
    fitting = [one.contract_no for one in of_customer if amount in one.expected]
    assert not named
    assert fitting == [found.contract_no] or (not fitting and len(of_customer) == 1)


@given(st.text(max_size=200), st.text(max_size=60))
def test_no_text_makes_the_matching_fail(remark: str, payer: str) -> None:
    assert match(Decimal(1), payer, remark, "CNY", BOOKS, OPEN) is not None
