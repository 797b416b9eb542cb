"""Contracts that ran before the books began enter them with their past, checked first, once (C4, X3, X6)."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.integration.contract_desk import COMPANY, NOW, ORG, issue_policy
from tests.pdf import SIGNED_PAPER
from workers import documents, ledger
from workers.ledger import EntryKind, LedgerEntry, OpeningRefused
from workers.settings import ROOT
from workers.signals import Signal

PAST: dict[str, Any] = {
    "number": "HT-2025-0031",
    "customer": "K0002",
    "salesperson": "zhaolei",
    "amount": "120000.00",
    "sealed_on": "2025-08-01",
    "delivery_on": "2025-10-15",
    "delivered_on": "2025-10-10",
    "payment_terms": "T30-70",
    "received": [{"amount": "36000.00", "value_date": "2025-08-05", "reference": "回单-0815"}],
}
WITH_LINES: dict[str, Any] = {
    **PAST,
    "number": "HT-2026-0044",
    "amount": "74160.00",
    "lines": [
        {
            "product": "P001",
            "specification": "ST1600",
            "quantity": "120.5",
            "unit_price": "600",
            "delivered": "60",
        },
        {"product": "P005", "quantity": "10", "unit_price": "186.00"},
    ],
    "received": [{"amount": "50000.00", "value_date": "2025-11-10", "reference": "回单-1107"}],
    "invoiced": [{"amount": "20000.00", "value_date": "2025-12-28", "reference": "发票-0231"}],
    "commission_paid": "300.00",
}

_SIGNALS = select(Signal.message).where(Signal.business_key == "HT-2025-0031")
"""Other tests of this database have signals of their own."""


@pytest.fixture(autouse=True)
def _policy(session: Session) -> None:
    issue_policy(session)


def enter(session: Session, content: object, folder: Path = Path()) -> tuple[list[str], list[str]]:
    return ledger.open_contracts(
        session, content, org=ORG, company=COMPANY, by="operator", at=NOW, folder=folder
    )


def refused(session: Session, content: object) -> dict[str, str]:
    """What is wrong, by field; nothing was entered."""
    before = session.scalar(select(func.count()).select_from(LedgerEntry))
    with pytest.raises(OpeningRefused) as found:
        enter(session, content)
    assert session.scalar(select(func.count()).select_from(LedgerEntry)) == before
    return {one.field: one.message for one in found.value.findings}


@pytest.mark.rule("C4")
def test_a_delivered_contract_comes_with_its_past(session: Session) -> None:
    assert enter(session, PAST) == (["HT-2025-0031"], [])
    shown = ledger.show(session, "HT-2025-0031")
    assert (shown.origin, shown.status, shown.sealed_on) == ("opening", "in_force", date(2025, 8, 1))
    assert (shown.amount, shown.received, shown.delivered) == (120000, 36000, 120000)
    assert shown.customer == "海风港务集团(示例)"
    assert [one.kind for one in shown.books["sales"]] == ["contract", "production", "inbound", "dispatch"]
    assert [(one.kind, one.value_date) for one in shown.books["finance"]] == [
        ("contract", date(2025, 8, 1)),
        ("delivery", date(2025, 10, 10)),
        ("receipt", date(2025, 8, 5)),
    ]
    assert {one.month for book in shown.books.values() for one in book} == {date(2026, 3, 1)}
    assert documents.find(session, "HT-2025-0031").content.startswith(b"%PDF-")
    assert session.scalars(_SIGNALS).all() == ["Msg_ContractEffective"]
    assert ledger.verify(session) == []


@pytest.mark.rule("C4", "C9", "C11")
def test_a_contract_that_is_half_done_comes_with_lines_invoices_and_commission(session: Session) -> None:
    enter(session, {"contracts": [PAST, WITH_LINES]})
    first, second = ledger.goods(session, "HT-2026-0044")
    assert (first.delivered, first.to_deliver, second.to_deliver) == (60, Decimal("60.5"), 0)
    assert first.specification == "ST1600"
    assert second.specification.startswith("槽形")
    account = ledger.account(session, "HT-2026-0044")
    assert (account.delivered, account.invoiced, account.accrued, account.payable) == (37860, 20000, 300, 0)
    [asked] = ledger.entries(session, account.contract_no, kinds=[EntryKind.INVOICE_REQUEST])
    assert (asked.book, asked.amount) == ("sales", 20000)
    assert ledger.contract(session, "HT-2026-0044").needs_jointing
    assert documents.next_number(session, "HT", 2026) == "HT-2026-0045"
    assert ledger.verify(session) == []


@pytest.mark.rule("C4")
def test_a_contract_in_which_nothing_is_left_to_do_is_complete_and_starts_nothing(session: Session) -> None:
    paid = {"amount": "84000.00", "value_date": "2025-12-01", "reference": "回单-1201"}
    bill = {"amount": "120000.00", "value_date": "2025-12-28", "reference": "发票-0232"}
    enter(session, {**PAST, "received": [*PAST["received"], paid], "invoiced": [bill]})
    assert ledger.contract(session, "HT-2025-0031").status == ledger.COMPLETED
    assert session.scalars(_SIGNALS).all() == []


@pytest.mark.rule("C4", "X6")
def test_the_same_file_a_second_time_changes_nothing(session: Session) -> None:
    enter(session, {"contracts": [PAST]})
    assert enter(session, {"contracts": [PAST, WITH_LINES]}) == (["HT-2026-0044"], ["HT-2025-0031"])
    found = refused(session, {**PAST, "amount": "120000.01"})
    assert "内容与文件不符" in found["HT-2025-0031"]


@pytest.mark.rule("C4")
def test_the_signed_paper_is_kept_when_the_file_names_it(session: Session, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(SIGNED_PAPER)
    enter(session, {**PAST, "document": "scan.pdf"}, tmp_path)
    assert documents.find(session, "HT-2025-0031").content == SIGNED_PAPER
    assert ledger.verify(session) == []


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"number": "合同1"}, "number", "只能用字母"),
        ({"number": ""}, "number", "请填写"),
        ({"customer": "K9999"}, "customer", "没有编号"),
        ({"salesperson": "chenxiaoyan"}, "salesperson", "不是在职业务员"),
        ({"amount": "-1"}, "amount", "不是有效金额|必须大于0"),
        ({"amount": "1e9"}, "amount", "不是有效金额"),
        ({"sealed_on": "2026-03-11"}, "sealed_on", "不得晚于今天"),
        ({"delivered_on": "2025-07-31"}, "delivered_on", "不得早于"),
        ({"delivered_on": ""}, "lines", "须列明产品"),
        ({"payment_terms": "T99"}, "payment_terms", "不在第1版政策中"),
        ({"colour": "red"}, "colour", "不认识的字段"),
        (
            {"received": [{"amount": "120000.01", "value_date": "2025-09-01", "reference": "回单-1"}]},
            "amount",
            "C4",
        ),
        ({"invoiced": [{"amount": "1", "value_date": "2025-09-01", "reference": "票-1"}]}, "amount", "C11"),
        ({"commission_paid": "432.01"}, "amount", "C9"),
        (
            {"received": [{"amount": "1", "value_date": "2026-09-01", "reference": "回单-1"}]},
            "received[0].value_date",
            "不得晚于今天",
        ),
        ({"lines": [{"product": "P001", "quantity": "1", "unit_price": "1"}]}, "lines", "合计1.00与合同金额"),
        (
            {"lines": [{"product": "P099", "quantity": "1", "unit_price": "1"}]},
            "lines[0].product",
            "没有编号",
        ),
        (
            {"lines": [{"product": "P001", "quantity": "1", "unit_price": "120000", "delivered": "2"}]},
            "lines[0].delivered",
            "不得大于",
        ),
        ({"document": "missing.pdf"}, "document", "读不到"),
    ],
)
def test_what_is_wrong_is_named_by_field_and_nothing_is_entered(
    session: Session, change: dict[str, Any], field: str, words: str
) -> None:
    found = refused(session, {"contracts": [WITH_LINES, {**PAST, **change}]})
    assert all(one.startswith("contracts[1].") for one in found)
    assert any(one in found[f"contracts[1].{field}"] for one in words.split("|"))


@pytest.mark.rule("X3", "A6")
def test_a_number_or_a_receipt_that_is_taken_is_refused(session: Session) -> None:
    twice = refused(session, {"contracts": [PAST, PAST]})
    assert "出现多次" in twice["contracts"]
    enter(session, PAST)
    again = copy.deepcopy({**WITH_LINES, "received": PAST["received"], "invoiced": [], "commission_paid": ""})
    assert "已登记在合同HT-2025-0031下" in refused(session, again)["HT-2026-0044"]
    for content in (None, "text", [], {"contracts": []}, [["x"]]):
        with pytest.raises(OpeningRefused):
            enter(session, content)


@pytest.mark.rule("C12")
def test_an_opening_contract_counts_in_the_open_month(session: Session) -> None:
    enter(session, PAST)
    ledger.close_month(session, date(2026, 3, 1), "xuhong", NOW)
    enter(session, WITH_LINES)
    assert {one.month for one in ledger.entries(session, "HT-2026-0044")} == {date(2026, 4, 1)}
    assert {one.value_date for one in ledger.entries(session, "HT-2026-0044", kinds=[EntryKind.RECEIPT])} == {
        date(2025, 11, 10)
    }
    assert ledger.verify(session) == []


def test_the_example_can_be_entered(session: Session) -> None:
    content = yaml.load((ROOT / "config/examples/opening.yaml").read_text("utf-8"), yaml.BaseLoader)
    entered, _ = enter(session, content)
    assert len(entered) == 2
    assert ledger.verify(session) == []
