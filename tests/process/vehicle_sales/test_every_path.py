"""Every sequence flow of a car's sale is walked on the real engine (V1-V9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.process.follow_up.visit import Visit, new_phone
from tests.process.office import Leave, Office
from tests.process.paths import all_flows, taken
from tests.process.phones import phones_now, whole_phones
from tests.process.vehicle_sales.ordering import DEPOSIT, TICKS
from tests.process.vehicle_sales.showroom import ADVISOR, SELLER, Sale, moment
from workers import calendar, cases, customers
from workers.database.unit_of_work import UnitOfWork
from workers.settings import ROOT

DIAGRAM = ROOT / "bpmn/vehicle_sales/vehicle_sales.bpmn"
EXAMPLE = ROOT / "config/examples/vehicle_sale.yaml"
WALKED: set[str] = set()
HANDED_OVER = {
    "handoverOutcome": "delivered",
    "receiver": "李雷",
    "mileage": "15",
    "operationExplained": True,
    "maintenanceExplained": True,
    "contactChannel": "wechat",
    "channelConfirmed": True,
}


def note(sale: Sale) -> None:
    """Remember the flows that the sale took."""
    WALKED.update(taken(DIAGRAM, sale.office.passed(sale.case)))


def told(office: Office, message: str, **variables: object) -> Sale:
    """A technical account starts a sale by message."""
    phone = new_phone()
    sent = {"applicant": SELLER, "prospectName": "韩梅梅", "prospectPhone": phone, **variables}
    started = office.admin.correlate(message, variables=sent)[0]["processInstance"]["id"]
    return Sale(office, str(started), phone)


@pytest.mark.rule("M5", "X3")
def test_a_phone_on_record_under_another_name_is_confirmed_to_be_the_same_person(office: Office) -> None:
    first = Sale.start(office)
    office.await_step(first.case, "Task_Receive")
    typed = {
        "saleKind": "walk_in",
        "prospectName": "王小明",
        "prospectPhone": first.phone,
        "source": "walk_in",
    }
    again = Sale.start(office, **typed)
    asked = office.admin.task_variables(office.await_step(again.case, "Task_MendPerson")["id"])
    assert "该电话已登记为李雷" in asked["formErrors"][0]["message"]
    again.do("Task_MendPerson", **typed, samePersonAs=asked["knownOptions"][0]["value"])
    received = office.admin.task_variables(office.await_step(again.case, "Task_Receive")["id"])
    assert received["customerName"] == "李雷"
    assert "王小明" in received["customerHistory"][-1]["text"]
    note(again)


@pytest.mark.rule("V1", "X3")
def test_a_prospect_is_invited_on_a_relationship_only_and_contacted_at_the_agreed_time(
    office: Office,
) -> None:
    sale = Sale.start(office, saleKind="prospect", prospectPhone="12", source="internet")
    shown = sale.do("Task_MendPerson", saleKind="prospect", prospectName="李雷", prospectPhone=sale.phone)
    assert "不是有效的电话号码" in shown["formErrors"][0]["message"]
    assert (shown["prospectName"], shown["source"]) == ("李雷", "internet")

    invitation = {"contactOutcome": "invited", "invitedFor": moment(days=1).isoformat()}
    told_ = {"prospectNeed": "要七座", "relationshipBasis": "聊过一次"}
    assert "才能邀约" in sale.refused("Task_Develop", **told_, **invitation)
    agreed = moment(days=3)
    sale.contact("later", nextContactAt=agreed.isoformat())
    office.await_at(sale.case, "Event_NextContact", gone=["Task_RecordDevelop"])
    assert phones_now(office, sale.case) == set()
    assert sale.fire("Event_NextContact") == agreed
    assert sale.invite()["customerPhone"] == sale.phone

    task = office.await_step(sale.case, "Task_Receive")
    assert datetime.fromisoformat(task["due"]) > moment(days=1)  # counted from the agreed visit
    again = moment(days=2)
    shown = sale.do("Task_Receive", visitorMissed=True, nextContactAt=again.isoformat())
    assert shown["invitedText"].endswith("到店")
    assert sale.fire("Event_NextContact") == again
    sale.contact("lost", lostReason="已在别处购车")
    office.await_end(sale.case, "Event_Lost")
    note(sale)
    with UnitOfWork(office.app.sessions) as uow:
        customer = str(office.variables(sale.case)["customerNo"])
        lines = {line.kind: line.text for line in customers.history(uow.session, customer)}
    assert lines == {"潜在客户": "网络平台", "未成交": "已在别处购车"}


@pytest.mark.rule("V2", "V3", "V4", "V5", "V6", "V7", "M5")
def test_a_walk_in_is_listened_to_until_a_car_fits_and_decides_in_their_own_time(office: Office) -> None:
    sale = Sale.start(office)
    assert "迎接客户" in sale.refused("Task_Receive", visitPurpose="看车")
    sale.receive()
    sale.needs(needsConfirmed=False, needsCorrection="车不要太长")
    shown = sale.needs()
    assert (shown["correctionText"], shown["visitText"]) == ("车不要太长", "看家用车")
    assert shown["needs"] == [{"need": "省油"}, {"need": "好停车"}]

    sale.present("show_more")
    shown = sale.present("other_needs", customerFeedback="还是要七座")
    assert [row["outcome"] for row in shown["presentationRows"]] == ["继续介绍"]
    assert shown["needOptions"][1] == {"value": "2", "label": "2. 好停车"}
    shown = sale.needs()
    assert shown["needs"][0] == {"need": "省油"}
    missing = {"modelNo": "QC01", "features": [{"needNo": "1", "feature": "省油"}]}
    assert "第2项需求" in sale.refused("Task_Present", presentationOutcome="fits", **missing)
    sale.present()
    drive = {"driveOffered": True, "driveOutcome": "driven", "driverName": "李雷", "licenceClass": "C1"}
    drive |= {"licenceValidUntil": office.soon(30), "driveImpressions": "很安静"}
    assert "驾驶证" in sale.refused("Task_Drive", **drive)
    sale.drive(**drive, licenceChecked=True)

    assert "全部要求" in sale.refused("Task_Demands", priceDemandOpen=True, demandedTerms="送脚垫")
    shown = sale.demand()
    assert shown["demandText"] is None
    unknown = sale.refused("Task_Propose", proposedPrice="1", proposedColour="荧光绿")
    assert "回访时间" in unknown
    assert "需向厂家订购" in unknown
    agreed = moment(days=2)
    shown = sale.propose(sale.floor() - 1, decideBy=agreed.isoformat())
    assert "送脚垫" in shown["demandText"]
    office.await_at(sale.case, "Gateway_Wait", gone=["Task_Propose", "Task_RecordPropose"])
    assert phones_now(office, sale.case) == set()
    assert sale.fire("Event_FollowUpDue") == agreed

    assert "客户的决定" in sale.refused("Task_Decide")
    later = moment(days=5)
    shown = sale.decide("more_time", nextFollowUpAt=later.isoformat())
    assert "低于底价，签约前须经审批" in shown["proposalText"]
    assert sale.fire("Event_FollowUpDue") == later
    sale.decide("negotiate")
    shown = sale.demand(demandedTerms="再送一次保养")
    assert "送脚垫" in shown["demandText"]
    sale.propose()
    sale.answer("家里人不同意")
    shown = sale.decide("lost", lostReason="家里人不同意")
    assert shown["announcedText"] == "家里人不同意"
    assert shown["customerPhone"].endswith(sale.phone[-4:])
    office.await_end(sale.case, "Event_Lost")
    note(sale)
    assert "****" in office.variables(sale.case)["customerPhone"]
    assert office.variables(sale.case)["caseStatus"] == "客户放弃"


@pytest.mark.rule("V1", "X1")
def test_a_recommended_prospect_comes_by_message_and_may_be_lost_at_once(office: Office) -> None:
    sale = told(office, "Msg_ProspectReferred", source="referral")
    sale.contact("lost", lostReason="只是打听")
    office.await_end(sale.case, "Event_Lost")
    note(sale)


@pytest.mark.rule("X1", "X4")
def test_a_visitor_comes_by_command_and_the_starter_withdraws(office: Office, salesflow: Any) -> None:
    made = salesflow("start", "VehicleSalesProcess", EXAMPLE)
    assert made.returncode == 0, made.stderr
    number = made.stdout.split()[-1]
    assert number.startswith("XS-")
    sale = Sale(office, office.instance("VehicleSalesProcess", number), "")
    task = office.await_step(sale.case, "Task_Receive")
    assert task["assignee"] == SELLER
    track = office.await_step(sale.case, "Task_TrackCase")
    sale.do("Task_TrackCase", withdrawRequested=True)
    again = office.await_next(sale.case, "Task_TrackCase", track["id"])
    assert "撤回理由" in office.admin.task_variables(again["id"])["withdrawErrors"][0]["message"]
    sale.do("Task_TrackCase", withdrawRequested=True, withdrawReason="客户中途离开")
    office.await_end(sale.case, "Event_Withdrawn")
    note(sale)
    assert office.variables(sale.case)["caseStatus"] == "已撤回"


@pytest.mark.rule("V7", "V8", "V9", "M5")
def test_a_buyer_gets_the_car_and_is_asked_and_whom_they_recommend_becomes_a_sale(office: Office) -> None:
    sale = Sale.start(office).until_proposed(colour=f"测试色{new_phone()}")
    sale.answer("就定这辆")
    assert "请从列表中选择" in sale.refused("Task_Decide", customerDecision="bought", servicePerson=SELLER)
    shown = sale.decide("bought", servicePerson=ADVISOR, contactChannel="phone")
    assert {"value": ADVISOR, "label": "冯丽"} in shown["serviceOptions"]
    order = sale.order()
    assert "****" in office.variables(sale.case)["customerPhone"]
    track = office.await_step(sale.case, "Task_TrackCase")
    sale.do("Task_TrackCase", withdrawRequested=True, withdrawReason="后悔了")
    again = office.await_next(sale.case, "Task_TrackCase", track["id"])
    assert "客户已决定购买" in office.admin.task_variables(again["id"])["withdrawErrors"][0]["message"]

    vin = order.car()
    order.until_deposit()
    order.pay("Task_ReceiveDeposit", DEPOSIT)
    order.do("salesperson", "Task_FindCar", carChoice=vin)
    order.do("technician", "Task_PrepareCar", **TICKS)
    order.pay("Task_ReceiveBalance", order.price - DEPOSIT)
    order.do("service_advisor", "Task_HandOver", **HANDED_OVER, handedOverOn=calendar.now().isoformat())
    office.await_at(sale.case, "Task_FollowUp")

    found = office.variables(sale.case)
    visit = Visit(office, str(found["followUpNo"]), sale.number, order.customer_no)
    visit.case = office.instance("FollowUpProcess", visit.number)
    row = visit.row
    assert (row.responsible, row.channel, row.vin) == (ADVISOR, "wechat", vin)  # as confirmed at the handover
    met = dict.fromkeys(
        ("V2", "V3", "V4", "V5", "V6", "V7", "V8-1"), SELLER
    )  # V8-1: the date that was agreed
    assert row.people == met | {"V8": ADVISOR}  # who was present handed over, and explained
    assert timedelta(days=2) - (row.limit_at - calendar.now()) < timedelta(minutes=5)
    visit.reach_the_time()
    friend = new_phone()
    visit.contact("satisfied", referralName="韩梅梅", referralPhone=friend)
    office.await_end(sale.case, "Event_SaleDone")
    note(sale)

    lead = Sale(office, office.instance("VehicleSalesProcess", str(visit.row.lead_no)), friend)
    shown = lead.contact("lost", lostReason="暂不买车")
    assert (shown["customerName"], shown["customerHistory"][0]["text"]) == ("韩梅梅", "老客户推荐")
    office.await_end(lead.case, "Event_Lost")


@pytest.mark.rule("V7")
def test_a_sale_whose_order_is_cancelled_ends_without_follow_up(office: Office) -> None:
    sale = Sale.start(office).until_proposed().buy()
    order = sale.order()
    order.until_deposit()
    asked = {"cancelRequested": True, "cancelFault": "customer", "cancelReason": "家里有急用"}
    order.do("salesperson", "Task_TrackOrder", **asked)
    decided = {"cancelDecision": "returned", "decisionReason": "尚未付定金"}
    order.do("sales_manager", "Task_DecideCancellation", **decided)
    office.await_end(sale.case, "Event_OrderCancelled")
    note(sale)
    assert office.variables(sale.case)["caseStatus"] == "交车前取消"
    assert "followUpNo" not in office.variables(sale.case) or not office.variables(sale.case)["followUpNo"]


@pytest.mark.rule("V6", "V7")
def test_a_price_that_is_not_approved_is_negotiated_anew_and_the_customer_may_leave(office: Office) -> None:
    sale = Sale.start(office)
    sale.until_proposed(sale.floor() - 1).buy()
    order = sale.order()
    order.fill()
    declaration = order.declare()
    office.sign(declaration, "sales_manager", "reject", "价格太低")
    office.await_step(sale.case, "Task_Demands")
    found = office.variables(sale.case)
    assert found["customerPhone"].endswith(sale.phone[-4:])
    track = office.await_step(sale.case, "Task_TrackCase")
    sale.do("Task_TrackCase", customerLeft=True)
    again = office.await_next(sale.case, "Task_TrackCase", track["id"])
    assert "放弃原因" in office.admin.task_variables(again["id"])["withdrawErrors"][0]["message"]
    sale.do("Task_TrackCase", customerLeft=True, leftReason="别家更便宜")
    office.await_end(sale.case, "Event_Lost")
    note(sale)
    assert office.variables(sale.case)["caseStatus"] == "客户放弃"
    with UnitOfWork(office.app.sessions) as uow:
        lines = {line.kind: line.text for line in customers.history(uow.session, order.customer_no)}
        told = [line.comment for line in cases.history(uow.session, sale.number)]
    assert f"合同申报{office.case_no(declaration)}被否决：价格太低" in told
    assert lines["未成交"] == "别家更便宜"


@pytest.mark.rule("X2")
def test_the_next_step_of_a_salesperson_on_leave_goes_to_who_stands_in(office: Office, leave: Leave) -> None:
    sale = Sale.start(office)
    office.await_step(sale.case, "Task_Receive")
    leave(SELLER, "wuqian")
    sale.receive()
    task = office.await_step(sale.case, "Task_Needs")
    assert task["assignee"] == "wuqian"
    sale.do("Task_TrackCase", withdrawRequested=True, withdrawReason="测试结束")
    office.await_end(sale.case, "Event_Withdrawn")


@pytest.mark.rule("X5")
def test_whoever_is_no_salesperson_records_nothing(office: Office) -> None:
    sale = Sale.start(office)
    task = office.await_step(sale.case, "Task_Receive")
    office.admin.post(f"/task/{task['id']}/submit-form", {"variables": {}})
    again = office.await_next(sale.case, "Task_Receive", task["id"])
    found = office.admin.task_variables(again["id"])["formErrors"]
    assert "只有业务员可以办理" in found[0]["message"]
    sale.do("Task_TrackCase", withdrawRequested=True, withdrawReason="测试结束")
    office.await_end(sale.case, "Event_Withdrawn")


def test_the_cases_above_have_walked_every_flow() -> None:
    assert all_flows(DIAGRAM) - WALKED == set()


@pytest.mark.rule("M5")
def test_the_engine_keeps_no_whole_phone_of_a_case_that_has_ended(office: Office) -> None:
    assert whole_phones(office, "VehicleSalesProcess") == set()
