"""Orders of cars on PostgreSQL: contract, deposit, balance, car, delay, handover (V7, V8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.contract_desk import NOW, ORG, SIGNED_PAPER, Uploads
from tests.integration.orders_desk import (
    COLOUR,
    INSPECTOR,
    MANAGER,
    MODEL,
    SALE,
    SELLER,
    SERVICE,
    VIN,
    OrdersDesk,
    said,
)
from workers import cases, customers, debts, documents, ledger, notify, signals, vehicles
from workers.calendar import OFFICE, SHANGHAI
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.vehicle_orders import contract, view
from workers.vehicle_orders.messages import ReturnContract
from workers.vehicle_orders.store import VehicleColourConsent, VehicleHandover


@pytest.fixture
def desk(session: Session) -> OrdersDesk:
    """A customer who has decided to buy."""
    return OrdersDesk(session)


@pytest.fixture(autouse=True)
def the_books_are_whole(session: Session) -> Iterator[None]:
    yield
    assert ledger.verify(session) == []


def kinds(session: Session, number: str) -> list[tuple[str, str, Decimal]]:
    return [(one.book, one.kind, one.amount) for one in ledger.entries(session, number)]


# -- contract ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("V7")
def test_the_standard_contract_is_drawn_up_with_a_deposit_of_at_most_the_policys_share(
    desk: OrdersDesk,
) -> None:
    opened = desk.open()
    assert (opened.deposit_amount, opened.deposit_limit) == ("25600.00", "¥25,600.00")
    assert (opened.salesperson, opened.handover_person) == (SELLER, SERVICE)
    refused = desk.draw(deposit_amount="25600.01")
    assert refused.contract_outcome == "invalid"
    assert "定金：不得超过车价的20%，即¥25,600.00" in said(refused.form_errors)
    drawn = desk.draw(deposit_amount="25600.00")
    assert (drawn.contract_outcome, drawn.deposit_figures) == ("drawn", "¥25,600.00")
    assert drawn.contract_document is not None
    document = documents.find(desk.session, drawn.contract_no or "")
    assert (document.kind, document.case_no, document.version) == ("HT", SALE, 1)


@pytest.mark.rule("V7", "X3")
def test_what_is_wrong_with_the_contracts_form_comes_back_in_chinese(desk: OrdersDesk) -> None:
    desk.open()
    past = (NOW - timedelta(hours=1)).isoformat()
    refused = desk.draw(deposit_amount="很多", promised_at=past)
    found = said(refused.form_errors)
    assert "定金" in found
    assert "约定交车时间" in found
    assert "只有赵磊或其代理人可以办理" in said(desk.draw(by="wuqian").form_errors)


@pytest.mark.rule("V7")
def test_the_database_refuses_a_deposit_above_the_legal_share(desk: OrdersDesk) -> None:
    desk.open()
    desk.draw()
    with pytest.raises(DBAPIError, match="deposit_within_the_law"):
        desk.session.execute(text("UPDATE vehicle_contracts SET deposit = 25600.01"))
    desk.session.rollback()


@pytest.mark.rule("V7")
def test_an_objection_of_the_customer_leads_to_another_version(desk: OrdersDesk) -> None:
    desk.open()
    first = desk.draw()
    objected = desk.customer_signs(customer_decision="objected", objection="定金太高")
    assert (objected.signature_outcome, objected.return_comment) == ("objected", "客户异议：定金太高")
    assert objected.deposit_amount == "20000.00"
    second = desk.draw(deposit_amount="10000.00")
    assert second.contract_no == first.contract_no
    assert documents.find(desk.session, second.contract_no or "").version == 2
    assert view.draft(desk.session, SALE).deposit == 10000


@pytest.mark.rule("V7", "X3")
def test_a_signature_without_a_scan_is_refused(desk: OrdersDesk) -> None:
    desk.open()
    desk.draw()
    refused = desk.customer_signs(scan=Uploads(None))
    assert refused.signature_outcome == "invalid"
    assert "请上传客户签署后的购车合同扫描件" in said(refused.form_errors)


@pytest.mark.rule("V7", "C4", "X5")
def test_the_sales_manager_countersigns_and_the_contract_enters_both_books(desk: OrdersDesk) -> None:
    desk.open()
    number = desk.draw().contract_no or ""
    paper = desk.customer_signs()
    assert (paper.paper_kind, paper.paper_no) == ("vehicle_contract", number)
    assert paper.paper_scan is not None  # what the sales manager countersigns is what the customer signed
    assert paper.paper_scan.content == SIGNED_PAPER
    with pytest.raises(InvalidInput, match="not signed by both sides"):
        desk.enrol()
    desk.countersign(MANAGER)
    desk.enrol()
    assert [(book, kind) for book, kind, _ in kinds(desk.session, number)] == [
        ("finance", "contract"),
        ("sales", "contract"),
    ]
    row = ledger.contract(desk.session, number)
    assert (row.origin, row.status, row.case_no) == ("vehicle", "in_force", SALE)
    begun = select(signals.Signal).where(signals.Signal.business_key == number)
    assert desk.session.scalars(begun).all() == []  # no fulfilment of the factory's
    # promised on Thursday 09:30; four working hours before that
    assert desk.promised == datetime(2026, 3, 12, 9, 30, tzinfo=SHANGHAI)
    assert desk.watch().delay_warning_at == datetime(2026, 3, 11, 14, 0, tzinfo=SHANGHAI)


@pytest.mark.rule("V7", "X3")
def test_a_contract_that_is_sent_back_is_signed_anew(desk: OrdersDesk) -> None:
    desk.open()
    desk.draw()
    desk.customer_signs()
    back = contract.return_contract(
        ReturnContract(return_comment="交车时间太紧"), desk.uow, desk.task, desk.org, OFFICE
    )
    assert (back.return_comment, back.deposit_amount) == ("交车时间太紧", "20000.00")
    with pytest.raises(InvalidInput, match="no contract that is being signed"):
        desk.enrol()


# -- money ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("V7")
def test_the_deposit_is_received_by_finance_and_gets_a_receipt(desk: OrdersDesk) -> None:
    desk.in_force()
    assert desk.read_deposit().payment_outcome == "waiting"
    assert "只有财务部可以办理" in said(desk.pay("20000.00", by=SELLER).form_errors)
    assert desk.pay("5000.00").form_errors == []
    short = desk.read_deposit()
    assert (short.payment_outcome, short.money_wanted) == ("waiting", "¥15,000.00")
    assert desk.pay("15000.00").form_errors == []
    full = desk.read_deposit()
    assert (full.payment_outcome, full.received_figures) == ("received", "¥20,000.00")
    desk.read_deposit()
    rows = select(documents.Document).where(documents.Document.kind == "DJ")
    assert [one.case_no for one in desk.session.scalars(rows)] == [SALE]


@pytest.mark.rule("V7", "X3", "X6")
def test_one_voucher_is_booked_once(desk: OrdersDesk) -> None:
    desk.in_force()
    desk.pay("5000.00", "凭证1")
    again = desk.pay("5000.00", "凭证1")
    assert "不能重复登记" in said(again.form_errors)
    assert ledger.account(desk.session, again.contract_no or "").received == 5000


@pytest.mark.rule("V7", "A6")
def test_money_from_a_bank_statement_wakes_the_order(desk: OrdersDesk) -> None:
    desk.in_force()
    desk.read_deposit()
    order = view.latest(desk.session, SALE)
    debts.receive(
        desk.session,
        contract_no=order.contract_no,
        amount=Decimal("20000.00"),
        value_date=NOW.date(),
        bank_reference="流水77",
        posted_at=NOW,
    )
    assert signals.has_unread(desk.session, SALE, ["Msg_VehiclePayment"])
    assert desk.read_deposit().payment_outcome == "received"
    assert not signals.has_unread(desk.session, SALE, ["Msg_VehiclePayment"])


# -- the car -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("V8")
def test_a_car_in_stock_is_kept_for_the_sale(desk: OrdersDesk) -> None:
    vehicles.enter(desk.session, VIN(1), MODEL, "测试蓝")
    vehicles.enter(desk.session, VIN(2), MODEL, COLOUR)
    desk.deposit_paid()
    offered = desk.offer()
    assert offered[0] == VIN(2)
    assert (VIN(1) in offered, offered[-1]) == (True, "factory")
    refused = desk.reserve(VIN(1))
    assert "颜色：测试蓝与合同约定的测试红不同" in said(refused.form_errors)
    found = desk.reserve(VIN(2))
    assert (found.car_outcome, VIN(2) in found.car_text) == ("here", True)
    assert vehicles.find(desk.session, VIN(2)).sale_no == SALE


@pytest.mark.rule("V8", "X3")
def test_a_car_of_another_sale_or_model_cannot_be_chosen(desk: OrdersDesk) -> None:
    vehicles.enter(desk.session, VIN(1), MODEL, COLOUR)
    vehicles.enter(desk.session, VIN(2), "QC02", COLOUR)
    desk.deposit_paid()
    vehicles.reserve(desk.session, VIN(1), "XS-2026-0001")
    assert "已被XS-2026-0001预订" in said(desk.reserve(VIN(1)).form_errors)
    assert "不是合同约定的车型" in said(desk.reserve(VIN(2)).form_errors)
    assert "请从列表中选择一辆" in said(desk.reserve("DROP TABLE").form_errors)
    assert "没有车架号为" in said(desk.reserve(VIN(404)).form_errors)


@pytest.mark.rule("V8")
def test_a_car_of_another_shop_is_brought_and_checked(desk: OrdersDesk) -> None:
    vehicles.enter(desk.session, VIN(1), MODEL, "测试蓝", state="other_shop", place="城西分店")
    desk.deposit_paid()
    assert desk.reserve(VIN(1), colour_agreed=True).car_outcome == "on_its_way"
    assert vehicles.find(desk.session, VIN(1)).state == "in_transit"
    assert desk.arrive().arrival_result == "arrived"
    assert "只有质检科可以办理" in said(desk.check(by=SELLER).form_errors)
    assert "发现的问题：请填写" in said(desk.check("again").form_errors)
    assert desk.check("again", check_findings="左前门划痕").check_result == "again"
    assert desk.check().check_result == "passed"
    assert vehicles.find(desk.session, VIN(1)).state == vehicles.RESERVED


@pytest.mark.rule("V8")
def test_a_car_is_ordered_from_the_factory_and_gets_its_vin_when_it_comes(desk: OrdersDesk) -> None:
    desk.deposit_paid()
    assert "预计到店日期：不得早于今天" in said(
        desk.reserve("factory", factory_order="F1", expected_on="2026-03-09").form_errors
    )
    ordered = desk.reserve("factory", factory_order="F-77", expected_on="2026-03-20")
    assert ordered.car_outcome == "on_its_way"
    assert ordered.order_due == datetime(2026, 3, 20, 17, 30, tzinfo=SHANGHAI)
    assert "厂家订单F-77，预计2026-03-20到店" in (ordered.expected_text or "")
    assert "车架号：应为17位" in said(desk.arrive(arrival_vin="短").form_errors)
    vehicles.enter(desk.session, VIN(9), MODEL, COLOUR)
    assert "已登记过" in said(desk.arrive(arrival_vin=VIN(9)).form_errors)
    assert desk.arrive(arrival_vin=VIN(7)).arrival_result == "arrived"
    car = vehicles.find(desk.session, VIN(7))
    assert (car.state, car.sale_no, car.colour) == ("checking", SALE, COLOUR)


@pytest.mark.rule("V8")
def test_a_car_that_will_not_come_or_is_rejected_is_offered_to_nobody(desk: OrdersDesk) -> None:
    for number in (1, 2):
        day = date(2026, 3, 12)
        vehicles.enter(desk.session, VIN(number), MODEL, COLOUR, state="in_transit", expected_on=day)
    desk.deposit_paid()
    desk.reserve(VIN(1))
    assert desk.arrive("gone", arrival_remark="运输事故").arrival_result == "gone"
    desk.reserve(VIN(2))
    desk.arrive()
    assert desk.check("rejected", check_findings="车架受损", by=INSPECTOR).check_result == "rejected"
    assert vehicles.reserved_for(desk.session, SALE) is None
    states = [vehicles.find(desk.session, VIN(number)).state for number in (1, 2)]
    assert states == ["withdrawn", "rejected"]
    assert desk.offer() == ["factory"]
    assert "不在可售库存中" in said(desk.reserve(VIN(1)).form_errors)
    [change] = vehicles.changes(desk.session, VIN(2))
    assert (change.state, change.reason, change.recorded_by) == ("rejected", "车架受损", INSPECTOR)


@pytest.mark.rule("V8", "X6")
def test_the_customers_consent_to_another_colour_is_kept(desk: OrdersDesk) -> None:
    vehicles.enter(desk.session, VIN(1), MODEL, "测试蓝")
    desk.deposit_paid()
    assert "请先征得客户同意" in said(desk.reserve(VIN(1)).form_errors)
    assert desk.session.scalars(select(VehicleColourConsent)).all() == []
    kept = desk.reserve(VIN(1), colour_agreed=True)
    assert f"测试蓝（车架号{VIN(1)}，合同约定{COLOUR}，客户已同意）" in kept.car_text
    consent = desk.session.scalars(select(VehicleColourConsent)).one()
    assert (consent.agreed, consent.colour, consent.recorded_by) == (COLOUR, "测试蓝", SELLER)
    assert f"客户同意颜色由{COLOUR}改为测试蓝" in kept.case_history[-1].comment
    with pytest.raises(DBAPIError, match="refused"), desk.session.begin_nested():
        desk.session.execute(text("DELETE FROM vehicle_colour_consents"))


@pytest.mark.rule("V7", "X3")
def test_a_contract_whose_promised_moment_has_passed_is_not_signed(desk: OrdersDesk) -> None:
    desk.open()
    desk.draw()
    desk.at(desk.promised + timedelta(minutes=1))
    late = desk.customer_signs()
    assert late.signature_outcome == "invalid"
    assert "约定交车时间2026-03-12 09:30已过" in said(late.form_errors)
    assert late.customer_signer == "钱多多"
    objected = desk.customer_signs(customer_decision="objected", objection="另约时间")
    assert objected.signature_outcome == "objected"
    assert desk.draw().form_errors == []
    assert desk.customer_signs().signature_outcome == "signed"


@pytest.mark.rule("X2", "X5")
def test_leave_gives_the_order_to_who_stands_in_and_leaving_for_good_to_the_head(desk: OrdersDesk) -> None:
    desk.deposit_paid()
    away = [
        {"person": user, "from": NOW.date(), "to": NOW.date(), "substitute": other}
        for user, other in ((SELLER, "yaoyao"), (SERVICE, "jiangnan"))
    ]
    desk.org = OrgChart.model_validate({**ORG.model_dump(), "leaves": away})
    assert desk.look().salesperson == "yaoyao"
    assert "只有赵磊或其代理人可以办理" in said(desk.reserve("factory", by="wuqian").form_errors)
    assert desk.read_balance().handover_person == "jiangnan"

    people = ORG.model_dump()["people"]
    people[SELLER] |= {"left": NOW.date()}
    desk.org = OrgChart.model_validate({**ORG.model_dump(), "people": people})
    assert desk.look().salesperson is None
    assert "只有销售部经理可以办理" in said(desk.reserve("factory", by="yaoyao").form_errors)
    ordered = desk.reserve("factory", by=MANAGER, factory_order="F1", expected_on="2026-03-20")
    assert ordered.car_outcome == "on_its_way"
    asked = desk.ask("customer", by=MANAGER)  # the only sales manager decides on nobody's own request
    assert asked.decision_post == "deputy_gm_sales"
    assert "只有分管销售副总经理可以办理" in said(desk.decide("returned").decision_errors)
    assert desk.decide("returned", by="lihaitao").cancel_outcome == "cancelled"


@pytest.mark.rule("V8")
def test_a_promise_that_is_made_at_a_refused_handover_is_watched(desk: OrdersDesk) -> None:
    desk.until_handover()
    watched = desk.watch()
    assert watched.delay_warning_at == OFFICE.before(desk.promised, 4)
    same = desk.hand_over(mileage="many")
    assert same.promise_no == watched.watched_promise
    promise = "2026-03-16T15:00:00+08:00"
    refused = desk.hand_over(handover_outcome="refused", refusal_reason="划痕", refusal_promise=promise)
    assert refused.promise_no > watched.watched_promise
    anew = desk.watch()
    assert anew.watched_promise == refused.promise_no
    assert anew.delay_warning_at == datetime(2026, 3, 16, 9, 30, tzinfo=SHANGHAI)


# -- delay ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("V8")
def test_a_delay_is_told_before_the_promise_and_a_new_moment_is_agreed(desk: OrdersDesk) -> None:
    desk.deposit_paid()
    desk.at(datetime(2026, 3, 11, 14, 0, tzinfo=SHANGHAI))
    late = desk.look()
    assert (late.delay_outcome, late.contact_phone) == ("late", "13911128801")
    assert late.customer_phone == "139****8801"
    assert late.delay_due == datetime(2026, 3, 12, 9, 30, tzinfo=SHANGHAI)  # not behind the promise
    refused = desk.new_date(delay_decision="on_time")
    assert "车辆还没有备妥" in said(refused.delay_errors)
    agreed = desk.new_date(new_promise="2026-03-16T15:00:00+08:00")
    assert (agreed.delay_outcome, agreed.promised_text, agreed.contact_phone) == (
        "agreed",
        "2026-03-16 15:00",
        None,
    )
    assert desk.watch().delay_warning_at == datetime(2026, 3, 16, 9, 30, tzinfo=SHANGHAI)


@pytest.mark.rule("V8")
def test_a_car_that_is_ready_needs_no_warning(desk: OrdersDesk) -> None:
    desk.until_handover()
    ready = desk.look()
    assert (ready.delay_outcome, ready.contact_phone) == ("ready", None)
    assert desk.new_date(delay_decision="on_time").delay_outcome == "on_time"


@pytest.mark.rule("V8")
def test_a_ready_car_that_is_not_handed_over_at_the_promised_moment_is_called_about(desk: OrdersDesk) -> None:
    desk.until_handover()
    promise = desk.promised
    ready = desk.look()
    assert (ready.delay_outcome, ready.promise_due_at) == ("ready", promise)
    desk.at(promise)
    late = desk.look(passed=True)
    assert (late.delay_outcome, late.contact_phone, late.delay_due) == ("late", "13911128801", promise)
    assert "已备妥" in late.car_state
    assert late.case_history[-1].action == "约定时间已到，尚未交车"
    desk.at(promise + timedelta(minutes=1))
    assert "约定的交车时间已过" in said(desk.new_date(delay_decision="on_time").delay_errors)
    assert desk.new_date().delay_outcome == "agreed"


@pytest.mark.rule("V8")
def test_a_customer_who_has_paid_is_told_that_the_car_is_ready_once_for_each_promise(
    desk: OrdersDesk,
) -> None:
    desk.until_handover()
    desk.read_balance()
    assert ["余款" in one for one in told_ready(desk)] == [False]
    promise = "2026-03-16T15:00:00+08:00"
    desk.hand_over(handover_outcome="refused", refusal_reason="划痕", refusal_promise=promise)
    desk.prepare()
    desk.read_balance()
    assert ["2026-03-16 15:00" in one for one in told_ready(desk)] == [False, True]


def told_ready(desk: OrdersDesk) -> list[str]:
    """What the customer was told of a car that is ready, oldest first."""
    row = notify.Notification
    query = select(row.body).where(row.event_key.like(f"vehicle-ready:{SALE}:%")).order_by(row.id)
    return list(desk.session.scalars(query))


# -- handover ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("V8")
def test_the_checklist_decides_point_by_point_whether_the_car_is_ready(desk: OrdersDesk) -> None:
    vehicles.enter(desk.session, VIN(1), MODEL, COLOUR)
    desk.deposit_paid()
    desk.reserve(VIN(1))
    assert "请写明问题" in said(desk.prepare(inside_clean=False).form_errors)
    defects = desk.prepare(inside_clean=False, checklist_findings="后座有污渍")
    assert (defects.checklist_result, defects.open_points) == ("defects", "内饰洁净：后座有污渍")
    assert not view.is_ready(desk.session, SALE)
    assert "只有维修技师可以办理" in said(desk.prepare(by=SELLER).form_errors)
    assert desk.prepare().checklist_result == "ready"
    assert view.is_ready(desk.session, SALE)


@pytest.mark.rule("V8")
def test_nothing_is_handed_over_before_the_price_is_paid(desk: OrdersDesk) -> None:
    vehicles.enter(desk.session, VIN(1), MODEL, COLOUR)
    desk.deposit_paid()
    desk.reserve(VIN(1))
    desk.prepare()
    waiting = desk.read_balance()
    assert (waiting.payment_outcome, waiting.money_wanted) == ("waiting", "¥108,000.00")
    assert ["¥108,000.00" in one for one in told_ready(desk)] == [True]
    assert "车款尚欠¥108,000.00" in said(desk.hand_over().form_errors)
    assert vehicles.find(desk.session, VIN(1)).state == "reserved"


@pytest.mark.rule("V8", "C4", "V9")
def test_the_handover_books_both_sides_and_keeps_the_customers_channel(desk: OrdersDesk) -> None:
    desk.until_handover()
    done = desk.hand_over()
    assert (done.handover_result, done.order_outcome, done.vin) == ("delivered", "delivered", VIN(1))
    assert done.handed_over_at == NOW
    number = done.contract_no or ""
    booked = [(book, kind) for book, kind, _ in kinds(desk.session, number)]
    assert ("finance", "delivery") in booked
    assert ("sales", "dispatch") in booked
    assert ledger.contract(desk.session, number).status == ledger.COMPLETED
    account = ledger.account(desk.session, number)
    assert (account.received, account.delivered) == (128000, 128000)
    car, sale = vehicles.find(desk.session, VIN(1)), vehicles.sale(desk.session, SALE)
    assert (car.state, car.owner_no, car.mileage) == ("sold", sale.customer_no, 12)
    customer = customers.find(desk.session, sale.customer_no)
    assert (customer.channel, sale.channel, sale.service_person) == ("wechat", "wechat", SERVICE)
    paper = desk.session.scalars(select(VehicleHandover)).one()
    document = documents.find(desk.session, paper.document_no)
    assert (document.kind, document.case_no) == ("JC", SALE)
    assert cases.find(desk.session, SALE).status_text == "已交车"
    with pytest.raises(cases.CaseEnded):
        desk.hand_over()


@pytest.mark.rule("V8", "X3")
def test_a_handover_in_the_minute_of_the_checklist_is_told_in_minutes(desk: OrdersDesk) -> None:
    desk.until_handover()
    desk.at(NOW + timedelta(seconds=50)).prepare()
    desk.at(NOW + timedelta(seconds=55))
    assert desk.hand_over(handed_over_on="2026-03-10T09:30+08:00").handover_result == "delivered"


@pytest.mark.rule("V8", "X3")
def test_a_handover_needs_the_chosen_service_person_the_explanation_and_the_channel(
    desk: OrdersDesk,
) -> None:
    desk.until_handover()
    assert "只有冯丽或其代理人可以办理" in said(desk.hand_over(by="hanbin").form_errors)
    bare = desk.hand_over(operation_explained=None, maintenance_explained="yes", channel_confirmed=False)
    assert bare.order_due == desk.promised  # the handover is due when it was promised, not before
    found = said(bare.form_errors)
    assert "讲解车辆操作" in found
    assert "讲解维护保养" in found
    assert "当面核实" in found
    assert (bare.receiver, bare.operation_explained) == ("钱多多", False)
    assert "交车时间：应在" in said(desk.hand_over(handed_over_on="2026-03-09T10:00:00+08:00").form_errors)
    assert "电子邮箱：请填写" in said(desk.hand_over(contact_channel="email").form_errors)
    assert "里程" in said(desk.hand_over(mileage="501").form_errors)


@pytest.mark.rule("V8")
def test_a_car_that_the_customer_refuses_is_prepared_anew_for_a_new_moment(desk: OrdersDesk) -> None:
    desk.until_handover()
    refused = desk.hand_over(
        handover_outcome="refused",
        refusal_reason="右后轮毂划伤",
        refusal_promise="2026-03-13T10:00:00+08:00",
    )
    assert (refused.handover_result, refused.promised_text) == ("refused", "2026-03-13 10:00")
    assert not view.is_ready(desk.session, SALE)
    assert desk.prepare().checklist_result == "ready"
    assert desk.hand_over().handover_result == "delivered"


@pytest.mark.rule("V8")
def test_what_was_recorded_of_a_handover_stays(desk: OrdersDesk) -> None:
    desk.until_handover()
    desk.hand_over()
    desk.session.flush()
    for change in (
        "UPDATE vehicle_orders SET state = 'open'",
        "UPDATE vehicle_contracts SET price = 1",
        "DELETE FROM vehicle_cancellations",
    ):
        with pytest.raises(DBAPIError, match="refused"), desk.session.begin_nested():
            desk.session.execute(text(change))


@pytest.mark.rule("X6")
def test_another_instance_cannot_work_on_the_order(desk: OrdersDesk) -> None:
    desk.in_force()
    desk.instance = "forged"
    with pytest.raises(InvalidInput, match="has no order of a car"):
        desk.read_deposit()
    with pytest.raises(InvalidInput, match="ordered by another process instance"):
        desk.open()


# -- a customer who owes ---------------------------------------------------------------------------------------------


@pytest.mark.rule("A3", "V7", "V8")
def test_a_customer_who_is_held_gets_no_contract_and_no_car_until_released(desk: OrdersDesk) -> None:
    session, customer_no = desk.session, vehicles.sale(desk.session, SALE).customer_no
    by = {"by": "zhouminhua", "at": NOW}

    def hold() -> None:
        debts.place_hold(session, customer_no, case_no="CS-2026-0001", reason="欠款逾期90天", **by)

    def release() -> None:
        debts.release_hold(session, customer_no, reason="已达成还款协议", **by)

    desk.open()
    hold()
    assert "停止签约和发货(欠款逾期90天)，须由财务副总解除限制后才能签约" in said(desk.draw().form_errors)
    release()
    assert desk.draw().contract_outcome == "drawn"
    hold()  # while the customer reads the contract
    assert "才能签约" in said(desk.customer_signs().form_errors)
    release()
    assert desk.customer_signs().signature_outcome == "signed"
    desk.countersign(MANAGER)
    desk.enrol()
    vehicles.enter(session, VIN(1), MODEL, COLOUR)
    desk.pay("128000.00")
    desk.reserve(VIN(1))
    desk.prepare()
    hold()
    refused = desk.hand_over()
    assert (refused.handover_result, "才能交车" in said(refused.form_errors)) == ("invalid", True)
    release()
    assert not signals.has_unread(session, refused.contract_no or "", ["Msg_StockChanged"])
    assert desk.hand_over().handover_result == "delivered"
