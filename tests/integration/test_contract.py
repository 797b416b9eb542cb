"""The contract's steps on the real database: declaration, document, signature, seal, withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests import pdf
from tests.integration.contract_desk import (
    APPLICANT,
    COMPANY,
    DECLARATION,
    KEEPER,
    ORG,
    TODAY,
    ContractDesk,
)
from tests.pdf import SIGNED_PAPER
from workers import cases, debts, documents, ledger, operations, policy
from workers.contract import ContractDiffers, tasks
from workers.contract.messages import CheckDeclaration, CloseDeclaration, WithdrawDeclaration
from workers.contract.store import (
    ContractVersion,
    CustomerSignature,
    Declaration,
    DeclarationLine,
    DrawnContract,
    SealUse,
)
from workers.errors import InvalidInput
from workers.ledger.store import ContractRow, LedgerEntry
from workers.org import Leave


@pytest.fixture
def desk(session: Session) -> ContractDesk:
    return ContractDesk(session)


def count(session: Session, table: type) -> int:
    """How many rows the table has."""
    return session.scalar(select(func.count()).select_from(table)) or 0


def text_of(result: Any) -> str:
    """All form errors of an output in one text."""
    return "\n".join(f"{error.field} {error.message}" for error in result.form_errors)


@pytest.mark.rule("C2", "X1")
def test_a_declaration_started_by_hand_is_numbered_and_filled_in_by_its_applicant(desk: ContractDesk) -> None:
    opened = desk.open(order_intent="客户要两种输送带")
    assert opened.case_no.startswith("SB-2026-")
    assert (opened.applicant, opened.declaration_attached) == (APPLICANT, False)
    assert opened.order_intent == "客户要两种输送带"
    assert {"label": "赵磊", "value": "zhaolei"} in opened.salesperson_options
    assert opened.lines == [{}]
    assert "陈晓燕" in opened.case_status


@pytest.mark.rule("X1")
def test_a_declaration_that_a_program_files_for_somebody_is_checked_before_anyone_sees_it(
    desk: ContractDesk,
) -> None:
    opened = desk.open(started_by="salesflow", applicant=APPLICANT, **DECLARATION)
    assert opened.declaration_attached
    assert not desk.check(signed_by=None).has_errors


@pytest.mark.rule("X1", "X5")
def test_a_person_cannot_file_a_declaration_past_the_form(desk: ContractDesk) -> None:
    assert not desk.open(started_by=APPLICANT, **DECLARATION).declaration_attached


@pytest.mark.rule("C2")
def test_the_approver_reads_deviations_line_by_line_and_the_total_in_figures_and_words(
    desk: ContractDesk,
) -> None:
    desk.open()
    checked = desk.check()
    assert not checked.has_errors, text_of(checked)
    low, good = checked.deviations
    assert (low.line, low.product, low.deviation) == (1, "钢丝绳芯输送带", "低于底价2%")
    assert (good.line, good.deviation) == (2, "符合政策")
    assert good.specification == "EP200 带宽650mm 五层", "a blank one is the catalog's"
    assert checked.total_figures == "¥74,160.00"
    assert checked.total_in_words == "柒万肆仟壹佰陆拾元整"
    assert checked.credit_grade == "未评级"
    assert (checked.amount_fen, checked.deviation_permille, checked.terms_deviate) == (7416000, 20, False)
    assert checked.deviation_summary == "共2行，其中第1行低于底价，最多低2%"


@pytest.mark.rule("C2", "X5")
def test_every_revision_of_the_declaration_is_a_version_of_its_paper(desk: ContractDesk) -> None:
    desk.open()
    desk.check()
    paper = documents.find(desk.session, desk.case_no)
    assert (paper.number, paper.version, paper.kind) == (desk.case_no, 1, "SB")
    said = pdf.text_of(paper.content)
    for expected in ("合同申报单", "低于底价2%", "¥74,160.00", "柒万肆仟壹佰陆拾元整", "陈晓燕"):
        assert expected in said
    desk.send_back("第1行单价太低")
    desk.check()
    assert documents.find(desk.session, desk.case_no).version == 2
    assert documents.find(desk.session, desk.case_no, 1).state == "superseded"
    desk.withdraw()
    assert documents.find(desk.session, desk.case_no).state == "void"


@pytest.mark.rule("C2")
def test_payment_terms_outside_the_policy_are_written_down_and_flagged(desk: ContractDesk) -> None:
    desk.open()
    assert "其他付款条件" in text_of(desk.check(payment_terms="other"))
    checked = desk.check(payment_terms="other", special_terms="货到六十日付清")
    assert checked.terms_deviate
    assert checked.payment_terms_label == checked.special_terms == "货到六十日付清"
    assert desk.check(special_terms="不再需要").special_terms is None


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lines": [{**DECLARATION["lines"][0], "quantity": "-3"}]}, "第1行 数量"),
        ({"lines": [{**DECLARATION["lines"][0], "productNo": "P999"}]}, "第1行 产品"),
        (
            {"lines": [DECLARATION["lines"][0], {**DECLARATION["lines"][0], "unitPrice": "十元"}]},
            "第2行 单价",
        ),
        ({"lines": [{**DECLARATION["lines"][0], "unitPrice": "9" * 40}]}, "第1行 单价"),
        ({"lines": []}, "产品明细"),
        ({"lines": "'; DROP TABLE declarations; --"}, "产品明细"),
        ({"customer_no": "<script>alert(1)</script>"}, "客户"),
        ({"salesperson": APPLICANT}, "业务员"),
        ({"delivery_date": "2026-03-09"}, "交货日期"),
        ({"payment_terms": "T999"}, "付款条件"),
        ({"lines": [DECLARATION["lines"][0]] * 5000}, "产品明细"),
    ],
)
def test_a_wrong_declaration_comes_back_in_chinese_and_nothing_is_written(
    desk: ContractDesk, fields: dict[str, Any], message: str
) -> None:
    desk.open()
    checked = desk.check(**fields)
    assert checked.has_errors
    assert message in text_of(checked)
    assert count(desk.session, Declaration) == count(desk.session, DeclarationLine) == 0
    assert "修改" in checked.case_status


@pytest.mark.rule("X3")
def test_markup_and_sql_in_texts_are_only_texts(desk: ContractDesk) -> None:
    nasty = "<b>#panic(1)</b> '; DROP TABLE contracts; -- $x$ *y* `z` \\u0041"
    desk.open()
    line = {**DECLARATION["lines"][0], "specification": nasty}
    assert not desk.check(remarks=nasty, lines=[line]).has_errors
    desk.approve()
    drawn = desk.draw_up()
    assert drawn.contract_document.content.startswith(b"%PDF-")
    stored = desk.session.scalars(select(DeclarationLine)).one()
    assert stored.specification == nasty


@pytest.mark.rule("C2", "X5")
def test_a_declaration_that_somebody_else_sends_is_refused_and_kept_in_the_history(
    desk: ContractDesk,
) -> None:
    desk.open()
    checked = desk.check(signed_by="zhaolei")
    assert checked.has_errors
    assert count(desk.session, Declaration) == 0
    assert any("越权" in line.action for line in checked.case_history)
    desk.check()
    assert desk.check(signed_by=None).has_errors, "only the first one may come with the start"


@pytest.mark.rule("C2")
def test_without_a_policy_in_force_nothing_can_be_declared(desk: ContractDesk) -> None:
    desk.open()
    desk.now -= timedelta(days=400)
    with pytest.raises(policy.NoPolicyInForce):
        policy.in_force(desk.session, desk.now.date())
    checked = desk.check()
    assert "政策" in text_of(checked)


@pytest.mark.rule("C2", "X3")
def test_a_returned_declaration_is_prefilled_from_the_database_with_the_comment(desk: ContractDesk) -> None:
    desk.open()
    desk.check()
    back = desk.send_back("第1行单价太低")
    assert back.return_comment == "第1行单价太低"
    assert back.customer_no == "K0001"
    assert back.lines[0] == {
        "productNo": "P001",
        "specification": "ST1600",
        "quantity": "120.5",
        "unitPrice": "600.00",
    }
    again = desk.check()
    assert not again.has_errors
    revisions = desk.session.scalars(select(Declaration).order_by(Declaration.revision)).all()
    assert [(one.revision, one.state) for one in revisions] == [(1, "returned"), (2, "filed")]


@pytest.mark.rule("C3")
def test_no_contract_is_drawn_from_a_declaration_that_is_not_approved(desk: ContractDesk) -> None:
    desk.open()
    desk.check()
    with pytest.raises(InvalidInput):
        desk.draw_up()
    desk.approve()
    desk.check()
    with pytest.raises(InvalidInput):
        desk.draw_up()


@pytest.mark.rule("C3")
def test_the_contract_is_a_numbered_document_that_is_kept_with_its_hash(desk: ContractDesk) -> None:
    drawn = desk.until_drawn()
    stored = documents.find(desk.session, drawn.contract_no)
    assert drawn.contract_no.startswith("HT-2026-")
    assert drawn.contract_version == 1
    assert documents.sha256_of(drawn.contract_document.content) == drawn.contract_sha256 == stored.sha256
    assert documents.has_content(stored)
    assert cases.find(desk.session, desk.case_no).document_no == drawn.contract_no
    assert drawn.signature_due > desk.now


@pytest.mark.rule("X6")
def test_drawing_up_twice_draws_one_contract(desk: ContractDesk) -> None:
    first, second = desk.until_drawn(), desk.draw_up()
    assert (first.contract_no, first.contract_version) == (second.contract_no, second.contract_version)
    assert first.contract_sha256 == second.contract_sha256


@pytest.mark.rule("C3")
def test_an_objection_sends_the_contract_back_and_the_next_version_keeps_the_number(
    desk: ContractDesk,
) -> None:
    first = desk.until_drawn()
    missing = desk.customer_signs(customer_decision="objected", objection=" ")
    assert missing.signature_outcome == "invalid"
    objected = desk.customer_signs(customer_decision="objected", objection="交货期太晚", customer_signer="")
    assert objected.signature_outcome == "objected"
    back = desk.send_back(objected.return_comment)
    assert "交货期太晚" in back.return_comment
    desk.check(delivery_date="2026-04-20")
    desk.approve()
    second = desk.draw_up()
    assert (second.contract_no, second.contract_version) == (first.contract_no, 2)
    assert second.contract_sha256 != first.contract_sha256
    states = desk.session.scalars(select(ContractVersion.state).order_by(ContractVersion.version)).all()
    assert states == ["void", "drawn"]
    assert documents.find(desk.session, first.contract_no, 1).state == "superseded"


@pytest.mark.rule("C3")
def test_the_customers_signature_is_kept_with_person_date_scan_and_hashes(desk: ContractDesk) -> None:
    drawn = desk.until_drawn()
    assert desk.customer_signs().signature_outcome == "signed"
    kept = desk.session.scalars(select(CustomerSignature)).one()
    assert (kept.signer, kept.signed_on, kept.recorded_by) == ("马志远", TODAY, KEEPER)
    assert (kept.scan, kept.media_type) == (SIGNED_PAPER, "application/pdf")
    assert kept.scan_sha256 == documents.sha256_of(SIGNED_PAPER)
    assert kept.document_sha256 == drawn.contract_sha256


@pytest.mark.rule("C3", "X3")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"scan": None}, "signedScan"),
        ({"scan": b""}, "signedScan"),
        ({"scan": b"MZ not a scan"}, "signedScan"),
        ({"scan": b"%PDF-" + b"0" * (10 * 1024 * 1024)}, "signedScan"),
        ({"customer_signed_on": "2026-03-11"}, "customerSignedOn"),
        ({"customer_signed_on": "2026-03-09"}, "customerSignedOn"),
        ({"customer_signed_on": "明天"}, "customerSignedOn"),
        ({"customer_signer": None}, "customerSigner"),
        ({"customer_decision": "maybe"}, "customerDecision"),
        ({"customer_decision": 7}, "customerDecision"),
        ({"by": "zhaolei"}, ""),
        ({"by": None}, ""),
    ],
)
def test_a_wrong_registration_of_the_signature_comes_back_and_asks_for_the_scan_anew(
    desk: ContractDesk, fields: dict[str, Any], field: str
) -> None:
    desk.until_drawn()
    recorded = desk.customer_signs(**fields)
    assert recorded.signature_outcome == "invalid"
    assert field in [error.field for error in recorded.form_errors]
    assert recorded.signed_scan is None
    assert count(desk.session, CustomerSignature) == 0


@pytest.mark.rule("C3", "C4", "X4")
def test_the_seal_is_registered_on_the_hash_of_the_document(desk: ContractDesk) -> None:
    drawn = desk.until_sealing()
    assert not desk.seal(copies=4, seal_remark="一式四份").has_errors
    use = desk.session.scalars(select(SealUse)).one()
    assert (use.contract_no, use.document_sha256) == (drawn.contract_no, drawn.contract_sha256)
    assert (use.sealed_by, use.copies, use.remark) == (KEEPER, 4, "一式四份")
    assert cases.find(desk.session, desk.case_no).state == cases.SEALED
    late = desk.withdraw()
    assert (late.withdraw_outcome, bool(late.withdraw_errors)) == ("sealed", True)
    assert desk.session.scalars(select(DrawnContract)).one().state == "sealed"
    desk.register()


@pytest.mark.rule("C3", "X3", "X5")
@pytest.mark.parametrize(
    "fields",
    [
        {"seal_confirmed": False},
        {"seal_confirmed": "true"},
        {"copies": "0"},
        {"copies": "many"},
        {"copies": None},
        {"seal_remark": "长" * 501},
        {"by": "xuhong"},
        {"by": None},
    ],
)
def test_a_wrong_registration_of_the_seal_comes_back(desk: ContractDesk, fields: dict[str, Any]) -> None:
    desk.until_sealing()
    assert desk.seal(**fields).has_errors
    assert count(desk.session, SealUse) == count(desk.session, ContractRow) == 0


@pytest.mark.rule("C3")
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE declaration_lines SET specification = '别的规格'", "规格"),
        ("UPDATE declaration_lines SET quantity = quantity + 1", "数量"),
        ("UPDATE declaration_lines SET unit_price = unit_price + 1", "单价"),
        ("UPDATE declarations SET delivery_date = delivery_date + 7", "交货日期"),
        ("UPDATE declarations SET payment_terms = 'T100'", "付款条件"),
        ("UPDATE contract_lines SET quantity = quantity + 1", "数量"),
    ],
)
def test_a_contract_that_differs_from_its_declaration_is_not_sealed(
    desk: ContractDesk, change: str, named: str
) -> None:
    desk.until_sealing()
    desk.session.execute(text(change))
    desk.session.expire_all()
    with pytest.raises(ContractDiffers, match=named):
        desk.seal()
    assert count(desk.session, SealUse) == 0


@pytest.mark.rule("C3")
def test_nothing_is_sealed_without_every_signature(desk: ContractDesk) -> None:
    desk.until_drawn()
    with pytest.raises(InvalidInput, match="countersign"):
        desk.seal()
    desk.countersign()
    with pytest.raises(InvalidInput, match="customer"):
        desk.seal()
    desk.customer_signs()
    cases.clear_approved(desk.session, desk.case_no, "declaration")
    with pytest.raises(InvalidInput, match="declaration"):
        desk.seal()
    assert count(desk.session, SealUse) == 0


@pytest.mark.rule("X4")
@pytest.mark.parametrize("stage", ["open", "filed", "drawn", "sealing"])
def test_a_withdrawn_case_voids_what_it_wrote_and_its_number_stays_used(
    desk: ContractDesk, stage: str
) -> None:
    reach: dict[str, Callable[[], object]] = {
        "open": desk.open,
        "filed": lambda: (desk.open(), desk.check()),
        "drawn": desk.until_drawn,
        "sealing": desk.until_sealing,
    }
    reach[stage]()
    gone = desk.withdraw()
    assert gone.withdraw_outcome == "withdrawn"
    assert gone.case_status == "已撤回"
    contract = desk.session.scalars(select(DrawnContract)).one_or_none()
    if contract is not None:
        assert contract.state == "void"
        assert documents.find(desk.session, contract.contract_no).state == "void"
        following = documents.next_number(desk.session, "HT", 2026)
        assert following > contract.contract_no
    if stage != "open":
        assert desk.session.scalars(select(Declaration)).one().state == "withdrawn"
    assert desk.seal().has_errors
    assert count(desk.session, LedgerEntry) == 0
    assert ledger.list_contracts(desk.session).contracts == []


@pytest.mark.rule("X4", "X5")
def test_an_operators_order_counts_as_the_applicants_wish_for_its_own_case_only(desk: ContractDesk) -> None:
    desk.until_drawn()
    at, instance = desk.task.now, desk.task.process_instance_id
    other = operations.record(desk.session, "cancel", "pengbo", "重复", at, process_instance_id="another")
    retried = operations.record(desk.session, "retry", "pengbo", "重复", at, process_instance_id=instance)
    for forged in ("operator:", "operator:nein", f"operator:{other.id}", f"operator:{retried.id}"):
        assert desk.withdraw(by=forged).withdraw_outcome == "kept"
    order = operations.record(desk.session, "cancel", "pengbo", "重复", at, process_instance_id=instance)
    assert desk.withdraw(by=f"operator:{order.id}").withdraw_outcome == "withdrawn"
    last = cases.history(desk.session, desk.task.case_no)[-1]
    assert (last.who, last.action) == ("系统运维", "取消")


@pytest.mark.rule("X4")
@pytest.mark.parametrize("fields", [{"by": "zhangwei"}, {"reason": ""}, {"reason": 5}])
def test_only_the_applicant_withdraws_and_says_why(desk: ContractDesk, fields: dict[str, Any]) -> None:
    desk.open()
    kept = desk.withdraw(**fields)
    assert (kept.withdraw_outcome, len(kept.withdraw_errors)) == ("kept", 1)
    assert cases.find(desk.session, desk.case_no).state == cases.OPEN


@pytest.mark.rule("C2", "X2", "X4", "X5")
def test_who_stands_in_for_the_applicant_sends_in_and_withdraws_while_the_leave_lasts(
    desk: ContractDesk,
) -> None:
    desk.open()
    days = {"from": TODAY, "to": TODAY}
    leave = Leave.model_validate({"person": APPLICANT, "substitute": "zhangwei", **days})
    away = ORG.model_copy(update={"leaves": (leave,)})
    assert desk.check(signed_by="zhangwei").has_errors
    form = CheckDeclaration(signed_by="zhangwei", **DECLARATION)
    assert not tasks.check_declaration(form, desk.uow, desk.task, away, COMPANY).has_errors
    assert cases.find(desk.session, desk.case_no).filers == {APPLICANT, "zhangwei"}

    assert desk.withdraw(by="zhangwei").withdraw_outcome == "kept"
    gone = WithdrawDeclaration(withdraw_requested=True, withdraw_reason="客户取消", withdrawn_by="zhangwei")
    found = tasks.withdraw(gone, desk.uow, desk.task, away)
    assert (found.withdraw_outcome, found.case_history[-1].who) == ("withdrawn", "张伟(代陈晓燕)")


@pytest.mark.rule("C2")
def test_a_rejected_declaration_is_closed(desk: ContractDesk) -> None:
    desk.open()
    desk.check()
    closed = tasks.close(CloseDeclaration(), desk.uow, desk.task)
    assert closed.case_status == "申报被否决"
    assert desk.session.scalars(select(Declaration)).one().state == "rejected"


@pytest.mark.rule("A3", "C3", "X3")
def test_a_customer_who_came_under_hold_since_the_declaration_gets_no_seal_until_it_is_released(
    desk: ContractDesk,
) -> None:
    desk.until_sealing()
    debts.place_hold(
        desk.session, "K0001", case_no="CS-2026-0001", reason="逾期45天", by="xuhong", at=desk.now
    )
    refused = desk.seal()
    assert [one.message for one in refused.form_errors] == [
        f"客户：欠款逾期，自{desk.now.date()}起停止签约和发货(逾期45天)，须由财务副总解除限制后才能用印"
    ]
    debts.release_hold(desk.session, "K0001", reason="已签还款协议", by="zhouminhua", at=desk.now)
    assert not desk.seal().has_errors
    desk.register()
