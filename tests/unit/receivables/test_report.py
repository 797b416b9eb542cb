"""The receivables report: sums, an HTML page that needs nothing, and a workbook with charts."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from workers.calendar import SHANGHAI
from workers.debts import BUCKETS, Position
from workers.receivables.analysis import Analysis, ContractDebt, analyse
from workers.receivables.report import page
from workers.receivables.workbook import workbook

AS_OF = date(2026, 6, 30)
AT = datetime(2026, 7, 1, 8, 0, tzinfo=SHANGHAI)
EVIL = "<script>alert(1)</script>=1+1"


def debt(number: str, customer: str, salesperson: str, days: int, *ages: str) -> ContractDebt:
    amounts = dict(zip(BUCKETS, map(Decimal, ages), strict=True))
    outstanding = sum(amounts.values(), Decimal("0.00"))
    overdue = outstanding - amounts[BUCKETS[0]]
    position = Position(
        due=overdue,
        overdue_principal=overdue,
        outstanding=outstanding,
        interest_accrued=Decimal("12.34"),
        interest_posted=Decimal("0.00"),
        interest_paid=Decimal("2.34"),
        oldest_due_on=date(2026, 3, 1) if days else None,
        overdue_days=days,
        buckets=amounts,
    )
    return ContractDebt(number, customer, customer, salesperson, Decimal(20000), position)


@pytest.fixture
def analysis() -> Analysis:
    return analyse(
        AS_OF,
        [
            debt("HT-1", "北岭煤业", "赵磊", 20, "1000.00", "200.00", "0.00", "0.00", "0.00"),
            debt("HT-2", "北岭煤业", "吴倩", 121, "0.00", "0.00", "300.00", "0.00", "4000.00"),
            debt("HT-3", EVIL, "赵磊", 0, "500.00", "0.00", "0.00", "0.00", "0.00"),
        ],
        {"北岭煤业": "D", EVIL: "A"},
    )


@pytest.mark.rule("A1", "A2")
def test_the_sums_by_customer_and_salesperson_are_those_of_the_contracts(analysis: Analysis) -> None:
    assert [one.contract_no for one in analysis.contracts] == ["HT-2", "HT-1", "HT-3"]
    north = analysis.customers[0]
    assert (north.name, north.note, north.contracts) == ("北岭煤业", "D", 2)
    assert (north.outstanding, north.overdue, north.overdue_days) == (5500, 4500, 121)
    assert north.interest == Decimal("20.00")
    for groups in (analysis.customers, analysis.salespersons):
        assert sum(group.outstanding for group in groups) == analysis.total.outstanding == 6000
    assert analysis.grades == {"A": 1, "B": 0, "C": 0, "D": 1}


def test_a_contract_that_owes_nothing_is_left_out() -> None:
    paid = debt("HT-1", "北岭煤业", "赵磊", 0, *["0.00"] * 5)
    object.__setattr__(paid.position, "interest_paid", Decimal("12.34"))
    assert analyse(AS_OF, [paid], {}).contracts == []


@pytest.mark.rule("A1")
def test_the_page_is_self_contained_and_what_people_typed_is_text(analysis: Analysis) -> None:
    html = page(analysis, "AR-2026-0001", "远山输送带", AT).decode()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"(src|href)=|url\(|@import|https?://", html)
    assert "<svg" in html
    assert all(bucket in html for bucket in BUCKETS)
    assert "¥6,000.00" in html


@pytest.mark.rule("A1")
def test_the_workbook_has_sheets_by_customer_and_salesperson_with_charts(analysis: Analysis) -> None:
    book = load_workbook(BytesIO(workbook(analysis, "AR-2026-0001")))
    assert book.sheetnames == ["账龄", "按客户", "按业务员", "按合同"]
    assert [len(book[name]._charts) for name in book.sheetnames] == [1, 1, 1, 0]
    rows = list(book["按客户"].iter_rows(values_only=True))
    assert rows[1][:4] == ("北岭煤业", "D", 2, 5500)
    evil = next(cell for row in book["按客户"].iter_rows() for cell in row if cell.value == EVIL)
    assert evil.data_type == "s"


def test_nobody_owing_anything_makes_a_report_too() -> None:
    empty = analyse(AS_OF, [], {})
    assert "¥0.00" in page(empty, "AR-2026-0001", "远山", AT).decode()
    assert load_workbook(BytesIO(workbook(empty, "AR-2026-0001"))).sheetnames[0] == "账龄"
