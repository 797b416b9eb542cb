"""The command line on the shared installation: start, status, ledger, deploy, work, vehicles."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import update

from tests.process.office import Office
from workers import calendar, signals
from workers.database.unit_of_work import UnitOfWork
from workers.signals import Signal


def _file(office: Office, tmp_path: Path, **fields: object) -> Path:
    path = tmp_path / "declaration.yaml"
    content = {
        **office.declaration(),
        "applicant": office.user("sales_operations"),
        "orderIntent": "长期客户年度订货",
        **fields,
    }
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return path


@pytest.mark.rule("X1")
def test_start_checks_the_file_starts_the_case_and_tells_its_number(
    salesflow: Any, office: Office, tmp_path: Path
) -> None:
    done = salesflow("start", "ContractApprovalProcess", _file(office, tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    started = json.loads(done.stdout)
    assert started["case"].startswith("SB-")
    office.await_step(started["process_instance"], "Task_ApproveDeclaration")
    office.withdraw(started["process_instance"])
    office.await_end(started["process_instance"], "Event_Withdrawn")


@pytest.mark.rule("X1", "X3")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lines", [{"productNo": "nein", "specification": "x", "quantity": "-1", "unitPrice": "9" * 40}]),
        ("lines", []),
        ("applicant", "wangjianguo"),
        ("customerNo", "'; DROP TABLE customers; --"),
        ("deliveryDate", "bald"),
        ("nonsense", "x"),
    ],
)
def test_start_refuses_a_wrong_file_with_exit_code_1_and_starts_nothing(
    salesflow: Any, office: Office, tmp_path: Path, field: str, value: object
) -> None:
    before = office.admin.count("/history/process-instance")
    done = salesflow("start", "ContractApprovalProcess", _file(office, tmp_path, **{field: value}))
    assert done.returncode == 1
    assert field in done.stderr
    assert "Traceback" not in done.stderr
    assert office.admin.count("/history/process-instance") == before


def test_start_of_an_unknown_process_or_an_unreadable_file_is_wrong_use(
    salesflow: Any, office: Office, tmp_path: Path
) -> None:
    path = _file(office, tmp_path)
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [", "utf-8")
    for arguments in (("NoProcess", path), ("ContractApprovalProcess", broken)):
        done = salesflow("start", *arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_status_tells_addresses_versions_processes_workers_and_incidents_as_json(salesflow: Any) -> None:
    done = salesflow("status", "--json")
    seen = json.loads(done.stdout)
    assert seen["versions"]["engine"].startswith("7.24")
    assert {one["key"] for one in seen["processes"]} >= {"ContractApprovalProcess", "SalesPolicyProcess"}
    assert seen["workers"]
    assert {"engine", "postgres", "worker"} <= set(seen["pids"])
    assert done.returncode == (1 if seen["incidents"] else 0)


@pytest.mark.rule("X6")
def test_status_tells_of_facts_that_their_case_has_not_read_for_a_minute(
    salesflow: Any, office: Office
) -> None:
    with UnitOfWork(office.app.sessions) as uow:
        for fact in ("receipt:old", "receipt:new"):
            signals.send(uow.session, "Msg_NobodyWaits", "HT-1900-0001", fact)
        old = calendar.now() - timedelta(minutes=2)
        uow.session.execute(update(Signal).where(Signal.fact == "receipt:old").values(sent_at=old))
    shown = json.loads(salesflow("status", "--json").stdout)["signals"]
    assert [one["fact"] for one in shown if one["case"] == "HT-1900-0001"] == ["receipt:old"]
    assert "Msg_NobodyWaits for HT-1900-0001" in salesflow("status").stdout
    with UnitOfWork(office.app.sessions) as uow:
        signals.mark_read(uow.session, "Msg_NobodyWaits", "HT-1900-0001", calendar.now())


@pytest.mark.rule("C4")
def test_ledger_show_list_and_verify_tell_the_books(salesflow: Any, office: Office) -> None:
    case = office.until_sealing()
    office.seal(case)
    office.await_end(case, "Event_ContractEffective")
    number = office.variables(case)["contractNo"]
    shown = json.loads(salesflow("ledger", "show", number, "--json").stdout)
    assert set(shown) >= {
        *("contract_no", "customer", "amount", "received", "delivered", "invoiced", "status"),
        *("approvals", "books"),
    }
    assert set(shown["books"]["sales"][0]) >= {"seq", "kind", "amount", "at", "reference"}
    listed = json.loads(salesflow("ledger", "list", "--json").stdout)
    assert number in {one["contract_no"] for one in listed}
    verified = salesflow("ledger", "verify")
    assert verified.returncode == 0, verified.stdout
    assert salesflow("ledger", "show", "HT-1900-0001").returncode == 1


@pytest.mark.rule("X5")
def test_signatures_tells_who_signed_any_case_or_document(salesflow: Any, office: Office) -> None:
    case = office.declare()
    office.sign(case, "sales_manager", comment="价格合理")
    office.desk("general_manager").await_task(case, "Task_ApproveDeclaration")
    number = office.case_no(case)
    told = json.loads(salesflow("signatures", number, "--json").stdout)
    assert [(one["post"], one["signerName"], one["decision"], one["comment"]) for one in told] == [
        ("sales_manager", "张伟", "approve", "价格合理")
    ]
    shown = salesflow("signatures", number)
    assert "价格合理" in shown.stdout
    assert "同意" in shown.stdout
    unsigned = salesflow("signatures", "XX-1900-0001")
    assert unsigned.returncode == 1
    assert "XX-1900-0001" in unsigned.stderr
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C4", "X3", "X6")
def test_contracts_that_ran_before_enter_the_books_once_and_only_when_the_file_is_right(
    salesflow: Any, office: Office, tmp_path: Path
) -> None:
    day = "2025-08-05"
    contract: dict[str, Any] = {
        "number": "HT-2025-0931",
        "customer": "K0002",
        "salesperson": office.user("salesperson"),
        "amount": "120000.00",
        "payment_terms": "T30-70",
        "sealed_on": "2025-08-01",
        "delivery_on": "2025-10-15",
        "delivered_on": "2025-10-10",
        "received": [{"amount": "120000.00", "value_date": day, "reference": "回单-2025-0931"}],
        "invoiced": [{"amount": "120000.00", "value_date": day, "reference": "发票-2025-0931"}],
    }
    path = tmp_path / "opening.yaml"
    path.write_text(yaml.safe_dump({**contract, "customer": "K9999"}, allow_unicode=True), "utf-8")
    refused = salesflow("ledger", "open", path)
    assert refused.returncode == 1
    assert "没有编号为“K9999”的客户" in refused.stderr
    path.write_text(yaml.safe_dump(contract, allow_unicode=True), "utf-8")
    for expected in ({"entered": ["HT-2025-0931"], "known": []}, {"entered": [], "known": ["HT-2025-0931"]}):
        done = salesflow("ledger", "open", path, "--json")
        assert (done.returncode, json.loads(done.stdout)) == (0, expected), done.stderr
    assert "期初合同" in salesflow("ledger", "show", "HT-2025-0931").stdout
    path.write_text("contracts: [", "utf-8")
    assert salesflow("ledger", "open", path).returncode == 2


def test_deploy_checks_first_and_leaves_an_unchanged_folder_as_it_is(salesflow: Any) -> None:
    done = salesflow("deploy", "--user", "pengbo", "--json")
    assert done.returncode == 0, done.stderr
    assert {one["changed"] for one in json.loads(done.stdout)} == {False}


def test_deploy_by_somebody_who_may_not_is_refused_without_a_traceback(salesflow: Any) -> None:
    done = salesflow("deploy", "--user", "zhangwei")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.rule("V8", "X3")
def test_cars_are_entered_by_a_list_and_withdrawn_with_a_reason(salesflow: Any, tmp_path: Path) -> None:
    vin, path = "LCMDTEST000000001", tmp_path / "cars.csv"
    path.write_text(f"车架号,车型,颜色\n{vin},QC01,命令测试色\n", "utf-8")
    done = salesflow("vehicles", "enter", path, "--by", "zhangwei")
    assert (done.returncode, done.stdout.split()) == (0, [vin, "entered"]), done.stderr
    again = salesflow("vehicles", "enter", path, "--by", "zhangwei")
    assert again.returncode == 1
    assert "已登记过" in again.stderr
    assert salesflow("vehicles", "withdraw", vin, "展车报废", "--by", "zhangwei").returncode == 0
    shown = json.loads(salesflow("vehicles", "list", "--model", "QC01", "--json").stdout)
    assert {one["vin"]: one["state"] for one in shown}[vin] == "withdrawn"
