"""Refunds of a customer's balance on the real database (A6, X3, X4)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.contract_desk import ORG
from tests.integration.debts_desk import NOW, TODAY, contract_of
from tests.integration.receipts_desk import ReceiptsDesk
from tests.integration.refunds_desk import BOSS, CLERK, COLLEAGUE, DEPUTY, REFUND, RefundsDesk
from workers import cases, documents, ledger, refunds
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind, LedgerEntry
from workers.refunds import starting
from workers.refunds.store import Refund, RefundPayment

A = "HT-2026-8001"


@pytest.fixture
def desk(session: Session) -> RefundsDesk:
    """A customer with a balance of 1,000 yuan, and a case that nobody has opened yet."""
    found = RefundsDesk(session)
    contract_of(session)
    keep(session, "1000.00", "预收1")
    return found


def keep(session: Session, amount: str, reference: str) -> None:
    """Money of the customer that belongs to no contract."""
    ReceiptsDesk(session, reference).enter(
        receipt_action="prepayment", customer_no="K0001", amount=amount, bank_reference=reference
    )


def another(session: Session, **fields: str) -> RefundsDesk:
    """A second refund."""
    found = RefundsDesk(session, "another")
    found.open()
    found.check(**fields)
    return found


def balance(session: Session) -> Decimal:
    return ledger.customer_balance(session, "K0001")


def said(found: object) -> str:
    return "；".join(one.message for one in found.form_errors)  # type: ignore[attr-defined]


@pytest.mark.rule("A6", "C12", "X5")
def test_a_refund_that_is_signed_and_paid_lowers_the_balance_by_the_banks_date(desk: RefundsDesk) -> None:
    desk.fill()
    assert (desk.checked.paper_kind, desk.checked.paper_title) == ("refund", "退款单")
    assert balance(desk.session) == 1000
    desk.sign(DEPUTY)
    desk.arrange()
    paid = desk.pay()
    assert (paid.pay_outcome, balance(desk.session)) == ("paid", 400)
    query = select(LedgerEntry).where(LedgerEntry.reference == desk.case_no)
    (entry,) = desk.session.scalars(query)
    assert (entry.book, entry.kind, entry.amount) == (Book.FINANCE, EntryKind.BALANCE, Decimal("-600.00"))
    assert (entry.value_date, entry.customer_no) == (date(2026, 6, 30), "K0001")
    assert entry.reference_sha256 == documents.find(desk.session, desk.case_no).sha256
    assert cases.find(desk.session, desk.case_no).state == cases.CLOSED
    payment = desk.session.get_one(RefundPayment, desk.case_no)
    assert (payment.bank_reference, payment.recorded_by) == ("付款7001", COLLEAGUE)


@pytest.mark.rule("A6")
def test_a_refund_of_the_policys_large_amount_is_another_kind_of_paper(desk: RefundsDesk) -> None:
    keep(desk.session, "600000.00", "预收2")
    desk.fill(refund_amount="499999.99")
    assert desk.checked.paper_kind == "refund"
    desk.give_back()
    assert desk.check(refund_amount="500000.00").paper_kind == "large_refund"
    desk.sign(DEPUTY, BOSS)
    desk.arrange()
    assert desk.pay().pay_outcome == "paid"


@pytest.mark.rule("A6", "X3")
def test_no_more_than_the_balance_is_promised_and_the_form_says_what_is_free(desk: RefundsDesk) -> None:
    opened = desk.open()
    assert "余额¥1,000.00，可退¥1,000.00" in opened.customer_options[0]["label"]
    found = desk.check(refund_amount="1000.01")
    assert "超过可退金额¥1,000.00(余额¥1,000.00)" in said(found)
    assert (found.refund_amount, found.paper_kind) == ("1000.01", None)
    assert desk.check(refund_amount="1000.00").form_errors == []
    other = another(desk.session, refund_amount="0.01")
    assert "¥1,000.00正在办理其他退款" in said(other.checked)
    assert refunds.free_balance(desk.session, "K0001") == 0


@pytest.mark.rule("A6")
def test_what_is_promised_pays_no_contract_and_its_receipt_is_not_taken_back(desk: RefundsDesk) -> None:
    desk.fill()
    clerk = ReceiptsDesk(desk.session, "offset")
    clerk.open()
    found = clerk.record(receipt_action="offset", contract_no=A, amount="400.01")
    assert "正在办理退款，还差¥0.01" in said(found)
    assert balance(desk.session) == 1000
    (receipt,) = [one["value"] for one in found.receipt_options if "预收1" in one["label"]]
    found = clerk.record(receipt_action="reversal", receipt_id=receipt, reversal_reason="退票")
    assert "正在办理退款" in said(found)
    assert clerk.record(receipt_action="offset", contract_no=A, amount="400.00").form_errors == []
    desk.sign(DEPUTY)
    desk.arrange()
    assert desk.pay().pay_outcome == "paid"
    assert balance(desk.session) == 0


@pytest.mark.rule("A6", "X4")
def test_a_refund_that_is_returned_or_withdrawn_promises_nothing(desk: RefundsDesk) -> None:
    desk.fill()
    back = desk.give_back("请写明终止协议编号")
    assert (back.return_comment, back.refund_amount) == ("请写明终止协议编号", "600.00")
    assert back.payee_account == "1103020209000000001"
    assert refunds.free_balance(desk.session, "K0001") == 1000
    assert desk.check(refund_amount="700").form_errors == []
    assert refunds.free_balance(desk.session, "K0001") == 300
    assert desk.withdraw(COLLEAGUE).withdraw_outcome == "kept"
    assert desk.withdraw(reason=" ").withdraw_outcome == "kept"
    assert desk.withdraw().withdraw_outcome == "withdrawn"
    assert refunds.free_balance(desk.session, "K0001") == 1000
    assert documents.find(desk.session, desk.case_no).state == "void"


@pytest.mark.rule("X4")
def test_a_refund_that_was_paid_is_not_withdrawn(desk: RefundsDesk) -> None:
    desk.ready()
    desk.pay()
    found = desk.withdraw()
    assert (found.withdraw_outcome, found.withdraw_errors[0].message) == ("kept", "本案已撤回或结束")
    with pytest.raises(cases.CaseEnded):
        desk.check()


@pytest.mark.rule("A6", "X5")
def test_nothing_is_paid_without_the_signature_in_the_database(desk: RefundsDesk) -> None:
    desk.fill()
    with pytest.raises(InvalidInput, match="not signed"):
        desk.arrange()
    with pytest.raises(InvalidInput, match="not signed"):
        desk.pay()
    desk.sign(DEPUTY)
    desk.arrange()
    assert desk.pay(pay_decision="return", pay_remark="账号有误").pay_outcome == "returned"
    desk.give_back()
    desk.check()
    with pytest.raises(InvalidInput, match="not signed"):
        desk.pay()
    assert balance(desk.session) == 1000


@pytest.mark.rule("A6", "X3")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"pay_decision": None}, "请选择已付款或退回修改"),
        ({"pay_decision": "return"}, "无法付款的原因"),
        ({"bank_reference": " "}, "银行流水号"),
        ({"paid_on": None}, "付款日期"),
        ({"paid_on": (TODAY + timedelta(days=1)).isoformat()}, "还没有到"),
        ({"paid_on": (TODAY - timedelta(days=1)).isoformat()}, "早于退款单的批准日期"),
        ({"bank_reference": "预 收1"}, "已在LS-"),
        ({"signed_by": "zhaolei"}, "只有财务部可以办理"),
    ],
)
def test_a_wrong_payment_comes_back_and_nothing_is_entered(
    desk: RefundsDesk, fields: dict[str, str], expected: str
) -> None:
    desk.ready()
    found = desk.pay(**fields)
    assert found.pay_outcome == "invalid"
    assert expected in said(found)
    assert balance(desk.session) == 1000


@pytest.mark.rule("A6", "X6")
def test_a_banks_reference_stands_for_one_payment_in_either_direction(desk: RefundsDesk) -> None:
    desk.ready(refund_amount="100")
    desk.pay()
    other = another(desk.session, refund_amount="100")
    other.sign(DEPUTY)
    other.arrange()
    assert f"已在{desk.case_no}登记" in said(other.pay())
    clerk = ReceiptsDesk(desk.session, "again")
    clerk.open()
    found = clerk.record(receipt_action="prepayment", customer_no="K0001", bank_reference="付款7001")
    assert f"已在{desk.case_no}登记为付款" in said(found)
    with pytest.raises(DBAPIError), desk.session.begin_nested():
        desk.session.execute(text("DELETE FROM refund_payments"))


@pytest.mark.rule("A6", "X6")
def test_a_refund_that_was_paid_stays_as_it_is(desk: RefundsDesk) -> None:
    desk.ready()
    desk.pay()
    with pytest.raises(DBAPIError, match="stays as it is"), desk.session.begin_nested():
        desk.session.execute(text("UPDATE refunds SET amount = 1"))


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"customer_no": "K9999"}, "没有客户K9999"),
        ({"customer_no": None}, "客户：请填写"),
        ({"refund_amount": "-5"}, "退款金额"),
        ({"refund_amount": {"a": 1}}, "退款金额"),
        ({"payee_bank": "x" * 201}, "开户银行"),
        ({"payee_account": "12 34"}, "应为5到40位"),
        ({"payee_account": "'; DROP TABLE refunds; --"}, "应为5到40位"),
        ({"refund_reason": ""}, "退款原因"),
        ({"signed_by": "chenxiaoyan"}, "只有财务部可以办理"),
    ],
)
def test_a_wrong_form_comes_back_in_chinese(
    desk: RefundsDesk, fields: dict[str, object], expected: str
) -> None:
    desk.open()
    found = desk.check(**fields)
    assert expected in said(found)
    assert desk.session.get(Refund, desk.case_no) is None


@pytest.mark.rule("A6")
def test_the_paper_warns_of_a_payee_who_is_not_the_customer(desk: RefundsDesk) -> None:
    desk.open()
    assert desk.check().form_errors == []
    name = cases_fact(desk, "客户").split("(K0001)")[0]
    desk.give_back()
    desk.check(payee=name)
    assert cases_fact(desk, "收款户名") == name
    desk.give_back()
    desk.check(payee=" ")
    assert cases_fact(desk, "收款户名") == name
    desk.give_back()
    desk.check(payee="某人")
    assert cases_fact(desk, "收款户名") == "某人(与客户名称不一致，请核实)"


def cases_fact(desk: RefundsDesk, label: str) -> str:
    assert desk.checked is not None
    return next(one.value for one in desk.checked.paper_facts if one.label == label)


@pytest.mark.rule("X1")
def test_a_command_is_checked_by_the_forms_rules(desk: RefundsDesk) -> None:
    names = starting.FIELDS[1:]
    data = dict(zip(names, REFUND.values(), strict=True))
    assert starting.check(desk.session, ORG, data, TODAY) == []
    assert starting.check(desk.session, ORG, {**data, "refundAmount": "1000.01"}, TODAY)
    program = RefundsDesk(desk.session, "program")
    opened = program.open("salesflow", applicant=CLERK, **REFUND)
    assert (opened.refund_attached, opened.applicant) == (True, CLERK)
    assert program.check(signed_by=None).form_errors == []
    with pytest.raises(InvalidInput, match="may start"):
        RefundsDesk(desk.session, "stranger").open("zhaolei")
    assert program.at(NOW).case_no == opened.case_no
