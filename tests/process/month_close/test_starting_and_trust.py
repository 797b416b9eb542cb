"""Started by command, withdrawn under way, and what forged variables cannot do (X1, X2, X3, X4)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.process.month_close import books, playing
from tests.process.month_close.playing import CLOSE, PAYOUT
from tests.process.office import Office
from workers import ledger
from workers.database.unit_of_work import UnitOfWork
from workers.runtime.http import EngineRefused


def _file(folder: Path, **content: object) -> Path:
    path = folder / "case.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return path


@pytest.mark.rule("X1", "X3", "X4")
def test_both_processes_start_by_command_after_the_same_checks(
    salesflow: Any, office: Office, tmp_path: Path
) -> None:
    month = books.month_to_close(office)
    books.contract(office, month)
    asked = {"applicant": office.user("finance"), "month": f"{month:%Y-%m}"}
    assert salesflow("start", CLOSE, _file(tmp_path, **{**asked, "month": "2099-01"})).returncode == 1
    done = salesflow("start", CLOSE, _file(tmp_path, **asked), "--json")
    assert done.returncode == 0, done.stderr
    started = json.loads(done.stdout)
    assert started["case"].startswith(f"YJ-{month:%Y-%m}")
    assert salesflow("start", CLOSE, _file(tmp_path, **asked)).returncode == 1
    playing.close(office, started["process_instance"])

    person = office.user("salesperson", 1)
    payout = {"applicant": office.user("sales_operations"), "salesperson": person, "payoutReason": "补发"}
    nobody = {**payout, "salesperson": office.user("finance")}
    assert salesflow("start", PAYOUT, _file(tmp_path, **nobody)).returncode == 1
    done = salesflow("start", PAYOUT, _file(tmp_path, **payout), "--json")
    assert done.returncode == 0, done.stderr
    case = json.loads(done.stdout)["process_instance"]
    shown = playing.fill(office, case)
    assert (shown["payoutReason"], shown["salesperson"]) == ("补发", person)
    number = office.case_no(case)
    task = office.desk("finance").await_task(number, "Task_ApprovePaper")
    assert task["due"]
    form = {"withdrawRequested": True, "withdrawReason": "重复"}
    office.desk("sales_operations").do(case, "Task_TrackCase", form)
    office.await_end(case, "Event_Withdrawn")
    assert office.desk("finance").open_tasks(number) == []


@pytest.mark.rule("X2", "X3")
def test_what_a_completion_sends_along_neither_skips_a_step_nor_changes_anothers_form(office: Office) -> None:
    month = books.month_to_close(office)
    number = books.contract(office, month)
    case = playing.start_close(office, month)
    forged = {
        "countAccepted": True,
        "salesBookAccepted": True,
        "reconciled": True,
        "closeOutcome": "closed",
        "closeConfirmed": True,
        "counts": [],
        "signedBy": office.user("finance"),
    }
    clerk = office.desk("sales_operations")
    task = clerk.await_task(case, "Task_CheckSalesBook")
    assert task["due"]
    clerk.complete(task, {**forged, "salesBookConfirmed": False, "salesRemark": ""})
    again = office.await_next(case, "Task_CheckSalesBook", task["id"])
    clerk.complete(again, {**forged, "salesBookConfirmed": True, "salesRemark": ""})
    with pytest.raises(EngineRefused):
        office.desk("salesperson").complete(office.await_step(case, "Task_CountStock"), {"counts": []})
    keeper = office.desk("warehouse")
    task = keeper.await_task(case, "Task_CountStock")
    keeper.complete(
        task, {**forged, "counts": [{"item": f"{number}/1", "bookStock": "10 米", "counted": "9"}]}
    )
    if office.await_any(case, "Task_CountStock", "Task_ResolveDifferences") == "Task_CountStock":
        playing.count(office, case, {f"{number}/1": "9"})  # stock of other contracts was left out
    shown = playing.resolve(office, case)
    assert "盘点" in [one["kind"] for one in shown["differences"] if one["contractNo"] == number]
    office.await_step(case, "Task_ConfirmClose")
    with UnitOfWork(office.app.sessions) as uow:
        closed = ledger.last_closed(uow.session)
    assert closed is None or closed < month
    form = {"withdrawRequested": True, "withdrawReason": "试办"}
    office.desk("finance").do(case, "Task_TrackCase", form)
    office.await_end(case, "Event_Withdrawn")
