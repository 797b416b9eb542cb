"""GoodsReturnProcess on the real engine: goods come back after the customer signed for them (C8, X1–X5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pdf import SIGNED_PAPER
from tests.process.fulfilment.books import account, await_read, contract, line, pay
from tests.process.office import Office
from tests.process.paths import all_flows, taken
from workers import approval
from workers.database.unit_of_work import UnitOfWork
from workers.demo.goods import Goods, rows
from workers.runtime import FileValue
from workers.settings import ROOT

DIAGRAM = ROOT / "bpmn" / "fulfilment" / "goods_return.bpmn"
PROCESS = "GoodsReturnProcess"


def delivered(office: Office, quantity: str = "4") -> Goods:
    """A contract in force of one line, of which everything is signed for and nothing is paid."""
    goods = contract(office, quantity)
    goods.order_production({1: quantity})
    goods.make({1: quantity})
    goods.deliver({1: quantity})
    whole = office.instance("ContractFulfilmentProcess", goods.number)
    for place in ("Event_GoodsWantedAgain", "Event_StockChangedAgain"):
        office.await_at(whole, place)
    return goods


def open_case(office: Office, goods: Goods) -> str:
    """Sales operations begins at Tasklist's start form; returns the instance's id."""
    form = {"contractNo": goods.number, "returnReason": "边胶开裂"}
    return office.desk("sales_operations").start(PROCESS, form)


def asked(goods: Goods, quantity: str, **fields: object) -> dict[str, object]:
    """The form of a return of line 1."""
    return {
        "contractNo": goods.number,
        "returnReason": "边胶开裂",
        "returnLines": rows({1: quantity}),
        **fields,
    }


def count(office: Office, case: str, quantity: str) -> dict[str, Any]:
    """The warehouse counts what came back."""
    form = {"receivedLines": rows({1: quantity}), "receiveRemark": ""}
    return office.desk("warehouse").do(case, "Task_ReceiveGoods", form)


def inspect(office: Office, case: str, good: str, bad: str = "0") -> dict[str, Any]:
    """Quality inspects what came back."""
    lines = rows({1: good}, good=good, bad=bad, reason="开裂" if bad != "0" else "")
    return office.desk("quality").do(case, "Task_InspectGoods", {"inspectionLines": lines})


def booking(office: Office, quantity: str, **fields: object) -> dict[str, object]:
    """Finance's form with the customer's signed paper."""
    return {
        "bookDecision": "book",
        "bookRemark": "",
        "paperSigner": "马志远",
        "paperSignedOn": office.today.isoformat(),
        "paperLines": [{"lineNo": "1", "quantity": quantity}],  # all that the page sends
        "returnScan": FileValue("退货单.pdf", SIGNED_PAPER, "application/pdf"),
        **fields,
    }


def withdraw(office: Office, case: str) -> None:
    """Who filed it withdraws it in 我的退货."""
    form = {"withdrawRequested": True, "withdrawReason": "客户留用"}
    office.desk("sales_operations").do(case, "Task_TrackCase", form)


@pytest.mark.rule("C4", "C7", "C8", "X1", "X2", "X3", "X4", "X5")
def test_every_flow_of_the_return_is_taken(office: Office) -> None:
    cases = [_with_mistakes_and_a_recount(office), _by_message(office)]
    walked = set().union(*(taken(DIAGRAM, office.passed(case)) for case in cases))
    assert all_flows(DIAGRAM) - walked == set()


def _with_mistakes_and_a_recount(office: Office) -> str:
    """No contract, too much, returned, counted and inspected wrong, counted anew, booked; goods are sent again."""
    goods, clerk = delivered(office), office.desk("sales_operations")
    case = clerk.start(PROCESS, {"returnReason": "边胶开裂"})
    unnamed = clerk.await_task(case, "Task_FillGoodsReturn")
    clerk.complete(unnamed, {"contractNo": goods.number, "returnReason": "边胶开裂"})
    first = office.await_next(case, "Task_FillGoodsReturn", unnamed["id"])
    shown = clerk.form(first)
    assert "请填写各行退货数量" in shown["formErrors"][0]["message"]
    assert (shown["returnLines"][0]["delivered"], shown["returnReason"]) == ("4", "边胶开裂")
    clerk.complete(first, asked(goods, "5"))
    again = office.await_next(case, "Task_FillGoodsReturn", first["id"])
    assert "超过客户已签收的4" in clerk.form(again)["formErrors"][0]["message"]
    clerk.complete(again, asked(goods, "3"))
    number = office.case_no(case)
    assert number.startswith("TH-")
    office.sign_paper(number, "sales_manager", "return", "请附照片")
    again = office.await_next(case, "Task_FillGoodsReturn", again["id"])
    shown = clerk.form(again)
    assert ("请附照片" in shown["returnComment"], shown["returnLines"][0]["quantity"]) == (True, "3")
    clerk.complete(again, asked(goods, "3"))
    office.sign_paper(number, "sales_manager", comment="同意退货")

    task = office.await_step(case, "Task_ReceiveGoods")
    count(office, case, "4")
    task = office.await_next(case, "Task_ReceiveGoods", task["id"])
    assert "超过退货单的3" in office.desk("warehouse").form(task)["formErrors"][0]["message"]
    count(office, case, "3")
    task = office.await_step(case, "Task_InspectGoods")
    inspect(office, case, "2")
    task = office.await_next(case, "Task_InspectGoods", task["id"])
    assert "应等于3" in office.desk("quality").form(task)["formErrors"][0]["message"]
    inspect(office, case, "2", "1")
    finance = office.desk("finance")
    finance.do(case, "Task_BookGoodsReturn", {"bookDecision": "recount", "bookRemark": "客户签字为2米"})
    assert "客户签字为2米" in count(office, case, "2")["returnComment"]
    inspect(office, case, "1", "1")
    task = finance.await_task(case, "Task_BookGoodsReturn")
    assert finance.form(task)["returnRows"][0]["received"] == "2"
    finance.complete(task, booking(office, "1"))
    task = office.await_next(case, "Task_BookGoodsReturn", task["id"])
    shown = finance.form(task)
    assert "应与仓库点收的相同" in shown["formErrors"][0]["message"]
    assert all(shown["paperLines"][0][name] for name in ("product", "unit"))
    assert line(goods).delivered == 4
    finance.complete(task, booking(office, "2"))
    office.await_end(case, "Event_GoodsReturned")
    found = line(goods)
    assert (found.delivered, found.returned, found.scrapped, found.in_stock) == (2, 2, 1, 1)
    with UnitOfWork(office.app.sessions) as uow:
        (_, kept) = approval.records(uow.session, number)
        assert kept.comment == "同意退货"

    whole = office.instance("ContractFulfilmentProcess", goods.number)
    goods.deliver({1: "1"})
    goods.order_production({1: "1"})
    goods.make({1: "1"})
    goods.deliver({1: "1"})
    pay(goods, invoice=True)
    office.await_end(whole, "Event_FulfilmentCompleted")
    assert account(goods).delivered == account(goods).amount
    return case


def _by_message(office: Office) -> str:
    """A program's return comes with its data; withdrawn while the goods are awaited, after another look."""
    goods, clerk = delivered(office, "2"), office.desk("sales_operations")
    data = {"applicant": clerk.user, **asked(goods, "1")}
    found = office.app.engine.correlate("Msg_GoodsReturnRequested", variables=data)
    case = str(found[0]["processInstance"]["id"])
    task = clerk.await_task(case, "Task_TrackCase")
    office.sign_paper(office.case_no(case), "sales_manager")
    office.await_step(case, "Task_ReceiveGoods")
    forged = {"receivedLines": rows({1: "9"}), "receiveOutcome": "received", "bookOutcome": "booked"}
    clerk.complete(task, {"withdrawRequested": False, "withdrawReason": "", **forged})
    task = office.await_next(case, "Task_TrackCase", task["id"])
    assert clerk.form(task)["caseStatus"] == "退货单已批准，待货物退回仓库"
    withdraw(office, case)
    office.await_end(case, "Event_Withdrawn")
    assert line(goods).delivered == 2
    return case


@pytest.mark.rule("C4", "C8")
def test_a_contract_that_only_waits_for_a_return_ends_when_it_is_withdrawn(office: Office) -> None:
    goods = delivered(office, "2")
    whole = office.instance("ContractFulfilmentProcess", goods.number)
    case = open_case(office, goods)
    office.desk("sales_operations").do(case, "Task_FillGoodsReturn", asked(goods, "1"))
    office.await_step(office.case_no(case), "Task_ApprovePaper")
    pay(goods, invoice=True)
    await_read(office, goods.number)
    assert office.admin.get(f"/history/process-instance/{whole}")["state"] == "ACTIVE"
    withdraw(office, case)
    office.await_end(case, "Event_Withdrawn")
    office.await_end(whole, "Event_FulfilmentCompleted")
    other = open_case(office, goods)
    clerk = office.desk("sales_operations")
    task = clerk.await_task(other, "Task_FillGoodsReturn")
    clerk.complete(task, asked(goods, "1"))
    task = office.await_next(other, "Task_FillGoodsReturn", task["id"])
    assert "已履行完毕" in clerk.form(task)["formErrors"][0]["message"]
    withdraw(office, other)
    office.await_end(other, "Event_Withdrawn")


@pytest.mark.rule("X1", "X3")
def test_a_return_starts_by_command_and_a_wrong_file_starts_nothing(
    office: Office, salesflow: Any, tmp_path: Path
) -> None:
    goods = delivered(office, "2")
    example = yaml.safe_load((ROOT / "config" / "examples" / "goods_return.yaml").read_text("utf-8"))

    def command(quantity: int, applicant: str = example["applicant"]) -> Any:
        path = tmp_path / "goods_return.yaml"
        content = {**example, "applicant": applicant, "contractNo": goods.number}
        content["returnLines"] = [{"lineNo": 1, "quantity": quantity}]
        path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
        return salesflow("start", PROCESS, path, "--json")

    refused = command(3)
    assert refused.returncode == 1
    assert "超过客户已签收的2" in json.loads(refused.stdout)["errors"][0]["message"]
    assert command(1, office.user("finance")).returncode == 1
    done = command(1)
    assert done.returncode == 0, done.stderr
    started = json.loads(done.stdout)
    office.await_step(started["case"], "Task_ApprovePaper")
    withdraw(office, started["process_instance"])
    office.await_end(started["process_instance"], "Event_Withdrawn")


def test_only_sales_operations_starts_a_return_in_tasklist(office: Office) -> None:
    query = {
        "key": PROCESS,
        "startableInTasklist": True,
        "startablePermissionCheck": True,
        "latestVersion": True,
    }
    assert len(office.desk("sales_operations").engine.get("/process-definition", **query)) == 1
    assert office.desk("finance").engine.get("/process-definition", **query) == []
