"""Rules of jointing work without a database: the first payment, the order, the acceptance report."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from workers.cases import FormReader
from workers.jointing.messages import OrderForm, RecordAcceptance
from workers.jointing.rules import Order, Report, read_order, read_report
from workers.ledger import Account

ORDERED, TODAY = date(2026, 3, 1), date(2026, 3, 10)
ORDER = {
    "jointing_site": "一号矿井",
    "jointing_planned_on": "2026-03-20",
    "jointing_team": "王强、李勇",
    "jointing_contact": None,
    "jointing_work": "硫化接头4个",
    "jointing_waived": False,
}
REPORT = {
    "acceptance_result": "accepted",
    "acceptance_signer": "马志远",
    "acceptance_done_on": "2026-03-09",
    "acceptance_findings": "",
}


@pytest.mark.rule("C10")
@pytest.mark.parametrize(
    ("received", "amount", "arrived"),
    [
        ("29.99", "100", False),
        ("30.00", "100", True),
        ("2999.99", "10000", False),
        ("3000.00", "10000", True),
        ("0", "0", False),
    ],
)
def test_the_first_payment_has_arrived_at_exactly_30_per_cent(
    received: str, amount: str, arrived: bool
) -> None:
    account = Account("HT-2026-0001", amount=Decimal(amount), received=Decimal(received))
    assert account.reaches(Decimal(30)) is arrived


def order(**fields: Any) -> tuple[Order | None, list[str]]:
    """What the order's form says, and what is wrong with it."""
    reader = FormReader()
    found = read_order(OrderForm(**{**ORDER, **fields}), reader, TODAY)
    return found, [one.message for one in reader.errors]


@pytest.mark.rule("C10")
def test_an_order_names_site_day_team_and_work() -> None:
    found, errors = order()
    assert errors == []
    assert found == Order("一号矿井", date(2026, 3, 20), "王强、李勇", "", "硫化接头4个")


@pytest.mark.rule("C10", "X3")
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"jointing_site": ""}, "接续地点"),
        ({"jointing_planned_on": "2026-03-09"}, "计划日期：2026-03-09应在今天之后一年以内"),
        ({"jointing_planned_on": "2027-03-11"}, "计划日期"),
        ({"jointing_planned_on": "morgen"}, "计划日期"),
        ({"jointing_team": None}, "接续人员"),
        ({"jointing_work": " "}, "工作内容"),
        ({"jointing_work": "x" * 1001}, "工作内容"),
        ({"jointing_waived": True, "jointing_work": ""}, "工作内容"),
        ({"jointing_waived": "true", "jointing_site": ""}, "接续地点"),
    ],
)
def test_a_wrong_order_says_what_to_mend(fields: dict[str, Any], says: str) -> None:
    found, errors = order(**fields)
    assert found is None
    assert any(says in message for message in errors), errors


@pytest.mark.rule("C10")
def test_a_customer_who_joins_by_themselves_needs_a_reason_and_nothing_else() -> None:
    found, errors = order(
        jointing_waived=True, jointing_site=None, jointing_planned_on=None, jointing_work="客户自有班组"
    )
    assert errors == []
    assert found is not None
    assert found.waived


def report(**fields: Any) -> tuple[Report | None, list[str]]:
    """What the acceptance form says, and what is wrong with it."""
    reader = FormReader()
    found = read_report(RecordAcceptance(**{**REPORT, **fields}), reader, ORDERED, TODAY)
    return found, [one.message for one in reader.errors]


@pytest.mark.rule("C10")
def test_a_report_says_who_accepted_the_work_and_when() -> None:
    assert report() == (Report(True, "马志远", date(2026, 3, 9), ""), [])
    failed = {"acceptance_result": "failed", "acceptance_findings": "接头跑偏"}
    assert report(**failed) == (Report(False, "马志远", date(2026, 3, 9), "接头跑偏"), [])


@pytest.mark.rule("C10", "X3")
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"acceptance_result": None}, "验收结论"),
        ({"acceptance_result": "perfect"}, "验收结论"),
        ({"acceptance_signer": ""}, "客户验收人"),
        ({"acceptance_done_on": "2026-02-28"}, "验收日期：2026-02-28应在派工之日2026-03-01与今天之间"),
        ({"acceptance_done_on": "2026-03-11"}, "验收日期"),
        ({"acceptance_done_on": ""}, "验收日期"),
        ({"acceptance_result": "failed"}, "存在的问题"),
    ],
)
def test_a_wrong_report_says_what_to_mend(fields: dict[str, Any], says: str) -> None:
    found, errors = report(**fields)
    assert found is None or errors
    assert any(says in message for message in errors), errors
