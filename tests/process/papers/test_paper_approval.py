"""PaperApprovalProcess on the real engine: signers, forged signatures, leave, returns, due dates, callers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.process.office import Leave, Office
from tests.process.papers.calling import CALLER, SCAN, SIGNED, call, close, fill, start
from workers import approval, calendar, cases, policy
from workers.calendar import OFFICE, SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.engine.client import EngineRefused

STEP = "Task_ApprovePaper"
TIME = "%Y-%m-%dT%H:%M:%S.%f%z"


def approved(office: Office, number: str, kind: str) -> list[str] | None:
    """Who has signed the paper, once everybody has."""
    with UnitOfWork(office.app.sessions) as uow:
        found = cases.approved(uow.session, number, kind)
        return [one["signer"] for one in found.signatures] if found else None


def outcome(office: Office, instance: str) -> object:
    """What the process hands back."""
    return office.variables(instance)["paperOutcome"]


@pytest.mark.rule("X2", "X5")
def test_a_signer_sees_the_whole_paper_and_their_signature_is_kept(office: Office) -> None:
    paper = call(office, "delivery_note")
    manager = office.desk("sales_manager")
    task = manager.await_task(paper.no, STEP)
    assert task["name"] == "签批 发货单"
    shown = manager.form(task)
    assert shown["caseStatus"] == f"待销售部经理审批:{office.name(manager)}"
    assert shown["approvalStep"] == "销售部经理审批"
    assert shown["paperFacts"][0] == {"label": "客户", "value": "东方矿业集团"}
    assert shown["paperRows"][1] == {"cells": ["托辊组", "3 组"]}
    assert shown["decisionOptions"] == [
        {"label": "同意", "value": "approve"},
        {"label": "退回修改", "value": "return"},
    ]
    assert shown["caseHistory"][-1]["action"] == "送销售部经理审批"
    assert shown["paperLink"].endswith(f"/task/{task['id']}/variables/paperDocument/data")
    assert manager.engine.get_bytes(f"/task/{task['id']}/variables/paperDocument/data") == SCAN.content
    assert shown["scanLink"].endswith(f"/task/{task['id']}/variables/paperScan/data")
    assert manager.engine.get_bytes(f"/task/{task['id']}/variables/paperScan/data") == SIGNED.content

    manager.complete(task, {"decision": "approve", "comment": "货已备齐"})
    office.await_end(paper.instance, "Event_PaperApproved")
    assert outcome(office, paper.instance) == "approved"
    assert approved(office, paper.no, "delivery_note") == [manager.user]
    with UnitOfWork(office.app.sessions) as uow:
        (kept,) = approval.records(uow.session, paper.no)
        assert (kept.signer, kept.post, kept.comment) == (manager.user, "sales_manager", "货已备齐")
    close(office, paper.no)


@pytest.mark.rule("X5")
def test_a_commission_is_signed_by_finance_the_deputy_and_the_general_manager_in_this_order(
    office: Office,
) -> None:
    paper = call(office, "commission")
    posts = ["finance", "deputy_gm_finance", "general_manager"]
    for post in posts:
        assert approved(office, paper.no, "commission") is None
        shown = office.sign_paper(paper.no, post)
        assert shown["routeText"] == "财务部审核 → 财务副总审核 → 总经理审批"
        assert {"label": "否决", "value": "reject"} in shown["decisionOptions"]
    office.await_end(paper.instance, "Event_PaperApproved")
    assert approved(office, paper.no, "commission") == [office.user(post) for post in posts]
    close(office, paper.no)


@pytest.mark.rule("X2", "X5")
def test_who_filled_a_paper_cannot_sign_it_the_post_above_does(office: Office) -> None:
    manager = office.desk("sales_manager")
    paper = call(office, "delivery_note", filler=manager.user)
    above = office.desk("deputy_gm_sales")
    task = above.await_task(paper.no, STEP)
    assert manager.open_tasks(paper.no) == []
    above.complete(task, {"decision": "approve", "comment": ""})
    office.await_end(paper.instance, "Event_PaperApproved")
    assert approved(office, paper.no, "delivery_note") == [above.user]
    close(office, paper.no)


@pytest.mark.rule("X2", "X5")
def test_leave_moves_the_open_signature_on_a_paper_to_the_substitute(office: Office, leave: Leave) -> None:
    paper = call(office, "jointing_order")
    manager, substitute = office.user("sales_manager"), "lihaitao"
    office.await_step(paper.no, STEP)
    leave(manager, substitute)
    assert office.desk_of(manager).open_tasks(paper.no) == []
    office.desk_of(substitute).do(paper.no, STEP, {"decision": "approve", "comment": "代为审批"})
    office.await_end(paper.instance, "Event_PaperApproved")
    with UnitOfWork(office.app.sessions) as uow:
        (kept,) = approval.records(uow.session, paper.no)
        assert (kept.signer, kept.acting_for) == (substitute, manager)
    close(office, paper.no)


@pytest.mark.rule("X5")
def test_a_forged_signature_is_refused_noted_and_asked_for_again(office: Office) -> None:
    paper = call(office, "invoice_request")
    task = office.await_step(paper.no, STEP)
    forged = {"decision": "approve", "signedBy": office.user("deputy_gm_finance"), "paperOutcome": "approved"}
    office.admin.complete_task(task["id"], forged)
    again = office.await_next(paper.no, STEP, task["id"])
    signer = office.desk("deputy_gm_finance")
    shown = signer.form(again)
    assert "签字无效" in shown["formErrors"][0]["message"]
    assert any(row["action"] == "签字被拒绝" for row in shown["caseHistory"])
    assert approved(office, paper.no, "invoice_request") is None
    close(office, paper.no)


@pytest.mark.rule("X3", "X5")
def test_what_a_signer_sends_along_changes_neither_the_paper_nor_its_route(office: Office) -> None:
    paper = call(office, "commission")
    finance = office.desk("finance")
    task = finance.await_task(paper.no, STEP)
    paper_of_another = {"paperKind": "delivery_note", "paperNo": "FH-1900-0001", "paperTitle": "别的单据"}
    route_of_another = {"stage": "delivery_note", "calledBy": "another", "signers": ["sales_manager"]}
    end_of_another = {"approvalOutcome": "approved", "paperOutcome": "approved", "paperAmountFen": 1}
    decision = {"decision": "approve", "comment": "已核"}
    finance.complete(task, {**decision, **paper_of_another, **route_of_another, **end_of_another})
    shown = office.sign_paper(paper.no, "deputy_gm_finance", "return", "提成比例有误")
    assert shown["paperTitle"] == "发货单"
    assert shown["paperNo"] == paper.no
    office.await_end(paper.instance, "Event_PaperReturned")
    assert outcome(office, paper.instance) == "returned"
    assert approved(office, paper.no, "delivery_note") is None
    close(office, paper.no)


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("kind", "decision", "comment", "says"),
    [
        ("delivery_note", "reject", "不同意", "请选择同意、退回修改"),
        ("delivery_note", "return", "", "意见：请填写"),
        ("delivery_note", None, None, "请选择"),
        ("litigation", "reject", " ", "意见：请填写"),
    ],
)
def test_a_decision_that_cannot_be_taken_comes_back_to_the_same_signer(
    office: Office, kind: str, decision: str | None, comment: str | None, says: str
) -> None:
    paper = call(office, kind)
    signer = office.desk("general_manager" if kind == "litigation" else "sales_manager")
    task = signer.await_task(paper.no, STEP)
    signer.complete(task, {"decision": decision, "comment": comment})
    again = office.await_next(paper.no, STEP, task["id"])
    assert says in signer.form(again)["formErrors"][0]["message"]
    assert again["due"] == task["due"], "a bad form does not buy time"
    close(office, paper.no)


@pytest.mark.rule("X3")
def test_a_rejection_ends_the_paper_and_says_why(office: Office) -> None:
    paper = call(office, "litigation")
    office.sign_paper(paper.no, "general_manager", "reject", "先协商")
    office.await_end(paper.instance, "Event_PaperRejected")
    assert outcome(office, paper.instance) == "rejected"
    assert office.variables(paper.instance)["returnComment"] == "总经理(王建国):先协商"
    close(office, paper.no)


@pytest.mark.rule("X3")
def test_a_kind_of_paper_that_the_table_does_not_know_is_an_incident(office: Office) -> None:
    paper = call(office, "shopping_list")
    assert "shopping_list" in office.await_incident(paper.instance)["incidentMessage"]
    close(office, paper.no)


@pytest.mark.rule("X2")
@pytest.mark.parametrize(
    ("kind", "step"), [("delivery_note", "approve_delivery_note"), ("termination", "approve_termination")]
)
def test_a_signature_is_due_in_working_time_by_the_kind_of_paper(
    office: Office, kind: str, step: str
) -> None:
    before = calendar.now()
    paper = call(office, kind)
    task = office.await_step(paper.no, STEP)
    due = datetime.strptime(task["due"], TIME).astimezone(SHANGHAI)
    with UnitOfWork(office.app.sessions) as uow:
        hours = policy.deadline(uow.session, step, office.today)
    slack = datetime.resolution * 1000  # the engine keeps milliseconds
    assert OFFICE.add(before, hours) - slack <= due <= OFFICE.add(calendar.now(), hours)
    close(office, paper.no)


@pytest.fixture
def caller(office: Office) -> Iterator[str]:
    """A deployed process that calls for signatures until the paper is not returned."""
    deployed = office.admin.deploy("a test's caller", {CALLER.name: CALLER.read_bytes()}, "tests")
    yield "PaperCallerProcess"
    office.admin.delete(f"/deployment/{deployed['id']}", cascade=True)


@pytest.mark.rule("X5")
def test_a_returned_paper_is_signed_anew_for_the_same_caller_and_for_no_other(
    office: Office, caller: str
) -> None:
    number = fill(office, "delivery_note")
    calling = start(office, caller, "delivery_note", number)
    first = office.await_step(number, STEP)
    office.sign_paper(number, "sales_manager", "return", "数量有误")
    again = office.await_next(number, STEP, first["id"])
    assert office.variables(calling)["returnComment"] == "销售部经理(张伟):数量有误"

    thief = start(office, caller, "delivery_note", number)
    stuck = office.await_incident(number)["incidentMessage"]
    assert "another process instance" in stuck
    office.admin.delete(f"/process-instance/{thief}")

    manager = office.desk("sales_manager")
    assert manager.engine.get_bytes(f"/task/{again['id']}/variables/paperDocument/data") == SCAN.content
    manager.complete(again, {"decision": "approve", "comment": "同意"})
    office.await_end(calling, "Event_Signed")
    assert outcome(office, calling) == "approved"
    close(office, number)


@pytest.mark.rule("X5")
def test_a_paper_that_its_caller_opened_belongs_to_the_caller_from_the_start(
    office: Office, caller: str
) -> None:
    number = fill(office, "hold_release")
    calling = start(office, caller, "hold_release", number)
    office.await_step(number, STEP)
    with UnitOfWork(office.app.sessions) as uow:
        assert cases.find(uow.session, number).process_instance_id == calling
    office.sign_paper(number, "deputy_gm_finance")
    office.await_end(calling, "Event_Signed")
    close(office, number)


def test_nobody_on_the_staff_starts_it(office: Office) -> None:
    for post in ("sales_operations", "general_manager"):
        engine = office.desk(post).engine
        offered = engine.get("/process-definition", latest=True, startablePermissionCheck=True)
        assert "PaperApprovalProcess" not in {one["key"] for one in offered}
        with pytest.raises(EngineRefused) as refused:
            engine.start("PaperApprovalProcess", {}, "FH-1900-0002")
        assert refused.value.status == 403
