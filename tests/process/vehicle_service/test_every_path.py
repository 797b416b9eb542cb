"""Every sequence flow of the vehicle service is walked on the real engine (W1-W10)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.process.follow_up.visit import new_customer, notices
from tests.process.office import Leave, Office
from tests.process.paths import all_flows, taken
from tests.process.phones import phones_now, whole_phones
from tests.process.vehicle_service.garage import (
    ADVISOR,
    EXTRA,
    FINANCE,
    LINES,
    MANAGER,
    PROCESS,
    QUALITY,
    STARTER,
    Garage,
    new_vin,
)
from workers import calendar
from workers.database.unit_of_work import UnitOfWork
from workers.org import release_tasks
from workers.receipts import booking
from workers.receipts.kept import Money
from workers.service import billing
from workers.settings import ROOT

DIAGRAM = ROOT / "bpmn/vehicle_service/vehicle_service.bpmn"
WALKED: set[str] = set()


def note(visit: Garage) -> None:
    """Remember the flows that the case took."""
    WALKED.update(taken(DIAGRAM, visit.office.passed(visit.case)))


@pytest.mark.rule("W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9", "W10", "X2", "X3")
def test_a_visit_on_which_everything_goes_wrong_once(office: Office) -> None:
    visit = Garage.called(office)
    shown = visit.book("search", wishedOn=office.soon(3))
    assert shown["callerName"] == "马文涛"
    shown = visit.book()
    booked = datetime.fromisoformat(shown["appointmentOptions"][-1]["value"])
    assert booked.date().isoformat() >= office.soon(3)
    task = office.await_step(visit.case, "Task_ReceiveCar")
    assert datetime.fromisoformat(task["due"]) == booked
    assert visit.timer("Event_NoShow") == booked + timedelta(minutes=60)
    visit.fire("Event_NoShow")
    shown = visit.book()
    assert "另约时间" in shown["caseStatus"]
    visit.receive(vin="kurz")
    assert visit.receive(receiveAction="moved")["formErrors"][0]["field"] == "vin"
    visit.book()
    visit.receive()

    visit.write(workLines=[{"productNo": "P001", "quantity": "1"}])
    assert "请从价目表选择项目" in visit.write()["formErrors"][0]["message"]
    visit.confirm("changed")
    shown = visit.confirm("changed", "不换机滤")
    assert shown["orderTotal"] == "¥480.00"
    assert [row["amount"] for row in shown["orderRows"]] == ["¥120.00", "¥360.00"]
    assert visit.write()["returnComment"] == "客户要求修改：不换机滤"
    assert office.admin.tasks(processInstanceId=visit.case, taskDefinitionKey="Task_Dispatch") == []
    visit.confirm()

    visit.dispatch("qinfeng2")
    shown = visit.dispatch()
    assert {row["name"] for row in shown["technicianRows"]} == {"曹军", "石磊", "秦峰"}
    office.await_step(visit.case, "Task_Diagnose")
    assert phones_now(office, visit.case) == set()
    assert "****" in shown["customerPhone"]
    visit.diagnose(findings="")
    visit.diagnose(EXTRA)
    shown = visit.answer("agreed")
    assert "****" not in shown["customerPhone"]
    assert "每一项" in visit.answer("agreed", "declined")["formErrors"][0]["message"]
    visit.repair(repairRows=[])
    shown = visit.repair(extraLines=[{"productNo": "LJ08", "quantity": "1", "reason": "雨刮老化"}])
    assert [row["name"] for row in shown["repairRows"]] == ["常规保养工时", "机油机滤套装", "前制动片"]
    visit.answer("declined")
    visit.repair()
    visit.check(None)
    visit.check("failed", "机油渗漏")
    assert visit.repair()["qualityText"] == "质检不合格（第1次）：机油渗漏"
    visit.check()

    visit.explain(explained=False)
    shown = visit.explain(paymentWay="transfer", paymentReference="")
    assert (shown["billLabour"], shown["billParts"], shown["billTotal"]) == ("¥120.00", "¥780.00", "¥900.00")
    _is_paid_in_parts(office, visit)
    visit.hand_back(returnChecks=["keys"])
    visit.hand_back()
    row = visit.followed_up()
    assert (row.kind, row.for_case, row.channel) == ("service", visit.number, "wechat")
    assert row.people["W7"] == "caojun"
    office.await_end(visit.case, "Event_ServiceDone")
    note(visit)
    assert (visit.order.state, visit.order.quality_failures) == ("returned", 1)
    told = {one.subject.split()[0] for one in notices(office, visit.number)}
    assert {"预约确认", "追加项目确认"} <= told


def _is_paid_in_parts(office: Office, visit: Garage) -> None:
    """A form that is wrong, a part by transfer, another by the bank's statement, the rest at the counter after all."""
    step, number = "Task_ConfirmPayment", visit.number

    def again(before: str) -> str:
        return str(office.await_next(visit.case, step, before)["id"])

    part = {"paidBy": "transfer", "transferReference": f"流水{number}", "transferAmount": "400"}
    before = again("")
    shown = visit.do(FINANCE, step, {**part, "transferAmount": "四百"})
    assert ("****" in shown["customerPhone"], shown["billLeft"]) == (True, "¥900.00")
    before = again(before)
    visit.do(FINANCE, step, part)
    before = again(before)
    with UnitOfWork(office.app.sessions) as uow:
        booking.one_at_a_time(uow.session)
        money = Money(
            *(Decimal(300), office.today, f"到账{number}", "", ""), *(number, "xuhong", calendar.now())
        )
        booking.pay(uow.session, money, billing.required(uow.session, number).bill_no)
    again(before)
    shown = visit.do(ADVISOR, step, {"paidBy": "counter", "counterReference": f"收{number}"})
    assert shown["billLeft"] == "¥200.00"


@pytest.mark.rule("W9", "X1", "X2")
def test_the_promise_is_looked_at_again_and_a_delay_is_told_before_it_happens(office: Office) -> None:
    customer, vin = new_customer(office), new_vin()
    wanted = {"applicant": STARTER, "customerNo": customer, "vin": vin, "wish": "首次保养"}
    found = office.app.engine.correlate("Msg_AppointmentWanted", variables=wanted)
    visit = Garage(office, str(found[0]["processInstance"]["id"]))
    visit.book(plate="苏D88001", carModel="远山轻舟")
    visit.receive(vin=vin)
    in_six_days = (calendar.now() + timedelta(days=6)).isoformat(timespec="minutes")
    visit.write(promisedAt=in_six_days)
    visit.confirm()
    assert visit.timer("Event_LookAgain") == visit.look_again_at(calendar.now())
    visit.fire("Event_LookAgain")
    office.await_at(visit.case, "Gateway_AwaitProgress", gone=["Task_WatchPromise"])

    visit.days_pass(days=8)
    visit.dispatch()
    task = office.await_step(visit.case, "Task_TellDelay")
    assert datetime.fromisoformat(task["due"]) > calendar.now()
    tell = {"delayResult": "told", "delayChannel": "phone", "delayNote": "配件晚到"}
    early = visit.do(ADVISOR, "Task_TellDelay", {**tell, "delayPromisedAt": "2026-01-01T10:00"})
    assert "****" not in early["delayCustomer"]
    assert "按剩余工作推算最早" in early["delayText"]
    shown = visit.do(ADVISOR, "Task_TellDelay", {**tell, "delayPromisedAt": early["delayPromisedAt"]})
    assert "最早" in shown["delayErrors"][0]["message"]
    office.await_at(visit.case, "Gateway_AwaitProgress", gone=["Task_TellDelay"])
    [notice] = notices(office, f"{visit.number}-delay-")
    assert notice.recipient == customer

    visit.diagnose()
    visit.days_pass(days=8)
    visit.repair()
    office.await_step(visit.case, "Task_TellDelay")
    visit.check()  # finished while nobody has called yet: there is nothing left to tell
    office.await_step(visit.case, "Task_ExplainBill")
    office.await_at(visit.case, "Task_ExplainBill", gone=["Task_TellDelay", "Task_WatchPromise"])
    visit.explain()
    visit.hand_back()
    row = visit.followed_up(maintenanceWish="半年后的周末")
    office.await_end(visit.case, "Event_ServiceDone")
    note(visit)
    again = Garage(office, office.instance(PROCESS, str(row.appointment_no)))
    shown = again.book("cancel", cancelReason="改天再说")
    assert (shown["vin"], shown["wish"], shown["customerNo"]) == (vin, "半年后的周末", customer)
    assert [line["work"] for line in shown["carHistory"]] == ["常规保养工时、机油机滤套装"]
    office.await_end(again.case, "Event_NotBooked")


@pytest.mark.rule("W3", "W9")
def test_who_refuses_the_estimate_gets_the_car_back_and_no_work_was_begun(office: Office) -> None:
    visit = Garage.called(office)
    visit.book()
    visit.receive()
    visit.write()
    visit.confirm("refused", "太贵")
    shown = visit.hand_back(returnChecks=["licence", "keys"])
    assert shown["billText"] == "没有施工，不收费用"
    office.await_end(visit.case, "Event_CarReturnedUnrepaired")
    note(visit)
    passed = {one["activityId"] for one in office.passed(visit.case)}
    assert not passed & {"Task_ProposeTechnicians", "Task_Dispatch", "Task_FollowUp"}


@pytest.mark.rule("W1", "X3", "X4", "X5")
def test_an_appointment_is_withdrawn_by_its_starter_who_sees_where_it_stands(office: Office) -> None:
    visit = Garage.called(office)
    visit.book()
    office.await_step(visit.case, "Task_ReceiveCar")
    shown = visit.do(STARTER, "Task_TrackCase", {"withdrawRequested": False, "withdrawReason": ""})
    assert "已预约" in shown["caseStatus"]
    forged = {"withdrawRequested": True, "withdrawReason": "我", "withdrawnBy": STARTER, "caseNo": "WX-1"}
    task = office.await_step(visit.case, "Task_TrackCase")
    office.desk_of(STARTER).complete(task, {**forged, "withdrawReason": "客户取消"})
    office.await_end(visit.case, "Event_Withdrawn")
    note(visit)
    assert visit.order.state == "cancelled"


@pytest.mark.rule("W1")
def test_a_customer_who_makes_no_appointment_after_all_ends_the_case_with_the_reason(office: Office) -> None:
    visit = Garage.called(office)
    visit.book("cancel", cancelReason="就近去了别家")
    office.await_end(visit.case, "Event_NotBooked")
    note(visit)
    assert "就近去了别家" in office.variables(visit.case)["caseStatus"]


@pytest.mark.rule("X1", "X3")
def test_a_visit_starts_by_command_and_a_wrong_file_starts_nothing(
    office: Office, salesflow: Any, tmp_path: Path
) -> None:
    example = yaml.safe_load((ROOT / "config" / "examples" / "vehicle_service.yaml").read_text("utf-8"))

    def command(**fields: object) -> Any:
        path = tmp_path / "visit.yaml"
        path.write_text(yaml.safe_dump({**example, **fields}, allow_unicode=True), "utf-8")
        return salesflow("start", PROCESS, path, "--json")

    refused = command(callerPhone="12", plate="车", vin="kurz", applicant="caojun")
    assert refused.returncode == 1
    found = {one["field"] for one in json.loads(refused.stdout)["errors"]}
    assert found == {"applicant", "callerPhone", "plate", "vin"}
    done = command()
    assert done.returncode == 0, done.stderr
    visit = Garage(office, json.loads(done.stdout)["process_instance"])
    shown = visit.book("cancel", cancelReason="示例")
    assert shown["wish"] == example["wish"]
    office.await_end(visit.case, "Event_NotBooked")


def test_the_cases_above_have_walked_every_flow() -> None:
    assert all_flows(DIAGRAM) - WALKED == set()
    assert len(LINES) == 2


@pytest.mark.rule("W5", "X2", "X5")
def test_the_work_of_a_technician_moves_to_who_stands_in(office: Office, leave: Leave) -> None:
    visit = Garage.called(office)
    assert office.await_step(visit.case, "Task_BookAppointment")["assignee"] == STARTER
    leave(STARTER, ADVISOR)
    release_tasks(office.app.engine, office.app.org.current(), office.today)
    assert office.await_step(visit.case, "Task_BookAppointment")["assignee"] is None  # any advisor's now
    visit.confirmed()
    visit.dispatch()
    assert office.await_step(visit.case, "Task_Diagnose")["assignee"] == "caojun"

    leave("caojun", "shilei")
    release_tasks(office.app.engine, office.app.org.current(), office.today)
    visit.do("shilei", "Task_Diagnose", {"findings": "制动片磨损", "extraLines": None})
    assert office.await_step(visit.case, "Task_Repair")["assignee"] == "shilei"
    visit.do("shilei", "Task_Repair", lambda shown: {"repairRows": shown["repairRows"], "findings": "已更换"})
    office.admin.claim(office.await_step(visit.case, "Task_CheckQuality")["id"], QUALITY)

    leave(QUALITY, MANAGER)
    release_tasks(office.app.engine, office.app.org.current(), office.today)
    assert office.await_step(visit.case, "Task_CheckQuality")["assignee"] is None
    visit.do(MANAGER, "Task_CheckQuality", {"checkResult": "passed", "checkFindings": ""})
    office.await_step(visit.case, "Task_ExplainBill")


@pytest.mark.rule("M5")
def test_the_engine_keeps_no_whole_phone_of_a_case_that_has_ended(office: Office) -> None:
    assert whole_phones(office, PROCESS) == set()
