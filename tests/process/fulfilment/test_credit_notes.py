"""CreditNoteProcess on the real engine: a wrong invoice is taken back and issued anew (C11, X1, X4)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.process.fulfilment.money import (
    account,
    ask_credit,
    await_wait,
    contract,
    invoice,
    invoiced_contract,
    paper_of,
    sign,
    start,
    tax_form,
    tax_number,
)
from tests.process.office import Office
from tests.process.paths import all_flows, taken
from workers import approval
from workers.database.unit_of_work import UnitOfWork
from workers.settings import ROOT, Settings
from workers.stack.supervisor import settings_environment

DIAGRAM = ROOT / "bpmn" / "fulfilment" / "credit_note.bpmn"
PROCESS = "CreditNoteProcess"


def open_case(office: Office) -> str:
    """Finance starts a credit note from Tasklist's start form; returns the instance's id."""
    return office.desk("finance").start(PROCESS, {"creditReason": "购买方名称开错"})


def issue_credit(office: Office, case: str) -> str:
    """Finance registers the credit note; returns the tax system's number."""
    form = tax_form(office)
    office.desk("finance").do(case, "Task_IssueCreditNote", form)
    return str(form["invoiceNumber"])


def withdraw(office: Office, case: str, reason: str = "原发票无误") -> None:
    """Who filed it withdraws it in 我的申请."""
    form = {"withdrawRequested": True, "withdrawReason": reason}
    office.desk("finance").do(case, "Task_TrackCase", form)


@pytest.mark.rule("C11", "X1", "X2", "X3", "X4")
def test_every_flow_of_the_credit_note_is_taken(office: Office) -> None:
    cases = [_for_a_strand_that_waits(office), _with_its_own_strand(office), _by_message(office)]
    walked = set().union(*(taken(DIAGRAM, office.passed(case)) for case in cases))
    assert all_flows(DIAGRAM) - walked == set()


def _for_a_strand_that_waits(office: Office) -> str:
    """Mistakes and a return on the way; the strand of fulfilment, which waits for the balance, invoices anew."""
    number, strand, wrong = invoiced_contract(office)
    finance = office.desk("finance")
    case = open_case(office)
    first = finance.await_task(case, "Task_FillCreditNote")
    shown = finance.form(first)
    assert shown["creditReason"] == "购买方名称开错"
    ask_credit(office, case, "24310000000000000000")
    again = office.await_next(case, "Task_FillCreditNote", first["id"])
    assert "没有可以冲销的发票" in finance.form(again)["formErrors"][0]["message"]
    ask_credit(office, case, wrong)
    assert sign(office, case, "deputy_gm_finance", "return", "请写明错在哪里") == office.case_no(case)
    again = office.await_next(case, "Task_FillCreditNote", again["id"])
    assert "请写明错在哪里" in finance.form(again)["returnComment"]
    ask_credit(office, case, wrong, "税号少一位")
    sign(office, case, "deputy_gm_finance")
    issuing = finance.await_task(case, "Task_IssueCreditNote")
    finance.complete(issuing, tax_form(office, wrong))
    issuing = office.await_next(case, "Task_IssueCreditNote", issuing["id"])
    assert "已登记在合同" in finance.form(issuing)["formErrors"][0]["message"]
    red = issue_credit(office, case)
    office.await_end(case, "Event_CreditNoteIssued")
    assert account(office, number).invoiced == 0

    keeper = office.desk("sales_operations")
    shown = keeper.form(keeper.await_task(number, "Task_RequestInvoice"))
    assert shown["invoices"][-1]["number"] == red
    assert shown["invoices"][-1]["total"] == "¥-1,000.00"
    invoice(office, strand, number)
    await_wait(office, strand, "Event_AwaitPayment", times=2)
    assert account(office, number).invoiced == Decimal(1000)
    return case


def _with_its_own_strand(office: Office) -> str:
    """Everything is paid and invoiced: nobody waits any more, so the credit note sees to the new invoice itself."""
    number, _, wrong = invoiced_contract(office, paid="1000")
    case = open_case(office)
    ask_credit(office, case, wrong)
    sign(office, case, "deputy_gm_finance")
    issue_credit(office, case)
    office.await_step(number, "Task_RequestInvoice")
    anew = office.instance("InvoicingProcess", number)
    invoice(office, anew, number)
    office.await_end(anew, "Event_AllInvoiced")
    office.await_end(case, "Event_CreditNoteIssued")
    assert account(office, number).invoiced == Decimal(1000)
    return case


def _by_message(office: Office) -> str:
    """A program's request comes with its data; withdrawn while it waits for its signature, after another look."""
    _, _, wrong = invoiced_contract(office)
    finance = office.desk("finance")
    data = {"applicant": finance.user, "correctedInvoice": wrong, "creditReason": "系统比对税号有误"}
    found = office.app.engine.correlate("Msg_CreditNoteRequested", variables=data)
    case = str(found[0]["processInstance"]["id"])
    paper = paper_of(office, case)
    office.await_step(paper, "Task_ApprovePaper")
    first = finance.await_task(case, "Task_TrackCase")
    assert finance.form(first)["caseStatus"] == "申请已提交，待签批"
    forged = {"paperFacts": [], "correctedInvoice": "x", "hasErrors": True}
    finance.complete(first, {"withdrawRequested": False, "withdrawReason": "", **forged})
    office.await_next(case, "Task_TrackCase", first["id"])
    withdraw(office, case)
    office.await_end(case, "Event_Withdrawn")
    assert office.admin.tasks(processInstanceBusinessKey=paper) == []
    return case


@pytest.mark.rule("C11", "X5")
def test_the_signature_under_a_credit_note_is_kept(office: Office) -> None:
    _, _, wrong = invoiced_contract(office)
    case = open_case(office)
    ask_credit(office, case, wrong)
    number = sign(office, case, "deputy_gm_finance", comment="同意冲销")
    office.await_step(case, "Task_IssueCreditNote")
    with UnitOfWork(office.app.sessions) as uow:
        (kept,) = approval.records(uow.session, number)
        assert (kept.post, kept.comment) == ("deputy_gm_finance", "同意冲销")
    withdraw(office, case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("X4")
def test_a_credit_note_that_was_issued_cannot_be_withdrawn(office: Office) -> None:
    number, _, wrong = invoiced_contract(office, paid="1000")
    case = open_case(office)
    ask_credit(office, case, wrong)
    sign(office, case, "deputy_gm_finance")
    issue_credit(office, case)
    office.await_step(number, "Task_RequestInvoice")
    finance = office.desk("finance")
    task = finance.await_task(case, "Task_TrackCase")
    withdraw(office, case)
    again = office.await_next(case, "Task_TrackCase", task["id"])
    assert "不能撤回" in finance.form(again)["withdrawErrors"][0]["message"]
    anew = office.instance("InvoicingProcess", number)
    invoice(office, anew, number)
    office.await_end(case, "Event_CreditNoteIssued")


@pytest.mark.rule("X1", "X3")
def test_a_credit_note_starts_by_command_and_a_wrong_file_starts_nothing(
    office: Office, settings: Settings, tmp_path: Path
) -> None:
    _, _, wrong = invoiced_contract(office)
    good = {"applicant": office.user("finance"), "correctedInvoice": wrong, "creditReason": "税率有误"}

    def salesflow(**fields: object) -> Any:
        path = tmp_path / "credit_note.yaml"
        path.write_text(yaml.safe_dump({**good, **fields}, allow_unicode=True), "utf-8")
        return subprocess.run(
            [sys.executable, "-m", "workers.cli", "start", PROCESS, str(path), "--json"],
            env={**os.environ, **settings_environment(settings), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    before = office.admin.count("/history/process-instance", processDefinitionKey=PROCESS)
    refused = salesflow(correctedInvoice=tax_number())
    assert refused.returncode == 1
    assert "没有可以冲销的发票" in json.loads(refused.stdout)["errors"][0]["message"]
    assert salesflow(applicant=office.user("sales_operations")).returncode == 1
    assert office.admin.count("/history/process-instance", processDefinitionKey=PROCESS) == before
    done = salesflow()
    assert done.returncode == 0, done.stderr
    started = json.loads(done.stdout)
    assert started["case"].startswith("HZ-")
    office.await_step(paper_of(office, started["process_instance"]), "Task_ApprovePaper")
    withdraw(office, started["process_instance"])
    office.await_end(started["process_instance"], "Event_Withdrawn")


@pytest.mark.rule("X1", "X3")
def test_a_message_with_wrong_data_comes_to_the_applicants_form(office: Office) -> None:
    data = {"applicant": office.user("finance"), "correctedInvoice": "'; DROP TABLE invoices; --"}
    found = office.app.engine.correlate("Msg_CreditNoteRequested", variables=data)
    case = str(found[0]["processInstance"]["id"])
    finance = office.desk("finance")
    shown = finance.form(finance.await_task(case, "Task_FillCreditNote"))
    assert {one["field"] for one in shown["formErrors"]} == {"correctedInvoice", "creditReason"}
    withdraw(office, case)
    office.await_end(case, "Event_Withdrawn")


def test_only_finance_starts_a_credit_note_in_tasklist(office: Office) -> None:
    query = {
        "key": PROCESS,
        "startableInTasklist": True,
        "startablePermissionCheck": True,
        "latestVersion": True,
    }
    assert len(office.desk("finance").engine.get("/process-definition", **query)) == 1
    assert office.desk("sales_operations").engine.get("/process-definition", **query) == []
    assert start(office, "JointingProcess", contract(office))
