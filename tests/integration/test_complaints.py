"""The steps of a complaint on PostgreSQL: taken, owned, solved, confirmed by the customer (K1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.complaints_desk import AGAINST, CALL, NOW, OWNER, SUPERIOR, TAKER, ComplaintsDesk
from tests.integration.contract_desk import NOW as POLICY_NOW
from tests.integration.contract_desk import issue_policy
from tests.integration.follow_up_desk import a_customer, chart
from workers import cases, complaints, customers
from workers.calendar import OFFICE
from workers.cases import FormError
from workers.complaints.store import Complaint, ComplaintAnswer, ComplaintSolution
from workers.errors import InvalidInput
from workers.org import Leave
from workers.signals import Signal

NOBODY_HERE = [None, "", "salesflow", "xuhong"]


def said(form_errors: list[FormError]) -> str:
    return ";".join(one.message for one in form_errors)


@pytest.mark.rule("K1", "X6")
def test_a_complaint_that_is_raised_again_while_it_is_open_is_the_same(session: Session) -> None:
    customer_no = a_customer(session)

    def open_(what: str = "等了两个小时") -> str:
        return complaints.open(
            session,
            customer_no=customer_no,
            about_case=None,
            against=None,
            what=what,
            source="follow_up",
            by=TAKER,
            at=NOW,
        )

    first = open_()
    assert first.startswith("TS-2026-")
    assert open_() == first
    assert open_("车没洗") == f"TS-2026-{int(first[-4:]) + 1:04d}"
    query = select(Signal).where(Signal.message == "Msg_ComplaintRaised", Signal.business_key == first)
    (signal,) = session.scalars(query)
    assert signal.starts == "ComplaintProcess"
    with pytest.raises(InvalidInput):
        complaints.open(
            session,
            customer_no="KH-1999-0001",
            about_case=None,
            against=None,
            what="x",
            source="phone",
            by=TAKER,
            at=NOW,
        )


@pytest.mark.rule("K1", "X2")
@pytest.mark.parametrize("by", ["jiangnan", SUPERIOR])
def test_a_complaint_whose_taker_is_away_is_completed_by_who_stands_in_or_a_head(
    session: Session, by: str
) -> None:
    desk = ComplaintsDesk(session)
    desk.opened(**{**CALL, "complainant_phone": "12"})
    assert "只有受理人" in said(desk.checked(by="jiangnan").form_errors)
    leave = {"person": TAKER, "from": NOW.date(), "to": NOW.date(), "substitute": "jiangnan"}
    desk.org = desk.org.model_copy(update={"leaves": (Leave.model_validate(leave),)})
    assert desk.checked(by=by).form_errors == []


@pytest.mark.rule("K1", "X6")
def test_two_instances_cannot_work_on_one_complaint(session: Session) -> None:
    desk = ComplaintsDesk(session).raised()
    desk.instance = "another"
    with pytest.raises(InvalidInput, match="another process instance"):
        desk.opened("salesflow")


@pytest.mark.rule("K1", "X1", "X3", "M5")
def test_a_call_is_taken_by_phone_and_leads_to_the_customers_one_record(session: Session) -> None:
    known = customers.meet(session, phone="13900200001", name="钱多多", at=NOW, source="walk_in").no
    desk = ComplaintsDesk(session)
    desk.number = ""
    opened = desk.opened(**{**CALL, "complainant_phone": "12"})
    assert opened.case_no.startswith("TS-2026-")
    assert "不是有效的电话号码" in said(opened.form_errors)
    assert (opened.complaint_text, opened.complainant_phone) == (CALL["complaint_text"], "12")
    assert session.get(Complaint, desk.number) is None
    assert "只有受理人" in said(desk.checked(by="zhaolei").form_errors)
    assert "没有WX-1999-0001" in said(desk.checked(about_case_no="WX-1999-0001").form_errors)
    assert "不是一位本公司人员" in said(desk.checked(complaint_against="somebody").form_errors)
    taken = desk.checked()
    assert (taken.form_errors, taken.complainant_phone) == ([], None)  # the number is kept in the record only
    assert desk.checked().form_errors == []  # delivered twice, entered once
    assert (desk.row.customer_no, desk.row.raised_by, desk.row.source) == (known, TAKER, "phone")
    assert [one.kind for one in customers.history(session, known)] == ["投诉"]


@pytest.mark.rule("K1")
def test_the_start_form_takes_the_name_of_whom_it_is_about_and_it_never_goes_to_them(
    session: Session,
) -> None:
    desk = ComplaintsDesk(session)
    name = desk.org.name_of(SUPERIOR)
    desk.opened(**{**CALL, "complaint_against": f"服务经理{name}"})
    assert desk.row.against == SUPERIOR
    assert desk.assigned().owner != SUPERIOR
    everybody = ComplaintsDesk(session, "two names")
    both = f"{name}和{desk.org.name_of(OWNER)}"
    unclear = everybody.opened(**{**CALL, "complaint_text": "另一件事", "complaint_against": both})
    assert f"“{both}”不是一位本公司人员" in said(unclear.form_errors)


@pytest.mark.rule("K1")
def test_nobody_owns_a_complaint_about_themselves_whoever_stands_in(session: Session) -> None:
    desk = ComplaintsDesk(session).raised(against=OWNER)
    assert desk.assigned().owner == SUPERIOR
    away = ComplaintsDesk(session, "away").raised(against=OWNER)
    away.org = chart((SUPERIOR, OWNER, NOW, 3))
    assert away.assigned().owner == "lihaitao"
    with pytest.raises(DBAPIError, match="nobody_judges_themselves"), session.begin_nested():
        session.execute(update(Complaint).where(Complaint.number == away.number).values(owner=OWNER))


@pytest.mark.rule("K1", "X2")
def test_the_owner_has_working_hours_then_the_next_one_above_up_to_the_top(session: Session) -> None:
    desk = ComplaintsDesk(session).raised()
    given = desk.assigned()
    assert (given.owner, given.solvers) == (OWNER, f"{OWNER},{SUPERIOR}")
    assert given.solve_due == OFFICE.add(NOW, 16)
    owners = []
    for _ in range(4):
        desk.now = desk.row.due_at or NOW
        given = desk.escalated()
        owners.append(given.owner)
        assert given.solve_due == OFFICE.add(desk.now, 16)
    assert owners == [SUPERIOR, "lihaitao", "wangjianguo", "wangjianguo"]
    assert given.solvers == "wangjianguo"
    assert desk.row.escalations == 4
    told = [one.recipient for one in desk.notices()]
    assert told.count(desk.row.customer_no) == 4  # whom to turn to, at first and at each change
    assert {OWNER, SUPERIOR, "lihaitao", "wangjianguo"} <= set(told)


@pytest.mark.rule("K1", "X2")
def test_the_deadline_passes_over_the_national_day_and_counts_the_make_up_saturday(session: Session) -> None:
    desk = ComplaintsDesk(session)
    desk.now = NOW.replace(month=9, day=30, hour=16)  # an hour and a half before the holiday
    due = desk.raised().assigned().solve_due
    assert f"{due:%m-%d %H:%M}" == "10-10 09:30"  # 1.5 hours + 7 (8 October) + 7 (9 October) + 0.5
    desk.now = NOW.replace(month=10, day=9, hour=16)
    late = ComplaintsDesk(session, "late")
    late.now = desk.now
    assert (
        f"{late.raised().assigned().solve_due:%m-%d %H:%M}" == "10-13 09:30"
    )  # 1.5 + 7 (Saturday) + 7 (Monday) + 0.5


@pytest.mark.rule("K1", "X5")
def test_only_the_owner_or_who_steps_in_says_what_was_done(session: Session) -> None:
    desk = ComplaintsDesk(session).raised()
    desk.assigned()
    for other in [*NOBODY_HERE, AGAINST, TAKER]:
        assert "只有投诉负责人" in said(desk.solved(by=other).form_errors)
    assert "处理结果" in said(desk.solved(solution=["x"]).form_errors)
    asked = desk.solved(by=SUPERIOR)
    assert asked.form_errors == []
    assert desk.row.owner == SUPERIOR  # and answers for it
    told = [one.body for one in desk.notices() if one.recipient == desk.row.customer_no]
    assert len(told) == 2  # whom to turn to: the owner at first, the superior now
    assert desk.org.name_of(SUPERIOR) in told[-1]
    assert {SUPERIOR, AGAINST}.isdisjoint(asked.confirmers.split(","))


@pytest.mark.rule("K1", "X5")
def test_it_closes_only_with_the_customers_word_that_somebody_else_has_heard(session: Session) -> None:
    desk = ComplaintsDesk(session).raised()
    desk.assigned()
    with pytest.raises(InvalidInput):
        desk.answered()
    desk.solved()
    with pytest.raises(InvalidInput, match="no customer has confirmed"):
        desk.closed()
    for other in (OWNER, AGAINST):
        assert "不能登记客户的答复" in said(desk.answered(by=other).form_errors)
    for other in NOBODY_HERE:
        assert "只有销售、服务人员" in said(desk.answered(by=other).form_errors)
    assert "答复时间" in said(desk.answered(answered_at=(NOW + timedelta(days=1)).isoformat()).form_errors)
    assert "答复时间" in said(desk.answered(answered_at=(NOW - timedelta(days=1)).isoformat()).form_errors)
    assert "客户的答复：请选择" in said(desk.answered("perhaps").form_errors)
    assert "客户的原话" in said(desk.answered("not_solved", answer_note=" ").form_errors)

    assert desk.answered("not_solved", answer_note="还在响").answer_result == "not_solved"
    with pytest.raises(InvalidInput, match="no customer has confirmed"):
        desk.closed()
    assert desk.assigned().owner == OWNER
    assert [one.subject for one in desk.notices() if one.recipient == OWNER] == [
        *(f"投诉待处理：{desk.number}", f"客户说没解决：{desk.number}"),
    ]
    desk.solved(solution="又换了平衡杆胶套")
    desk.now = NOW + timedelta(hours=1)
    again = desk.answered("unreachable", answered_by=None, answered_at=None)
    assert (again.answer_result, again.ask_again_at) == ("unreachable", OFFICE.add(desk.now, 4))
    assert "****" in again.customer_phone  # until somebody calls again
    asked = desk.asked_again()
    assert "****" not in asked.customer_phone
    assert "zhaolei" in asked.confirmers.split(",")
    desk.org = chart(("zhaolei", "wuqian", NOW, 3))
    assert "zhaolei" not in desk.asked_again().confirmers.split(",")
    desk.org = chart()
    assert desk.answered("solved", by="zhaolei").answer_result == "solved"
    ended = desk.closed()
    assert "****" in ended.customer_phone
    assert (desk.row.state, desk.row.closed_at) == ("solved", desk.now)
    assert cases.find(session, desk.number).state == cases.CLOSED
    desk.closed()  # delivered twice
    kinds = [one.kind for one in customers.history(session, desk.row.customer_no)]
    assert kinds == ["投诉", "投诉结案"]


@pytest.mark.rule("K1", "C1")
def test_when_a_customer_who_was_not_reached_is_asked_again_is_the_policys_word(session: Session) -> None:
    issue_policy(session, ask_again_hours=9)
    desk = ComplaintsDesk(session)
    desk.now = POLICY_NOW
    desk.raised().assigned()
    desk.solved()
    again = desk.answered("unreachable", answered_by=None, answered_at=None)
    assert again.ask_again_at == OFFICE.add(desk.now, 9)


@pytest.mark.rule("K1", "X4")
def test_it_is_withdrawn_only_by_who_took_it_and_before_a_solution(session: Session) -> None:
    desk = ComplaintsDesk(session).raised()
    desk.assigned()
    for other in [*NOBODY_HERE, OWNER, AGAINST]:
        kept = desk.withdrawn(by=other)
        assert (kept.withdraw_outcome, said(kept.withdraw_errors)) == ("kept", "只有受理人或其代理人可以撤回")
    assert desk.withdrawn(reason=" ").withdraw_outcome == "kept"
    desk.solved()
    assert "只能由客户确认后结案" in said(desk.withdrawn().withdraw_errors)

    about_taker = ComplaintsDesk(session, "self").raised(against=TAKER)
    about_taker.assigned()
    assert "投诉对象不能撤回" in said(about_taker.withdrawn().withdraw_errors)

    away = ComplaintsDesk(session, "away").raised()
    away.assigned()
    away.org = chart((TAKER, AGAINST, NOW, 3))  # whom it is about stands in for who took it
    assert "投诉对象不能撤回" in said(away.withdrawn(by=AGAINST).withdraw_errors)

    mistake = ComplaintsDesk(session, "mistake").raised()
    mistake.assigned()
    assert mistake.withdrawn().withdraw_outcome == "withdrawn"
    assert mistake.row.state == "withdrawn"
    with pytest.raises(cases.CaseEnded):
        mistake.solved()
    told = {one.recipient for one in mistake.notices() if "withdrawn" in one.event_key}
    assert told == {mistake.row.customer_no, OWNER}


@pytest.mark.rule("X5", "K1")
def test_solutions_and_the_customers_words_know_no_change(session: Session) -> None:
    desk = ComplaintsDesk(session).raised()
    desk.assigned()
    desk.solved()
    desk.answered("not_solved", answer_note="还在响")
    session.flush()
    for change in (
        update(ComplaintSolution).where(ComplaintSolution.number == desk.number).values(solution="x"),
        update(ComplaintAnswer).where(ComplaintAnswer.note == "还在响").values(answer="solved"),
    ):
        with pytest.raises(DBAPIError, match="refused"), session.begin_nested():
            session.execute(change)
