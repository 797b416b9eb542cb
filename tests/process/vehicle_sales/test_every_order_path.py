"""VehicleOrderProcess on the real engine: every way from the decision to the handover or the cancellation (V7, V8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.process.contract.amending import sign_and_seal
from tests.process.office import Leave, Office
from tests.process.paths import all_flows, taken
from tests.process.phones import whole_phones
from tests.process.vehicle_sales.ordering import DEPOSIT, MODEL, PRICE, TICKS, Order, errors
from workers import calendar, cases, documents
from workers.calendar import SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.org import release_tasks
from workers.settings import ROOT
from workers.signals import Signal

DIAGRAM = ROOT / "bpmn" / "vehicle_sales" / "vehicle_order.bpmn"
WARNING_HOURS = 4


@pytest.mark.rule("V7", "V8", "X2", "X3", "X4", "X6")
def test_every_flow_of_the_order_is_taken(office: Office) -> None:
    orders = [
        *(_with_every_detour(office), _cancelled_after_a_car_in_stock(office)),
        *(_approved_below_the_floor(office), _withdrawn_below_the_floor(office)),
    ]
    walked = set().union(*(taken(DIAGRAM, office.passed(one.case)) for one in orders))
    assert all_flows(DIAGRAM) - walked == set()


def _with_every_detour(office: Office) -> Order:
    order = Order(office)
    _contract(order)
    _asks_to_cancel_and_goes_on(order)
    _deposit(order)
    _delay(order)
    vin = _car(order)
    _handover(order, vin)
    return order


def _contract(order: Order) -> None:
    """Too much deposit, no scan, an objection, sent back by the manager, at last signed by both."""
    shown = order.again("salesperson", "Task_FillContract", depositAmount="25600.01")
    assert "不得超过车价的20%" in errors(shown)
    order.fill(depositAmount="25600.00")
    unsigned = order.again("salesperson", "Task_SignContract", customerDecision="signed")
    assert "客户签署人" in errors(unsigned)
    order.do("salesperson", "Task_SignContract", customerDecision="objected", objection="定金太高")
    assert order.fill()["returnComment"] == "客户异议：定金太高"
    order.customer_signs()
    paper = order.countersign("return", "交车时间太紧")
    assert {"label": "定金", "value": "¥20,000.00"} in paper["paperFacts"]
    assert paper["scanLink"].endswith("/variables/paperScan/data")
    assert "交车时间太紧" in order.fill()["returnComment"]
    order.customer_signs()
    order.countersign()


def _asks_to_cancel_and_goes_on(order: Order) -> None:
    """A look, an incomplete request, a request that the manager cannot grant so, and then does not grant."""
    order.again("salesperson", "Task_TrackOrder", cancelRequested=False)
    shown = order.again("salesperson", "Task_TrackOrder", cancelRequested=True, cancelFault="customer")
    assert "情况说明" in errors(shown, "cancelErrors")
    asked = {"cancelRequested": True, "cancelFault": "customer", "cancelReason": "想换车型"}
    order.do("salesperson", "Task_TrackOrder", **asked)
    shown = order.again(
        "sales_manager", "Task_DecideCancellation", cancelDecision="doubled", decisionReason="试一试"
    )
    assert "尚未收到定金的，只能返还定金" in errors(shown, "decisionErrors")
    order.do("sales_manager", "Task_DecideCancellation", cancelDecision="kept", decisionReason="客户撤回")
    order.office.await_step(order.case, "Task_TrackOrder")


def _deposit(order: Order) -> None:
    """A voucher without a day first, then the whole deposit, with its receipt."""
    shown = order.again("finance", "Task_ReceiveDeposit", paymentAmount="20000", bankReference="1")
    assert "到账日期" in errors(shown)
    assert shown["customerPhone"].startswith("139****")
    order.pay("Task_ReceiveDeposit", DEPOSIT)
    order.office.await_step(order.case, "Task_FindCar")
    with UnitOfWork(order.office.app.sessions) as uow:
        assert cases.find(uow.session, order.sale_no).status_text == "定金已收，待落实车源"


def _delay(order: Order) -> None:
    """The timer fires four working hours before the promise; a new moment is agreed, the timer starts again."""
    hours = order.office.app.hours
    assert order.timer_due() == hours.before(order.promised, WARNING_HOURS)
    assert order.timer_due() < order.promised
    order.fire_timer()
    shown = order.again("salesperson", "Task_WarnOfDelay", delayDecision="on_time")
    assert "车辆还没有备妥" in errors(shown, "delayErrors")
    assert shown["contactPhone"].startswith("1391777")
    later = order.promised + timedelta(days=7)
    order.do(
        "salesperson",
        "Task_WarnOfDelay",
        delayDecision="new_date",
        delayReason="运输延误",
        delayContact="电话，客户同意",
        newPromise=later.isoformat(),
    )
    assert order.timer_due() == hours.before(later, WARNING_HOURS)


def _car(order: Order) -> str:
    """Ordered and lost, on its way and rejected, from another shop and mended; returns the VIN."""
    on_its_way, elsewhere = order.car("in_transit"), order.car("other_shop")
    shown = order.again("salesperson", "Task_FindCar", carChoice="factory")
    assert "厂家订单号" in errors(shown)
    day = order.office.soon(3)
    order.do("salesperson", "Task_FindCar", carChoice="factory", factoryOrder="F-1", expectedOn=day)
    shown = order.again("salesperson", "Task_AwaitCar", arrivalOutcome="arrived", arrivalVin="短")
    assert "应为17位字母和数字" in errors(shown)
    order.do("salesperson", "Task_AwaitCar", arrivalOutcome="gone", arrivalRemark="厂家停产")
    order.do("salesperson", "Task_FindCar", carChoice=on_its_way)
    order.do("salesperson", "Task_AwaitCar", arrivalOutcome="arrived")
    order.again("quality", "Task_CheckCar", checkOutcome="again", checkFindings="划痕")
    order.do("quality", "Task_CheckCar", checkOutcome="rejected", checkFindings="车架受损")
    order.do("salesperson", "Task_FindCar", carChoice=elsewhere)
    assert order.found_car(on_its_way).sale_no is None
    order.do("salesperson", "Task_AwaitCar", arrivalOutcome="arrived")
    order.do("quality", "Task_CheckCar", checkOutcome="passed")
    shown = order.again("technician", "Task_PrepareCar", checklistFindings="后座有污渍")
    assert "后座有污渍" in shown["openPoints"]
    order.do("technician", "Task_PrepareCar", **TICKS)
    return elsewhere


def _handover(order: Order, vin: str) -> None:
    """Paid by bank statement; incomplete, refused by the customer, prepared anew, at last handed over."""
    office = order.office
    office.await_step(order.case, "Task_ReceiveBalance")
    order.money_arrives(PRICE - DEPOSIT, "余款")
    shown = order.again("service_advisor", "Task_HandOver", handoverOutcome="delivered")
    assert "请先向客户讲解车辆操作" in errors(shown)
    _refusals(order)
    order.do("technician", "Task_PrepareCar", **TICKS)
    order.do(
        "service_advisor",
        "Task_HandOver",
        handoverOutcome="delivered",
        handedOverOn=calendar.now().isoformat(timespec="seconds"),
        receiver="钱多多",
        mileage="15",
        operationExplained=True,
        maintenanceExplained=True,
        questionsAnswered="首保时间",
        contactChannel="wechat",
        channelConfirmed=True,
    )
    office.await_end(order.case, "Event_CarDelivered")
    found = office.variables(order.case)
    assert (found["orderOutcome"], found["vin"]) == ("delivered", vin)
    assert found["handedOverAt"]
    assert (order.found_car(vin).state, order.account().delivered) == ("sold", PRICE)
    with UnitOfWork(office.app.sessions) as uow:
        assert documents.find(uow.session, order.contract_no).kind == "HT"


def _refusals(order: Order) -> None:
    """Each new moment is watched: while the timer runs, once the car was ready in time, and while a call is due."""
    office = order.office
    _refused(order, 8)
    order.do("technician", "Task_PrepareCar", **TICKS)
    office.await_step(order.case, "Task_HandOver")
    order.fire_timer()  # the car is ready: nobody has to be warned
    office.await_at(order.case, "Gateway_AwaitHandover", gone=["Event_DelayWarning", "Task_LookAtCar"])
    _refused(order, 9)
    order.do("technician", "Task_PrepareCar", **TICKS)
    office.await_step(order.case, "Task_HandOver")
    order.fire_timer()
    order.fire_timer("Event_PromisePassed")  # ready, but not handed over at the promised moment
    office.await_step(order.case, "Task_WarnOfDelay")
    _refused(order, 10)
    office.await_at(order.case, "Gateway_AwaitWarning", gone=["Task_WarnOfDelay"])
    assert office.variables(order.case)["contactPhone"] is None


def _refused(order: Order, days: int) -> None:
    """The customer does not take the car; the moment agreed on the spot is the one that is watched."""
    promise = order.promised + timedelta(days=days)
    refusal = {"refusalReason": "轮毂划伤", "refusalPromise": promise.isoformat()}
    order.do("service_advisor", "Task_HandOver", handoverOutcome="refused", **refusal)
    order.office.await_step(order.case, "Task_PrepareCar")
    assert order.timer_due() == order.office.app.hours.before(promise, WARNING_HOURS)


def _cancelled_after_a_car_in_stock(office: Office) -> Order:
    """The deposit came by the bank; ready just in time; the customer breaks the contract: the deposit is kept."""
    order = Order(office)
    order.until_deposit()
    order.money_arrives(DEPOSIT, "定金")
    vin = order.car()
    office.await_step(order.case, "Task_FindCar")
    order.fire_timer()
    office.await_step(order.case, "Task_WarnOfDelay")
    order.do("salesperson", "Task_FindCar", carChoice=vin)
    order.do("technician", "Task_PrepareCar", **TICKS)
    office.await_step(order.case, "Task_ReceiveBalance")
    order.do("salesperson", "Task_WarnOfDelay", delayDecision="on_time")
    office.await_at(order.case, "Task_ReceiveBalance", gone=["Task_WarnOfDelay", "Task_RecordNewDate"])
    order.pay("Task_ReceiveBalance", Decimal(8000))
    asked = {"cancelRequested": True, "cancelFault": "customer", "cancelReason": "客户不再购车"}
    order.do("salesperson", "Task_TrackOrder", **asked)
    order.do(
        "sales_manager", "Task_DecideCancellation", cancelDecision="forfeited", decisionReason="客户违约"
    )
    office.await_end(order.case, "Event_OrderCancelled")
    assert office.variables(order.case)["orderOutcome"] == "cancelled"
    assert (order.account().amount, order.account().received, order.balance()) == (DEPOSIT, DEPOSIT, 8000)
    assert (order.found_car(vin).state, order.found_car(vin).sale_no) == ("in_stock", None)
    _refund_has_begun(order)
    return order


def _refund_has_begun(order: Order) -> None:
    with UnitOfWork(order.office.app.sessions) as uow:
        ours = Signal.message == "Msg_RefundRequested", Signal.fact == order.sale_no
        number = uow.session.scalars(select(Signal.business_key).where(*ours)).one()
    refund = order.office.instance("RefundProcess", number)
    shown = order.office.desk("finance").form(order.office.await_step(refund, "Task_FillRefund"))
    assert (shown["customerNo"], shown["refundAmount"]) == (order.customer_no, "8000.00")


def _approved_below_the_floor(office: Office) -> Order:
    """The factory's road: declaration, two approvals, customer, two countersignatures, seal; then the deposit."""
    order = Order(office, below_the_floor(office), below_floor=True)
    order.fill()
    declaration = order.declare()
    task = office.await_step(declaration, "Task_ApproveDeclaration")
    shown = office.admin.task_variables(task["id"])
    assert "低于底价" in shown["deviationSummary"]
    assert office.desk("salesperson").await_task(declaration, "Task_TrackCase")
    sign_and_seal(office, declaration)
    office.await_step(order.case, "Task_ReceiveDeposit")
    assert (order.account().amount, order.account().received) == (order.price, 0)
    fulfilled = {"processDefinitionKey": "ContractFulfilmentProcess", "businessKey": order.contract_no}
    assert office.admin.process_instances(**fulfilled) == []
    return order


def _withdrawn_below_the_floor(office: Office) -> Order:
    """The salesperson takes the declaration back: the order ends, the sale goes on."""
    order = Order(office, below_the_floor(office), below_floor=True)
    order.fill()
    declaration = order.declare()
    office.await_step(declaration, "Task_ApproveDeclaration")
    word = {"withdrawRequested": True, "withdrawReason": "客户愿意加价"}
    office.desk("salesperson").do(declaration, "Task_TrackCase", word)
    office.await_end(order.case, "Event_PriceRefused")
    found = office.variables(order.case)
    assert (found["orderOutcome"], found["contractNo"]) == ("refused", None)
    with UnitOfWork(office.app.sessions) as uow:
        assert cases.history(uow.session, order.sale_no)[-1].comment.endswith("已撤回：客户愿意加价")
    return order


def below_the_floor(office: Office) -> Decimal:
    """A price one yuan below the policy's floor."""
    ruling = office.policy()
    assert ruling is not None
    return ruling.prices[MODEL].floor_price - 1


@pytest.mark.rule("V7")
def test_countersigning_is_due_within_a_working_hour(office: Office) -> None:
    order = Order(office)
    order.fill()
    order.customer_signs()
    before = calendar.now()
    task = office.await_step(order.contract_no, "Task_ApprovePaper")
    due = datetime.fromisoformat(task["due"]).astimezone(SHANGHAI)
    assert before < due <= office.app.hours.add(calendar.now(), 1)


@pytest.mark.rule("X2", "X5")
def test_open_steps_of_an_order_move_to_who_stands_in_and_back_when_the_leave_ends(
    office: Office, leave: Leave
) -> None:
    order, seller, substitute = Order(office), office.user("salesperson"), "yaoyao"
    for step in ("Task_FillContract", "Task_TrackOrder"):
        assert office.await_step(order.case, step)["assignee"] == seller

    leave(seller, substitute)
    release_tasks(office.app.engine, office.app.org.current(), office.today)
    assert office.await_step(order.case, "Task_TrackOrder")["assignee"] == substitute
    sent = {"depositAmount": str(DEPOSIT), "promisedAt": order.promised.isoformat()}
    office.desk_of(substitute).do(order.case, "Task_FillContract", sent)
    assert office.await_step(order.case, "Task_SignContract")["assignee"] == substitute

    leave("caojun", "shilei")  # the leave before has ended
    release_tasks(office.app.engine, office.app.org.current(), office.today)
    assert office.await_step(order.case, "Task_TrackOrder")["assignee"] == seller
    office.desk_of(seller).do(order.case, "Task_TrackOrder", {"cancelRequested": False})


@pytest.mark.rule("M5")
def test_the_engine_keeps_no_whole_phone_of_a_case_that_has_ended(office: Office) -> None:
    assert whole_phones(office, "VehicleOrderProcess") == set()
