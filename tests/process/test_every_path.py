"""Every sequence flow of every diagram is walked on the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.process.office import Office
from tests.process.paths import all_flows, taken
from tests.process.test_sales_policy import decide, draft, issue, next_day, start_policy
from workers.database.unit_of_work import UnitOfWork
from workers.settings import ROOT

FOLDER = ROOT / "bpmn" / "contract"


def _untaken(office: Office, diagram: Path, cases: list[str]) -> set[str]:
    walked = set().union(*(taken(diagram, office.passed(case)) for case in cases))
    return all_flows(diagram) - walked


@pytest.mark.rule("C2", "C3", "X4")
def test_every_flow_of_the_contract_approval_is_taken(office: Office) -> None:
    cases = [
        _filed_by_a_program(office),
        _rejected(office),
        _sent_back_again_and_again(office),
        _sealed(office),
    ]
    assert _untaken(office, FOLDER / "contract_approval.bpmn", cases) == set()


def _filed_by_a_program(office: Office) -> str:
    """The attached declaration has mistakes; mended, it is withdrawn, after a look that withdraws nothing."""
    clerk = office.desk("sales_operations")
    data = {**office.declaration(lines=[]), "applicant": clerk.user, "orderIntent": "系统导入"}
    found = office.app.engine.correlate("Msg_DeclarationFiled", variables=data)
    case = str(found[0]["processInstance"]["id"])
    office.fill(case)
    first = clerk.await_task(case, "Task_TrackCase")
    clerk.complete(first, {"withdrawRequested": False, "withdrawReason": ""})
    office.await_next(case, "Task_TrackCase", first["id"])
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")
    return case


def _rejected(office: Office) -> str:
    case = office.declare()
    office.sign(case, "sales_manager", "reject", "利润太低")
    office.await_end(case, "Event_DeclarationRejected")
    return case


def _sent_back_again_and_again(office: Office) -> str:
    """By an approver, the customer, either countersigner, and at last because contract and declaration differ."""
    case = office.declare()
    office.sign(case, "sales_manager", "return", "单价太低")
    office.fill(case)
    office.approve(case)
    office.customer_signs(case, customerDecision="objected", objection="交货太晚", signedScan=None)
    for post in ("sales_manager", "finance"):
        office.fill(case)
        office.approve(case)
        office.customer_signs(case)
        office.countersign(case, post, "return", "条件不清")
    office.fill(case)
    office.approve(case)
    office.customer_signs(case)
    office.countersign(case, "sales_manager")
    office.countersign(case, "finance")
    office.await_step(case, "Task_SealContract")
    with UnitOfWork(office.app.sessions) as uow:
        change = text("UPDATE declaration_lines SET quantity = quantity + 1 WHERE declaration_no = :no")
        uow.session.execute(change, {"no": office.case_no(case)})
    office.seal(case)
    office.await_step(case, "Task_FillDeclaration")
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")
    return case


def _sealed(office: Office) -> str:
    """To both ledgers, after everybody who signs or registers has had to do it twice."""
    case = office.declare()
    office.approve(case)
    first = office.await_step(case, "Task_RegisterCustomerSignature")
    office.customer_signs(case, customerSigner="")
    office.await_next(case, "Task_RegisterCustomerSignature", first["id"])
    office.customer_signs(case)
    for post, step in (("sales_manager", "Task_CountersignSales"), ("finance", "Task_CountersignFinance")):
        before = office.await_step(case, step)
        office.countersign(case, post, "return", "")
        office.await_next(case, step, before["id"])
        office.countersign(case, post)
    before = office.await_step(case, "Task_SealContract")
    office.seal(case, copies="0")
    office.await_next(case, "Task_SealContract", before["id"])
    office.seal(case)
    office.await_end(case, "Event_ContractEffective")
    return case


@pytest.mark.rule("C1", "X4")
def test_every_flow_of_the_sales_policy_is_taken(office: Office) -> None:
    day = next_day(office).isoformat()
    ahead, behind = start_policy(office, "在前"), start_policy(office, "在后")
    proposed = draft(office, ahead, validFrom=day, validTo=None)
    decide(office, ahead)

    first = office.desk("sales_operations").await_task(behind, "Task_DraftPolicy")
    draft(office, behind, validFrom="1999-01-01")
    office.await_next(behind, "Task_DraftPolicy", first["id"])
    for returned_by in (decide, issue):
        draft(office, behind, validFrom=day, validTo=None)
        if returned_by is issue:
            decide(office, behind)
        step = "Task_DecidePolicy" if returned_by is decide else "Task_IssuePolicy"
        before = office.await_step(behind, step)
        returned_by(office, behind, "return", "")
        office.await_next(behind, step, before["id"])
        returned_by(office, behind, "return", "请再斟酌")
    draft(office, behind, validFrom=day, validTo=None)
    decide(office, behind)
    issue(office, ahead)
    office.await_end(ahead, "Event_PolicyIssued")
    issue(office, behind)
    clerk = office.desk("sales_operations")
    clerk.await_task(behind, "Task_DraftPolicy")
    track = clerk.await_task(behind, "Task_TrackCase")
    clerk.complete(track, {"withdrawRequested": False, "withdrawReason": ""})
    office.await_next(behind, "Task_TrackCase", track["id"])
    office.withdraw(behind)
    office.await_end(behind, "Event_Withdrawn")

    message = {
        **proposed,
        "applicant": clerk.user,
        "title": "系统送达",
        "validFrom": next_day(office).isoformat(),
    }
    found = office.app.engine.correlate("Msg_SalesPolicyProposed", variables={**message, "validTo": None})
    by_message = str(found[0]["processInstance"]["id"])
    decide(office, by_message, "reject", "不合时宜")
    office.await_end(by_message, "Event_PolicyRejected")
    late = start_policy(office, "签发时否决")
    draft(office, late, validFrom=next_day(office).isoformat(), validTo=None)
    decide(office, late)
    issue(office, late, "reject", "不合时宜")
    office.await_end(late, "Event_PolicyRejected")

    cases = [ahead, behind, by_message, late]
    assert _untaken(office, FOLDER / "sales_policy.bpmn", cases) == set()
