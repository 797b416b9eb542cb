"""RefundProcess on the real engine: a customer's balance is paid back, signed, once (A6, X1–X5)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.process.office import Office
from tests.process.paths import all_flows, taken
from tests.process.receivables.bank import payment, running_contract, start, unique
from workers import approval, ledger
from workers.database.unit_of_work import UnitOfWork
from workers.settings import ROOT

DIAGRAM = ROOT / "bpmn" / "receivables" / "refund.bpmn"
PROCESS = "RefundProcess"


def creditor(office: Office, balance: str = "2000.00") -> str:
    """A customer of this test alone who has paid more than their contract's 10,000 yuan; returns the number."""
    customer = unique("K7")
    number = running_contract(office, customer_no=customer)
    case = start(office, "single")
    office.desk("finance").do(
        case, "Task_RecordReceipt", payment(office, number, str(Decimal(10000) + Decimal(balance)))
    )
    office.await_end(case, "Event_ReceiptsRecorded")
    return customer


def left(office: Office, customer: str) -> Decimal:
    """What the customer still has."""
    with UnitOfWork(office.app.sessions) as uow:
        return ledger.customer_balance(uow.session, customer)


def form(customer: str, amount: str = "1500.00", **fields: object) -> dict[str, object]:
    """The form of a refund."""
    return {
        "customerNo": customer,
        "refundAmount": amount,
        "payee": "长河水泥股份公司(示例)",
        "payeeBank": "建设银行长河支行",
        "payeeAccount": "3400 1234 5678 0001",
        "refundReason": "多付货款",
        **fields,
    }


def paid(office: Office, **fields: object) -> dict[str, object]:
    """What finance says of the bank's payment."""
    today = office.today.isoformat()
    return {"payDecision": "paid", "paidOn": today, "bankReference": unique("付款"), **fields}


def open_case(office: Office) -> str:
    """Finance begins at Tasklist's start form; returns the instance's id."""
    return office.desk("finance").start(PROCESS, {"refundReason": "多付货款"})


def withdraw(office: Office, case: str, reason: str = "客户改为抵付货款") -> None:
    """Who filed it withdraws it in 我的退款."""
    asked = {"withdrawRequested": True, "withdrawReason": reason}
    office.desk("finance").do(case, "Task_TrackCase", asked)


@pytest.mark.rule("A6", "X1", "X2", "X3", "X4", "X5")
def test_every_flow_of_the_refund_is_taken(office: Office) -> None:
    cases = [_with_mistakes_and_returns(office), _by_message(office)]
    walked = set().union(*(taken(DIAGRAM, office.passed(case)) for case in cases))
    assert all_flows(DIAGRAM) - walked == set()


def _with_mistakes_and_returns(office: Office) -> str:
    """Too much at first, returned by the signer, returned by the payer, a wrong date, at last paid."""
    customer, finance = creditor(office), office.desk("finance")
    case = open_case(office)
    first = finance.await_task(case, "Task_FillRefund")
    shown = finance.form(first)
    assert shown["refundReason"] == "多付货款"
    assert any(
        one["value"] == customer and "余额¥2,000.00" in one["label"] for one in shown["customerOptions"]
    )
    finance.complete(first, form(customer, "2000.01"))
    again = office.await_next(case, "Task_FillRefund", first["id"])
    assert "超过可退金额¥2,000.00" in finance.form(again)["formErrors"][0]["message"]
    finance.complete(again, form(customer))
    number = office.case_no(case)
    assert number.startswith("TK-")
    paper = office.sign_paper(number, "deputy_gm_finance", "return", "请附协议")
    assert {"label": "退款金额", "value": "¥1,500.00"} in paper["paperFacts"]
    again = office.await_next(case, "Task_FillRefund", again["id"])
    assert "请附协议" in finance.form(again)["returnComment"]
    finance.complete(again, form(customer, refundReason="多付货款，协议见合同附件"))
    office.sign_paper(number, "deputy_gm_finance")
    cashier = office.desk("finance", 1)
    cashier.do(case, "Task_PayRefund", {"payDecision": "return", "payRemark": "账号不存在"})
    again = office.await_next(case, "Task_FillRefund", again["id"])
    assert "账号不存在" in finance.form(again)["returnComment"]
    finance.complete(again, form(customer, payeeAccount="3400 1234 5678 0002"))
    office.sign_paper(number, "deputy_gm_finance", comment="同意退款")
    task = cashier.await_task(case, "Task_PayRefund")
    assert {"label": "收款账号", "value": "3400123456780002"} in cashier.form(task)["paperFacts"]
    cashier.complete(task, paid(office, paidOn=office.soon(1)))
    task = office.await_next(case, "Task_PayRefund", task["id"])
    assert "还没有到" in cashier.form(task)["formErrors"][0]["message"]
    assert left(office, customer) == 2000
    cashier.complete(task, paid(office))
    office.await_end(case, "Event_RefundPaid")
    assert left(office, customer) == 500
    with UnitOfWork(office.app.sessions) as uow:
        assert approval.records(uow.session, number)[-1].comment == "同意退款"
    return case


def _by_message(office: Office) -> str:
    """A program's refund comes with its data; withdrawn while it waits for its signature, after another look."""
    customer, finance = creditor(office), office.desk("finance")
    data = {"applicant": finance.user, **form(customer)}
    found = office.app.engine.correlate("Msg_RefundRequested", variables=data)
    case = str(found[0]["processInstance"]["id"])
    task = finance.await_task(case, "Task_TrackCase")
    number = office.case_no(case)
    office.await_step(number, "Task_ApprovePaper")
    forged = {"paperFacts": [], "refundAmount": "1", "payOutcome": "paid"}
    finance.complete(task, {"withdrawRequested": False, "withdrawReason": "", **forged})
    task = office.await_next(case, "Task_TrackCase", task["id"])
    assert "财务副总" in finance.form(task)["caseStatus"]
    withdraw(office, case)
    office.await_end(case, "Event_Withdrawn")
    assert office.admin.tasks(processInstanceBusinessKey=number) == []
    assert left(office, customer) == 2000
    return case


@pytest.mark.rule("A6")
def test_a_large_refund_needs_the_general_manager_too(office: Office) -> None:
    version = office.policy()
    assert version is not None
    customer = creditor(office, str(version.large_contract))
    case = open_case(office)
    office.desk("finance").do(case, "Task_FillRefund", form(customer, str(version.large_contract)))
    number = office.case_no(case)
    office.sign_paper(number, "deputy_gm_finance")
    office.sign_paper(number, "general_manager")
    office.desk("finance", 1).do(case, "Task_PayRefund", paid(office))
    office.await_end(case, "Event_RefundPaid")
    assert left(office, customer) == 0


@pytest.mark.rule("X1", "X3")
def test_a_refund_starts_by_command_and_a_wrong_file_starts_nothing(
    office: Office, salesflow: Any, tmp_path: Path
) -> None:
    customer = creditor(office)

    def command(**fields: object) -> Any:
        path = tmp_path / "refund.yaml"
        content = {"applicant": office.user("finance"), **form(customer), **fields}
        path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
        return salesflow("start", PROCESS, path, "--json")

    refused = command(refundAmount="2000.01")
    assert refused.returncode == 1
    assert "超过可退金额" in json.loads(refused.stdout)["errors"][0]["message"]
    assert command(applicant=office.user("sales_operations")).returncode == 1
    done = command()
    assert done.returncode == 0, done.stderr
    started = json.loads(done.stdout)
    office.await_step(started["case"], "Task_ApprovePaper")
    withdraw(office, started["process_instance"])
    office.await_end(started["process_instance"], "Event_Withdrawn")
    example = yaml.safe_load((ROOT / "config" / "examples" / "refund.yaml").read_text("utf-8"))
    assert set(example) == {"applicant", *form(customer)}


@pytest.mark.rule("X1", "X3")
def test_a_message_with_wrong_data_comes_to_the_applicants_form(office: Office) -> None:
    data = {"applicant": office.user("finance"), "customerNo": "'; DROP TABLE refunds; --"}
    found = office.app.engine.correlate("Msg_RefundRequested", variables=data)
    case = str(found[0]["processInstance"]["id"])
    finance = office.desk("finance")
    shown = finance.form(finance.await_task(case, "Task_FillRefund"))
    assert {"customerNo", "refundAmount", "payeeAccount"} <= {one["field"] for one in shown["formErrors"]}
    withdraw(office, case)
    office.await_end(case, "Event_Withdrawn")


def test_only_finance_starts_a_refund_in_tasklist(office: Office) -> None:
    query = {
        "key": PROCESS,
        "startableInTasklist": True,
        "startablePermissionCheck": True,
        "latestVersion": True,
    }
    assert len(office.desk("finance").engine.get("/process-definition", **query)) == 1
    assert office.desk("sales_operations").engine.get("/process-definition", **query) == []
