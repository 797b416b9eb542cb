"""What a contact's form must say (V9, W10, X3), and the questions of config/follow_up.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workers.cases import FormReader
from workers.errors import UserError
from workers.follow_up.messages import ContactForm
from workers.follow_up.questions import load_questions
from workers.follow_up.rules import Contact, read_contact, survey_rows
from workers.settings import ROOT

ASKED = load_questions(ROOT / "config/follow_up.yaml")
SALE = ASKED.of("sale")
ALL_YES = [{"questionId": one.id, "question": one.question, "answer": "yes"} for one in SALE]


def read(**fields: Any) -> tuple[Contact | None, str]:
    reader = FormReader()
    form = ContactForm.model_validate({"contact_outcome": "satisfied", "survey": ALL_YES, **fields})
    found = read_contact(
        form, reader, SALE, owners={"fengli"}, staff={"zhaolei"}, is_phone=lambda text: text.startswith("1")
    )
    return found, ";".join(one.message for one in reader.errors)


@pytest.mark.rule("V9")
def test_an_answer_is_known_by_what_was_asked_for_staff_see_no_codes() -> None:
    rows = survey_rows(ASKED, SALE)
    assert rows[0]["step"] == "展厅接待"
    sent = [{"question": row["question"], "answer": "yes"} for row in rows]
    found, _ = read(survey=sent)
    assert found is not None
    assert [one.question.id for one in found.answers] == [one.id for one in SALE]
    assert survey_rows(ASKED, SALE, sent)[0]["answer"] == "yes"


@pytest.mark.rule("V9")
def test_a_satisfied_customer_has_answered_every_expectation() -> None:
    found, _ = read()
    assert found is not None
    assert [one.question.id for one in found.answers] == [one.id for one in SALE]
    found, said = read(survey=ALL_YES[1:])
    assert found is None
    assert SALE[0].question in said


@pytest.mark.rule("V9", "W10")
@pytest.mark.parametrize("outcome", ["concern", "complaint"])
def test_whoever_is_troubled_is_quoted_but_not_pressed_for_answers(outcome: str) -> None:
    found, said = read(contact_outcome=outcome, survey=[], contact_note=" ", concern_owner="fengli")
    assert found is None
    assert "客户说了什么" in said
    found, _ = read(contact_outcome=outcome, survey=[], contact_note="有异响", concern_owner="fengli")
    assert found is not None
    assert found.answers == []


@pytest.mark.rule("V9")
def test_a_concern_is_settled_by_a_person_of_the_list() -> None:
    for owner in (None, "", "nobody", 5):
        found, said = read(contact_outcome="concern", contact_note="有异响", concern_owner=owner)
        assert found is None
        assert "由谁解决" in said


@pytest.mark.rule("V9", "X3")
@pytest.mark.parametrize(
    ("name", "phone", "message"),
    [
        ("李雷", None, "朋友的电话：请填写"),
        (None, "13800000000", "客户推荐的朋友"),
        ("李雷", "abc", "不是有效的电话号码"),
    ],
)
def test_a_referral_has_a_name_and_a_phone(name: str | None, phone: str | None, message: str) -> None:
    found, said = read(referral_name=name, referral_phone=phone)
    assert found is None
    assert message in said


def test_nobody_was_reached_needs_nothing_else() -> None:
    found, _ = read(contact_outcome="unreachable", survey=None)
    assert found == Contact("unreachable", "")


@pytest.mark.rule("X3")
@pytest.mark.parametrize("outcome", [None, "", "delighted", 7, ["satisfied"]])
def test_an_outcome_that_nobody_knows_comes_back(outcome: object) -> None:
    found, said = read(contact_outcome=outcome)
    assert found is None
    assert "联系结果" in said


@pytest.mark.rule("X3")
def test_rows_that_nobody_asked_about_do_not_count_and_forged_ones_do_not_break() -> None:
    found, said = read(survey=[*ALL_YES, {"questionId": "V1-9", "answer": "no"}, "x"])
    assert found is None
    assert "格式不正确" in said
    found, _ = read(survey=[*ALL_YES, {"questionId": "V1-9", "answer": "no"}])
    assert found is not None
    assert len(found.answers) == len(SALE)
    rows = survey_rows(ASKED, SALE, [{"questionId": "V2-1", "answer": {"a": 1}, "answerNote": "说明"}, 3])
    assert (rows[0]["answer"], rows[0]["answerNote"]) == (None, "说明")


def test_every_expectation_of_the_source_is_asked_of_the_step_that_it_belongs_to() -> None:
    assert [one.id for one in ASKED.questions] == [
        *("V2-1", "V2-2", "V3-1", "V3-2", "V8-1", "V8-2", "V9-1"),
        *("W3-1", "W3-2", "W9-1", "W9-2", "W10-1", "W10-2"),
    ]
    assert ASKED.step_name("V8") == "交车"
    assert ASKED.step_name("V99") == "V99"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "steps: {V2: 接待}\nquestions: [{id: V2-1, kind: sale, step: V3, question: 好吗}]",
            "without a name",
        ),
        ("steps: {V2: 接待}\nquestions: [{id: V2-1, kind: rent, step: V2, question: 好吗}]", "kind"),
        ("steps: [", "follow_up.yaml"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "follow_up.yaml"
    path.write_text(content, "utf-8")
    with pytest.raises(UserError, match=message):
        load_questions(path)
