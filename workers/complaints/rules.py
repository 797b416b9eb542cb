"""Pure rules of complaints: who owns one, who takes over, who asks the customer (K1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from workers.cases import FormReader
from workers.complaints.messages import ComplaintForm, RecordAnswer
from workers.org import OrgChart

HEADS = {"XS": "sales_manager", "WX": "service_manager"}
"""Who answers for a case by its number's prefix, when nobody in particular is complained about."""
LAST_RESORT = ("service_manager", "sales_manager", "deputy_gm_sales", "general_manager")
ASKING_POSTS = ("service_advisor", "salesperson", "service_manager", "sales_manager")
MOST_TEXT = 2000
ANSWERS = {"solved": "已解决", "not_solved": "未解决", "unreachable": "没有联系上"}


@dataclass(frozen=True)
class Sent:
    """A complaint in which nothing is wrong."""

    phone: str
    name: str
    about_case: str | None
    against: str | None
    what: str


@dataclass(frozen=True)
class Word:
    """What the customer said of a solution."""

    answer: str
    said_by: str
    said_at: datetime | None
    note: str


def owner_of(org: OrgChart, against: str | None, about_case: str | None, on: date) -> str:
    """Who has to solve it: the superior of whom it is about, else the head of the department. Never `against`."""
    if against is not None and against in org.people:
        found = next(_line(org, org.superior_of(against, on), against, on), None)
    else:
        post = HEADS.get((about_case or "").partition("-")[0], LAST_RESORT[0])
        heads = org.holders(post, on)
        found = next(_line(org, heads[0] if heads else None, against, on), None)
    if found is not None:
        return found
    return next(user for post in LAST_RESORT for user in org.acting_holders(post, on) if user != against)


def taker_over(org: OrgChart, owner: str, against: str | None, on: date) -> str | None:
    """The next one above the owner who is not complained about; None at the top."""
    above = org.superior_of(owner, on) if owner in org.people else None
    return next((user for user in _line(org, above, against, on) if user != owner), None)


def _line(org: OrgChart, first: str | None, against: str | None, on: date) -> Iterator[str]:
    """Upwards from `first`: who acts for each today, without the one who is complained about."""
    superior = first
    while superior is not None:
        acting = org.acting(superior, on)
        if against not in (acting, superior) and org.person(acting).works_on(on):
            yield acting
        superior = org.superior_of(superior, on)


def solvers(org: OrgChart, owner: str, against: str | None, on: date) -> list[str]:
    """The owner, and the next one above, who steps in while the owner is away."""
    above = taker_over(org, owner, against, on)
    return [owner, above] if above is not None else [owner]


def confirmers(org: OrgChart, owner: str, against: str | None, on: date) -> list[str]:
    """Who may ask the customer whether it is solved: neither the owner nor the one complained about."""
    people = [user for post in ASKING_POSTS for user in org.acting_holders(post, on)]
    return [user for user in dict.fromkeys(people) if user not in (owner, against)]


def read_complaint(form: ComplaintForm, reader: FormReader, org: OrgChart) -> Sent | None:
    """The complaint as it was sent; None with findings. The phone is checked by who opens the case."""
    phone = reader.text("complainantPhone", "客户电话", form.complainant_phone, 50)
    name = reader.text("complainantName", "客户姓名", form.complainant_name, 100)
    about = reader.number("aboutCaseNo", "涉及的业务编号", form.about_case_no, required=False)
    named = reader.text("complaintAgainst", "投诉对象", form.complaint_against, 64, required=False)
    against = person_named(org, named)
    if named and against is None:
        reader.wrong("complaintAgainst", f"投诉对象：“{named}”不是一位本公司人员，请从列表中选择或不选")
    what = reader.text("complaintText", "投诉内容", form.complaint_text, MOST_TEXT, lines=True)
    return None if reader.errors else Sent(phone, name, about or None, against or None, what)


def person_named(org: OrgChart, words: str) -> str | None:
    """The user id that a list sends, or the one of whose name is among the words that somebody typed."""
    if words in org.people:
        return words
    found = [user for user, person in org.people.items() if person.name in words]
    return found[0] if len(found) == 1 else None


def read_word(form: RecordAnswer, reader: FormReader, solved_at: datetime, now: datetime) -> Word | None:
    """The customer's word with who said it and when; None with findings."""
    answer = form.customer_answer if isinstance(form.customer_answer, str) else ""
    if answer not in ANSWERS:
        reader.wrong("customerAnswer", "客户的答复：请选择")
    reached = answer != "unreachable"
    said_by = reader.text("answeredBy", "答复人", form.answered_by, 100, required=reached)
    said_at = reader.moment("answeredAt", "答复时间", form.answered_at) if reached else None
    if said_at is not None and not solved_at.replace(second=0, microsecond=0) <= said_at <= now:
        reader.wrong("answeredAt", "答复时间：应在处理结果提交之后、现在之前")
    needed = answer == "not_solved"
    note = reader.text("answerNote", "客户的原话", form.answer_note, MOST_TEXT, required=needed, lines=True)
    return None if reader.errors else Word(answer, said_by, said_at, note)
