"""A bill's money: by transfer, statement or at the counter, in parts or too much, and taken back (W9, A6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.receipts_desk import ReceiptsDesk, row
from tests.integration.service_desk import ServiceDesk
from workers import bills, cases, customers, ledger, signals
from workers.receipts import booking
from workers.receipts.kept import Money
from workers.receipts.references import Refused
from workers.receipts.store import IGNORED, MATCHED, UNMATCHED, Receipt, StatementLine
from workers.service import collecting
from workers.service import work_messages as w

MESSAGE = "Msg_ServicePayment"


@pytest.fixture
def desk(session: Session) -> ServiceDesk:
    """A bill of ¥540.00 whose customer pays by transfer."""
    found = ServiceDesk(session)
    found.finished()
    found.bill()
    assert found.explain(payment_way="transfer", payment_reference=None).bill_outcome == "finance"
    assert found.read().bill_left == "¥540.00"
    return found


@pytest.fixture(autouse=True)
def the_books_are_whole(session: Session) -> Iterator[None]:
    yield
    assert ledger.verify(session) == []


def bank(desk: ServiceDesk, instance: str = "bank") -> ReceiptsDesk:
    """Finance's desk for the bank's money, at the same moment."""
    found = ReceiptsDesk(desk.session, instance, case_no="none yet")
    found.now = desk.now
    return found


def bill_of(desk: ServiceDesk) -> bills.ServiceBill:
    return desk.session.scalars(
        select(bills.ServiceBill).where(bills.ServiceBill.case_no == desk.case_no)
    ).one()


def payer(desk: ServiceDesk) -> str:
    return customers.find(desk.session, bill_of(desk).customer_no).name


def balance(desk: ServiceDesk) -> Decimal:
    return ledger.customer_balance(desk.session, bill_of(desk).customer_no)


def line(
    desk: ServiceDesk, amount: str, name: str = "", remark: str = "维修", reference: str = ""
) -> list[str]:
    return row(amount, name or payer(desk), remark, reference, desk.now.date().isoformat())


def lines(session: Session) -> list[tuple[str, str]]:
    query = select(StatementLine.state, StatementLine.reason).order_by(StatementLine.id)
    return [(state, reason) for state, reason in session.execute(query)]


@pytest.mark.rule("W9", "A6")
def test_too_little_waits_for_the_rest_and_the_customer_may_bring_it_to_the_counter(
    desk: ServiceDesk,
) -> None:
    paid = desk.transfer("流水1", "500.00")
    assert (paid.form_errors, paid.transfer_reference) == ([], None)
    waiting = desk.read()
    assert (waiting.payment_outcome, waiting.bill_left) == ("waiting", "¥40.00")
    assert waiting.case_status.endswith("已收¥500.00，尚欠¥40.00")
    assert "只有服务顾问可以办理" in desk.pay_after_all("收1", by="xuhong").form_errors[0].message
    assert desk.pay_after_all("收1").form_errors == []
    assert desk.pay_after_all("收1").form_errors == []  # the step came twice
    assert (desk.read().payment_outcome, desk.order.state) == ("paid", "paid")
    assert "不能重复登记" in desk.pay_after_all("收2").form_errors[0].message
    assert desk.hand_back().return_outcome == "returned"


@pytest.mark.rule("W9", "A6")
def test_too_much_becomes_the_customers_balance_and_pays_the_next_bill(desk: ServiceDesk) -> None:
    paid = desk.transfer("流水2", "600.00")
    assert "超出结算单的¥60.00转入客户余额" in paid.case_history[-1].comment
    assert (desk.read().payment_outcome, balance(desk)) == ("paid", Decimal("60.00"))
    receipt = desk.session.scalars(select(Receipt)).one()
    bank(desk).enter(receipt_action="reversal", receipt_id=str(receipt.id), reversal_reason="退票")
    assert (balance(desk), bills.left(desk.session, bill_of(desk))) == (0, Decimal("540.00"))


@pytest.mark.rule("W9", "A6")
def test_a_balance_pays_a_bill_and_never_more_than_it_takes(desk: ServiceDesk) -> None:
    clerk, number = bank(desk), bill_of(desk).bill_no
    clerk.enter(
        receipt_action="prepayment",
        customer_no=bill_of(desk).customer_no,
        amount="1000.00",
        value_date=desk.now.date().isoformat(),
    )
    clerk = bank(desk, "offset")
    clerk.open(receipt_way="single")
    refused = clerk.record(receipt_action="offset", contract_no=number, amount="540.01")
    assert f"维修结算单{number}应付¥540.00" in refused.form_errors[0].message
    unknown = clerk.record(receipt_action="offset", contract_no="HT-1999-0001", amount="1.00")
    assert "台帐中没有合同HT-1999-0001" in unknown.form_errors[0].message
    assert clerk.record(receipt_action="offset", contract_no=number, amount="540.00").form_errors == []
    assert (desk.read().payment_outcome, balance(desk)) == ("paid", Decimal("460.00"))


@pytest.mark.rule("W9", "A6", "X6")
def test_a_bank_reference_stands_for_one_payment_whatever_it_pays(desk: ServiceDesk) -> None:
    desk.transfer("流水3", "100.00")
    known = desk.transfer("流水3", "100.00").form_errors[0]
    assert (known.field, f"维修结算单{bill_of(desk).bill_no}，不能重复登记" in known.message) == (
        "transferReference",
        True,
    )
    assert "流水3已在" in desk.pay_after_all("流水3").form_errors[0].message
    desk.pay_after_all("收3")
    with pytest.raises(Refused, match="柜台收款"):
        booking.keep_as_balance(
            desk.session,
            Money(Decimal(1), desk.now.date(), "收3", "", "", desk.case_no, "xuhong", desk.now),
            bill_of(desk).customer_no,
        )
    bank(desk).take_in(line(desk, "100.00", reference="流水3"), line(desk, "440.00", reference="收3"))
    assert [state for state, _ in lines(desk.session)] == [IGNORED, IGNORED]


@pytest.mark.rule("W9", "A6")
def test_a_statement_that_names_the_bill_pays_it_and_the_visit_hears_of_it(desk: ServiceDesk) -> None:
    number = bill_of(desk).bill_no
    remark = f"维修 {number.replace('-', '')}"
    bank(desk).take_in(line(desk, "540.00", "代付的公司", remark, "流水4"))
    assert lines(desk.session) == [(MATCHED, "结算单编号")]
    assert signals.has_unread(desk.session, desk.case_no, [MESSAGE])
    assert desk.read().payment_outcome == "paid"
    assert not signals.has_unread(desk.session, desk.case_no, [MESSAGE])
    refused = desk.transfer("流水4", "540.00")
    assert "不能重复登记" in refused.form_errors[0].message


@pytest.mark.rule("W9", "A6")
def test_customer_and_amount_find_the_bill_and_anything_else_goes_to_finance(desk: ServiceDesk) -> None:
    clerk = bank(desk)
    imported = clerk.take_in(
        line(desk, "300.00", reference="流水5"),
        line(desk, "540.00", "不认识的人", reference="流水6"),
        line(desk, "540.00", remark="JS-2026-9999", reference="流水7"),
    )
    assert [state for state, _ in lines(desk.session)] == [UNMATCHED] * 3
    assert "未付的维修结算单" in lines(desk.session)[0][1]
    number = bill_of(desk).bill_no
    assert [one.candidates for one in imported.claims] == [number, number, "(无)"]
    assert number in [one["value"] for one in imported.contract_options]
    waits = desk.transfer("流水5", "300.00")
    assert "等待认领" in waits.form_errors[0].message
    claim = {"lineId": imported.claims[0].line_id, "decision": "contract", "contractNo": number}
    clerk.resolve([claim])
    assert desk.read().bill_left == "¥240.00"
    bank(desk, "rest").take_in(line(desk, "240.00", reference="流水8"))
    assert lines(desk.session)[-1] == (MATCHED, "客户和金额")
    assert desk.read().payment_outcome == "paid"


@pytest.mark.rule("W9", "A6")
def test_money_that_is_taken_back_keeps_the_car_until_it_is_there_again(desk: ServiceDesk) -> None:
    desk.transfer("流水9", "540.00")
    assert desk.read().payment_outcome == "paid"
    receipt = desk.session.scalars(select(Receipt)).one()
    bank(desk).enter(receipt_action="reversal", receipt_id=str(receipt.id), reversal_reason="退票")
    refused = desk.hand_back()
    assert "已冲正，尚欠¥540.00" in refused.form_errors[0].message
    day = desk.now.date().isoformat()
    again = {"amount": "540.00", "value_date": day, "bank_reference": "流水9", "payer": ""}
    bank(desk, "second try").enter(contract_no=bill_of(desk).bill_no, **again)
    assert desk.hand_back().return_outcome == "returned"
    assert cases.find(desk.session, desk.case_no).state == cases.CLOSED
    assert not signals.has_unread(desk.session, desk.case_no, [MESSAGE])


@pytest.mark.rule("W9", "X3")
def test_what_is_wrong_with_a_payment_comes_back_in_chinese(desk: ServiceDesk) -> None:
    assert "到账金额" in desk.transfer("流水10", "很多").form_errors[0].message
    assert "银行流水号" in desk.transfer(" ", "540.00").form_errors[0].message
    assert "收款凭证号" in desk.pay_after_all("").form_errors[0].message
    unsaid = collecting.record_payment(w.RecordPayment(signed_by="xuhong"), desk.uow, desk.task, desk.org)
    assert "收款方式" in unsaid.form_errors[0].message
    desk.now += timedelta(minutes=5)
    assert desk.read().payment_outcome == "waiting"


@pytest.mark.rule("W9", "X6")
def test_the_database_refuses_more_than_the_bill(desk: ServiceDesk) -> None:
    statement = text(
        "INSERT INTO service_payments (bill_no, amount, way, reference, by, at)"
        " VALUES (:bill, 540.01, 'counter', '多收', 'fengli', now())"
    )
    with pytest.raises(DBAPIError, match="still takes"), desk.session.begin_nested():
        desk.session.execute(statement, {"bill": bill_of(desk).bill_no})
