"""Received money on the real database: single receipts, statements, claims, reversals (A6, C11, X3, X4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.debts_desk import NOW, TODAY, contract_of, deliver, rule_from
from tests.integration.receipts_desk import CLERK, NORTH, PORT, STRANGER, ReceiptsDesk, row, statement
from workers import cases, commission, ledger
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind
from workers.receipts.store import BankStatement, Receipt, StatementLine
from workers.signals import Signal

A, B, C = "HT-2026-8001", "HT-2026-8002", "HT-2026-8003"


@pytest.fixture
def desk(session: Session) -> ReceiptsDesk:
    return ReceiptsDesk(session)


def received(session: Session, number: str = A) -> Decimal:
    return ledger.account(session, number).received


def states(session: Session) -> list[tuple[str, str]]:
    query = select(StatementLine.state, StatementLine.reason).order_by(StatementLine.id)
    return [(state, reason) for state, reason in session.execute(query)]


def count(session: Session) -> tuple[int, int]:
    entries = session.scalar(select(func.count()).select_from(ledger.LedgerEntry)) or 0
    return entries, session.scalar(select(func.count()).select_from(Receipt)) or 0


# -- single receipts -------------------------------------------------------------------------------------------


@pytest.mark.rule("A6", "C12", "X5")
def test_a_receipt_is_booked_with_the_banks_date_and_wakes_who_waits_for_it(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    recorded = desk.enter(contract_no=A)
    assert received(session) == Decimal("3000.00")
    (entry,) = ledger.entries(session, A, book=Book.FINANCE, kinds=[EntryKind.RECEIPT])
    assert (entry.value_date, entry.reference, entry.month) == (
        date(2026, 6, 20),
        "流水8001",
        date(2026, 6, 1),
    )
    assert recorded.receipt_summary == f"合同{A}收款¥3,000.00：货款¥3,000.00"
    assert recorded.case_status == "收款已登记"
    assert [line.who for line in recorded.case_history] == ["徐红", "徐红"]
    woken = session.scalars(select(Signal.message).where(Signal.business_key == A)).all()
    assert {"Msg_PaymentReceived", "Msg_PaymentForInvoice"} == set(woken)


@pytest.mark.rule("A6")
def test_a_bank_reference_is_booked_once_whatever_it_is_entered_for(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    contract_of(session, B)
    desk.enter(contract_no=A)
    before = count(session)
    for fields in (
        {"contract_no": A},
        {"contract_no": B, "amount": "5"},
        {"receipt_action": "prepayment", "customer_no": "K0002"},
    ):
        desk.open()
        refused = desk.record(**fields)
        assert refused.has_errors
        assert "流水8001已在LS-2026-0001登记" in refused.form_errors[0].message
    assert count(session) == before


@pytest.mark.rule("A6")
def test_what_is_too_much_becomes_the_customers_balance_which_pays_another_contract(
    desk: ReceiptsDesk,
) -> None:
    session = desk.session
    contract_of(session)
    contract_of(session, B)
    too_much = desk.enter(contract_no=A, amount="12000.00")
    assert "转入客户余额¥2,000.00" in str(too_much.receipt_summary)
    assert ledger.customer_balance(session, "K0001") == Decimal("2000.00")
    desk.open()
    refused = desk.record(receipt_action="offset", contract_no=B, amount="2000.01")
    assert "不足" in refused.form_errors[0].message
    paid = desk.record(receipt_action="offset", contract_no=B, amount="1500.00")
    assert not paid.has_errors
    assert ledger.customer_balance(session, "K0001") == Decimal("500.00")
    assert received(session, B) == Decimal("1500.00")
    desk.open()
    no_debt = desk.record(receipt_action="offset", contract_no=A, amount="1.00")
    assert "不能抵付" in no_debt.form_errors[0].message


@pytest.mark.rule("A6")
def test_money_for_a_terminated_contract_stays_the_customers(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    ledger.set_status(session, A, ledger.TERMINATED)
    desk.enter(contract_no=A)
    assert received(session) == 0
    assert ledger.customer_balance(session, "K0001") == Decimal("3000.00")


@pytest.mark.rule("A6")
def test_money_without_a_contract_is_the_customers_balance(desk: ReceiptsDesk) -> None:
    issued = desk.enter(receipt_action="prepayment", customer_no="K0002", contract_no=None)
    assert issued.receipt_summary == "¥3,000.00记入客户K0002的余额"
    assert ledger.customer_balance(desk.session, "K0002") == Decimal("3000.00")


@pytest.mark.rule("C11")
def test_only_principal_counts_for_the_invoice_gate(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    rule_from(session, date(2026, 6, 1), interest_first="interest")
    deliver(session, A, date(2026, 4, 2))
    recorded = desk.enter(contract_no=A, amount="6000.00", value_date=TODAY.isoformat())
    account = ledger.account(session, A)
    assert account.interest_paid > 0
    assert account.received + account.interest_paid == Decimal("6000.00")
    assert account.percent_received < 60
    assert "利息" in str(recorded.receipt_summary)


@pytest.mark.rule("A6", "X3")
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("receipt_action", "steal", "登记事项"),
        ("contract_no", None, "合同"),
        ("contract_no", "HT-2026-9999", "台帐中没有"),
        ("amount", "-1", "大于0"),
        ("amount", "1.005", "不是有效金额"),
        ("value_date", "2026-07-01", "到账日期"),
        ("value_date", "1999-12-31", "到账日期"),
        ("bank_reference", "", "银行流水号"),
        ("bank_reference", "2.02603E+19", "科学计数"),
        ("bank_reference", ["x"], "应为文字"),
        ("payer", "长" * 201, "不得超过"),
        ("remark", "a\x00b", "无法使用"),
    ],
)
def test_a_wrong_field_comes_back_and_nothing_is_booked(
    desk: ReceiptsDesk, field: str, value: object, said: str
) -> None:
    contract_of(desk.session)
    before = count(desk.session)
    desk.open()
    refused = desk.record(**{"contract_no": A, field: value})
    assert refused.has_errors
    assert said in refused.form_errors[0].message
    assert count(desk.session) == before
    assert refused.case_status == "待徐红修改收款登记"
    assert not desk.record(contract_no=A).has_errors


@pytest.mark.rule("X3", "X5")
def test_only_finance_books_money(desk: ReceiptsDesk) -> None:
    contract_of(desk.session)
    with pytest.raises(InvalidInput):
        desk.open(started_by=STRANGER)
    desk.open()
    for refused in (desk.record(STRANGER, contract_no=A), desk.upload(statement(row("5")), STRANGER)):
        assert [one.message for one in refused.form_errors] == ["只有财务部可以办理"]
    assert desk.resolve([], STRANGER).form_errors[0].message == "只有财务部可以办理"
    assert count(desk.session)[1] == 0


@pytest.mark.rule("X1")
def test_a_receipt_that_comes_with_the_start_is_booked_for_its_applicant(desk: ReceiptsDesk) -> None:
    contract_of(desk.session)
    opened = desk.open("salesflow", applicant=CLERK, contract_no=A, receipt_action="payment")
    assert opened.entry_way == "attached"
    assert not desk.record(None, contract_no=A).has_errors
    assert desk.session.scalars(select(Receipt.recorded_by)).all() == [CLERK]


# -- reversals -------------------------------------------------------------------------------------------------


def reverse(desk: ReceiptsDesk, reference: str = "流水8001", reason: str = "银行退票"):
    """Take a receipt back."""
    number = desk.session.scalars(
        select(Receipt.id).where(Receipt.bank_reference == reference, Receipt.reversed_at.is_(None))
    ).one()
    desk.open()
    return desk.record(receipt_action="reversal", receipt_id=str(number), reversal_reason=reason)


@pytest.mark.rule("A6", "C4")
def test_a_receipt_is_taken_back_and_can_be_entered_anew(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    contract_of(session, B)
    desk.enter(contract_no=A, amount="12000.00")
    assert not reverse(desk, reason="记错合同").has_errors
    assert (received(session), ledger.customer_balance(session, "K0001")) == (0, 0)
    desk.enter(contract_no=B)
    desk.enter(contract_no=A, bank_reference="流水8002")
    assert (received(session), received(session, B)) == (Decimal("3000.00"), Decimal("3000.00"))
    twice = desk.session.scalars(select(Receipt).order_by(Receipt.id)).first()
    desk.open()
    refused = desk.record(receipt_action="reversal", receipt_id=str(twice.id), reversal_reason="再来")
    assert refused.form_errors[0].message == "该笔收款已经冲正"


@pytest.mark.rule("A6")
def test_prepayments_and_applied_balances_are_taken_back_too(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    desk.enter(receipt_action="prepayment", customer_no="K0001", contract_no=None)
    desk.enter(receipt_action="offset", contract_no=A, amount="3000.00")
    refused = reverse(desk)
    assert "余额不足" in refused.form_errors[0].message
    offset = session.scalars(select(Receipt.bank_reference).where(Receipt.kind == "offset")).one()
    assert not reverse(desk, offset).has_errors
    assert (received(session), ledger.customer_balance(session, "K0001")) == (0, Decimal("3000.00"))
    assert not reverse(desk).has_errors
    assert ledger.customer_balance(session, "K0001") == 0
    desk.enter(receipt_action="prepayment", customer_no="K0001", contract_no=None)
    assert ledger.customer_balance(session, "K0001") == Decimal("3000.00")


@pytest.mark.rule("A6", "C11")
def test_a_receipt_that_carries_an_invoice_is_not_taken_back(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    desk.enter(contract_no=A, amount="6000.00")
    post = {"value_date": TODAY, "posted_at": NOW}
    ledger.post(session, Book.FINANCE, EntryKind.INVOICE, A, Decimal("10000.00"), reference="FP-1", **post)
    refused = reverse(desk)
    assert "先开具红字发票" in refused.form_errors[0].message
    assert received(session) == Decimal("6000.00")
    ledger.post(
        session, Book.FINANCE, EntryKind.CREDIT_NOTE, A, Decimal("10000.00"), reference="HZ-1", **post
    )
    assert not reverse(desk).has_errors
    assert received(session) == 0


KEPT = "起息日更晚的收款流水2已是发票或提成的依据，保持原登记，未按起息日重新抵充"


def commission_on_later_money(desk: ReceiptsDesk) -> None:
    """Paid in full, commission accrued on it, and only then the delivery is booked, by which interest came first."""
    contract_of(desk.session)
    rule_from(desk.session, date(2026, 6, 1), interest_first="interest")
    desk.enter(contract_no=A, amount="10000.00", value_date="2026-06-21", bank_reference="流水2")
    commission.accrue(desk.session, A, TODAY.replace(day=1), NOW)
    deliver(desk.session, A, date(2026, 5, 31))


@pytest.mark.rule("A6", "C9", "X5")
def test_finance_reads_that_money_on_which_commission_stands_was_not_booked_anew(desk: ReceiptsDesk) -> None:
    commission_on_later_money(desk)
    recorded = desk.enter(contract_no=A, amount="1.00", value_date="2026-06-11")
    assert recorded.receipt_summary == f"合同{A}收款¥1.00：利息¥1.00。{KEPT}"
    assert KEPT in recorded.case_history[-1].comment


@pytest.mark.rule("A6", "C9", "X5")
def test_a_statement_with_such_a_line_stays_before_finance_until_they_have_read_it(
    desk: ReceiptsDesk,
) -> None:
    commission_on_later_money(desk)
    imported = desk.take_in(row("1.00", remark=A, day="2026-06-11"))
    said = f"共1笔收款：自动入账1笔¥1.00。第2行（合同{A}）：{KEPT}"
    assert (imported.import_outcome, imported.import_summary) == ("again", said)
    assert imported.case_history[-1].comment == f"流水.csv：{said}"
    assert desk.upload(None, upload_finished=True).import_outcome == "done"


@pytest.mark.rule("A6", "X3")
def test_money_of_the_opening_that_comes_again_on_a_statement_is_refused_in_chinese(
    desk: ReceiptsDesk,
) -> None:
    contract_of(desk.session)
    post = {"value_date": TODAY, "posted_at": NOW, "reference": "期初流水1"}
    ledger.post(desk.session, Book.FINANCE, EntryKind.RECEIPT, A, Decimal("100.00"), **post)
    desk.take_in(row("100.00", remark=A, reference="期初流水1"))
    [line] = desk.session.scalars(select(StatementLine)).all()
    said = f"凭据期初流水1已在财务台帐登记为合同{A}的收款¥100.00，不能重复登记"
    assert (line.state, line.reason) == ("unmatched", said)


@pytest.mark.rule("A6", "C12")
def test_commission_that_has_accrued_on_a_receipt_gives_way_first(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    desk.enter(contract_no=A, amount="6000.00")
    desk.enter(contract_no=A, amount="1000.00", bank_reference="流水8002")
    assert commission.accrue(session, A, TODAY.replace(day=1), NOW) > 0
    before = ledger.account(session, A).accrued
    assert not reverse(desk).has_errors
    account = ledger.account(session, A)
    assert account.received == Decimal("1000.00")
    assert 0 < account.accrued < before
    assert account.accrued <= account.earned


@pytest.mark.rule("A4", "A6")
def test_a_receipt_releases_what_was_withheld_for_the_debt(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    contract_of(session, B)
    desk.enter(contract_no=B, amount="10000.00", bank_reference="流水8000")
    commission.accrue(session, B, TODAY.replace(day=1), NOW)
    deliver(session, A, date(2026, 4, 2))
    commission.withhold(session, A, Decimal("10000.00"), value_date=TODAY, posted_at=NOW)
    assert ledger.account(session, B).withheld > 0
    desk.enter(contract_no=A, amount="20000.00")
    assert ledger.account(session, B).withheld == 0


# -- statements ------------------------------------------------------------------------------------------------


@pytest.mark.rule("A6")
def test_a_statement_books_what_it_can_and_asks_about_the_rest(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    contract_of(session, B)
    contract_of(session, C, customer_no="K0002")
    imported = desk.take_in(
        row("1000.00", "某某", f"{A.lower()} 首付", "1"),
        row("700.00", PORT, "货款", "2"),
        row("500.00", NORTH, "货款", "3"),
        row("500.00", "陌生人", "货款", "4"),
    )
    assert imported.import_outcome == "done"
    assert (received(session), received(session, B), received(session, C)) == (1000, 0, 700)
    assert [state for state, _ in states(session)] == ["matched", "matched", "unmatched", "unmatched"]
    assert imported.unmatched_count == 2
    assert [one.candidates for one in imported.claims] == [f"{A}、{B}", "(无)"]
    assert imported.import_summary == ("共4笔收款：自动入账2笔¥1,700.00，待认领2笔¥1,000.00")
    assert imported.case_status == "待财务部认领2笔未匹配款项"


@pytest.mark.rule("A6")
def test_each_line_sees_what_the_lines_before_it_have_paid(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session, amount=Decimal("500.00"))
    contract_of(session, B, amount=Decimal("800.00"))
    desk.take_in(row("500.00", reference="1"), row("500.00", reference="2"), row("800.00", reference="3"))
    # the first pays A; then B alone is open and takes what comes: beyond its amount it is the customer's balance
    assert [why for _, why in states(session)] == [
        "客户和金额",
        "客户仅有的未结清合同",
        "客户仅有的未结清合同",
    ]
    assert (received(session), received(session, B)) == (500, 800)
    assert ledger.customer_balance(session, "K0001") == Decimal("500.00")


@pytest.mark.rule("A6", "X6")
def test_the_same_statement_twice_changes_nothing(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    rows = [row("100.00", remark=A), row("100.00", remark=A), row("7.00", "陌生人", "谢谢", "9")]
    desk.take_in(*rows)
    before, lines = count(session), states(session)
    assert received(session) == Decimal("200.00")
    again = desk.take_in(*rows)
    assert again.import_outcome == "again"
    assert "LS-2026-0001" in again.form_errors[0].message
    assert (count(session), states(session)) == (before, lines)


@pytest.mark.rule("A6", "X6")
def test_the_same_payment_in_another_statement_changes_nothing(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    rows = [
        row("100.00", remark=A),
        row("100.00", remark=A),
        row("7.00", "陌生人", "谢谢", "9"),
        row("30.00", remark=A, reference="10"),
    ]
    desk.take_in(*rows)
    before = count(session)
    again = desk.take_in(*rows, row("8.00", remark=A, reference="11"))
    assert again.import_outcome == "done"
    assert [state for state, _ in states(session)[4:]] == ["ignored"] * 4 + ["matched"]
    assert count(session) == (before[0] + 1, before[1] + 1)
    assert received(session) == Decimal("238.00")


@pytest.mark.rule("A6")
def test_a_payment_that_was_entered_by_hand_is_not_booked_again(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    desk.enter(contract_no=A)
    desk.take_in(
        row("3000.00", remark=A, reference="流水8001"),
        row("3000.00", remark=A),
        row("5.00", remark=A, reference="流水8001"),
    )
    (_, first), (second, why), (third, differs) = states(session)
    assert "已在LS-2026-0001登记" in first
    assert (second, third) == ("unmatched", "unmatched")
    assert "同日同金额" in why
    assert "流水8001" in differs
    assert received(session) == Decimal("3000.00")


@pytest.mark.rule("A6")
def test_a_reference_twice_in_one_file_is_for_a_person_once(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    rows = [row("10.00", remark=A, reference="77"), row("10.00", remark=A, reference="77")]
    desk.take_in(*rows)
    assert [state for state, _ in states(session)] == ["matched", "unmatched"]
    desk.take_in(*rows, row("1.00", remark=A, reference="78"))
    assert [state for state, _ in states(session)[2:]] == ["ignored", "ignored", "matched"]


@pytest.mark.rule("A6", "X3")
def test_bad_rows_go_back_to_the_person_and_the_mended_file_adds_what_was_missing(desk: ReceiptsDesk) -> None:
    session = desk.session
    contract_of(session)
    bad, good = row("一百", remark=A, reference="2"), row("100.00", remark=A, reference="1")
    first = desk.take_in(good, bad)
    assert first.import_outcome == "again"
    assert first.row_faults == [{"line": "3", "reason": "“一百”不是金额"}]
    assert first.case_status == "待徐红核对导入结果"
    assert received(session) == Decimal("100.00")
    mended = desk.upload(statement(good, row("100.00", remark=A, reference="2")))
    assert mended.import_outcome == "done"
    assert received(session) == Decimal("200.00")
    assert mended.case_status == "收款已登记"


@pytest.mark.rule("X3")
def test_a_person_may_leave_bad_rows_as_they_are(desk: ReceiptsDesk) -> None:
    contract_of(desk.session)
    desk.open(receipt_way="statement")
    assert "尚未导入" in desk.upload(None, upload_finished=True).form_errors[0].message
    assert "选择要上传的文件" in desk.upload(None).form_errors[0].message
    desk.upload(statement(row("100.00", remark=A), row("x")))
    assert desk.upload(None, upload_finished=True).import_outcome == "done"


@pytest.mark.rule("A6", "X3")
def test_a_file_that_is_no_statement_leaves_nothing_behind(desk: ReceiptsDesk) -> None:
    desk.open(receipt_way="statement")
    for content in (b"%PDF-1.7", "姓名,电话\n张三,1".encode(), statement()):
        refused = desk.upload(content)
        assert refused.import_outcome == "again"
        assert refused.form_errors
    assert desk.session.scalars(select(BankStatement)).all() == []


# -- claims ----------------------------------------------------------------------------------------------------


def unmatched(desk: ReceiptsDesk) -> list[str]:
    """Three payments that nobody is found for; returns their ids."""
    contract_of(desk.session)
    contract_of(desk.session, B)
    imported = desk.take_in(
        row("10.00", "甲", "?", "1"), row("20.00", "乙", "?", "2"), row("30.00", "丙", "?", "3")
    )
    return [one.line_id for one in imported.claims]


@pytest.mark.rule("A6")
def test_finance_claims_for_a_contract_a_balance_or_no_customer(desk: ReceiptsDesk) -> None:
    session = desk.session
    first, second, third = unmatched(desk)
    left = desk.resolve(
        [
            {"lineId": first, "decision": "contract", "contractNo": B},
            {"lineId": second, "decision": "balance", "customerNo": "K0002"},
            {"lineId": third, "decision": None},
        ]
    )
    assert (left.has_errors, left.unmatched_count) == (False, 1)
    assert received(session, B) == Decimal("10.00")
    assert ledger.customer_balance(session, "K0002") == Decimal("20.00")
    done = desk.resolve([{"lineId": third, "decision": "not_customer", "explanation": "银行利息"}])
    assert done.unmatched_count == 0
    assert done.case_status == "收款已登记"
    assert [state for state, _ in states(session)] == ["resolved"] * 3
    again = desk.take_in(row("30.00", "丙", "?", "3"), row("10.00", "甲", "?", "1"))
    assert again.unmatched_count == 0


@pytest.mark.rule("A6", "X3")
def test_a_form_with_one_wrong_claim_books_none_of_them(desk: ReceiptsDesk) -> None:
    first, second, third = unmatched(desk)
    before = count(desk.session)
    right = {"lineId": first, "decision": "contract", "contractNo": A}
    for wrong, said in (
        ({"lineId": second, "decision": "contract", "contractNo": "HT-2026-9999"}, "台帐中没有"),
        ({"lineId": second, "decision": "contract", "contractNo": None}, "合同：请填写"),
        ({"lineId": second, "decision": "balance", "customerNo": "K9999"}, "没有客户"),
        ({"lineId": second, "decision": "not_customer", "explanation": ""}, "说明"),
        ({"lineId": second, "decision": "gift"}, "认领方式"),
        ({"lineId": "999999", "decision": "contract", "contractNo": A}, "已不在"),
        ({"lineId": first, "decision": "contract", "contractNo": A}, "已不在"),
        ("nonsense", "格式不正确"),
    ):
        refused = desk.resolve([right, wrong])
        assert said in refused.form_errors[0].message
        assert refused.unmatched_count == 3
    for nothing in ([], None, "x", [{"lineId": third, "decision": ""}]):
        assert desk.resolve(nothing).has_errors
    assert count(desk.session) == before


@pytest.mark.rule("A6")
def test_a_waiting_payment_is_claimed_and_not_entered_by_hand(desk: ReceiptsDesk) -> None:
    unmatched(desk)
    desk.open()
    refused = desk.record(contract_no=A, amount="10.00", bank_reference="1")
    assert "等待认领" in refused.form_errors[0].message


@pytest.mark.rule("A6")
def test_money_in_another_currency_is_never_booked_as_yuan(desk: ReceiptsDesk) -> None:
    contract_of(desk.session)
    foreign = row("100.00", remark=A, reference="1")
    foreign[-1] = "USD"
    imported = desk.take_in(foreign)
    (claim,) = imported.claims
    assert (claim.amount, claim.reason) == ("USD 100.00", "币种为USD，不是人民币")
    refused = desk.resolve([{"lineId": claim.line_id, "decision": "contract", "contractNo": A}])
    assert "结汇" in refused.form_errors[0].message
    done = desk.resolve([{"lineId": claim.line_id, "decision": "not_customer", "explanation": "结汇后登记"}])
    assert done.unmatched_count == 0


# -- withdrawal ------------------------------------------------------------------------------------------------


@pytest.mark.rule("X4")
def test_a_statement_is_withdrawn_while_nothing_is_booked_and_may_come_again(desk: ReceiptsDesk) -> None:
    ids = unmatched(desk)
    assert desk.withdraw(STRANGER).withdraw_outcome == "kept"
    withdrawn = desk.withdraw()
    assert (withdrawn.withdraw_outcome, withdrawn.case_status) == ("withdrawn", "已撤回")
    assert desk.resolve([{"lineId": ids[0], "decision": "contract", "contractNo": A}]).has_errors
    again = desk.take_in(
        row("10.00", "甲", "?", "1"), row("20.00", "乙", "?", "2"), row("30.00", "丙", "?", "3")
    )
    assert again.unmatched_count == 3


@pytest.mark.rule("X4")
def test_booked_money_is_not_withdrawn(desk: ReceiptsDesk) -> None:
    contract_of(desk.session)
    desk.take_in(row("10.00", remark=A), row("20.00", "乙"))
    kept = desk.withdraw()
    assert kept.withdraw_outcome == "kept"
    assert "冲正" in kept.withdraw_errors[0].message


@pytest.mark.rule("X6")
def test_another_instance_does_not_work_on_the_case(desk: ReceiptsDesk) -> None:
    desk.open()
    other = ReceiptsDesk(desk.session, "another", desk.case_no)
    with pytest.raises(InvalidInput, match="another process instance"):
        other.record(contract_no=A)


@pytest.mark.rule("X6")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE receipts SET amount = amount + 1",
        "DELETE FROM receipts",
        "UPDATE bank_statements SET content = 'x'",
        "DELETE FROM bank_statements",
        "UPDATE bank_statement_lines SET amount = 1",
        "UPDATE bank_statement_lines SET state = 'unmatched'",
        "DELETE FROM bank_statement_lines",
    ],
)
def test_the_database_refuses_to_change_what_was_received(desk: ReceiptsDesk, change: str) -> None:
    contract_of(desk.session)
    desk.take_in(row("10.00", remark=A))
    with pytest.raises(DBAPIError, match="refused"), desk.session.begin_nested():
        desk.session.execute(text(change))


def test_the_case_is_one_of_its_kind(desk: ReceiptsDesk) -> None:
    desk.open()
    assert cases.find(desk.session, desk.case_no).kind == "receipts"
