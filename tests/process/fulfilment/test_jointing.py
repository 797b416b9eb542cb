"""JointingProcess on the real engine: no work before the first payment, none that ends without a report (C10)."""

from __future__ import annotations

import pytest

from tests.process.fulfilment.books import give_up
from tests.process.fulfilment.money import (
    acceptance,
    await_wait,
    contract,
    order_form,
    paper_of,
    pay,
    sign,
    start,
    take_back,
)
from tests.process.office import Office
from tests.process.paths import all_flows, taken
from workers.database.unit_of_work import UnitOfWork
from workers.debts import Acceptance
from workers.demo.goods import Goods
from workers.runtime import FileValue
from workers.settings import ROOT

DIAGRAM = ROOT / "bpmn" / "fulfilment" / "jointing.bpmn"
PROCESS = "JointingProcess"


def order(office: Office, number: str, **fields: object) -> None:
    """Sales operations fills the order."""
    office.desk("sales_operations").do(number, "Task_FillJointingOrder", order_form(office, **fields))


def accept(office: Office, number: str, **fields: object) -> None:
    """Sales operations registers the acceptance report."""
    office.desk("sales_operations", 1).do(number, "Task_RegisterAcceptance", acceptance(office, **fields))


@pytest.mark.rule("C10", "X2", "X3")
def test_every_flow_of_jointing_is_taken(office: Office) -> None:
    cases = [_until_accepted(office), _waived(office), _not_needed(office), _given_up(office)]
    walked = set().union(*(taken(DIAGRAM, office.passed(case)) for case in cases))
    assert all_flows(DIAGRAM) - walked == set()


def _until_accepted(office: Office) -> str:
    """It waits for the money, is filled wrongly, returned, stopped by a bounced payment, refused, and accepted."""
    number = contract(office, needs_jointing=True)
    keeper = office.desk("sales_operations")
    case = start(office, PROCESS, number)
    await_wait(office, case, "Event_AwaitFirstPayment")
    pay(office, number, "299.99")
    await_wait(office, case, "Event_AwaitFirstPayment", times=2)
    reference = pay(office, number, "0.01")
    filling = keeper.await_task(number, "Task_FillJointingOrder")
    assert keeper.form(filling)["percentReceived"] == "30.00%"
    order(office, number, jointingSite="")
    filling = office.await_next(number, "Task_FillJointingOrder", filling["id"])
    assert "接续地点" in keeper.form(filling)["formErrors"][0]["message"]
    order(office, number)
    first = sign(office, case, "sales_manager", "return", "王强休假")
    filling = office.await_next(number, "Task_FillJointingOrder", filling["id"])
    shown = keeper.form(filling)
    assert "王强休假" in shown["returnComment"]
    assert shown["jointingTeam"] == "王强、李勇"
    order(office, number, jointingTeam="李勇")

    paper = paper_of(office, case)
    assert paper == first
    take_back(office, reference)
    office.sign_paper(paper, "sales_manager")
    await_wait(office, case, "Event_AwaitFirstPayment", times=3)
    pay(office, number, "0.01")
    order(office, number, jointingTeam="李勇")
    sign(office, case, "sales_manager")

    registering = keeper.await_task(number, "Task_RegisterAcceptance")
    assert "李勇" in keeper.form(registering)["orderSummary"]
    accept(office, number, acceptanceScan=FileValue("报告.txt", b"no scan", "text/plain"))
    registering = office.await_next(number, "Task_RegisterAcceptance", registering["id"])
    shown = keeper.form(registering)
    assert "只接受PDF、PNG或JPEG" in shown["formErrors"][0]["message"]
    assert shown["acceptanceSigner"] == "马志远"
    accept(office, number, acceptanceResult="failed", acceptanceFindings="接头跑偏")
    filling = office.await_step(number, "Task_FillJointingOrder")
    assert keeper.form(filling)["jointingTeam"] is None
    order(office, number)
    assert sign(office, case, "sales_manager") != first
    registering = keeper.await_task(number, "Task_RegisterAcceptance")
    assert keeper.form(registering)["acceptanceResult"] is None
    accept(office, number)
    office.await_end(case, "Event_JointingAccepted")
    with UnitOfWork(office.app.sessions) as uow:
        assert uow.session.get_one(Acceptance, number).accepted_on == office.today
    return case


def _waived(office: Office) -> str:
    number = contract(office, paid="300", needs_jointing=True)
    case = start(office, PROCESS, number)
    order(office, number, jointingWaived=True, jointingWork="客户自有班组", jointingSite=None)
    office.await_end(case, "Event_JointingWaived")
    return case


def _not_needed(office: Office) -> str:
    case = start(office, PROCESS, contract(office))
    office.await_end(case, "Event_NoJointing")
    return case


def _given_up(office: Office) -> str:
    """What is still to come is written off below the first payment while the strand waits for it."""
    number = contract(office, paid="200", needs_jointing=True)
    case = start(office, PROCESS, number)
    await_wait(office, case, "Event_AwaitFirstPayment")
    give_up(Goods(office, number))
    office.await_end(case, "Event_NotJoined")
    return case


@pytest.mark.rule("C10", "X5")
def test_what_a_form_sends_along_dispatches_nobody(office: Office) -> None:
    number = contract(office, paid="300", needs_jointing=True)
    case = start(office, PROCESS, number)
    forged = {"orderOutcome": "waived", "dispatchOutcome": "dispatched", "paperOutcome": "approved"}
    filling = office.await_step(number, "Task_FillJointingOrder")
    order(office, number, jointingWork="", **forged)
    office.await_next(number, "Task_FillJointingOrder", filling["id"])
    order(office, number, **forged)
    office.await_step(paper_of(office, case), "Task_ApprovePaper")


@pytest.mark.rule("C10", "X3")
def test_a_report_that_says_nothing_comes_back_and_no_earlier_scan_stands_in_for_a_missing_one(
    office: Office,
) -> None:
    number = contract(office, paid="300", needs_jointing=True)
    case = start(office, PROCESS, number)
    order(office, number)
    sign(office, case, "sales_manager")
    task = office.await_step(number, "Task_RegisterAcceptance")
    accept(office, number, acceptanceResult=None)
    task = office.await_next(number, "Task_RegisterAcceptance", task["id"])
    accept(office, number, acceptanceScan=None)
    again = office.await_next(number, "Task_RegisterAcceptance", task["id"])
    errors = office.desk("sales_operations").form(again)["formErrors"]
    assert any("请上传" in one["message"] for one in errors)
    accept(office, number)
    office.await_end(case, "Event_JointingAccepted")
