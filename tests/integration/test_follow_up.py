"""The steps of a follow-up on PostgreSQL: when and who, what came of it, what follows from it (V9, W10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.follow_up_desk import (
    ADVISOR,
    HANDOVER,
    MANAGER,
    MECHANIC,
    SELLER,
    FollowUpDesk,
    a_customer,
    chart,
)
from workers import cases, customers, follow_up
from workers.calendar import SHANGHAI, is_working_day
from workers.errors import InvalidInput
from workers.follow_up.store import FollowUp, FollowUpConcern, FollowUpContact, SurveyAnswer


def answers(desk: FollowUpDesk) -> dict[str, SurveyAnswer]:
    query = select(SurveyAnswer).where(SurveyAnswer.follow_up_no == desk.number)
    return {one.question: one for one in desk.session.scalars(query)}


def contacts(desk: FollowUpDesk) -> list[FollowUpContact]:
    query = select(FollowUpContact).where(FollowUpContact.follow_up_no == desk.number)
    return list(desk.session.scalars(query.order_by(FollowUpContact.id)))


def said(form_errors: list[cases.FormError]) -> str:
    return ";".join(one.message for one in form_errors)


@pytest.mark.rule("V9", "W10")
@pytest.mark.parametrize(
    ("handover", "contact", "works"),
    [
        ("2026-02-13 15:00", "2026-02-14 10:00", True),  # the Saturday that is worked for the Spring Festival
        ("2026-02-14 16:00", "2026-02-14 17:00", True),  # the eve of the Spring Festival
        ("2026-02-18 10:00", "2026-02-19 10:00", False),  # no working hours inside the limit
        ("2026-09-18 16:00", "2026-09-20 10:00", True),  # the Sunday that is worked for the National Day
        ("2026-09-30 15:00", "2026-09-30 16:00", True),  # the eve of the National Day
        ("2026-10-09 15:00", "2026-10-10 10:00", True),  # the Saturday that is worked after it
    ],
)
def test_the_promise_that_is_kept_in_the_database_knows_chinas_calendar_of_2026(
    session: Session, handover: str, contact: str, works: bool
) -> None:
    desk = FollowUpDesk(session).at(handover)
    at = desk.now
    desk = FollowUpDesk(session, "ZZ-2026-7002", happened_at=at)
    planned = desk.plan()
    assert planned.contact_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") == contact
    assert desk.row.limit_at == at + timedelta(days=2)
    assert is_working_day(planned.contact_at.date()) is works
    prepared = desk.at(planned.contact_at).prepare()
    assert prepared.escalate_at == desk.row.limit_at
    assert planned.contact_at <= prepared.contact_due <= desk.row.limit_at


@pytest.mark.rule("V9", "X6")
def test_a_handover_that_is_told_again_keeps_its_follow_up_and_counts_no_number(session: Session) -> None:
    desk = FollowUpDesk(session)
    row = desk.row
    again = follow_up.request(
        session,
        for_case=row.for_case,
        kind="sale",
        customer_no=row.customer_no,
        responsible=MANAGER,
        channel="phone",
        happened_at=HANDOVER + timedelta(days=1),
        people={},
        at=HANDOVER,
    )
    assert (again.number, again.responsible, again.channel) == (desk.number, ADVISOR, "wechat")
    following = FollowUpDesk(session, "ZZ-2026-7002").number
    assert int(following[-4:]) == int(desk.number[-4:]) + 1


@pytest.mark.rule("X3")
def test_a_follow_up_of_nobody_or_of_no_kind_is_not_requested(session: Session) -> None:
    known = {
        "responsible": ADVISOR,
        "channel": "phone",
        "happened_at": HANDOVER,
        "people": {},
        "at": HANDOVER,
    }
    with pytest.raises(InvalidInput):
        follow_up.request(session, for_case="ZZ-2026-7003", kind="sale", customer_no="KH-1999-0001", **known)
    with pytest.raises(ValueError, match="lease"):
        follow_up.request(
            session, for_case="ZZ-2026-7003", kind="lease", customer_no=a_customer(session), **known
        )


@pytest.mark.rule("V9", "M5")
def test_who_calls_sees_whom_by_which_way_and_the_whole_phone_number(session: Session) -> None:
    desk = FollowUpDesk(session)
    assert "****" in desk.plan().customer_phone  # while nobody has the task
    shown = desk.begin()
    assert (shown.contact_person, shown.channel_name, shown.customer_name) == (ADVISOR, "微信", "马文涛")
    assert "*" not in shown.customer_phone
    assert shown.people_text.split("；") == [
        "展厅接待：赵磊",
        "需求咨询：赵磊",
        "交车：冯丽",
    ]  # who handed over
    assert desk.row.for_case in shown.handover_text
    assert shown.survey_asked
    assert [row["questionId"] for row in shown.survey or []][:2] == ["V2-1", "V2-2"]
    assert {one["value"] for one in shown.against_options} == {SELLER, ADVISOR}


@pytest.mark.rule("V9", "X2")
def test_the_substitute_calls_and_whoever_is_back_by_then_calls_themselves(session: Session) -> None:
    desk = FollowUpDesk(session)
    desk.org = chart((ADVISOR, "jiangnan", HANDOVER, 1))
    planned = desk.plan()
    assert planned.contact_person == "jiangnan"
    desk.at(planned.contact_at)
    assert desk.prepare().contact_person == "jiangnan"
    assert desk.record("satisfied", by="jiangnan").form_errors == []
    desk.org = chart((ADVISOR, "jiangnan", HANDOVER, 0))  # back before the planned day
    assert FollowUpDesk(session, "ZZ-2026-7002").plan().contact_person == ADVISOR
    desk.org = chart(without=ADVISOR)
    assert desk.prepare().contact_person == MANAGER


@pytest.mark.rule("X5", "V9")
@pytest.mark.parametrize("by", [None, "", "salesflow", SELLER, "jiangnan", "wangjianguo"])
def test_nobody_else_registers_a_contact(session: Session, by: str | None) -> None:
    desk = FollowUpDesk(session)
    desk.begin()
    kept = desk.record("satisfied", by=by)
    assert kept.contact_result == "invalid"
    assert "负责人、代班人或服务经理" in said(kept.form_errors)
    assert contacts(desk) == []
    assert desk.record("satisfied", by=MANAGER).contact_result == "satisfied"


@pytest.mark.rule("V9", "X3")
def test_a_form_that_says_nothing_usable_comes_back_with_what_was_sent(session: Session) -> None:
    desk = FollowUpDesk(session)
    desk.begin()
    kept = desk.record({"a": 1}, survey="x", contact_note=["y"])
    assert "联系结果：请选择" in said(kept.form_errors)
    assert kept.contact_outcome is None
    kept = desk.record(
        "satisfied", survey=desk.survey("yes", but=["V3-1"]), referral_name="李雷", maintenance_wish="下月"
    )
    assert "请选择客户的回答" in said(kept.form_errors)
    assert "朋友的电话" in said(kept.form_errors)
    assert (kept.referral_name, kept.maintenance_wish) == ("李雷", "下月")
    assert [row["answer"] for row in kept.survey or []].count("yes") == len(kept.survey or []) - 1
    kept = desk.record("concern", contact_note=" ", concern_owner=MECHANIC)
    assert "客户说了什么" in said(kept.form_errors)
    assert "由谁解决" in said(kept.form_errors)
    kept = desk.record("complaint", contact_note="不满意", complaint_against="wangjianguo")
    assert "投诉对象：请从列表中选择或不选" in said(kept.form_errors)
    assert contacts(desk) == []
    assert answers(desk) == {}


@pytest.mark.rule("V9", "W10")
def test_a_referral_becomes_a_lead_and_the_wish_an_appointment_once(session: Session) -> None:
    desk = FollowUpDesk(session)
    desk.begin()
    desk.record(
        "satisfied", referral_name="李雷", referral_phone="137 0000 1234", maintenance_wish="下月上旬"
    )
    first, again = desk.pass_on(), desk.pass_on()
    assert first.follow_up_outcome == "satisfied"
    assert first.customer_phone.count("*") == 4  # what the process keeps is masked
    assert (again.lead_no, again.appointment_no) == (first.lead_no, first.appointment_no)
    (lead,), (wanted,) = desk.signals("Msg_ProspectReferred"), desk.signals("Msg_AppointmentWanted")
    assert (lead.starts, lead.business_key) == ("VehicleSalesProcess", first.lead_no)
    assert lead.variables == {
        "prospectName": "李雷",
        "prospectPhone": "137 0000 1234",
        "source": "referral",
        "applicant": SELLER,
    }
    assert (wanted.starts, wanted.business_key) == ("VehicleServiceProcess", first.appointment_no)
    assert wanted.variables == {
        "customerNo": desk.row.customer_no,
        "vin": "LSVAM4187C2184847",
        "wish": "下月上旬",
        "applicant": ADVISOR,
    }
    assert desk.row.closed_at == desk.now
    lines = customers.history(session, desk.row.customer_no)
    assert [(one.kind, one.text) for one in lines] == [("回访", "客户满意")]


@pytest.mark.rule("V9")
def test_the_numbers_of_leads_and_appointments_come_from_the_counters_of_all_rooms(session: Session) -> None:
    sale, order = (cases.next_case_no(session, prefix, 2026) for prefix in ("XS", "WX"))
    desk = FollowUpDesk(session)
    desk.begin()
    desk.record("satisfied", referral_name="李雷", referral_phone="13700001234", maintenance_wish="下月")
    ended = desk.pass_on()
    for number, before in ((ended.lead_no, sale), (ended.appointment_no, order)):
        assert number is not None
        assert number[:8] == before[:8]
        assert int(number[-4:]) == int(before[-4:]) + 1
    assert cases.next_case_no(session, "XS", 2026) != ended.lead_no


@pytest.mark.rule("V9")
def test_a_referral_is_the_lead_of_the_deals_salesperson_whoever_recorded_a_step(session: Session) -> None:
    desk = FollowUpDesk(session)
    desk.row.people = {"V2": "wuqian", "V3": "wuqian", "V8": ADVISOR, "V8-1": SELLER}
    desk.begin()
    desk.record("satisfied", referral_name="李雷", referral_phone="13700001234")
    desk.pass_on()
    assert desk.signals("Msg_ProspectReferred")[0].variables["applicant"] == SELLER
    query = select(SurveyAnswer).where(SurveyAnswer.follow_up_no == desk.number)
    asked = {one.question: one.person for one in session.scalars(query)}
    assert (asked["V8-1"], asked["V8-2"], asked["V9-1"]) == (SELLER, ADVISOR, ADVISOR)


@pytest.mark.rule("V9", "X2")
def test_leads_and_appointments_go_to_who_may_take_them_today(session: Session) -> None:
    desk = FollowUpDesk(session)
    desk.begin()
    desk.record("satisfied", referral_name="李雷", referral_phone="13700001234", maintenance_wish="下月")
    desk.org = chart((SELLER, "wuqian", HANDOVER, 5), (ADVISOR, "jiangnan", HANDOVER, 5))
    desk.pass_on()
    assert desk.signals("Msg_ProspectReferred")[0].variables["applicant"] == "wuqian"
    assert desk.signals("Msg_AppointmentWanted")[0].variables["applicant"] == "jiangnan"

    left = FollowUpDesk(session, "ZZ-2026-7002", kind="service")
    left.begin()
    left.record("satisfied", maintenance_wish="下月", referral_name="韩梅", referral_phone="13700001235")
    left.org = chart(without=ADVISOR)  # then a colleague advises, and anybody who sells gets the lead
    left.pass_on()
    assert left.signals("Msg_AppointmentWanted")[0].variables["applicant"] == "jiangnan"
    assert left.signals("Msg_ProspectReferred")[0].variables["applicant"] == SELLER


@pytest.mark.rule("V9")
def test_nothing_is_passed_on_of_a_customer_who_did_not_say_to_be_satisfied(session: Session) -> None:
    desk = FollowUpDesk(session)
    with pytest.raises(InvalidInput):
        desk.pass_on()
    desk.begin()
    desk.record("unreachable")
    for act in (desk.pass_on, desk.complain, desk.give_up):
        with pytest.raises(InvalidInput):
            act()
    assert desk.row.outcome is None


@pytest.mark.rule("V9", "W10")
def test_a_concern_is_settled_by_who_was_named_and_the_broken_promise_stays(session: Session) -> None:
    desk = FollowUpDesk(session)
    desk.begin()
    kept = desk.record(
        "concern", contact_note="倒车时有异响", concern_owner=SELLER, survey=desk.survey("no", but=["V9-1"])
    )
    assert (kept.contact_result, kept.settle_person) == ("concern", SELLER)
    assert "处理结果" in said(desk.settle(SELLER, " ").form_errors)
    assert "赵磊或服务经理" in said(desk.settle("wuqian").form_errors)
    assert desk.settle(SELLER).form_errors == []
    concern = session.scalars(
        select(FollowUpConcern).where(FollowUpConcern.follow_up_no == desk.number)
    ).one()
    assert (concern.settled_by, concern.measures) == (SELLER, "更换了倒车雷达")

    desk.at(desk.now + timedelta(minutes=30))
    assert desk.plan().contact_at == desk.now  # asked again at once
    shown = desk.prepare()
    assert [row["questionId"] for row in shown.survey or []] == ["V9-1"]
    assert "更换了倒车雷达" in shown.concern_text
    assert desk.record("satisfied", survey=desk.survey("yes")).contact_result == "satisfied"
    assert desk.pass_on().follow_up_outcome == "concern_settled"
    given = answers(desk)
    assert given["V2-1"].answer == "no"
    assert (given["V2-1"].person, given["V9-1"].person, given["V9-1"].answer) == (SELLER, ADVISOR, "yes")


@pytest.mark.rule("V9", "W10")
def test_after_as_many_tries_as_the_policy_says_the_customer_is_written_to(session: Session) -> None:
    desk = FollowUpDesk(session, kind="service", channel="phone")
    moments, results = [], []
    for number in range(1, 4):
        shown = desk.begin()
        assert shown.tries_text == f"第{number}次，最多3次"
        moments.append(desk.now.astimezone(SHANGHAI).strftime("%m-%d %H:%M"))
        results.append(desk.record("unreachable", survey=None, contact_note=None).contact_result)
    assert results == ["again", "again", "unreachable"]
    assert moments == ["03-04 10:00", "03-04 14:30", "03-05 10:00"]
    assert desk.give_up().follow_up_outcome == "unreachable"
    desk.give_up()
    (notice,) = desk.notices(f"unreachable:{desk.number}")
    assert (notice.recipient, notice.channel) == (desk.row.customer_no, "sms")  # who wants calls gets no call
    assert "冯丽" in notice.body
    assert desk.row.outcome == "unreachable"


@pytest.mark.rule("V9")
def test_tries_count_anew_after_the_customer_was_spoken_to(session: Session) -> None:
    desk = FollowUpDesk(session)
    for outcome in ("unreachable", "unreachable", "concern"):
        desk.begin()
        desk.record(outcome, contact_note="异响", concern_owner=MANAGER, survey=None)
    desk.settle(MANAGER)
    assert desk.begin().tries_text == "第1次，最多3次"
    assert desk.record("unreachable").contact_result == "again"


@pytest.mark.rule("V9", "X2")
def test_the_service_manager_hears_of_a_missed_limit_once_and_the_task_stands_above_others(
    session: Session,
) -> None:
    desk = FollowUpDesk(session)
    desk.begin()
    desk.at(desk.row.limit_at)
    desk.escalate()
    desk.escalate()
    (told,) = desk.notices(f"follow_up:{desk.number}:")
    assert told.recipient == MANAGER
    assert "2026-03-05 16:00" in told.body
    assert (desk.tasklist.task["priority"], desk.tasklist.task["assignee"]) == (75, ADVISOR)
    assert desk.row.escalated_at == desk.now

    met = FollowUpDesk(session, "ZZ-2026-7003")
    met.begin()
    met.record("satisfied")
    met.pass_on()
    met.tasklist.task = {}
    met.at(met.row.limit_at).escalate()  # the timer has fired while the contact was being registered
    assert met.notices(f"follow_up:{met.number}:") == []
    assert cases.find(session, met.number).status_text == "客户满意"

    other = FollowUpDesk(session, "ZZ-2026-7002")
    other.begin()
    other.org = chart((MANAGER, "lihaitao", HANDOVER, 5))
    other.at(other.row.limit_at).escalate()
    assert [one.recipient for one in other.notices(f"follow_up:{other.number}:")] == ["lihaitao"]


@pytest.mark.rule("V9")
def test_a_further_try_that_is_missed_is_told_but_the_promise_was_kept(session: Session) -> None:
    desk = FollowUpDesk(session)
    desk.begin()
    desk.record("unreachable")
    shown = desk.begin()
    assert shown.escalate_at == shown.contact_due
    desk.at(shown.escalate_at).escalate()
    assert desk.row.escalated_at is None
    assert "未再次联系" in desk.notices(f"follow_up:{desk.number}:")[0].body


@pytest.mark.rule("W10", "K1", "X6")
def test_a_complaint_is_opened_once_and_ends_the_follow_up(session: Session) -> None:
    desk = FollowUpDesk(session, kind="service")
    desk.begin()
    desk.record("complaint", contact_note="修了三次还在响", complaint_against=MECHANIC, survey=None)
    first, again = desk.complain(), desk.complain()
    assert first.complaint_no == again.complaint_no
    assert first.complaint_no.startswith("TS-2026-")
    with pytest.raises(InvalidInput):
        desk.pass_on()
    query = select(FollowUp.complaint_no, FollowUp.outcome).where(FollowUp.number == desk.number)
    assert session.execute(query).one() == (first.complaint_no, "complaint")


@pytest.mark.rule("X6")
def test_another_instance_cannot_take_a_follow_up_over(session: Session) -> None:
    desk = FollowUpDesk(session)
    desk.plan()
    desk.instance = "another"
    with pytest.raises(InvalidInput, match="another process instance"):
        desk.plan()
    with pytest.raises(InvalidInput, match="another process instance"):
        desk.record("satisfied")


@pytest.mark.rule("X5")
def test_what_customers_said_knows_no_change(session: Session) -> None:
    desk = FollowUpDesk(session)
    desk.begin()
    desk.record("satisfied")
    session.flush()
    for change in (
        update(FollowUpContact).where(FollowUpContact.follow_up_no == desk.number).values(note="no"),
        update(SurveyAnswer).where(SurveyAnswer.follow_up_no == desk.number).values(answer="no"),
    ):
        with pytest.raises(DBAPIError, match="refused"), session.begin_nested():
            session.execute(change)
    assert answers(desk)["V2-1"].answer == "yes"
