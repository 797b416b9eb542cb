"""What people and programs send is not trusted (X3, X5, architecture rule 13): wrong data, forged signatures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.process.office import Office
from workers.engine.client import EngineRefused
from workers.runtime.variables import encode_all

EMPTY: list[object] = []
WRONG = {
    "negative quantity": ("lines[0].quantity", {"quantity": "-1"}),
    "zero quantity": ("lines[0].quantity", {"quantity": "0"}),
    "unknown product": ("lines[0].productNo", {"productNo": "CP-9999"}),
    "text where a number belongs": ("lines[0].quantity", {"quantity": "十米"}),
    "a price with 40 digits": ("lines[0].unitPrice", {"unitPrice": "9" * 40}),
    "a price with 3 places": ("lines[0].unitPrice", {"unitPrice": "1.234"}),
    "a price that is none": ("lines[0].unitPrice", {"unitPrice": "NaN"}),
    "a specification without end": ("lines[0].specification", {"specification": "长" * 3000}),
    "sql in a product": ("lines[0].productNo", {"productNo": "'; DROP TABLE ledger_entries; --"}),
}


def _mended(office: Office, case: str, errors: list[dict[str, str]], field: str) -> None:
    """The error names the field, in Chinese; mended, the case goes on; nothing has reached the books."""
    assert field in {name for error in errors for name in (error["field"], error["field"].split("[")[0])}
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in error["message"]) for error in errors)
    office.assert_ledger_untouched_by(case)


@pytest.mark.rule("X3")
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_line_comes_back_to_the_applicants_form_and_never_reaches_the_ledger(
    office: Office, wrong: str
) -> None:
    field, change = WRONG[wrong]
    case = office.open()
    clerk = office.desk("sales_operations")
    first = clerk.await_task(case, "Task_FillDeclaration")
    clerk.complete(first, office.declaration(lines=[office.line(**change)]))
    again = office.await_next(case, "Task_FillDeclaration", first["id"])
    assert again["assignee"] == clerk.user
    _mended(office, case, clerk.form(again)["formErrors"], field)
    clerk.complete(again, office.declaration())
    office.await_step(case, "Task_ApproveDeclaration")
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lines", EMPTY),
        ("lines", None),
        ("lines", "keine Liste"),
        ("lines", [1, "x", None]),
        ("customerNo", "<script>alert(1)</script>"),
        ("customerNo", {"no": 1}),
        ("salesperson", "wangjianguo"),
        ("deliveryDate", "1999-01-01"),
        ("deliveryDate", "明天"),
        ("paymentTerms", "赊账"),
        ("remarks", "字" * 3999),
    ],
)
def test_a_wrong_field_sent_by_rest_comes_back_to_the_applicant(
    office: Office, field: str, value: object
) -> None:
    case = office.open()
    clerk = office.desk("sales_operations")
    first = clerk.await_task(case, "Task_FillDeclaration")
    clerk.complete(first, office.declaration(**{field: value}))
    again = office.await_next(case, "Task_FillDeclaration", first["id"])
    _mended(office, case, clerk.form(again)["formErrors"], field)
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("X1", "X3")
def test_a_declaration_by_message_with_mistakes_lands_on_its_applicants_desk(office: Office) -> None:
    clerk = office.desk("sales_operations")
    data = office.declaration(lines=[office.line(quantity="-5")])
    case = _file(office, {**data, "applicant": clerk.user, "orderIntent": "系统导入"})
    task = clerk.await_task(case, "Task_FillDeclaration")
    _mended(office, case, clerk.form(task)["formErrors"], "lines[0].quantity")
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("X1")
def test_a_valid_declaration_by_message_goes_straight_to_its_approvers(office: Office) -> None:
    data = {**office.declaration(), "applicant": office.user("sales_operations"), "orderIntent": "系统导入"}
    case = _file(office, data)
    office.await_step(case, "Task_ApproveDeclaration")
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("X1", "X3")
def test_an_applicant_whom_nobody_knows_is_an_incident_with_its_reason(office: Office) -> None:
    case = _file(office, {**office.declaration(), "applicant": "niemand", "orderIntent": "系统导入"})
    assert "niemand" in office.await_incident(case)["incidentMessage"]
    office.admin.delete(f"/process-instance/{case}")


@pytest.mark.rule("X1", "X5")
def test_who_starts_in_tasklist_cannot_file_in_anothers_name(office: Office) -> None:
    clerk = office.desk("sales_operations")
    forged = {"orderIntent": "x", "applicant": office.user("general_manager"), "startedBy": "admin"}
    case = clerk.start("ContractApprovalProcess", forged)
    assert clerk.await_task(case, "Task_FillDeclaration")["assignee"] == clerk.user
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C2", "X5")
def test_variables_forged_on_completion_neither_approve_nor_sign_for_another(office: Office) -> None:
    case = office.declare()
    manager = office.desk("sales_manager")
    task = manager.await_task(case, "Task_ApproveDeclaration")
    forged: dict[str, Any] = {
        "decision": "approve",
        "comment": "同意",
        "signedBy": office.user("general_manager"),
        "approvalOutcome": "approved",
        "applicant": manager.user,
        "extraApprovers": EMPTY,
        "post": 1,
        "caseNo": "SB-1900-0001",
        "approverCandidates": manager.user,
        "stage": "countersign",
    }
    manager.complete(task, forged)
    office.await_next(case, "Task_ApproveDeclaration", task["id"])
    signer = office.desk("general_manager")
    history = signer.form(signer.await_task(case, "Task_ApproveDeclaration"))["caseHistory"]
    assert [row["who"] for row in history if "同意" in row["comment"]] == [office.name(manager)]
    assert office.variables(case)["applicant"] == office.user("sales_operations")
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C2", "X5")
def test_nobody_on_the_staff_starts_a_process_behind_the_steps_in_which_people_sign(office: Office) -> None:
    case = office.declare()
    office.await_step(case, "Task_ApproveDeclaration")
    forged = {
        "businessKey": office.case_no(case),
        "startInstructions": [{"type": "startBeforeActivity", "activityId": "Task_RecordApproval"}],
        "variables": {
            "stage": {"value": "declaration"},
            "decision": {"value": "approve"},
            "signedBy": {"value": office.user("sales_manager")},
        },
    }
    path = "/process-definition/key/ContractApprovalProcess/start"
    with pytest.raises(EngineRefused) as refused:
        office.desk("sales_operations").engine.post(path, forged)
    assert refused.value.status == 403

    # on an engine without that guard the case itself belongs to the instance that opened it
    other = str(office.admin.post(path, forged)["id"])
    assert "another process instance" in office.await_incident(other)["incidentMessage"]
    office.admin.delete(f"/process-instance/{other}")
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("X3")
@pytest.mark.parametrize("text", ["{x", "9" * 5000, "[" * 100_000])
def test_text_that_calls_itself_json_and_is_not_comes_back_to_the_applicant(
    office: Office, text: str
) -> None:
    case = office.open()
    clerk = office.desk("sales_operations")
    first = clerk.await_task(case, "Task_FillDeclaration")
    variables = encode_all(office.declaration()) | {"lines": {"value": text, "type": "Json"}}
    try:
        clerk.engine.post(f"/task/{first['id']}/submit-form", {"variables": variables})
    except EngineRefused:
        assert (
            clerk.await_task(case, "Task_FillDeclaration")["id"] == first["id"]
        )  # refused by the engine itself
    else:
        again = office.await_next(case, "Task_FillDeclaration", first["id"])
        _mended(office, case, clerk.form(again)["formErrors"], "lines")
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("X5")
def test_a_signature_by_somebody_who_is_not_on_the_route_does_not_count(office: Office) -> None:
    case = office.declare()
    task = office.await_step(case, "Task_ApproveDeclaration")
    office.admin.post(
        f"/task/{task['id']}/complete",
        {
            "variables": {
                "decision": {"value": "approve"},
                "signedBy": {"value": office.user("sales_manager")},
            }
        },
    )
    office.await_next(case, "Task_ApproveDeclaration", task["id"])
    clerk = office.desk("sales_operations")
    shown = clerk.form(clerk.await_task(case, "Task_TrackCase"))["caseHistory"]
    assert any(row["action"] == "签字被拒绝" for row in shown)
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("X2", "X5")
@pytest.mark.parametrize("post", ["finance", "warehouse", "general_manager"])
def test_a_member_of_another_group_neither_sees_nor_completes_the_task(office: Office, post: str) -> None:
    case = office.declare()
    task = office.await_step(case, "Task_ApproveDeclaration")
    stranger = office.desk(post)
    assert stranger.open_tasks(case) == []
    with pytest.raises(EngineRefused) as refused:
        stranger.complete(task, {"decision": "approve", "comment": "同意"})
    assert refused.value.status in (403, 404)
    assert office.admin.get(f"/task/{task['id']}")["id"] == task["id"]
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C2")
def test_the_applicant_is_not_offered_their_own_declaration_for_approval(office: Office) -> None:
    case = office.declare()
    office.await_step(case, "Task_ApproveDeclaration")
    seen = {task["taskDefinitionKey"] for task in office.desk("sales_operations").open_tasks(case)}
    assert seen == {"Task_TrackCase"}
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


def _file(office: Office, data: dict[str, object]) -> str:
    answer = office.app.engine.correlate("Msg_DeclarationFiled", variables=json.loads(json.dumps(data)))
    return str(answer[0]["processInstance"]["id"])
