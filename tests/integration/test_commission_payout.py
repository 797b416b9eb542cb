"""The commission paper: never more than payable, signed, paid once, or sent back (C9, A4, X3, X4, X5, X6)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.closing_desk import CLERK, ORG, PayoutDesk
from tests.integration.ledger_desk import NOW, Desk, in_force
from workers import cases, commission, documents, ledger
from workers.calendar import SHANGHAI
from workers.commission import starting
from workers.commission.store import CommissionPayment
from workers.errors import InvalidInput
from workers.ledger import EntryKind
from workers.receipts import booking
from workers.receipts.kept import Money
from workers.receipts.references import Refused
from workers.signals import Signal

K, D = EntryKind, Decimal
MARCH = NOW.date().replace(day=1)
ONE, TWO = "HT-2026-7101", "HT-2026-7102"


@pytest.fixture
def desk(session: Session) -> PayoutDesk:
    """Two contracts of zhaolei's with 6.00 and 4.80 accrued."""
    for number, received in ((ONE, "500"), (TWO, "400")):
        Desk(session, in_force(session, number)).finance(K.RECEIPT, received)
    commission.accrue_all(session, MARCH, NOW)
    return PayoutDesk(session)


def errors(output: object) -> list[str]:
    return [one.message for one in output.form_errors]  # type: ignore[attr-defined]


def paid(session: Session) -> dict[str, Decimal]:
    return {one: ledger.account(session, one).paid_out for one in (ONE, TWO)}


@pytest.mark.rule("C9", "X5", "X6")
def test_an_approved_paper_is_paid_once_and_stands_in_finances_book(desk: PayoutDesk) -> None:
    session = desk.session
    opened = desk.open(payout_reason="三月提成")
    assert opened.case_no.startswith("TC-2026-")
    assert [one["value"] for one in opened.salesperson_options] == ["zhaolei"]
    shown = desk.prepare(payouts=None)
    assert (shown.has_errors, errors(shown)) == (True, [])
    assert shown.payout_notice == "已列出该业务员的合同，请核对应发金额，然后再提交"
    assert [(one.contract_no, one.percent, one.accrued, one.payable) for one in shown.payable_rows] == [
        (ONE, "50.00%", "¥6.00", "¥6.00"),
        (TWO, "40.00%", "¥4.80", "¥4.80"),
    ]
    assert shown.payouts == [
        {"contractNo": ONE, "amount": "6.00"},
        {"contractNo": TWO, "amount": "4.80"},
    ]
    prepared = desk.prepare(payouts=shown.payouts)
    assert not prepared.has_errors
    assert (prepared.paper_kind, prepared.paper_no) == ("commission", opened.case_no)
    assert prepared.paper_amount_fen == 1080
    assert prepared.paper_document is not None
    assert desk.sign() == "approved"
    arranged = desk.arrange()
    assert (arranged.payout_total, arranged.payout_in_words) == ("¥10.80", "壹拾元捌角")
    assert documents.find(session, opened.case_no).version == 2
    assert desk.pay().pay_outcome == "paid"
    assert paid(session) == {ONE: D("6.00"), TWO: D("4.80")}
    entries = ledger.entries(session, ONE, kinds=[K.PAYOUT])
    assert [(one.reference, one.amount) for one in entries] == [(opened.case_no, D("6.00"))]
    assert entries[0].reference_sha256 == documents.find(session, opened.case_no).sha256
    assert desk.pay(bank_reference="B-2").pay_outcome == "invalid"
    assert paid(session) == {ONE: D("6.00"), TWO: D("4.80")}
    assert desk.withdraw().withdraw_outcome == "kept"
    assert session.get(CommissionPayment, opened.case_no) is not None
    assert ledger.verify(session) == []


@pytest.mark.rule("C9", "X3")
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"contractNo": ONE, "amount": "6.01"}], "实发¥6.01超过应发¥6.00"),
        ([{"contractNo": ONE, "amount": "-1"}], "必须大于0"),
        ([{"contractNo": ONE, "amount": "many"}], "不是有效金额"),
        ([{"contractNo": ONE, "amount": "1"}, {"contractNo": "X", "amount": "1"}], "没有合同不计提成"),
        ([{"contractNo": ONE, "amount": "1"}, {"contractNo": ONE, "amount": "1"}], "重复"),
        ([{"contractNo": ONE, "amount": "0"}], "没有要发放的金额"),
        ([1, {"contractNo": ONE, "amount": "1"}], "格式不正确"),
    ],
)
def test_a_form_with_mistakes_comes_back_and_files_nothing(
    desk: PayoutDesk, rows: object, message: str
) -> None:
    desk.open()
    found = desk.prepare(payouts=rows)
    assert found.has_errors
    assert any(message in one for one in errors(found))
    assert found.paper_no is None
    with pytest.raises(InvalidInput, match="no commission paper"):
        desk.arrange()


@pytest.mark.rule("C9", "X3")
def test_only_sales_operations_fills_and_only_finance_pays(desk: PayoutDesk) -> None:
    desk.open()
    assert desk.prepare(signed_by="xuhong", payouts=[]).has_errors
    assert not desk.filled().has_errors
    with pytest.raises(InvalidInput, match="not approved"):
        desk.pay()
    desk.sign()
    assert desk.pay(by=CLERK).pay_outcome == "invalid"
    assert desk.pay(paid_on="2099-01-01").pay_outcome == "invalid"
    assert desk.pay(paid_on="2026-03-01").pay_outcome == "invalid"
    assert desk.pay(bank_reference=" ").pay_outcome == "invalid"
    assert paid(desk.session) == {ONE: D(0), TWO: D(0)}


@pytest.mark.rule("A4", "C9")
def test_what_was_withheld_after_the_approval_is_not_paid_and_comes_back_to_sales_operations(
    desk: PayoutDesk,
) -> None:
    session = desk.session
    desk.open()
    desk.filled()
    desk.sign()
    desk.arrange()
    commission.withhold(session, ONE, D("2.00"), value_date=NOW.date(), posted_at=NOW)
    found = desk.pay()
    assert found.pay_outcome == "changed"
    assert "批准¥6.00，现应发¥4.00" in (found.return_comment or "")
    assert paid(session) == {ONE: D(0), TWO: D(0)}
    back = desk.send_back(found.return_comment)
    assert [one.withheld for one in back.payable_rows] == ["¥2.00", "¥0.00"]
    assert cases.approved(session, desk.case_no, "commission") is None
    with pytest.raises(InvalidInput):
        desk.pay()
    again = desk.prepare(payouts=[{"contractNo": ONE, "amount": "4.00"}])
    assert not again.has_errors
    desk.sign()
    assert desk.pay().pay_outcome == "paid"
    assert paid(session) == {ONE: D("4.00"), TWO: D(0)}


@pytest.mark.rule("C9", "A6")
def test_a_bank_reference_that_stands_for_other_money_pays_no_commission(desk: PayoutDesk) -> None:
    opened = desk.open()
    money = Money(D(5), NOW.date(), "流水77", "", "", opened.case_no, "xuhong", NOW)
    booking.keep_as_balance(desk.session, money, "K0001")
    assert not desk.filled().has_errors
    desk.sign()
    desk.arrange()
    assert errors(desk.pay(bank_reference="流水77")) == [f"银行流水号：流水77已在{opened.case_no}登记"]
    assert desk.pay(bank_reference="流水78").pay_outcome == "paid"
    with pytest.raises(Refused, match="登记为付款"):
        booking.pay(desk.session, replace(money, bank_reference="流水78"), ONE)


@pytest.mark.rule("C9")
def test_what_is_on_its_way_on_another_paper_is_not_paid_a_second_time(desk: PayoutDesk) -> None:
    desk.open()
    desk.prepare(payouts=[{"contractNo": ONE, "amount": "5.00"}])
    other = PayoutDesk(desk.session, instance="another")
    other.open()
    found = other.prepare(payouts=[{"contractNo": ONE, "amount": "2.00"}])
    assert "其中¥5.00已在其他提成单上办理" in errors(found)[0]
    assert not other.prepare(payouts=[{"contractNo": ONE, "amount": "1.00"}]).has_errors
    desk.withdraw()
    assert not other.prepare(payouts=[{"contractNo": ONE, "amount": "6.00"}]).has_errors


@pytest.mark.rule("C9", "X4")
def test_a_returned_paper_shows_its_amounts_again_a_rejected_one_ends(desk: PayoutDesk) -> None:
    session = desk.session
    desk.open()
    desk.prepare(payouts=[{"contractNo": ONE, "amount": "5.00"}], payout_note="先发一部分")
    assert desk.sign("return") == "returned"
    back = desk.send_back("财务部(郭静):金额再核对")
    assert back.payouts == [{"contractNo": ONE, "amount": "5.00"}, {"contractNo": TWO, "amount": "4.80"}]
    assert (back.return_comment, back.payout_note) == ("财务部(郭静):金额再核对", "先发一部分")
    desk.filled()
    assert desk.sign("reject") == "rejected"
    assert "否决" in desk.close().case_status
    assert desk.withdraw().withdraw_errors
    assert documents.find(session, desk.case_no).state == "void"


@pytest.mark.rule("X4")
def test_the_starter_withdraws_until_it_is_paid(desk: PayoutDesk) -> None:
    desk.open()
    desk.filled()
    assert [one.message for one in desk.withdraw(by="liuyang").withdraw_errors] == [
        "只有发起人或其代理人可以撤回"
    ]
    assert desk.withdraw(reason="").withdraw_outcome == "kept"
    assert desk.withdraw().withdraw_outcome == "withdrawn"
    assert desk.filled().has_errors
    assert paid(desk.session) == {ONE: D(0), TWO: D(0)}


@pytest.mark.rule("C9", "X1", "X6")
def test_a_closed_month_opens_a_case_for_each_salesperson_with_something_to_be_paid(desk: PayoutDesk) -> None:
    session = desk.session
    [number] = commission.announce(session, ORG, MARCH, NOW)
    [signal] = session.query(Signal).filter_by(business_key=number).all()
    assert (signal.message, signal.starts) == ("Msg_CommissionDue", "CommissionPayoutProcess")
    taken = PayoutDesk(session, instance="started")
    taken.case_no = number
    opened = taken.open("salesflow", salesperson="zhaolei", payout_reason=signal.variables["payoutReason"])
    assert (opened.case_no, opened.applicant) == (number, CLERK)
    assert opened.payable_total == "¥10.80"
    assert "2026年3月" in opened.payout_reason
    session.expire_all()
    assert signal.read_at is not None
    late = PayoutDesk(session, instance="late")
    late.case_no = number
    with pytest.raises(InvalidInput, match="another process instance"):
        late.open("salesflow")
    assert not taken.filled().has_errors
    assert commission.announce(session, ORG, MARCH, NOW) == []


@pytest.mark.rule("X1", "X3")
def test_a_payout_by_command_is_checked_before_it_starts(desk: PayoutDesk) -> None:
    session, today = desk.session, NOW.astimezone(SHANGHAI).date()
    assert starting.check(session, ORG, {"salesperson": "zhaolei"}, today) == []
    for person in ("wuqian", "nobody", None, 5):
        assert starting.check(session, ORG, {"salesperson": person}, today)


@pytest.mark.rule("C4", "X6")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE commission_papers SET total = total + 1",
        "DELETE FROM commission_lines",
        "UPDATE commission_lines SET amount = amount - 1",
        "DELETE FROM commission_papers",
    ],
)
def test_a_filed_paper_stays_as_it_was_filed(desk: PayoutDesk, change: str) -> None:
    desk.open()
    desk.filled()
    with pytest.raises(DBAPIError, match="refused"):
        desk.session.execute(text(change))
