"""Every sequence flow of the goods' diagrams and of the contract as a whole is walked on the real engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.process.fulfilment.books import account, amend, contract, line, pay, scrap, terminate
from tests.process.fulfilment.money import order_form
from tests.process.office import Office
from tests.process.paths import all_flows, taken
from workers.demo.goods import Goods
from workers.settings import ROOT

FOLDER = ROOT / "bpmn" / "fulfilment"


def untaken(office: Office, diagram: str, cases: list[str]) -> set[str]:
    """The diagram's flows that none of the cases has taken."""
    path = FOLDER / diagram
    walked = set().union(*(taken(path, office.passed(case)) for case in cases))
    return all_flows(path) - walked


def again(office: Office, goods: Goods, step: str, send: Callable[[], object]) -> dict[str, Any]:
    """What is sent comes back as a new task of the same step; returns what its form shows."""
    before = office.await_step(goods.number, step)
    send()
    task = office.await_next(goods.number, step, before["id"])
    return office.admin.task_variables(task["id"])


def message(shown: dict[str, Any]) -> str:
    """The findings that a form shows, in one text."""
    return "；".join(error["message"] for error in shown["formErrors"])


@pytest.mark.rule("C6", "C7", "C13", "X3")
def test_every_flow_of_the_production_is_taken(office: Office) -> None:
    """Returned, mended, failed, short, in parts, cut by an amendment, wanted again, and at last delivered."""
    goods = contract(office, "10", "5")
    case = office.instance("ProductionProcess", goods.number)

    shown = again(office, goods, "Task_FillProductionNotice", lambda: goods.fill_notice({1: "10.5"}))
    assert "超过尚需生产的10" in message(shown)
    goods.fill_notice({1: "10"}, noticeRemark="先做第1行")
    goods.sign_notice("return", "第2行一起做")
    shown = goods.fill_notice({1: "10", 2: "5"})
    assert "第2行一起做" in shown["returnComment"]
    assert shown["noticeRemark"] == "先做第1行"
    goods.sign_notice()

    again(office, goods, "Task_ReportProduction", lambda: goods.report({1: "11"}))
    goods.report({1: "6"})
    again(office, goods, "Task_InspectGoods", lambda: goods.inspect({1: "5"}))
    goods.inspect({1: "0"}, {1: "6"}, "厚度不足")
    goods.report({1: "6"})
    goods.inspect({1: "5"}, {1: "1"}, "划伤")
    again(office, goods, "Task_StoreGoods", lambda: goods.store({1: "6"}))
    goods.store({1: "4"}, {1: "1"}, "点数少一件")
    task = office.await_step(goods.number, "Task_ReportProduction")
    left = office.admin.task_variables(task["id"])["batchLines"]
    assert [(row["lineNo"], row["quantity"]) for row in left] == [("1", "6"), ("2", "5")]

    amend(goods, {1: "4", 2: "0"})
    goods.report({1: "6"})
    office.await_at(case, "Event_GoodsWanted")
    amend(goods, {1: "6"})
    office.await_step(goods.number, "Task_FillProductionNotice")
    amend(goods, {1: "4"})
    goods.fill_notice({1: "2"})
    office.await_at(case, "Event_GoodsWanted")
    goods.deliver({1: "4"})
    office.await_end(case, "Event_ProductionDone")
    assert (line(goods).produced, line(goods).stored, line(goods).delivered) == (12, 4, 4)

    straight = contract(office, "3")
    straight.order_production({1: "3"})
    straight.make({1: "3"})
    other = office.instance("ProductionProcess", straight.number)
    office.await_at(other, "Event_GoodsWanted")
    assert untaken(office, "production.bpmn", [case, other]) == set()


@pytest.mark.rule("C8", "C7", "X3")
def test_every_flow_of_the_delivery_is_taken(office: Office) -> None:
    """Waiting for stock, returned, refused, stopped at the gate, partly sent back, with good and bad goods."""
    goods = contract(office, "10")
    case = office.instance("DeliveryProcess", goods.number)
    goods.order_production({1: "10"})
    office.await_at(case, "Event_StockChanged")
    goods.make({1: "6"})

    shown = again(office, goods, "Task_FillDeliveryNote", lambda: goods.fill_delivery({1: "7"}))
    assert "超过现在可以发出的6" in message(shown)
    goods.fill_delivery({1: "6"}, deliveryRemark="走铁路")
    goods.sign_delivery("return", "走公路")
    shown = goods.fill_delivery({1: "6"})
    assert ("走公路" in shown["returnComment"], shown["deliveryRemark"]) == (True, "走铁路")
    goods.sign_delivery()

    again(office, goods, "Task_ReleaseGoods", lambda: goods.release({1: "7"}))
    scrap(goods, "1")
    shown = again(office, goods, "Task_ReleaseGoods", lambda: goods.release({1: "6"}))
    assert "只够5" in message(shown)
    goods.release({}, "refuse", "盘点少一件")
    shown = goods.fill_delivery({1: "5"})
    assert shown["returnComment"] == "仓库无法出库：盘点少一件"
    goods.sign_delivery()
    goods.release({1: "5"})
    shown = again(office, goods, "Task_LogExit", lambda: goods.leave(passPresented="CM-1999-0001"))
    assert "不得放行" in message(shown)
    goods.leave()
    again(office, goods, "Task_RegisterReceipt", lambda: goods.receive({1: "2"}, {1: "3"}))
    assert account(goods).delivered == 0
    goods.receive({1: "2"}, {1: "3"}, "受潮")
    again(office, goods, "Task_InspectReturn", lambda: goods.inspect_return({1: "2"}))
    goods.inspect_return({1: "2"}, {1: "1"}, "霉变")

    office.await_step(goods.number, "Task_FillDeliveryNote")
    goods.fill_delivery({1: "2"})
    goods.sign_delivery()
    goods.release({1: "2"})
    office.await_step(goods.number, "Task_LogExit")
    scrap(goods, "1")
    goods.leave()
    shown = office.admin.task_variables(office.await_step(goods.number, "Task_FillDeliveryNote")["id"])
    assert shown["returnComment"] == "门岗未放行：第1行：库存或合同尚余只够1"
    scrap(goods, "1")
    goods.fill_delivery({1: "1"})
    office.await_at(case, "Event_StockChanged")
    goods.make({1: "4"})
    goods.order_production({1: "4"})
    goods.make({1: "4"})
    goods.deliver({1: "8"})
    office.await_end(case, "Event_DeliveryDone")
    assert (line(goods).delivered, line(goods).returned, line(goods).scrapped) == (10, 3, 4)
    assert untaken(office, "delivery.bpmn", [case]) == set()


@pytest.mark.rule("C4", "C13", "X6")
def test_every_flow_of_the_contract_is_taken(office: Office) -> None:
    """Completed after amendments by which every strand that had ended began again; and one that is terminated."""
    goods = contract(office, "2")
    clerk, case = office.desk("sales_operations"), office.instance("ContractFulfilmentProcess", goods.number)
    goods.order_production({1: "2"})
    goods.make({1: "2"})
    goods.deliver({1: "2"})
    for ended in ("Event_GoodsWantedAgain", "Event_StockChangedAgain", "Event_JointingWantedAgain"):
        office.await_at(case, ended)
    amend(goods, {1: "3"}, needs_jointing=True)
    goods.order_production({1: "1"})
    goods.make({1: "1"})
    goods.deliver({1: "1"})
    pay(goods, invoice=True)
    office.await_at(case, "Event_InvoiceWantedAgain")
    amend(goods, {1: "4"})
    office.await_step(goods.number, "Task_RequestInvoice")
    pay(goods, invoice=True)
    goods.order_production({1: "1"})
    goods.make({1: "1"})
    goods.deliver({1: "1"})
    waived = order_form(office, jointingWaived=True, jointingWork="客户自有班组", jointingSite=None)
    clerk.do(goods.number, "Task_FillJointingOrder", waived)
    office.await_at(case, "Event_JointingWantedAgain", gone=("Task_Production", "Task_Delivery"))
    assert "Task_Invoicing" in office.where(case), "a strand in which somebody has a form is not interrupted"
    clerk.do(goods.number, "Task_RequestInvoice", {"invoiceRows": [], "requestReason": ""})
    office.await_end(case, "Event_FulfilmentCompleted")

    stopped = contract(office, "2")
    other = office.instance("ContractFulfilmentProcess", stopped.number)
    stopped.fill_notice({1: "2"})
    stopped.paper("notice")
    terminate(stopped)
    office.await_end(other, "Event_FulfilmentTerminated")
    assert untaken(office, "contract_fulfilment.bpmn", [case, other]) == set()
