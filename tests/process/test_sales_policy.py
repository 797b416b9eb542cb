"""SalesPolicyProcess on the real engine: every path of the diagram, played by staff with their own logins."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.process.office import Office
from workers import policy
from workers.database.unit_of_work import UnitOfWork
from workers.demo.story import draft_form

MINUTES = "联席会〔2026〕第9号"


def start_policy(office: Office, title: str = "价格调整") -> str:
    """Sales operations proposes a policy; the instance's id."""
    clerk = office.desk("sales_operations")
    return clerk.start("SalesPolicyProcess", {"title": title, "reason": "原料涨价"})


def draft(office: Office, case: str, **fields: object) -> dict[str, Any]:
    """The author submits the draft as it was shown, with `fields` replaced; returns what was sent."""
    clerk = office.desk("sales_operations")
    task = clerk.await_task(case, "Task_DraftPolicy")
    shown = clerk.form(task)
    sent = draft_form(shown, **fields)
    clerk.complete(task, sent)
    return sent


def decide(office: Office, case: str, decision: str = "approve", comment: str = "同意") -> None:
    """A member of the committee decides."""
    form = {"decision": decision, "comment": comment, "meetingMinutes": MINUTES}
    office.desk("business_committee").do(case, "Task_DecidePolicy", form)


def issue(office: Office, case: str, decision: str = "approve", comment: str = "同意") -> None:
    """The general manager decides on issuing."""
    form = {"decision": decision, "comment": comment}
    office.desk("general_manager").do(case, "Task_IssuePolicy", form)


def next_day(office: Office) -> date:
    """The first day from which a new policy may be in force."""
    with UnitOfWork(office.app.sessions) as uow:
        return policy.next_valid_from(uow.session, office.today)


@pytest.mark.rule("C1", "X1", "X5")
def test_a_policy_decided_by_the_committee_and_issued_by_the_general_manager_is_in_force_from_its_day(
    office: Office,
) -> None:
    day = next_day(office)
    before = office.policy()
    case = start_policy(office, f"自{day}起的政策")
    draft(office, case, validFrom=day.isoformat(), validTo=None)
    decide(office, case)
    issue(office, case)
    office.await_end(case, "Event_PolicyIssued")

    with UnitOfWork(office.app.sessions) as uow:
        version = policy.in_force(uow.session, day)
        earlier = policy.in_force(uow.session, day - timedelta(days=1))
    assert version.title == f"自{day}起的政策"
    assert earlier.version_no == version.version_no - 1
    assert earlier.valid_to == day - timedelta(days=1)
    assert before is not None
    assert office.policy() is not None


@pytest.mark.rule("C1", "X3")
def test_a_draft_with_mistakes_comes_back_to_its_author_field_by_field(office: Office) -> None:
    case = start_policy(office)
    clerk = office.desk("sales_operations")
    first = clerk.await_task(case, "Task_DraftPolicy")
    shown = clerk.form(first)
    wrong = [{**shown["prices"][0], "floorPrice": "999999999"}, *shown["prices"][1:]]
    clerk.complete(first, draft_form(shown, prices=wrong, commissionPermille="很多"))
    again = office.await_next(case, "Task_DraftPolicy", first["id"])
    errors = clerk.form(again)["formErrors"]
    assert {"commissionPermille", "prices[0].floorPrice"} <= {error["field"] for error in errors}
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C1")
@pytest.mark.parametrize("who", ["committee", "general_manager"])
def test_a_returned_policy_goes_back_to_its_author_with_the_comment(office: Office, who: str) -> None:
    case = start_policy(office)
    day = next_day(office).isoformat()
    draft(office, case, validFrom=day, validTo=None)
    if who == "committee":
        decide(office, case, "return", "底价太低")
    else:
        decide(office, case)
        issue(office, case, "return", "底价太低")
    clerk = office.desk("sales_operations")
    shown = clerk.form(clerk.await_task(case, "Task_DraftPolicy"))
    assert shown["returnComment"].endswith("底价太低")
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C1")
@pytest.mark.parametrize("who", ["committee", "general_manager"])
def test_a_rejected_policy_never_comes_into_force(office: Office, who: str) -> None:
    case = start_policy(office, "被否决的政策")
    day = next_day(office)
    draft(office, case, validFrom=day.isoformat(), validTo=None)
    if who == "committee":
        decide(office, case, "reject", "不合时宜")
    else:
        decide(office, case)
        issue(office, case, "reject", "不合时宜")
    office.await_end(case, "Event_PolicyRejected")
    with UnitOfWork(office.app.sessions) as uow:
        assert policy.in_force(uow.session, day).title != "被否决的政策"


@pytest.mark.rule("C1", "X3")
@pytest.mark.parametrize("step", ["Task_DecidePolicy", "Task_IssuePolicy"])
def test_a_decision_that_is_none_comes_back_to_the_same_people(office: Office, step: str) -> None:
    case = start_policy(office)
    draft(office, case, validFrom=next_day(office).isoformat(), validTo=None)
    desk = office.desk("business_committee")
    if step == "Task_IssuePolicy":
        decide(office, case)
        desk = office.desk("general_manager")
    first = desk.await_task(case, step)
    desk.complete(first, {"decision": "reject", "comment": "", "meetingMinutes": MINUTES})
    again = office.await_next(case, step, first["id"])
    assert desk.form(again)["formErrors"]
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C1")
def test_of_two_policies_for_the_same_day_the_second_goes_back_to_its_author(office: Office) -> None:
    day = next_day(office).isoformat()
    cases = [start_policy(office, title) for title in ("先签发的", "后签发的")]
    for case in cases:
        draft(office, case, validFrom=day, validTo=None)
        decide(office, case)
    issue(office, cases[0])
    office.await_end(cases[0], "Event_PolicyIssued")
    issue(office, cases[1])
    clerk = office.desk("sales_operations")
    shown = clerk.form(clerk.await_task(cases[1], "Task_DraftPolicy"))
    assert any(error["field"] == "validFrom" for error in shown["formErrors"])
    office.withdraw(cases[1])
    office.await_end(cases[1], "Event_Withdrawn")


@pytest.mark.rule("X4")
def test_the_author_who_does_not_ask_for_it_withdraws_nothing(office: Office) -> None:
    case = start_policy(office)
    clerk = office.desk("sales_operations")
    first = clerk.await_task(case, "Task_TrackCase")
    clerk.complete(first, {"withdrawRequested": True, "withdrawReason": ""})
    again = office.await_next(case, "Task_TrackCase", first["id"])
    assert clerk.form(again)["withdrawErrors"][0]["field"] == "withdrawReason"
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C1", "X1")
def test_a_policy_that_a_program_proposes_by_message_goes_straight_to_the_committee(office: Office) -> None:
    data = {
        **_prefilled(office),
        "applicant": office.user("sales_operations"),
        "title": "由系统送达的政策",
        "validFrom": next_day(office).isoformat(),
    }
    case = office.app.engine.correlate("Msg_SalesPolicyProposed", variables=data)[0]["processInstance"]["id"]
    office.await_step(case, "Task_DecidePolicy")
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


def _prefilled(office: Office) -> dict[str, Any]:
    """A complete draft, as the form offers it."""
    case = start_policy(office)
    clerk = office.desk("sales_operations")
    shown = draft_form(clerk.form(clerk.await_task(case, "Task_DraftPolicy")), validTo=None)
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")
    return shown
