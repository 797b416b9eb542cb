"""The bank's money on the real engine: entered by hand, uploaded, come by command, claimed, withdrawn (A6)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.process.office import Office
from tests.process.paths import all_flows, taken
from tests.process.receivables import bank
from tests.unit.receipts import banks
from workers import calendar, signals
from workers.runtime import FileValue
from workers.settings import ROOT

DIAGRAM = ROOT / "bpmn" / "receivables" / "bank_statement.bpmn"


@pytest.mark.rule("A6", "X2", "X3", "X4")
def test_every_flow_of_the_bank_statement_is_taken(office: Office, tmp_path: Path) -> None:
    cases = [
        _entered_by_hand(office),
        _attached_with_a_mistake(office, tmp_path),
        _uploaded_again_and_claimed(office),
        _come_by_command(office, tmp_path),
        _withdrawn(office),
    ]
    walked = set().union(*(taken(DIAGRAM, office.passed(case)) for case in cases))
    assert all_flows(DIAGRAM) - walked == set()


def _entered_by_hand(office: Office) -> str:
    """Wrong, then right; the form shows what the contract has received."""
    number = bank.running_contract(office)
    clerk, case = office.desk("finance"), bank.start(office, "single")
    first = clerk.await_task(case, "Task_RecordReceipt")
    assert first["due"]
    clerk.complete(first, bank.payment(office, number, "0"))
    second = office.await_next(case, "Task_RecordReceipt", first["id"])
    shown = clerk.form(second)
    assert "金额" in shown["formErrors"][0]["message"]
    assert shown["contractNo"] == number
    label = next(one["label"] for one in shown["contractOptions"] if one["value"] == number)
    assert "已收¥0.00" in label
    assert "未收¥10,000.00" in label
    clerk.complete(second, bank.payment(office, number))
    office.await_end(case, "Event_ReceiptsRecorded")
    assert bank.account(office, number).received == Decimal("3000.00")
    return case


def _attached_with_a_mistake(office: Office, tmp_path: Path) -> str:
    """`salesflow start` checks the form; what the books refuse comes back to the applicant's own task."""
    number = bank.running_contract(office)
    known = bank.payment(office, number)
    first = _start_by_command(office, tmp_path, known)
    office.await_end(first, "Event_ReceiptsRecorded")
    assert bank.account(office, number).received == Decimal("3000.00")
    again = _start_by_command(office, tmp_path, known)
    clerk = office.desk("finance")
    task = clerk.await_task(again, "Task_RecordReceipt")
    assert "不能重复登记" in clerk.form(task)["formErrors"][0]["message"]
    clerk.complete(task, bank.payment(office, number, "500.00"))
    office.await_end(again, "Event_ReceiptsRecorded")
    assert bank.account(office, number).received == Decimal("3500.00")
    return again


def _start_by_command(office: Office, tmp_path: Path, form: dict[str, object]) -> str:
    file = tmp_path / "receipt.yaml"
    file.write_text(
        yaml.safe_dump({**form, "applicant": office.user("finance")}, allow_unicode=True), "utf-8"
    )
    return str(bank.salesflow(office, "start", bank.PROCESS, file)["process_instance"])


def _uploaded_again_and_claimed(office: Office) -> str:
    """A file that is none, one with a bad row, the mended one; then the unmatched, wrong and right."""
    number = bank.running_contract(office)
    clerk, case = office.desk("finance"), bank.start(office, "statement")
    first = clerk.await_task(case, "Task_UploadStatement")
    clerk.complete(first, bank.sent(FileValue("照片.png", b"\x89PNG", "image/png"), "照片.png"))
    second = office.await_next(case, "Task_UploadStatement", first["id"])
    assert "表头" in clerk.form(second)["formErrors"][0]["message"]
    good, bad = bank.row(office, "1000.00", number), bank.row(office, "二千", number)
    unknown, foreign = bank.row(office, "70.00", "谢谢"), bank.row(office, "80.00", "样品")
    clerk.complete(second, bank.upload(good, bad, unknown, foreign))
    third = office.await_next(case, "Task_UploadStatement", second["id"])
    shown = clerk.form(third)
    assert shown["rowFaults"] == [{"line": "3", "reason": "“二千”不是金额"}]
    assert "自动入账1笔¥1,000.00" in shown["importSummary"]
    assert bank.account(office, number).received == Decimal("1000.00")
    mended = [*bad[:1], "2000.00", *bad[2:]]
    clerk.complete(third, bank.upload(good, mended, unknown, foreign))

    colleague = office.desk("finance", 1)
    claim = colleague.await_task(case, "Task_ClaimReceipts")
    rows = colleague.form(claim)["claims"]
    assert [(one["amount"], one["payer"]) for one in rows] == [
        ("¥70.00", "某某商贸公司"),
        ("¥80.00", "某某商贸公司"),
    ]
    colleague.complete(claim, {"claims": [{**rows[0], "decision": "not_customer", "explanation": ""}]})
    claim = office.await_next(case, "Task_ClaimReceipts", claim["id"])
    assert "说明" in colleague.form(claim)["formErrors"][0]["message"]
    colleague.complete(
        claim, {"claims": [{**rows[0], "decision": "not_customer", "explanation": "样品退款"}]}
    )
    claim = office.await_next(case, "Task_ClaimReceipts", claim["id"])
    (left,) = colleague.form(claim)["claims"]
    colleague.complete(claim, {"claims": [{**left, "decision": "contract", "contractNo": number}]})
    office.await_end(case, "Event_ReceiptsRecorded")
    assert bank.account(office, number).received == Decimal("3080.00")
    return case


def _come_by_command(office: Office, tmp_path: Path) -> str:
    """What a command could not match starts the process by a signal; the second import changes nothing."""
    number = bank.running_contract(office)
    rows = bank.row(office, "100.00", number), bank.row(office, "200.00", "?")
    file = tmp_path / "流水.xlsx"
    file.write_bytes(banks.as_xlsx(banks.simple(*rows)))
    tried = _import(office, file, "--dry-run")
    assert (tried["case"], len(tried["lines"])) == (None, 2)
    assert bank.account(office, number).received == 0
    done = _import(office, file)
    assert [one["state"] for one in done["lines"]] == ["matched", "unmatched"]
    assert bank.account(office, number).received == Decimal("100.00")
    again = _import(office, file)
    assert (again["known_as"], again["lines"]) == (done["case"], [])
    case = office.instance(bank.PROCESS, str(done["case"]))
    colleague = office.desk("finance", 1)
    claim = colleague.await_task(case, "Task_ClaimReceipts")
    (left,) = colleague.form(claim)["claims"]
    colleague.complete(claim, {"claims": [{**left, "decision": "balance", "customerNo": "K0003"}]})
    office.await_end(case, "Event_ReceiptsRecorded")
    return case


def _import(office: Office, file: Path, *options: str) -> dict[str, Any]:
    return bank.salesflow(office, "ledger", "import-statement", file, *options)


def _withdrawn(office: Office) -> str:
    """After a look that withdraws nothing."""
    clerk, case = office.desk("finance"), bank.start(office, "statement")
    first = clerk.await_task(case, "Task_TrackCase")
    assert clerk.form(first)["caseStatus"].endswith("上传银行流水")
    clerk.complete(first, {"withdrawRequested": False, "withdrawReason": ""})
    second = office.await_next(case, "Task_TrackCase", first["id"])
    clerk.complete(second, {"withdrawRequested": True, "withdrawReason": "传错了"})
    office.await_end(case, "Event_Withdrawn")
    return case


@pytest.mark.rule("X4")
def test_nothing_is_withdrawn_once_money_is_booked(office: Office) -> None:
    number = bank.running_contract(office)
    clerk, case = office.desk("finance"), bank.start(office, "statement")
    clerk.do(
        case,
        "Task_UploadStatement",
        bank.upload(bank.row(office, "10.00", number), bank.row(office, "20.00", "?")),
    )
    office.await_step(case, "Task_ClaimReceipts")
    track = clerk.await_task(case, "Task_TrackCase")
    clerk.complete(track, {"withdrawRequested": True, "withdrawReason": "传错了"})
    again = office.await_next(case, "Task_TrackCase", track["id"])
    assert "冲正" in clerk.form(again)["withdrawErrors"][0]["message"]


@pytest.mark.rule("A6", "X3")
def test_a_claim_that_came_in_by_the_tracking_task_is_nobodys(office: Office) -> None:
    number = bank.running_contract(office)
    clerk, case = office.desk("finance"), bank.start(office, "statement")
    clerk.do(case, "Task_UploadStatement", bank.upload(bank.row(office, "20.00", "?")))
    claim = office.await_step(case, "Task_ClaimReceipts")
    track = clerk.await_task(case, "Task_TrackCase")
    forged = [{"lineId": "1", "decision": "contract", "contractNo": number}]
    clerk.complete(
        track, {"withdrawRequested": False, "claims": forged, "unmatchedCount": 0, "entryWay": "form"}
    )
    office.await_next(case, "Task_TrackCase", track["id"])
    assert office.await_step(case, "Task_ClaimReceipts")["id"] == claim["id"]
    assert office.desk("finance", 1).form(claim)["claims"][0]["payer"] == "某某商贸公司"
    assert bank.account(office, number).received == 0


@pytest.mark.rule("X6")
def test_a_signal_that_is_told_again_starts_no_second_case(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "流水.csv"
    file.write_bytes(banks.as_csv(banks.simple(bank.row(office, "30.00", "?"))))
    number = str(_import(office, file)["case"])
    office.await_step(office.instance(bank.PROCESS, number), "Task_ClaimReceipts")
    signals.dispatch(office.app.sessions, office.app.engine, calendar.now())
    found = office.admin.history("process-instance", processInstanceBusinessKey=number)
    assert len(found) == 1
