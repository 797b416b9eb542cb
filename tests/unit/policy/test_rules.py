"""What is wrong with a drafted policy, field by field."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from workers.policy.document import STARTS, STEPS, PolicyDocument
from workers.policy.drafts import as_form
from workers.policy.messages import DraftForm
from workers.policy.rules import Span, earliest, period_errors, validate_draft
from workers.settings import ROOT, SETTINGS_FILE

TODAY = date(2026, 3, 10)
INITIAL = yaml.safe_load((Path(SETTINGS_FILE).parent / "policy.yaml").read_text("utf-8"))
TITLE = INITIAL.pop("title")
PRODUCTS = {row["product_no"]: row["product_name"] for row in INITIAL["prices"]}


def form(**changes: Any) -> DraftForm:
    """The sample's draft as the form would send it, with changes."""
    fields = as_form(PolicyDocument.model_validate(INITIAL), PRODUCTS)
    return DraftForm(**{"title": TITLE, "valid_from": "2026-03-11", **fields, **changes})


def wrong(**changes: Any) -> dict[str, str]:
    """The findings on a draft with these changes, by field."""
    draft, errors = validate_draft(form(**changes), PRODUCTS, [], TODAY)
    assert (draft is None) == bool(errors)
    return {error.field: error.message for error in errors}


def price(**changes: Any) -> list[dict[str, Any]]:
    """A price table with one row."""
    return [{"productNo": "P001", "listPrice": "100", "floorPrice": "90.5", **changes}]


@pytest.mark.rule("C1")
def test_the_draft_that_a_new_installation_starts_from_has_no_findings() -> None:
    draft, errors = validate_draft(form(), PRODUCTS, [], TODAY)
    assert errors == []
    assert draft is not None
    assert draft.valid_from == date(2026, 3, 11)
    assert draft.document == PolicyDocument.model_validate(INITIAL)


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        ({"floorPrice": "100.01"}, "prices[0].floorPrice", "不得高于标准价"),
        ({"listPrice": "-5"}, "prices[0].listPrice", "必须大于0"),
        ({"floorPrice": "0"}, "prices[0].floorPrice", "必须大于0"),
        ({"listPrice": "一百"}, "prices[0].listPrice", "不是有效金额"),
        ({"listPrice": "9" * 40}, "prices[0].listPrice", "不是有效金额"),
        ({"listPrice": "1.005"}, "prices[0].listPrice", "不是有效金额"),
        ({"listPrice": "1e5"}, "prices[0].listPrice", "不是有效金额"),
        ({"listPrice": "NaN"}, "prices[0].listPrice", "不是有效金额"),
        ({"listPrice": True}, "prices[0].listPrice", "不是有效金额"),
        ({"listPrice": ["1"]}, "prices[0].listPrice", "不是有效金额"),
        ({"listPrice": None}, "prices[0].listPrice", "请填写"),
        ({"productNo": "P999"}, "prices[0].productNo", "没有编号为“P999”的产品"),
        ({"productNo": "' OR 1=1 --"}, "prices[0].productNo", "没有编号为"),
        ({"productNo": {"no": "P001"}}, "prices[0].productNo", "应为文字"),
        ({"productNo": ""}, "prices[0].productNo", "请填写"),
    ],
)
def test_a_wrong_price_is_named_with_its_row(row: dict[str, Any], field: str, says: str) -> None:
    found = wrong(prices=price(**row))
    assert list(found) == [field]
    assert says in found[field]
    assert found[field].startswith("价格表第1行")


@pytest.mark.rule("X3")
@pytest.mark.parametrize("table", [None, [], [{}], [None], "P001", {"productNo": "P001"}, 5])
def test_a_price_table_without_a_row_is_refused(table: object) -> None:
    assert "prices" in wrong(prices=table)


def test_a_row_that_is_no_row_is_named() -> None:
    assert wrong(prices=[*price(), "P002"]) == {"prices[1]": "价格表第2行：格式不正确"}


def test_rows_left_blank_do_not_count() -> None:
    draft, _ = validate_draft(
        form(prices=[{"productNo": "", "listPrice": None}, *price()]), PRODUCTS, [], TODAY
    )
    assert draft is not None
    assert [row.product_no for row in draft.document.prices] == ["P001"]


def test_a_product_priced_twice_is_refused() -> None:
    assert "重复" in wrong(prices=[*price(), *price()])["prices[1].productNo"]


def test_the_name_of_a_product_comes_from_the_catalog_not_from_the_form() -> None:
    draft, _ = validate_draft(form(prices=price(productName="黄金")), PRODUCTS, [], TODAY)
    assert draft is not None
    assert draft.document.prices[0].product_name == "钢丝绳芯输送带"


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("commission_permille", "commissionPermille", "1001"),
        ("commission_permille", "commissionPermille", "1.5"),
        ("first_payment_percent", "firstPaymentPercent", "100.01"),
        ("first_payment_percent", "firstPaymentPercent", "-1"),
        ("invoice_gate_percent", "invoiceGatePercent", "六十"),
        ("interest_per_day", "interestPerDay", "101"),
        ("deposit_percent", "depositPercent", "20.01"),
        ("large_contract", "largeContract", "0"),
        ("serious_deviation_permille", "seriousDeviationPermille", "9" * 40),
        ("overdue_block_days", "overdueBlockDays", True),
        ("litigation_days", "litigationDays", "1"),
        ("withhold_days", "withholdDays", "5"),
        ("follow_up_days", "followUpDays", ""),
        ("reminder_hours", "reminderHours", "0"),
        ("interest_first", "interestFirst", "both"),
        ("interest_first", "interestFirst", ["principal"]),
        ("title", "title", "x" * 101),
        ("title", "title", " "),
        ("title", "title", 5),
        ("title", "title", "带\x00零"),
        ("title", "title", "半个\ud800"),
        ("title", "title", "两\n行"),
        ("reason", "reason", "长" * 2001),
        ("payment_terms", "paymentTerms", None),
        ("other_terms_days", "otherTermsDays", None),
        ("tax_rate_percent", "taxRatePercent", "101"),
        ("grade_b_days", "gradeBDays", "0"),
        ("grade_c_days", "gradeCDays", "x"),
        ("grade_d_days", "gradeDDays", None),
        ("deadlines", "deadlines", None),
    ],
)
def test_each_number_and_text_is_checked(name: str, field: str, value: object) -> None:
    assert field in wrong(**{name: value})


def test_html_and_sql_in_a_title_are_only_text() -> None:
    title = "<b>政策</b>'; DROP TABLE policy_versions; --"
    draft, errors = validate_draft(form(title=title), PRODUCTS, [], TODAY)
    assert errors == []
    assert draft is not None
    assert draft.title == title


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([{"code": "A", "label": "甲"}, {"code": "A", "label": "乙"}], "paymentTerms[1].code"),
        ([{"code": "有空 格", "label": "甲"}], "paymentTerms[0].code"),
        ([{"code": "A", "label": ""}], "paymentTerms[0].label"),
        ([{"code": "", "label": "甲"}], "paymentTerms[0].code"),
    ],
)
def test_payment_terms_need_distinct_codes_and_labels(rows: list[dict[str, str]], field: str) -> None:
    assert field in wrong(payment_terms=rows)


def test_every_step_needs_one_deadline() -> None:
    rows: list[dict[str, Any]] = [{"step": step, "hours": "8"} for step in STEPS]
    assert wrong(deadlines=rows) == {}
    beyond = f"deadlines[{len(rows)}].step"
    assert f"缺少{list(STEPS.values())[-1]}" in wrong(deadlines=rows[:-1])["deadlines"]
    assert "重复" in wrong(deadlines=[*rows, rows[0]])[beyond]
    assert "没有这个环节" in wrong(deadlines=[*rows, {"step": "lunch", "hours": 1}])[beyond]
    assert "deadlines[0].hours" in wrong(deadlines=[{"step": "draft_policy", "hours": "0"}, *rows[1:]])


def part(**changes: Any) -> dict[str, Any]:
    """A row of the instalments: everything on delivery."""
    return {"code": "T100", "percent": "100", "after": "delivery", "days": "0", **changes}


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("rows", "field", "says"),
    [
        ([part(percent="99.99")], "instalments", "付款方式T100各期比例合计为99.99%,应为100%"),
        ([part(percent="60"), part(percent="40.01")], "instalments", "合计为100.01%"),
        ([part(), part(code="T30-70", percent="30")], "instalments", "付款方式T30-70各期比例合计为30.00%"),
        ([part(code="T50")], "instalments[0].code", "没有代码为“T50”的付款方式"),
        ([part(code=None)], "instalments[0].code", "请填写"),
        ([part(percent="0")], "instalments[0].percent", "必须大于0"),
        ([part(percent="一半")], "instalments[0].percent", "应为0到100之间的数"),
        ([part(after="never")], "instalments[0].after", "请选择签订、交货、验收"),
        ([part(after=["seal"])], "instalments[0].after", "请选择签订、交货、验收"),
        ([part(days="-1")], "instalments[0].days", "应为0到3650之间的整数"),
        (["T100"], "instalments[0]", "格式不正确"),
        ("T100", "instalments", "格式不正确"),
    ],
)
def test_a_wrong_instalment_is_named_with_its_row(rows: object, field: str, says: str) -> None:
    found = wrong(instalments=rows)
    assert list(found) == [field]
    assert says in found[field]


def test_terms_of_payment_may_go_without_instalments() -> None:
    assert wrong(instalments=[]) == {}
    assert wrong(instalments=[part(percent="33.33"), part(percent="66.67")]) == {}


@pytest.mark.parametrize(("b", "c", "d"), [("31", "31", "91"), ("1", "91", "31"), ("2", "1", "91")])
def test_worse_grades_need_longer_debts(b: str, c: str, d: str) -> None:
    assert "逐级递增" in wrong(grade_b_days=b, grade_c_days=c, grade_d_days=d)["gradeDDays"]


LATER = (
    "instalments",
    "other_terms_days",
    "tax_rate_percent",
    "grade_b_days",
    "grade_c_days",
    "grade_d_days",
)


@pytest.mark.rule("C1")
def test_a_version_issued_before_a_number_was_thought_of_still_reads() -> None:
    early = {name: value for name, value in INITIAL.items() if name not in LATER}
    first_steps = list(STEPS)[:8]
    early["deadlines"] = {step: INITIAL["deadlines"][step] for step in first_steps}
    document = PolicyDocument.model_validate(early)
    assert document.instalments == ()
    assert {document.deadlines[step] for step in STEPS if step not in first_steps} == {16}
    assert document.deadlines["seal"] == 8


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"instalments": [part(percent="50")]}, "add up to 50 %"),
        ({"instalments": [part(code="T9")]}, "no payment terms T9"),
        ({"deadlines": {"lunch": 1}}, "unknown steps: lunch"),
        ({"grade_d_days": 2}, "must grow"),
    ],
)
def test_a_document_that_is_wrong_in_itself_cannot_be_made(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        PolicyDocument.model_validate({**INITIAL, **changes})


def test_the_drafts_form_offers_every_step_and_every_start_by_its_name() -> None:
    components = json.loads((ROOT / "bpmn/contract/policy_draft.form").read_text("utf-8"))["components"]
    lists = {one["path"]: one["components"] for one in components if one["type"] == "dynamiclist"}
    offered = {
        field["key"]: {choice["value"]: choice["label"] for choice in field["values"]}
        for field in (*lists["deadlines"], *lists["instalments"])
        if "values" in field
    }
    assert offered == {"step": STEPS, "after": STARTS}


@pytest.mark.parametrize(
    "value", ["2026-03-09", "2026-02-30", "20260311", "明天", "2300-01-01", 20260311, True, ["2026-03-11"]]
)
def test_a_policy_begins_on_a_day_that_exists_and_is_not_past(value: object) -> None:
    assert "validFrom" in wrong(valid_from=value)


def test_a_moment_of_the_engine_counts_as_its_day_in_shanghai() -> None:
    draft, _ = validate_draft(form(valid_from="2026-03-10T16:30:00.000+0000"), PRODUCTS, [], TODAY)
    assert draft is not None
    assert draft.valid_from == date(2026, 3, 11)


def test_a_policy_does_not_end_before_it_begins() -> None:
    assert "validTo" in wrong(valid_to="2026-03-10")


OPEN_ENDED = Span(3, date(2026, 1, 1), None)
BOUNDED = Span(3, date(2026, 1, 1), date(2026, 3, 31))
FUTURE = Span(4, date(2026, 5, 1), None)
EXPIRED = Span(2, date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.rule("C1")
@pytest.mark.parametrize(
    ("first", "issued", "fits"),
    [
        (date(2026, 3, 10), [], True),
        (date(2026, 3, 9), [], False),
        (date(2026, 3, 10), [OPEN_ENDED], True),
        (date(2026, 4, 1), [BOUNDED], True),
        (date(2026, 4, 2), [BOUNDED], False),
        (date(2026, 4, 2), [OPEN_ENDED, FUTURE], False),
        (date(2026, 5, 1), [OPEN_ENDED, FUTURE], False),
        (date(2026, 5, 2), [OPEN_ENDED, FUTURE], True),
        (date(2026, 3, 20), [EXPIRED], True),
    ],
)
def test_a_version_leaves_no_gap_and_swallows_none_that_was_issued(
    first: date, issued: list[Span], fits: bool
) -> None:
    assert (period_errors(first, None, issued, TODAY) == []) is fits


def test_the_earliest_start_is_after_the_newest_issued_version() -> None:
    assert earliest([], TODAY) == TODAY
    assert earliest([OPEN_ENDED], TODAY) == TODAY
    assert earliest([OPEN_ENDED, FUTURE], TODAY) == date(2026, 5, 2)
