"""Changes and terminations on the real database: the version chain, the books, and what is left as it was (C13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import pdf
from tests.integration.amendment_desk import AmendmentDesk
from tests.integration.contract_desk import (
    APPLICANT,
    COMPANY,
    DECLARATION,
    NOW,
    ORG,
    ContractDesk,
    issue_policy,
)
from tests.integration.test_ledger_opening import WITH_LINES
from workers import cases, debts, documents, ledger
from workers.amendment import starting
from workers.contract import ContractDiffers, amending
from workers.contract.store import Amendment, ContractVersion
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind
from workers.signals import Signal

BELT, ROLLER = DECLARATION["lines"]
D = Decimal


@pytest.fixture
def desk(session: Session) -> AmendmentDesk:
    """An amendment of a contract in force, not yet open."""
    return AmendmentDesk(session, ContractDesk(session).until_registered())


def text_of(result: Any) -> str:
    """All form errors of an output in one text."""
    return "\n".join(f"{error.field} {error.message}" for error in result.form_errors)


def lines(**belt: Any) -> list[dict[str, Any]]:
    """The contract's lines, the first one changed."""
    return [{**BELT, **belt}, {**ROLLER, "specification": "EP200 带宽650mm 五层"}]


def carry_through(change: ContractDesk, **fields: Any) -> int:
    """The change's declaration goes the whole road; returns the version that came out of it."""
    checked = change.check(**fields)
    assert not checked.has_errors, text_of(checked)
    change.approve()
    drawn = change.draw_up()
    assert change.customer_signs().signature_outcome == "signed"
    change.countersign()
    assert not change.seal().has_errors
    change.register()
    return drawn.contract_version


def messages(session: Session, contract_no: str) -> set[str]:
    """What the contract's processes are told."""
    return set(session.scalars(select(Signal.message).where(Signal.business_key == contract_no)))


# -- the change --------------------------------------------------------------------------------------------------


@pytest.mark.rule("C13", "X1")
def test_the_form_offers_the_contracts_in_force(desk: AmendmentDesk) -> None:
    opened = desk.open()
    assert opened.case_no.startswith("BG-2026-")
    assert not opened.amendment_attached
    assert [one["value"] for one in opened.contract_options] == [desk.contract_no]
    assert opened.fill_due > desk.now


@pytest.mark.rule("C13")
def test_the_declaration_of_a_change_starts_from_the_contract_as_it_is(desk: AmendmentDesk) -> None:
    desk.open()
    assert desk.check().amends_contract_no == desk.contract_no
    change = ContractDesk(desk.session)
    opened = change.open(started_by="salesflow", applicant=APPLICANT, amends_contract_no=desk.contract_no)
    assert not opened.declaration_attached
    assert (opened.customer_no, opened.delivery_date) == ("K0001", "2026-05-01")
    assert opened.order_intent == f"变更合同{desk.contract_no}(现行第1版)：客户要求"
    assert [(one["quantity"], one["unitPrice"]) for one in opened.lines] == [
        ("120.5", "600.00"),
        ("10", "186.00"),
    ]
    assert [one["value"] for one in opened.customer_options] == ["K0001"]
    assert [one["value"] for one in opened.salesperson_options] == ["zhaolei"]


@pytest.mark.rule("C13")
def test_a_sealed_change_is_the_next_version_under_the_same_number_and_in_both_books(
    desk: AmendmentDesk,
) -> None:
    session, number = desk.session, desk.contract_no
    change = desk.change()
    checked = change.check(lines=lines(quantity="150"), delivery_date="2026-06-01")
    assert checked.deviation_summary.startswith(f"变更合同{number}(现行第1版)：第1行")
    assert "合同金额：¥74,160.00 → ¥91,860.00" in checked.deviation_summary
    version = carry_through(change, lines=lines(quantity="150"), delivery_date="2026-06-01")
    row = ledger.contract(session, number)
    assert (row.version, version, row.amount, row.case_no) == (2, 2, D("91860.00"), row.case_no)
    assert row.delivery_date.isoformat() == "2026-06-01"
    for book in Book:
        entries = ledger.entries(session, number, book=book, kinds=[EntryKind.CONTRACT, EntryKind.AMENDMENT])
        assert [(one.kind, one.amount) for one in entries] == [
            ("contract", D("74160.00")),
            ("amendment", D("17700.00")),
        ]
    assert [one.ordered for one in ledger.goods(session, number)] == [D("150.000"), D("10.000")]
    first, second = documents.find(session, number, 1), documents.find(session, number, 2)
    assert (first.state, second.state) == ("superseded", "valid")
    said = pdf.text_of(second.content)
    for expected in (
        "合同变更（补充协议）·第2版",
        "变更事由：客户要求",
        "120.5×¥600.00",
        "2026-06-01",
        number,
    ):
        assert expected in said
    assert "补充协议" not in pdf.text_of(first.content)
    assert desk.conclude().change_outcome == "amended"
    assert cases.find(session, desk.case_no).state == cases.SEALED
    assert {"Msg_GoodsWanted", "Msg_StockChanged", "Msg_PaymentForInvoice"} < messages(session, number)
    assert {"Msg_PaymentForJointing", "Msg_PaymentReceived"} < messages(session, number)
    assert ledger.verify(session) == []


@pytest.mark.rule("C13")
def test_amendments_follow_each_other_as_a_chain_of_versions(desk: AmendmentDesk) -> None:
    session, number = desk.session, desk.contract_no
    assert carry_through(desk.change(), lines=lines(quantity="150")) == 2
    again = AmendmentDesk(session, number)
    change = again.change()
    back = change.check(lines=[lines()[0]])
    assert not back.has_errors, text_of(back)
    change.send_back("请核对")
    assert carry_through(change, lines=[lines(quantity="100")[0]]) == 3
    versions = session.scalars(
        select(ContractVersion).where(ContractVersion.contract_no == number).order_by(ContractVersion.version)
    ).all()
    assert [(one.version, one.state, one.total) for one in versions] == [
        (1, "sealed", D("74160.00")),
        (2, "sealed", D("91860.00")),
        (3, "sealed", D("60000.00")),
    ]
    assert ledger.contract(session, number).amount == D("60000.00")
    assert [one.ordered for one in ledger.goods(session, number)] == [D("100.000"), D("0.000")]
    assert ledger.verify(session) == []


@pytest.mark.rule("C13", "X3")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "没有变更"),
        ({"customer_no": "K0002"}, "客户"),
        ({"salesperson": "wuqian"}, "业务员"),
        ({"lines": lines(quantity="49.999")}, "不能少于50"),
        ({"lines": lines(quantity="130", unitPrice="590.00")}, "单价不能变更"),
        ({"lines": [ROLLER]}, "不能取消"),
        ({"lines": [lines(quantity="50")[0]]}, "红字发票"),
        ({"lines": lines(quantity="2000")}, "不足60%"),
        ({"delivery_date": "2020-01-01"}, "已经过去"),
    ],
)
def test_a_change_that_goods_or_money_forbid_comes_back_before_any_approval(
    desk: AmendmentDesk, fields: dict[str, Any], said: str
) -> None:
    desk.deliver("50")
    desk.receive("60000.00")
    desk.book(EntryKind.INVOICE, "40000.00", "FP-1")
    change = desk.change()
    checked = change.check(**{"lines": lines(), **fields})
    assert said in text_of(checked)
    assert checked.amount_fen is None, "nothing goes to an approver"


@pytest.mark.rule("C13")
def test_what_was_paid_beyond_a_smaller_contract_becomes_the_customers_balance(desk: AmendmentDesk) -> None:
    session, number = desk.session, desk.contract_no
    desk.receive("50000.00", "回单1")
    desk.receive("24160.00", "回单2")
    carry_through(desk.change(), lines=[lines(quantity="100")[0]])
    account = ledger.account(session, number)
    assert (account.amount, account.received, account.outstanding) == (D("60000.00"), D("60000.00"), 0)
    assert ledger.customer_balance(session, "K0001") == D("14160.00")
    receipts = ledger.entries(session, number, book=Book.FINANCE, kinds=[EntryKind.RECEIPT])
    assert [one.amount for one in receipts] == [
        D("50000.00"),
        D("24160.00"),
        D("-24160.00"),
        D("10000.00"),
    ]
    assert len({one.value_date for one in receipts}) == 1
    assert ledger.verify(session) == []


@pytest.mark.rule("C13", "C11")
def test_money_and_amount_fall_together_where_neither_alone_could(desk: AmendmentDesk) -> None:
    """Invoiced behind the 60 % gate: less money first, or a smaller amount first, would both break a rule."""
    session, number = desk.session, desk.contract_no
    desk.receive("74160.00")
    desk.book(EntryKind.INVOICE, "6000.00", "FP-1")
    carry_through(desk.change(), lines=[lines(quantity="10")[0]])
    account = ledger.account(session, number)
    assert (account.amount, account.received, account.invoiced) == (D("6000.00"),) * 3
    assert ledger.customer_balance(session, "K0001") == D("68160.00")
    assert ledger.verify(session) == []


@pytest.mark.rule("C13", "X6")
def test_the_seal_is_refused_when_goods_have_moved_since_the_declaration(desk: AmendmentDesk) -> None:
    change = desk.change()
    assert not change.check(lines=lines(quantity="60")).has_errors
    change.approve()
    change.draw_up()
    change.customer_signs()
    change.countersign()
    desk.deliver("60.5")
    with pytest.raises(ContractDiffers, match=r"不能少于60\.5"):
        change.seal()
    assert ledger.contract(desk.session, desk.contract_no).version == 1


@pytest.mark.rule("C13", "X4")
@pytest.mark.parametrize("by_amendment", [True, False])
def test_a_withdrawn_change_leaves_the_contract_as_it_was(desk: AmendmentDesk, by_amendment: bool) -> None:
    session, number = desk.session, desk.contract_no
    change = desk.change()
    change.check(lines=lines(quantity="150"))
    change.approve()
    change.draw_up()
    if by_amendment:
        assert desk.withdraw().withdraw_outcome == "withdrawn"
        assert cases.find(session, change.case_no).state == cases.WITHDRAWN
    else:
        change.withdraw()
        assert desk.conclude().change_outcome == "withdrawn"
    assert ledger.contract(session, number).version == 1
    assert (documents.find(session, number, 1).state, documents.find(session, number, 2).state) == (
        "valid",
        "void",
    )
    assert documents.find(session, number).version == 1, "the newest one that counts"
    assert amending.open_for(session, number) is None
    assert ledger.verify(session) == []
    assert carry_through(AmendmentDesk(session, number).change(), lines=lines(quantity="130")) == 3
    assert ledger.contract(session, number).version == 3


@pytest.mark.rule("C13", "X4")
def test_a_sealed_change_is_not_withdrawn_any_more(desk: AmendmentDesk) -> None:
    carry_through(desk.change(), lines=lines(quantity="150"))
    kept = desk.withdraw()
    assert kept.withdraw_outcome == "kept"
    assert "已用印" in kept.withdraw_errors[0].message
    assert ledger.contract(desk.session, desk.contract_no).version == 2


@pytest.mark.rule("C13", "X4", "X5")
def test_only_the_applicant_asks_and_withdraws(desk: AmendmentDesk) -> None:
    desk.open()
    assert "本人" in text_of(desk.check(signed_by="zhangwei"))
    assert not desk.check().has_errors
    assert desk.withdraw(by="zhangwei").withdraw_outcome == "kept"
    assert desk.withdraw(reason=" ").withdraw_outcome == "kept"
    assert desk.withdraw().withdraw_outcome == "withdrawn"
    assert "已撤回" in text_of(desk.check())


@pytest.mark.rule("C13")
def test_a_second_amendment_of_the_same_contract_waits_for_the_first(desk: AmendmentDesk) -> None:
    desk.open()
    desk.check()
    second = AmendmentDesk(desk.session, desk.contract_no)
    second.open()
    assert desk.case_no in text_of(second.check("termination"))
    desk.withdraw()
    assert second.check("termination").amendment_outcome == "termination"


@pytest.mark.rule("C13", "X3")
def test_nobody_names_a_contract_to_be_changed_but_the_process_that_amends(desk: AmendmentDesk) -> None:
    desk.open()
    desk.check()
    person = ContractDesk(desk.session)
    person.open(started_by=APPLICANT, amends_contract_no=desk.contract_no)
    assert amending.of_declaration(desk.session, person.case_no) is None
    for contract_no, applicant in (
        (desk.contract_no, "liuyang"),
        ("HT-2026-9999", APPLICANT),
        ([], APPLICANT),
    ):
        with pytest.raises(InvalidInput, match="waits for a declaration"):
            ContractDesk(desk.session).open(
                started_by="salesflow", applicant=applicant, amends_contract_no=contract_no
            )


@pytest.mark.rule("C13", "X1")
def test_what_a_program_asks_for_is_checked_by_the_same_rules(desk: AmendmentDesk) -> None:
    data = {"contractNo": desk.contract_no, "amendmentKind": "termination", "amendmentReason": "停产"}
    assert starting.check(desk.session, None, data, desk.now.date()) == []  # type: ignore[arg-type]
    wrong = starting.check(desk.session, None, {**data, "contractNo": "HT-1"}, desk.now.date())  # type: ignore[arg-type]
    assert "没有合同" in wrong[0].message
    desk.make("5")
    desk.send("5")
    found = starting.check(desk.session, None, data, desk.now.date())  # type: ignore[arg-type]
    assert "已发出" in found[0].message
    opened = desk.open(started_by="salesflow", applicant=APPLICANT, contract_no=desk.contract_no)
    assert opened.amendment_attached


# -- the termination ---------------------------------------------------------------------------------------------


@pytest.mark.rule("C13")
def test_a_termination_settles_on_what_was_delivered_and_gives_the_surplus_back(desk: AmendmentDesk) -> None:
    session, number = desk.session, desk.contract_no
    desk.deliver("50")
    desk.receive("40000.00")
    agreed = desk.until_agreed()
    facts = {one.label: one.value for one in agreed.paper_facts}
    assert facts["结算金额(已签收货物)"] == "¥30,000.00"
    assert facts["多收货款"].startswith("¥10,000.00")
    assert agreed.paper_document is not None
    said = pdf.text_of(agreed.paper_document.content)
    assert "合同终止协议" in said
    assert "叁万元整" in said
    assert "提成" not in said, "what our salesperson earns is no matter of the customer's"
    assert desk.terminate().termination_outcome == "terminated"
    row, account = ledger.contract(session, number), ledger.account(session, number)
    assert (row.status, row.version, row.amount) == ("terminated", 2, D("30000.00"))
    assert (account.received, account.delivered, account.outstanding) == (D("30000.00"), D("30000.00"), 0)
    assert ledger.customer_balance(session, "K0001") == D("10000.00")
    assert [(one.ordered, one.to_deliver) for one in ledger.goods(session, number)] == [
        (D("50.000"), 0),
        (0, 0),
    ]
    last = session.get(ContractVersion, (number, 2))
    assert last is not None
    assert (last.state, last.total, [one.quantity for one in last.lines]) == (
        "sealed",
        D("30000.00"),
        [D("50.000")],
    )
    assert documents.find(session, number).sha256 == documents.find(session, agreed.paper_no or "").sha256
    assert "Msg_ContractTerminated" in messages(session, number)
    assert cases.find(session, desk.case_no).state == cases.SEALED
    assert ledger.verify(session) == []


@pytest.mark.rule("C13", "C9")
def test_commission_beyond_what_stays_paid_is_taken_back(desk: AmendmentDesk) -> None:
    session, number = desk.session, desk.contract_no
    desk.deliver("50")
    desk.receive("60000.00")
    earned = ledger.account(session, number).earned
    desk.book(EntryKind.COMMISSION, str(earned), "2026-03计提", Book.SALES)
    desk.book(EntryKind.PAYOUT, str(earned), "TC-1")
    facts = {one.label: one.value for one in desk.until_agreed().paper_facts}
    assert facts["冲回提成"] == f"¥{earned / 2:,.2f}"
    desk.terminate()
    account = ledger.account(session, number)
    assert account.accrued == account.paid_out == account.earned == earned / 2
    assert ledger.verify(session) == []


@pytest.mark.rule("C13", "A3")
def test_a_customer_on_hold_changes_a_contract_but_adds_nothing_to_it(desk: AmendmentDesk) -> None:
    debts.place_hold(desk.session, "K0001", case_no="CS-2026-0001", reason="逾期", by="xuhong", at=NOW)
    change = desk.change()
    assert "停止签约" in text_of(change.check(lines=lines(quantity="150")))
    assert not change.check(lines=lines(quantity="100")).has_errors
    change.approve()
    change.draw_up()
    change.customer_signs()
    change.countersign()
    assert not change.seal().has_errors, "a change is no new contract"


@pytest.mark.rule("C13")
def test_a_termination_without_goods_and_money_leaves_nothing_open(desk: AmendmentDesk) -> None:
    desk.until_agreed()
    assert desk.terminate().termination_outcome == "terminated"
    account = ledger.account(desk.session, desk.contract_no)
    assert (account.amount, account.received) == (0, 0)
    assert ledger.verify(desk.session) == []
    again = AmendmentDesk(desk.session, desk.contract_no)
    again.open()
    assert "已经终止" in text_of(again.check())


@pytest.mark.rule("C13", "C4")
def test_a_contract_from_before_the_books_is_terminated_but_not_changed(session: Session) -> None:
    issue_policy(session)
    ledger.open_contracts(session, WITH_LINES, org=ORG, company=COMPANY, by="operator", at=NOW)
    desk = AmendmentDesk(session, WITH_LINES["number"])
    desk.open()
    assert "只能终止" in text_of(desk.check())
    desk.case_no = ""
    desk.until_agreed()
    assert desk.terminate().termination_outcome == "terminated"
    account = ledger.account(session, desk.contract_no)
    assert (account.amount, account.received, account.invoiced) == (37860, 37860, 20000)
    assert ledger.customer_balance(session, "K0002") == D("12140.00")
    assert ledger.verify(session) == []


@pytest.mark.rule("C13")
def test_a_customer_who_has_paid_too_little_still_owes_the_goods(desk: AmendmentDesk) -> None:
    desk.deliver("50")
    desk.receive("10000.00")
    desk.until_agreed()
    desk.terminate()
    account = ledger.account(desk.session, desk.contract_no)
    assert (account.amount, account.outstanding) == (D("30000.00"), D("20000.00"))
    assert ledger.customer_balance(desk.session, "K0001") == 0


@pytest.mark.rule("C13", "C11", "C8")
def test_invoices_and_goods_on_the_way_come_before_a_termination(desk: AmendmentDesk) -> None:
    desk.deliver("50")
    desk.make("5", reference="RK-2")
    desk.send("5", reference="FH-2")
    desk.receive("74160.00")
    desk.book(EntryKind.INVOICE, "50000.00", "FP-1")
    desk.open()
    found = text_of(desk.check("termination"))
    assert "已发出" in found
    assert "红字发票" in found
    desk.book(EntryKind.CREDIT_NOTE, "20000.00", "HZ-1")
    desk.book(EntryKind.RETURN, None, "TH-2", Book.SALES, line_no=1, quantity=D("5"))
    assert desk.check("termination").amendment_outcome == "termination"
    desk.book(EntryKind.INVOICE, "20000.00", "FP-2")
    blocked = desk.settle()
    assert (blocked.settlement_outcome, blocked.paper_document) == ("blocked", None)
    assert blocked.contract_no == desk.contract_no
    assert amending.open_for(desk.session, desk.contract_no) is None


@pytest.mark.rule("C13")
def test_money_that_arrives_after_the_approval_has_the_termination_settled_anew(desk: AmendmentDesk) -> None:
    first = desk.until_agreed()
    desk.receive("100.00")
    assert desk.terminate().termination_outcome == "changed"
    settled = desk.settle()
    assert settled.paper_no != first.paper_no
    assert documents.find(desk.session, first.paper_no or "").state == "void"
    with pytest.raises(InvalidInput, match="no approved paper"):
        desk.prepare()
    desk.approve(settled.paper_no or "")
    desk.prepare()
    assert desk.terminate().termination_outcome == "terminated"
    assert ledger.customer_balance(desk.session, "K0001") == D("100.00")


@pytest.mark.rule("C13", "X3", "X5")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"by": "zhaolei"}, "只有销售业务科"),
        ({"by": None}, "只有销售业务科"),
        ({"scan": None}, "扫描件"),
        ({"scan": b"no scan"}, "扫描件"),
        ({"customer_signer": ""}, "customerSigner"),
        ({"customer_signed_on": "2026-03-09"}, "customerSignedOn"),
        ({"seal_confirmed": "true"}, "sealConfirmed"),
        ({"copies": "0"}, "copies"),
        ({"customer_decision": "objected", "objection": " "}, "客户异议"),
        ({"customer_decision": None}, "customerDecision"),
    ],
)
def test_a_wrong_signature_comes_back_and_the_contract_goes_on(
    desk: AmendmentDesk, fields: dict[str, Any], field: str
) -> None:
    desk.until_agreed()
    answer = desk.terminate(**fields)
    assert answer.termination_outcome == "invalid"
    assert field in text_of(answer)
    assert ledger.contract(desk.session, desk.contract_no).status == "in_force"


@pytest.mark.rule("C13")
def test_an_objection_sends_the_termination_back_and_frees_the_contract(desk: AmendmentDesk) -> None:
    agreed = desk.until_agreed()
    objected = desk.terminate(customer_decision="objected", objection="金额不对")
    assert (objected.termination_outcome, objected.return_comment) == ("objected", "客户异议：金额不对")
    back = desk.send_back(objected.return_comment or "")
    assert (back.return_comment, back.amendment_kind) == ("客户异议：金额不对", "termination")
    assert cases.find(desk.session, agreed.paper_no or "").state == cases.CLOSED
    assert desk.check("termination").amendment_outcome == "termination"


@pytest.mark.rule("C13")
def test_a_rejected_termination_leaves_the_contract_in_force(desk: AmendmentDesk) -> None:
    desk.open()
    desk.check("termination")
    desk.settle()
    desk.close()
    assert ledger.contract(desk.session, desk.contract_no).status == "in_force"
    assert cases.find(desk.session, desk.case_no).state == cases.CLOSED
    assert amending.open_for(desk.session, desk.contract_no) is None


@pytest.mark.rule("C13", "X4")
def test_a_termination_is_withdrawn_until_its_seal(desk: AmendmentDesk) -> None:
    agreed = desk.until_agreed()
    assert desk.withdraw().withdraw_outcome == "withdrawn"
    assert documents.find(desk.session, agreed.paper_no or "").state == "void"
    assert desk.terminate().termination_outcome == "invalid"
    with pytest.raises(cases.CaseEnded):
        desk.prepare()


@pytest.mark.rule("C13")
def test_a_case_that_amends_nothing_is_an_incident(desk: AmendmentDesk) -> None:
    desk.open()
    for step in (desk.settle, desk.prepare, desk.conclude):
        with pytest.raises(InvalidInput):
            step()
    change = desk.change()
    change.check(lines=lines(quantity="150"))
    with pytest.raises(InvalidInput, match="has not ended"):
        desk.conclude()
    with pytest.raises(InvalidInput, match="no sealed contract"):
        change.register()
    assert desk.session.get(Amendment, desk.case_no) is not None
