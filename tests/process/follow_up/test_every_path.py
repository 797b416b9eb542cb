"""Every sequence flow of the follow-up is walked on the real engine (V9, W10)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.process.complaints.case import AGAINST, Trouble
from tests.process.follow_up.visit import CONTACT, RESPONSIBLE, Visit, await_job, new_phone, notices
from tests.process.office import Leave, Office
from tests.process.paths import all_flows, taken
from tests.process.phones import whole_phones
from tests.process.vehicle_sales.showroom import Sale
from tests.process.vehicle_service.garage import Garage
from workers import calendar
from workers.calendar import SHANGHAI, is_working_day
from workers.complaints import Complaint
from workers.database.unit_of_work import UnitOfWork
from workers.follow_up.planning import plan, plan_again
from workers.follow_up.store import FollowUpContact, SurveyAnswer
from workers.org import release_tasks
from workers.settings import ROOT

DIAGRAM = ROOT / "bpmn/follow_up/follow_up.bpmn"
WALKED: set[str] = set()


def note(visit: Visit) -> None:
    """Remember the flows that the case took."""
    WALKED.update(taken(DIAGRAM, visit.office.passed(visit.case)))


def answers(visit: Visit) -> list[SurveyAnswer]:
    query = select(SurveyAnswer).where(SurveyAnswer.follow_up_no == visit.number)
    with UnitOfWork(visit.office.app.sessions) as uow:
        return list(uow.session.scalars(query.order_by(SurveyAnswer.question)))


@pytest.mark.rule("V9", "M5", "X2", "X3")
def test_a_satisfied_customer_recommends_a_friend_and_books_the_first_maintenance(office: Office) -> None:
    visit, friend = Visit.of(office).start(), new_phone()
    ruling = office.policy()
    assert ruling is not None
    planned = plan(visit.row.happened_at, ruling.document.follow_up_days, office.app.hours)
    assert abs(visit.timer("Event_ContactTime") - planned.contact_at) < timedelta(seconds=1)
    task = visit.reach_the_time()
    assert task["assignee"] == RESPONSIBLE
    assert datetime.fromisoformat(task["due"]) <= visit.row.limit_at
    shown = visit.contact("satisfied", referralName="李雷", referralPhone="12", survey=[])
    assert (shown["customerName"], shown["channelName"]) == ("马文涛", "微信")
    assert shown["customerPhone"].startswith("139")
    assert "*" not in shown["customerPhone"]
    assert "展厅接待：赵磊" in shown["peopleText"]
    assert [row["questionId"] for row in shown["survey"]][:2] == ["V2-1", "V2-2"]

    office.await_next(visit.case, CONTACT, task["id"])
    again = visit.contact(
        "satisfied",
        referralName="李雷",
        referralPhone=friend,
        maintenanceWish="下月上旬的周末",
        survey=visit.survey("partly"),
    )
    said = ";".join(one["message"] for one in again["formErrors"])
    assert "不是有效的电话号码" in said
    assert "请选择客户的回答" in said
    assert (again["referralName"], again["referralPhone"]) == ("李雷", "12")
    office.await_end(visit.case, "Event_Satisfied")
    note(visit)

    row = visit.row
    assert row.outcome == "satisfied"
    lead = visit.signals("Msg_ProspectReferred")[0]
    assert (lead.starts, lead.business_key) == ("VehicleSalesProcess", row.lead_no)
    assert lead.variables == {
        "prospectName": "李雷",
        "prospectPhone": friend,
        "source": "referral",
        "applicant": "zhaolei",
    }
    wanted = visit.signals("Msg_AppointmentWanted")[0]
    assert (wanted.starts, wanted.business_key) == ("VehicleServiceProcess", row.appointment_no)
    assert wanted.variables == {
        "customerNo": visit.customer_no,
        "vin": row.vin,
        "wish": "下月上旬的周末",
        "applicant": RESPONSIBLE,
    }
    sale = Sale(office, office.instance(lead.starts, str(row.lead_no)), friend)
    shown = sale.contact("lost", lostReason="只是打听")
    assert (shown["customerName"], shown["customerPhone"]) == ("李雷", friend)
    office.await_end(sale.case, "Event_Lost")
    booking = Garage(office, office.instance(wanted.starts, str(row.appointment_no)))
    shown = booking.book("cancel", cancelReason="客户另约")
    assert (shown["wish"], shown["vin"], shown["callerName"]) == ("下月上旬的周末", row.vin, "马文涛")
    office.await_end(booking.case, "Event_NotBooked")
    given = {one.question: (one.step, one.person, one.answer) for one in answers(visit)}
    assert given["V2-1"] == ("V2", "zhaolei", "partly")
    assert given["V9-1"] == ("V9", RESPONSIBLE, "partly")
    kept = office.admin.history(
        "variable-instance", processInstanceId=visit.case, variableName="customerPhone"
    )
    assert ["****" in one["value"] for one in kept if one["activityInstanceId"] == visit.case] == [True]


@pytest.mark.rule("V9", "W10", "X2")
def test_a_handover_on_the_eve_of_a_holiday_is_followed_up_the_same_afternoon(office: Office) -> None:
    eve = datetime(calendar.now().year, 12, 31, 15, 0, tzinfo=SHANGHAI)
    if eve < calendar.now() or not is_working_day(eve.date()):
        eve = datetime(calendar.now().year + 1, 9, 30, 15, 0, tzinfo=SHANGHAI)
    visit = Visit.of(office, happened_at=eve).start()
    assert visit.timer("Event_ContactTime") == plan(eve, 2, office.app.hours).contact_at
    if is_working_day(eve.date()):
        assert visit.timer("Event_ContactTime") == eve + timedelta(hours=1)
    visit.reach_the_time()
    assert visit.timer("Event_LimitPassed") == eve + timedelta(days=2)
    visit.contact("satisfied")
    office.await_end(visit.case, "Event_Satisfied")


@pytest.mark.rule("V9")
def test_a_concern_is_settled_by_a_named_person_and_then_the_customer_is_asked_again(office: Office) -> None:
    visit = Visit.of(office).start()
    task = visit.reach_the_time()
    visit.contact("concern", contactNote="倒车时有异响", concernOwner="hanbin", survey=visit.survey("no"))
    settle = office.await_step(visit.case, "Task_SettleConcern")
    assert settle["assignee"] == "hanbin"
    shown = office.desk_of("hanbin").do(visit.case, "Task_SettleConcern", {"measures": " "})
    assert shown["concernText"] == "倒车时有异响"
    office.await_next(visit.case, "Task_SettleConcern", settle["id"])
    shown = office.desk_of("hanbin").do(visit.case, "Task_SettleConcern", {"measures": "更换了倒车雷达"})
    assert "处理结果" in shown["formErrors"][0]["message"]
    visit.asked_again(task["id"])
    shown = visit.contact("satisfied", survey=[])
    assert "更换了倒车雷达" in shown["concernText"]
    assert shown["surveyAsked"] is False
    office.await_end(visit.case, "Event_Satisfied")
    note(visit)
    assert visit.row.outcome == "concern_settled"
    assert {one.answer for one in answers(visit)} == {"no"}  # a promise that was broken stays so


@pytest.mark.rule("V9", "W10")
def test_who_cannot_be_reached_is_tried_at_another_time_of_day_and_written_to_in_the_end(
    office: Office,
) -> None:
    visit = Visit.of(office, kind="service").start()
    most = visit.row.most_tries
    task = visit.reach_the_time()
    for number in range(1, most + 1):
        shown = visit.contact("unreachable", contactNote=None)
        assert shown["triesText"] == f"第{number}次，最多{most}次"
        if number < most:
            due = await_job(office, visit.case, "Event_ContactTime")["dueDate"]
            with UnitOfWork(office.app.sessions) as uow:
                query = select(FollowUpContact).where(FollowUpContact.follow_up_no == visit.number)
                last = uow.session.scalars(query.order_by(FollowUpContact.id.desc()).limit(1)).one()
            wanted = plan_again(last.at, last.at, visit.row.limit_at, office.app.hours)
            assert abs(datetime.fromisoformat(due) - wanted) < timedelta(minutes=1)
            before_noon = last.at.astimezone(SHANGHAI).time() < office.app.hours.lunch_end
            assert (wanted.time() >= office.app.hours.lunch_end) == before_noon
            visit.fire("Event_ContactTime")
            task = office.await_next(visit.case, CONTACT, task["id"])
    office.await_end(visit.case, "Event_Unreachable")
    note(visit)
    assert visit.row.outcome == "unreachable"
    written = notices(office, f"unreachable:{visit.number}")
    assert [one.recipient for one in written] == [visit.customer_no]
    assert "冯丽" in written[0].body


@pytest.mark.rule("V9")
def test_a_follow_up_that_misses_the_limit_is_brought_before_the_service_manager(office: Office) -> None:
    visit = Visit.of(office).start()
    task = visit.reach_the_time()
    assert abs(visit.timer("Event_LimitPassed") - visit.row.limit_at) < timedelta(seconds=1)
    visit.fire("Event_LimitPassed")
    office.await_at(visit.case, CONTACT, gone=["Task_EscalateFollowUp"])
    assert office.await_step(visit.case, CONTACT)["id"] == task["id"]  # nobody takes it away
    assert office.await_step(visit.case, CONTACT)["priority"] == 75
    told = notices(office, f"follow_up:{visit.number}:")
    assert [one.recipient for one in told] == ["hanbin"]
    assert visit.for_case in told[0].body
    assert visit.row.escalated_at is not None
    visit.contact("satisfied")
    office.await_end(visit.case, "Event_Satisfied")
    note(visit)


@pytest.mark.rule("W10", "K1")
def test_a_complaint_ends_the_follow_up_and_starts_its_own_process(office: Office) -> None:
    visit = Visit.of(office, kind="service").start()
    visit.reach_the_time()
    visit.contact("complaint", contactNote="修了三次还在响", complaintAgainst="caojun", survey=[])
    office.await_end(visit.case, "Event_ComplaintRaised")
    note(visit)
    number = visit.row.complaint_no
    assert number is not None
    complaint = office.instance("ComplaintProcess", number)
    office.await_step(complaint, "Task_SolveComplaint")
    with UnitOfWork(office.app.sessions) as uow:
        row = uow.session.get_one(Complaint, number)
    assert (row.about_case, row.against, row.source) == (visit.for_case, "caojun", "follow_up")
    assert row.owner == "dengkai"
    assert visit.row.outcome == "complaint"


@pytest.mark.rule("V9", "K1", "X2")
def test_open_tasks_move_when_their_people_go_on_leave(office: Office, leave: Leave) -> None:
    visit, trouble = Visit.of(office).start(), Trouble.raised(office)
    task = visit.reach_the_time()
    solving = office.await_step(trouble.case, "Task_SolveComplaint")
    assert solving["assignee"] == "dengkai"

    leave(RESPONSIBLE, "jiangnan")
    release_tasks(office.app.engine, office.app.org.current(), office.today)
    moved = office.await_step(visit.case, CONTACT)
    assert (moved["id"], moved["assignee"]) == (task["id"], "jiangnan")
    visit.contact("satisfied", user="jiangnan")
    office.await_end(visit.case, "Event_Satisfied")

    leave("dengkai", AGAINST)  # it is about the substitute, so the next one above steps in
    release_tasks(office.app.engine, office.app.org.current(), office.today)
    assert office.await_step(trouble.case, "Task_SolveComplaint")["assignee"] is None
    assert office.desk_of(AGAINST).open_tasks(trouble.case) == []
    trouble.solve(user="hanbin")
    trouble.answer()
    office.await_end(trouble.case, "Event_ComplaintSolved")
    assert trouble.row.owner == "hanbin"


@pytest.mark.rule("V9", "X2")
def test_a_substitute_makes_contact_for_somebody_on_leave(office: Office, leave: Leave) -> None:
    leave(RESPONSIBLE, "hanbin")
    visit = Visit.of(office).start()
    task = visit.reach_the_time()
    assert task["assignee"] == "hanbin"
    visit.contact("satisfied", user="hanbin")
    office.await_end(visit.case, "Event_Satisfied")


@pytest.mark.rule("X5", "V9")
def test_whoever_is_not_entitled_cannot_register_a_contact(office: Office) -> None:
    visit = Visit.of(office).start()
    task = visit.reach_the_time()
    form = {"contactOutcome": {"value": "unreachable", "type": "String"}}
    office.admin.post(f"/task/{task['id']}/submit-form", {"variables": form})
    office.await_next(visit.case, CONTACT, task["id"])
    shown = visit.contact("satisfied")
    assert "负责人、代班人或服务经理" in shown["formErrors"][0]["message"]
    office.await_end(visit.case, "Event_Satisfied")


def test_the_cases_above_have_walked_every_flow() -> None:
    assert all_flows(DIAGRAM) - WALKED == set()


@pytest.mark.rule("M5")
def test_the_engine_keeps_no_whole_phone_of_a_case_that_has_ended(office: Office) -> None:
    assert whole_phones(office, "FollowUpProcess") == set()
