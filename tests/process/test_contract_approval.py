"""ContractApprovalProcess on the real engine: every path of the diagram, played by staff with their own logins."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.process.office import Office
from workers import cases
from workers.database.unit_of_work import UnitOfWork
from workers.runtime import FileValue


@pytest.mark.rule("C2", "C3", "C4", "X1", "X5")
def test_a_declaration_within_policy_becomes_a_sealed_contract_in_both_ledgers(office: Office) -> None:
    case = office.declare()
    office.approve(case)
    office.customer_signs(case)
    office.countersign(case, "sales_manager")
    office.countersign(case, "finance")
    office.seal(case)

    office.await_end(case, "Event_ContractEffective")
    shown = office.ledger_of(case)
    sales, finance = shown["books"]["sales"], shown["books"]["finance"]
    assert [entry["kind"] for entry in sales] == [entry["kind"] for entry in finance] == ["contract"]
    assert sales[0]["amount"] == finance[0]["amount"] == shown["amount"]
    signers = [(one["post"], one["signer"]) for one in shown["approvals"]]
    assert signers[:2] == [
        ("sales_manager", office.user("sales_manager")),
        ("general_manager", office.user("general_manager")),
    ]
    assert set(signers[2:]) == {
        ("sales_manager", office.user("sales_manager")),
        ("finance", office.user("finance")),
    }


@pytest.mark.rule("C2", "X3")
def test_a_returned_declaration_comes_back_prefilled_with_the_comment(office: Office) -> None:
    case = office.declare(remarks="请用木箱包装", lines=[office.line(of_floor="0.99"), office.line(1)])
    seen = office.sign(case, "sales_manager", "return", "第1行单价太低")
    assert seen["deviations"][0]["line"] == 1
    assert seen["creditGrade"] in {"未评级", "A", "B", "C", "D"}  # other tests give the customer a record

    shown = office.fill(case)
    assert shown["returnComment"].endswith("第1行单价太低")
    assert shown["remarks"] == "请用木箱包装"
    assert len(shown["lines"]) == 2

    office.await_step(case, "Task_ApproveDeclaration")
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C2")
@pytest.mark.parametrize("post", ["sales_manager", "general_manager"])
def test_a_rejected_declaration_ends_without_a_contract(office: Office, post: str) -> None:
    case = office.declare()
    if post == "general_manager":
        office.sign(case, "sales_manager")
    office.sign(case, post, "reject", "利润太低")
    office.await_end(case, "Event_DeclarationRejected")
    office.assert_ledger_untouched_by(case)


@pytest.mark.rule("C2", "X3")
@pytest.mark.parametrize("decision", ["reject", "return"])
def test_a_refusal_without_a_comment_comes_back_to_the_same_approver(office: Office, decision: str) -> None:
    case = office.declare()
    desk = office.desk("sales_manager")
    first = desk.await_task(case, "Task_ApproveDeclaration")
    desk.complete(first, {"decision": decision, "comment": ""})
    again = office.await_next(case, "Task_ApproveDeclaration", first["id"])
    errors = desk.form(again)["formErrors"]
    assert "意见" in errors[0]["message"]


@pytest.mark.rule("C2")
def test_a_serious_deviation_brings_in_the_deputy_general_manager(office: Office) -> None:
    case = office.declare(lines=[office.line(of_floor="0.80")])
    for post in ("sales_manager", "deputy_gm_sales", "general_manager"):
        office.sign(case, post)
    office.await_step(case, "Task_RegisterCustomerSignature")


@pytest.mark.rule("C3")
def test_a_customers_objection_sends_the_contract_back_and_the_next_version_keeps_the_number(
    office: Office,
) -> None:
    case = office.declare()
    office.approve(case)
    shown = office.customer_signs(
        case, customerDecision="objected", objection="交货期太晚", signedScan=None, customerSigner=""
    )
    filled = office.fill(case)
    assert "交货期太晚" in filled["returnComment"]
    office.approve(case)
    again = office.customer_signs(case)
    assert again["contractNo"] == shown["contractNo"]
    assert again["contractVersion"] == shown["contractVersion"] + 1
    assert again["contractSha256"] != shown["contractSha256"]


@pytest.mark.rule("C3", "X3")
def test_a_scan_that_is_no_scan_comes_back_to_sales_operations(office: Office) -> None:
    case = office.declare()
    office.approve(case)
    desk = office.desk("sales_operations", 1)
    first = desk.await_task(case, "Task_RegisterCustomerSignature")
    office.customer_signs(case, signedScan=FileValue("签署.pdf", b"not a pdf", "application/pdf"))
    again = office.await_next(case, "Task_RegisterCustomerSignature", first["id"])
    assert any("扫描" in error["field"] + error["message"] for error in desk.form(again)["formErrors"])


@pytest.mark.rule("C3")
@pytest.mark.parametrize(
    ("post", "other"),
    [("sales_manager", "Task_CountersignFinance"), ("finance", "Task_CountersignSales")],
)
def test_either_countersigner_can_send_the_contract_back(office: Office, post: str, other: str) -> None:
    case = office.until_countersigning()
    office.await_step(case, other)
    office.countersign(case, post, "return", "付款条件不清")
    shown = office.fill(case)
    assert "付款条件不清" in shown["returnComment"]
    assert not office.admin.tasks(processInstanceId=case, taskDefinitionKey=other)


@pytest.mark.rule("C3")
@pytest.mark.parametrize("post", ["sales_manager", "finance"])
def test_a_countersigner_who_sends_back_without_a_reason_is_asked_again(office: Office, post: str) -> None:
    step = {"sales_manager": "Task_CountersignSales", "finance": "Task_CountersignFinance"}[post]
    case = office.until_countersigning()
    first = office.desk(post).await_task(case, step)
    office.desk(post).complete(first, {"decision": "return", "comment": " "})
    office.await_next(case, step, first["id"])


@pytest.mark.rule("C3", "X3")
def test_the_seal_is_not_registered_without_its_confirmation(office: Office) -> None:
    case = office.until_sealing()
    first = office.await_step(case, "Task_SealContract")
    office.seal(case, sealConfirmed=False)
    again = office.await_next(case, "Task_SealContract", first["id"])
    assert office.desk("sales_operations", 1).form(again)["formErrors"]
    office.assert_ledger_untouched_by(case)


@pytest.mark.rule("C3")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE declaration_lines SET specification = '别的规格' WHERE declaration_no = :no",
        "UPDATE declaration_lines SET quantity = quantity + 1 WHERE declaration_no = :no",
        "UPDATE declaration_lines SET unit_price = unit_price + 1 WHERE declaration_no = :no",
        "UPDATE declarations SET delivery_date = delivery_date + 7 WHERE declaration_no = :no",
        "UPDATE declarations SET payment_terms = '别的条件' WHERE declaration_no = :no",
    ],
)
def test_a_contract_that_differs_from_its_declaration_cannot_be_sealed(office: Office, change: str) -> None:
    case = office.until_sealing()
    with UnitOfWork(office.app.sessions) as uow:
        uow.session.execute(text(change), {"no": office.case_no(case)})
    office.seal(case)
    office.await_step(case, "Task_FillDeclaration")
    office.assert_ledger_untouched_by(case)


@pytest.mark.rule("X4")
def test_the_applicant_sees_where_the_case_stands_and_withdraws_it_before_the_seal(office: Office) -> None:
    case = office.until_sealing()
    desk = office.desk("sales_operations")
    shown = desk.form(desk.await_task(case, "Task_TrackCase"))
    assert "用印" in shown["caseStatus"]
    assert any(row["comment"] == "同意" for row in shown["caseHistory"])

    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")
    office.assert_ledger_untouched_by(case)
    with UnitOfWork(office.app.sessions) as uow:
        assert cases.find(uow.session, office.case_no(case)).state == cases.WITHDRAWN


@pytest.mark.rule("X4")
def test_completing_the_tracking_task_without_withdrawing_changes_nothing(office: Office) -> None:
    case = office.declare()
    desk = office.desk("sales_operations")
    first = desk.await_task(case, "Task_TrackCase")
    desk.complete(first, {"withdrawRequested": False, "withdrawReason": ""})
    office.await_next(case, "Task_TrackCase", first["id"])
    office.approve(case)
    office.await_step(case, "Task_RegisterCustomerSignature")
