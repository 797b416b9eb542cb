"""Who owns a complaint, who takes over, who asks the customer, and the customer's word (K1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from workers.calendar import SHANGHAI
from workers.cases import FormReader
from workers.complaints.messages import ComplaintForm, RecordAnswer
from workers.complaints.rules import Word, confirmers, owner_of, read_complaint, read_word, taker_over
from workers.org import OrgChart, load
from workers.settings import ROOT

ORG = load(ROOT / "config/org.yaml")
DAY = date(2026, 3, 3)
NOW = datetime(2026, 3, 3, 15, 0, tzinfo=SHANGHAI)


def with_leave(person: str, substitute: str) -> OrgChart:
    leave = {"person": person, "from": DAY, "to": DAY, "substitute": substitute}
    return OrgChart.model_validate({**ORG.model_dump(by_alias=True), "leaves": [leave]})


@pytest.mark.rule("K1")
@pytest.mark.parametrize(
    ("against", "about", "owner"),
    [
        ("fengli", "WX-2026-0001", "hanbin"),  # a service advisor: their superior
        ("zhaolei", "WX-2026-0001", "zhangwei"),  # a salesperson, whatever the case
        ("hanbin", None, "lihaitao"),  # the service manager
        (None, "XS-2026-0001", "zhangwei"),  # nobody in particular: the head of the department
        (None, "WX-2026-0001", "hanbin"),
        (None, None, "hanbin"),
        ("wangjianguo", None, "hanbin"),  # nobody stands above: another head
    ],
)
def test_a_complaint_belongs_to_the_superior_of_whom_it_is_about(
    against: str | None, about: str | None, owner: str
) -> None:
    assert owner_of(ORG, against, about, DAY) == owner


@pytest.mark.rule("K1")
def test_nobody_owns_a_complaint_about_themselves_not_even_as_a_substitute() -> None:
    assert owner_of(with_leave("hanbin", "fengli"), "fengli", None, DAY) == "lihaitao"
    assert owner_of(with_leave("hanbin", "fengli"), None, "WX-2026-0001", DAY) == "fengli"
    for against in ORG.people:
        assert owner_of(ORG, against, None, DAY) != against


@pytest.mark.rule("K1")
def test_a_late_complaint_passes_to_the_next_one_above_who_is_not_complained_about() -> None:
    assert taker_over(ORG, "hanbin", None, DAY) == "lihaitao"
    assert taker_over(ORG, "hanbin", "lihaitao", DAY) == "wangjianguo"
    assert taker_over(ORG, "wangjianguo", None, DAY) is None


@pytest.mark.rule("K1")
def test_neither_the_owner_nor_the_one_complained_about_asks_the_customer() -> None:
    found = confirmers(ORG, "hanbin", "fengli", DAY)
    assert found
    assert {"hanbin", "fengli"}.isdisjoint(found)
    assert "zhaolei" in found


def word(**fields: Any) -> tuple[Word | None, str]:
    reader = FormReader()
    form = {
        "customer_answer": "solved",
        "answered_by": "马文涛",
        "answered_at": "2026-03-03T14:00+08:00",
        "answer_note": None,
        **fields,
    }
    found = read_word(RecordAnswer.model_validate(form), reader, NOW - timedelta(hours=2), NOW)
    return found, ";".join(one.message for one in reader.errors)


@pytest.mark.rule("K1")
def test_the_customers_word_says_who_and_when() -> None:
    found, _ = word()
    assert found == Word("solved", "马文涛", datetime(2026, 3, 3, 14, tzinfo=SHANGHAI), "")
    for field, message in (("answered_by", "答复人"), ("answered_at", "答复时间")):
        found, said = word(**{field: None})
        assert found is None
        assert message in said


@pytest.mark.rule("K1", "X3")
@pytest.mark.parametrize("moment", ["2026-03-03T12:59+08:00", "2026-03-03T15:01+08:00", "gestern", 5])
def test_a_word_before_the_solution_or_in_the_future_does_not_count(moment: object) -> None:
    found, said = word(answered_at=moment)
    assert found is None
    assert "答复时间" in said


@pytest.mark.rule("K1")
def test_not_solved_says_what_is_missing_and_unreachable_says_nothing() -> None:
    assert word(customer_answer="not_solved")[0] is None
    assert word(customer_answer="not_solved", answer_note="还在响")[0] is not None
    found, _ = word(customer_answer="unreachable", answered_by=None, answered_at=None)
    assert found == Word("unreachable", "", None, "")
    assert word(customer_answer="maybe")[0] is None


@pytest.mark.rule("X3")
def test_a_complaint_without_its_words_or_about_a_stranger_comes_back() -> None:
    reader = FormReader()
    form = ComplaintForm.model_validate({"complaint_against": "somebody", "complainant_phone": 5})
    assert read_complaint(form, reader, ORG) is None
    said = ";".join(one.message for one in reader.errors)
    for label in ("客户电话", "客户姓名", "投诉对象", "投诉内容"):
        assert label in said
