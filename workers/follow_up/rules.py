"""Pure rules of a contact: what its form must say, and what follows from it (V9, W10, X3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workers.cases import FormReader, shown
from workers.follow_up.messages import ContactForm
from workers.follow_up.questions import Question, Questionnaire
from workers.follow_up.store import COMPLAINT, CONCERN, SATISFIED, UNREACHABLE

OUTCOMES = {SATISFIED: "满意", CONCERN: "有疑虑", COMPLAINT: "投诉", UNREACHABLE: "未联系上"}
ANSWERS = {"yes": "做到了", "partly": "部分做到", "no": "没做到"}
MOST_TEXT = 1000
MOST_QUESTIONS = 50


@dataclass(frozen=True)
class Answer:
    """What the customer said of one expectation."""

    question: Question
    answer: str
    note: str


@dataclass(frozen=True)
class Contact:
    """A contact in which nothing is wrong."""

    outcome: str
    note: str
    answers: Sequence[Answer] = field(default_factory=tuple)
    concern_owner: str | None = None
    against: str | None = None
    referral_name: str | None = None
    referral_phone: str | None = None
    wish: str | None = None


def read_contact(
    form: ContactForm,
    reader: FormReader,
    questions: Sequence[Question],
    owners: Collection[str],
    staff: Collection[str],
    is_phone: Callable[[str], bool],
) -> Contact | None:
    """The contact as it was sent; None with findings. `questions`: those that are still to be asked."""
    outcome = form.contact_outcome if isinstance(form.contact_outcome, str) else ""
    if outcome not in OUTCOMES:
        reader.wrong("contactOutcome", "联系结果：请选择")
        return None
    must_say = outcome in (CONCERN, COMPLAINT)
    note = reader.text(
        "contactNote", "客户说了什么", form.contact_note, MOST_TEXT, required=must_say, lines=True
    )
    if outcome == UNREACHABLE:
        return None if reader.errors else Contact(outcome, note)
    answers = _answers(form, reader, questions, required=outcome == SATISFIED)
    owner = against = name = phone = wish = ""
    if outcome == CONCERN:
        owner = reader.text("concernOwner", "由谁解决", form.concern_owner, 64)
        if owner and owner not in owners:
            reader.wrong("concernOwner", "由谁解决：请从列表中选择")
    elif outcome == COMPLAINT:
        against = reader.text("complaintAgainst", "投诉对象", form.complaint_against, 64, required=False)
        if against and against not in staff:
            reader.wrong("complaintAgainst", "投诉对象：请从列表中选择或不选")
    else:
        name, phone = _referral(form, reader, is_phone)
        wish = reader.text(
            "maintenanceWish", "保养预约", form.maintenance_wish, MOST_TEXT, required=False, lines=True
        )
    if reader.errors:
        return None
    return Contact(
        outcome, note, answers, owner or None, against or None, name or None, phone or None, wish or None
    )


def _referral(form: ContactForm, reader: FormReader, is_phone: Callable[[str], bool]) -> tuple[str, str]:
    """A referral has a name and a phone, or is none."""
    phone = reader.text("referralPhone", "朋友的电话", form.referral_phone, 50, required=False)
    named = reader.text("referralName", "客户推荐的朋友", form.referral_name, 100, required=bool(phone))
    if named and not phone:
        reader.wrong("referralPhone", "朋友的电话：请填写，否则无法联系")
    elif phone and not is_phone(phone):
        reader.wrong("referralPhone", f"朋友的电话：“{phone}”不是有效的电话号码")
    return named, phone


def _answers(
    form: ContactForm, reader: FormReader, questions: Sequence[Question], *, required: bool
) -> list[Answer]:
    """Answers to the questions that are still open; nobody who complains is pressed for them."""
    sent = [row for _, row in reader.rows("survey", "客户期望", form.survey, MOST_QUESTIONS, required=False)]
    found = []
    for number, question in enumerate(questions):
        row = _row_of(question, sent)
        answer = row.get("answer")
        if not required and answer in (None, ""):
            continue
        if not isinstance(answer, str) or answer not in ANSWERS:
            reader.wrong(f"survey[{number}].answer", f"“{question.question}”：请选择客户的回答")
            continue
        note = reader.text(f"survey[{number}].answerNote", "说明", row.get("answerNote"), 300, required=False)
        found.append(Answer(question, answer, note))
    return found


def survey_rows(
    asked: Questionnaire, questions: Sequence[Question], sent: object = None
) -> list[dict[str, str | None]]:
    """The questions as the form's rows, with what was answered already as far as it can be shown again."""
    rows = [row for row in sent if isinstance(row, Mapping)] if isinstance(sent, list) else []
    return [
        {
            "questionId": one.id,
            "step": asked.step_name(one.step),
            "question": one.question,
            "answer": _known(_row_of(one, rows[:MOST_QUESTIONS]).get("answer")),
            "answerNote": shown(_row_of(one, rows[:MOST_QUESTIONS]).get("answerNote"), 300),
        }
        for one in questions
    ]


def _row_of(question: Question, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The question's row, by its id, or by its text: a form sends what it shows, and staff see no ids."""
    wanted = (question.id, question.question)
    return next((row for row in rows if row.get("questionId", row.get("question")) in wanted), {})


def _known(answer: object) -> str | None:
    return answer if isinstance(answer, str) and answer in ANSWERS else None
