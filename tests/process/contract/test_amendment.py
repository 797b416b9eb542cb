"""ContractAmendmentProcess on the real engine: changes and terminations of contracts in force (C13)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.pdf import text_of
from tests.process.contract import amending as play
from tests.process.contract.amending import CHANGE, TERMINATION
from tests.process.office import Office
from tests.process.paths import all_flows, taken
from workers import cases, documents, ledger
from workers.contract.store import ContractVersion
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import EntryKind
from workers.settings import ROOT

DIAGRAM = ROOT / "bpmn" / "contract" / "contract_amendment.bpmn"


def ended(office: Office, case: str, event: str) -> str:
    """Wait for the end; returns the case."""
    office.await_end(case, event)
    return case


@pytest.mark.rule("C13", "X1", "X5")
def test_two_amendments_in_a_row_make_a_chain_of_three_versions(office: Office) -> None:
    number = office.sealed_contract()
    unit = ledger_price(office, number)
    for version, quantity in ((2, "120"), (3, "80")):
        case, declaration = play.change(office, number)
        shown = play.declare(office, declaration, quantity)
        assert number in shown["orderIntent"]
        play.sign_and_seal(office, declaration)
        office.await_end(case, "Event_ContractChanged")
        row = play.contract(office, number)
        assert (row.version, row.amount, row.status) == (version, unit * int(quantity), "in_force")
    with UnitOfWork(office.app.sessions) as uow:
        query = select(ContractVersion.state).where(ContractVersion.contract_no == number)
        assert uow.session.scalars(query).all() == ["sealed"] * 3
        said = text_of(documents.find(uow.session, number).content)
    assert "合同变更（补充协议）·第3版" in said
    assert "120×" in said


def ledger_price(office: Office, number: str) -> Decimal:
    """The unit price of the contract's only line."""
    with UnitOfWork(office.app.sessions) as uow:
        return ledger.goods(uow.session, number)[0].unit_price


@pytest.mark.rule("C13")
def test_approvers_read_what_changes_before_they_sign(office: Office) -> None:
    number = office.sealed_contract()
    case, declaration = play.change(office, number)
    play.declare(office, declaration, "120")
    seen = office.sign(declaration, "sales_manager", "return", "请再核对")
    assert seen["deviationSummary"].startswith(f"变更合同{number}(现行第1版)：第1行")
    again = play.declare(office, declaration, "110")
    assert again["returnComment"].endswith("请再核对")
    assert again["lines"][0]["quantity"] == "120"
    office.withdraw(declaration)
    office.await_end(case, "Event_ContractUnchanged")


@pytest.mark.rule("C13", "X3")
def test_a_change_that_money_forbids_comes_back_to_the_applicant(office: Office) -> None:
    number = office.sealed_contract()
    play.book(office, number, EntryKind.RECEIPT, str(play.contract(office, number).amount), "回单-全款")
    play.book(office, number, EntryKind.INVOICE, str(play.contract(office, number).amount), "FP-全额")
    case, declaration = play.change(office, number)
    desk = office.desk("sales_operations")
    first = desk.await_task(declaration, "Task_FillDeclaration")
    play.declare(office, declaration, "80")
    again = office.await_next(declaration, "Task_FillDeclaration", first["id"])
    assert "红字发票" in desk.form(again)["formErrors"][0]["message"]
    withdraw(office, case)
    office.await_end(case, "Event_Withdrawn")


def withdraw(office: Office, case: str) -> None:
    """The applicant withdraws the amendment itself."""
    form = {"withdrawRequested": True, "withdrawReason": "客户改变了主意"}
    office.desk("sales_operations").do(case, "Task_TrackCase", form)


@pytest.mark.rule("C13", "X4")
def test_withdrawing_the_amendment_ends_its_declaration_too(office: Office) -> None:
    number = office.sealed_contract()
    case, declaration = play.change(office, number)
    play.declare(office, declaration, "120")
    office.await_step(declaration, "Task_ApproveDeclaration")
    withdraw(office, case)
    office.await_end(case, "Event_Withdrawn")
    assert office.admin.get(f"/history/process-instance/{declaration}")["state"] != "ACTIVE"
    with UnitOfWork(office.app.sessions) as uow:
        assert cases.find(uow.session, office.case_no(declaration)).state == cases.WITHDRAWN
    assert play.contract(office, number).version == 1


@pytest.mark.rule("C13", "X3")
def test_a_second_amendment_of_the_same_contract_is_refused_while_the_first_is_open(office: Office) -> None:
    number = office.sealed_contract()
    case, _ = play.change(office, number)
    second = play.want(office)
    desk = office.desk("sales_operations")
    first = desk.await_task(second, "Task_FillAmendment")
    play.ask(office, second, number, TERMINATION)
    again = office.await_next(second, "Task_FillAmendment", first["id"])
    assert office.case_no(case) in desk.form(again)["formErrors"][0]["message"]
    for one in (case, second):
        withdraw(office, one)
        office.await_end(one, "Event_Withdrawn")


@pytest.mark.rule("C13", "X3")
def test_nobody_amends_a_contract_past_the_form(office: Office) -> None:
    number = office.sealed_contract()
    case, _ = play.change(office, number)
    form = {"orderIntent": "改", "amendsContractNo": number, "applicant": office.user("sales_operations")}
    forged = office.desk("sales_operations", 1).start("ContractApprovalProcess", form)
    task = office.desk("sales_operations", 1).await_task(forged, "Task_FillDeclaration")
    assert office.desk("sales_operations", 1).form(task)["customerNo"] is None
    office.desk("sales_operations", 1).do(
        forged, "Task_TrackCase", {"withdrawRequested": True, "withdrawReason": "误"}
    )
    office.await_end(forged, "Event_Withdrawn")
    withdraw(office, case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C13", "C9")
def test_a_termination_with_goods_delivered_gives_the_surplus_to_the_customers_balance(
    office: Office,
) -> None:
    number = office.sealed_contract()
    unit, before = ledger_price(office, number), play.contract(office, number)
    play.deliver(office, number, "30")
    play.book(office, number, EntryKind.RECEIPT, str(unit * 50), "回单-50")
    with UnitOfWork(office.app.sessions) as uow:
        balance = ledger.customer_balance(uow.session, before.customer_no)
    case = play.want(office)
    play.ask(office, case, number, TERMINATION)
    paper = play.paper_of(office, case)
    for post in play.SIGNERS:
        shown = office.sign_paper(paper, post)
        facts = {one["label"]: one["value"] for one in shown["paperFacts"]}
        assert facts["结算金额(已签收货物)"] == f"¥{unit * 30:,.2f}"
    play.register(office, case)
    office.await_end(case, "Event_ContractTerminated")
    office.await_end(office.instance("ContractFulfilmentProcess", number), "Event_FulfilmentTerminated")
    row, sums = play.contract(office, number), play.account(office, number)
    assert (row.status, row.version, row.amount) == ("terminated", 2, unit * 30)
    assert sums.received == sums.delivered == unit * 30
    with UnitOfWork(office.app.sessions) as uow:
        assert ledger.customer_balance(uow.session, before.customer_no) == balance + unit * 20


@pytest.mark.rule("C13", "X1")
def test_an_amendment_is_started_by_command(office: Office, salesflow: Any, tmp_path: Path) -> None:
    number = office.sealed_contract()
    file = tmp_path / "amendment.json"
    data = {"contractNo": number, "amendmentKind": TERMINATION, "amendmentReason": "停产"}
    file.write_text(json.dumps({**data, "applicant": office.user("sales_operations")}), "utf-8")
    done = salesflow("start", play.PROCESS, file, "--json")
    assert done.returncode == 0, done.stderr
    case = str(json.loads(done.stdout)["process_instance"])
    play.approve(office, case)
    play.register(office, case)
    office.await_end(case, "Event_ContractTerminated")
    assert (play.contract(office, number).amount, play.account(office, number).received) == (0, 0)
    refused = salesflow("start", play.PROCESS, file, "--json")
    assert refused.returncode == 1
    assert "已经终止" in refused.stdout


@pytest.mark.rule("C13", "X4")
def test_every_flow_of_the_contract_amendment_is_taken(office: Office) -> None:
    walked_cases = [
        _changed(office),
        _unchanged(office),
        _sent_back_and_terminated(office),
        _rejected(office),
        _by_message_and_withdrawn(office),
    ]
    walked = set().union(*(taken(DIAGRAM, office.passed(case)) for case in walked_cases))
    assert all_flows(DIAGRAM) - walked == set()


def _changed(office: Office) -> str:
    number = office.sealed_contract()
    case, declaration = play.change(office, number)
    play.declare(office, declaration, "120")
    play.sign_and_seal(office, declaration)
    return ended(office, case, "Event_ContractChanged")


def _unchanged(office: Office) -> str:
    """The called approval rejects the change: the contract stays as it was."""
    number = office.sealed_contract()
    case, declaration = play.change(office, number)
    play.declare(office, declaration, "120")
    office.sign(declaration, "sales_manager", "reject", "不划算")
    ended(office, case, "Event_ContractUnchanged")
    row = play.contract(office, number)
    assert (row.version, row.status) == (1, "in_force")
    return case


def _sent_back_and_terminated(office: Office) -> str:
    """Wrong at first, then returned, objected to, overtaken by an invoice, wrongly registered, and at last done."""
    number, desk = office.sealed_contract(), office.desk("sales_operations")
    case = play.want(office)

    def again(before: str) -> tuple[str, dict[str, Any]]:
        """The request comes back: the new task's id, and what its form shows; it is sent again."""
        task = office.await_next(case, "Task_FillAmendment", before)
        shown = desk.form(task)
        if shown["formErrors"] and "红字发票" in shown["formErrors"][0]["message"]:
            play.book(office, number, EntryKind.CREDIT_NOTE, "1.00", "HZ-1")
        play.ask(office, case, number, TERMINATION)
        return task["id"], shown

    first = desk.await_task(case, "Task_FillAmendment")["id"]
    play.ask(office, case, "HT-1999-0001", TERMINATION)
    second, shown = again(first)
    assert "没有合同" in shown["formErrors"][0]["message"]
    office.sign_paper(play.paper_of(office, case), "sales_manager", "return", "先问客户")
    third, shown = again(second)
    assert shown["returnComment"].endswith("先问客户")
    play.approve(office, case)
    play.register(office, case, customerDecision="objected", objection="金额不对", terminationScan=None)
    fourth, shown = again(third)
    assert "金额不对" in shown["returnComment"]
    play.approve(office, case)
    office.await_step(case, "Task_SignTermination")
    play.book(office, number, EntryKind.RECEIPT, str(play.contract(office, number).amount), "回单-全款")
    play.book(office, number, EntryKind.INVOICE, "1.00", "FP-1")
    play.register(office, case)
    _, shown = again(fourth)
    assert "红字发票" in shown["formErrors"][0]["message"]
    play.approve(office, case)
    wrong = office.await_step(case, "Task_SignTermination")
    play.register(office, case, sealConfirmed=False)
    office.await_next(case, "Task_SignTermination", wrong["id"])
    play.register(office, case)
    return ended(office, case, "Event_ContractTerminated")


def _rejected(office: Office) -> str:
    number = office.sealed_contract()
    case = play.want(office)
    play.ask(office, case, number, TERMINATION)
    paper = play.paper_of(office, case)
    office.sign_paper(paper, "sales_manager")
    office.sign_paper(paper, "finance", "reject", "客户会履约")
    ended(office, case, "Event_TerminationRejected")
    assert play.contract(office, number).status == "in_force"
    return case


def _by_message_and_withdrawn(office: Office) -> str:
    """A program asks with a mistake; after a look that withdraws nothing it is withdrawn."""
    clerk = office.desk("sales_operations")
    data = {
        "applicant": clerk.user,
        "contractNo": "HT-1999-0001",
        "amendmentKind": CHANGE,
        "amendmentReason": "改",
    }
    found = office.app.engine.correlate("Msg_AmendmentRequested", variables=data)
    case = str(found[0]["processInstance"]["id"])
    clerk.await_task(case, "Task_FillAmendment")
    first = clerk.await_task(case, "Task_TrackCase")
    clerk.complete(first, {"withdrawRequested": False, "withdrawReason": ""})
    office.await_next(case, "Task_TrackCase", first["id"])
    withdraw(office, case)
    return ended(office, case, "Event_Withdrawn")
