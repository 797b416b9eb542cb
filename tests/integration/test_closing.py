"""A month from its stock-take to its lock, on the real database (C4, C7, C12, X3, X4, X6)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.closing_desk import IN_APRIL, ONE, ORG, TWO, ClosingDesk, counted, found, small_books
from tests.integration.ledger_desk import NOW, Desk, in_force
from tests.pdf import text_of
from workers import cases, commission, debts, documents, ledger
from workers.calendar import SHANGHAI
from workers.closing import starting
from workers.closing.store import DifferenceResolution, StockCount
from workers.ledger import EntryKind
from workers.signals import Signal

K, D = EntryKind, Decimal
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def books(session: Session) -> Desk:
    return small_books(session)


@pytest.fixture
def desk(books: Desk) -> ClosingDesk:
    return ClosingDesk(books.session, IN_APRIL)


@pytest.mark.rule("C12", "X6")
def test_a_month_without_differences_is_closed_in_one_transaction(desk: ClosingDesk) -> None:
    session = desk.session
    opened = desk.open()
    assert (opened.case_no, opened.closing_month) == ("YJ-2026-03", "2026-03")
    assert [(one.item, one.book_stock) for one in opened.counts] == [(f"{ONE}/1", "10 米")]
    assert ("发货", "1", "¥200.00") in [(one.label, one.count, one.amount) for one in opened.sales_figures]
    assert desk.count(counted(opened.counts)).count_accepted
    assert desk.confirm_sales().sales_book_accepted
    shown = desk.reconcile()
    assert shown.reconciled, found(shown)
    assert (shown.differences_text, shown.expected_commission) == ("没有差异", "¥6.00")
    closed = desk.close()
    assert closed.close_outcome == "closed"
    assert "2026-03已结账" in closed.case_status
    assert ledger.last_closed(session) == MARCH
    [entry] = ledger.entries(session, ONE, kinds=[K.COMMISSION])
    assert (entry.amount, entry.month, entry.value_date) == (D("6.00"), MARCH, date(2026, 3, 31))
    assert documents.find(session, "YJ-2026-03").content.startswith(b"%PDF")
    assert documents.find(session, "YJ-2026-03-TC01").content.startswith(b"%PDF")
    signal = session.scalars(select(Signal).where(Signal.message == "Msg_CommissionDue")).one()
    assert signal.variables["salesperson"] == "zhaolei"
    assert ledger.verify(session) == []
    assert desk.withdraw().withdraw_errors
    assert desk.close().close_outcome == "again"


@pytest.mark.rule("C7", "X3")
def test_a_count_that_is_incomplete_or_overtaken_comes_back(desk: ClosingDesk, books: Desk) -> None:
    opened = desk.open()
    rows = counted(opened.counts)
    for wrong, message in (
        ([], "请至少填写一行"),
        ([{**rows[0], "counted": ""}], "请填写"),
        ([{**rows[0], "counted": "-1"}], "实盘数量"),
        ([{**rows[0], "counted": "viele"}], "实盘数量"),
        ([{**rows[0], "item": "HT-9/1"}], "没有结存"),
        ("nonsense", "格式不正确"),
    ):
        answer = desk.count(wrong)
        assert not answer.count_accepted
        assert any(message in one.message for one in answer.count_errors), answer.count_errors
    assert desk.count(rows, by="xuhong").count_errors
    books.goods(K.DISPATCH, "4")
    overtaken = desk.count(rows)
    assert "由10 米变为6 米" in overtaken.count_errors[0].message
    assert overtaken.counts[0].counted == "10"
    assert desk.count(counted(overtaken.counts, {f"{ONE}/1": "0"})).count_accepted
    [kept] = desk.session.scalars(select(StockCount)).all()
    assert (kept.book_quantity, kept.counted) == (D(6), D(0))


@pytest.mark.rule("X3")
def test_forms_of_the_wrong_post_or_without_the_tick_come_back(desk: ClosingDesk) -> None:
    opened = desk.open()
    assert desk.confirm_sales(ticked=False).sales_errors
    assert desk.confirm_sales(by="xuhong").sales_errors
    desk.count(counted(opened.counts))
    desk.confirm_sales()
    assert desk.reconcile().reconciled
    assert desk.resolve([], by="chenxiaoyan").has_errors
    for answer in (desk.close(ticked=False), desk.close(by="chenxiaoyan"), desk.close(ticked="true")):
        assert answer.close_outcome == "again"
        assert answer.close_errors
    assert ledger.last_closed(desk.session) is None


@pytest.mark.rule("C12", "X1", "X3")
def test_a_month_that_cannot_be_closed_comes_back_to_who_asked(desk: ClosingDesk) -> None:
    session, today = desk.session, IN_APRIL.date()
    for month, message in (
        ("2026-04", "2026-03还没有结账"),
        ("2026-05", "还没有开始"),
        ("2026年3月", "请按 2026-12 填写"),
    ):
        answer = desk.open(month)
        assert (answer.closing_outcome, answer.case_no) == ("invalid", None)
        assert message in answer.form_errors[0].message
        assert message in starting.check(session, ORG, {"month": month}, today)[0].message
    proposed = desk.open("")
    assert (proposed.closing_outcome, proposed.month) == ("invalid", "2026-03")
    assert "已填上最早未结的2026-03" in proposed.form_errors[0].message
    assert desk.open("x", abandon_requested=True).closing_outcome == "dropped"
    assert starting.check(session, ORG, {"month": "2026-03"}, today) == []
    assert desk.open().closing_outcome == "opened"
    second = ClosingDesk(session, IN_APRIL, "second")
    assert "YJ-2026-03正在办理" in second.open().form_errors[0].message
    assert starting.check(session, ORG, {"month": "2026-03"}, today)
    third = ClosingDesk(session, IN_APRIL, "third")
    assert third.first_of_month() is None
    third.case_no = "YJ-2026-03"
    assert third.open("2026-03", "salesflow", applicant="xuhong").closing_outcome == "dropped"


@pytest.mark.rule("C12", "X1")
def test_the_calendar_closes_the_oldest_open_month_and_finance_owns_it(desk: ClosingDesk) -> None:
    session = desk.session
    desk.now = datetime(2026, 6, 1, 8, 0, tzinfo=SHANGHAI)
    assert desk.first_of_month() == "2026-03"
    assert desk.first_of_month() == "2026-03"
    signal = session.scalars(select(Signal).where(Signal.message == "Msg_MonthCloseRequested")).one()
    assert signal.starts == "MonthlyCloseProcess"
    desk.case_no = signal.business_key
    opened = desk.open(signal.variables["month"], "salesflow", applicant=signal.variables["applicant"])
    assert (opened.closing_outcome, opened.case_no, opened.applicant) == ("opened", "YJ-2026-03", "xuhong")
    session.expire_all()
    assert signal.read_at is not None
    desk.count(counted(opened.counts))
    desk.confirm_sales()
    assert desk.close().close_outcome == "closed"
    assert desk.first_of_month() == "2026-04"


@pytest.mark.rule("C12")
def test_with_nothing_to_close_the_first_of_the_month_starts_nothing(session: Session) -> None:
    assert ClosingDesk(session, IN_APRIL).first_of_month() is None
    Desk(session, in_force(session, ONE))
    assert ClosingDesk(session, NOW).first_of_month() is None
    assert session.scalars(select(Signal).where(Signal.message == "Msg_MonthCloseRequested")).all() == []


@pytest.mark.rule("C12")
def test_the_running_month_closes_early_with_a_reason_that_stands_in_the_report(desk: ClosingDesk) -> None:
    desk.now = NOW
    assert desk.open("2026-03").form_errors[0].field == "earlyReason"
    opened = desk.open("2026-03", early_reason="季度审计")
    assert opened.early_reason_text == "季度审计"
    desk.count(counted(opened.counts))
    desk.confirm_sales()
    assert desk.close().close_outcome == "closed"
    late = Desk(desk.session, ONE).finance(K.RECEIPT, "10", reference="迟到")
    assert (late.month, late.value_date) == (APRIL, NOW.date())


@pytest.mark.rule("C12")
def test_what_arrives_late_counts_in_the_open_month_by_its_value_date_and_interest_is_adjusted(
    desk: ClosingDesk,
) -> None:
    session = desk.session
    owed = Desk(session, in_force(session, TWO))  # 30 % a week after the seal of 10 March
    desk.until_reconciled()
    assert desk.close().close_outcome == "closed"

    def interest() -> list[tuple[Decimal, date, date]]:
        entries = ledger.entries(session, owed.number, kinds=[K.INTEREST])
        return [(one.amount, one.month, one.value_date) for one in entries]

    last = date(2026, 3, 31)
    assert interest() == [(D("2.10"), MARCH, last)]  # 300 yuan, 14 days, 5 per ten thousand
    at = datetime(2026, 4, 3, 10, 0, tzinfo=SHANGHAI)
    debts.receive(
        session,
        contract_no=owed.number,
        amount=D(300),
        value_date=date(2026, 3, 24),
        bank_reference="迟到",
        posted_at=at,
    )
    [receipt] = ledger.entries(session, owed.number, kinds=[K.RECEIPT])
    assert (receipt.month, receipt.value_date) == (APRIL, date(2026, 3, 24))
    assert sum(one[0] for one in interest()) == D("0.90")  # the 6 days before the money came
    assert interest()[-1][1] == APRIL
    assert ledger.account(session, owed.number).accrued == 0
    assert commission.expected(session, APRIL) == D("3.60")
    assert ledger.verify(session) == []


def counts(session: Session, number: str, kind: EntryKind) -> list[tuple[Decimal, date, date]]:
    """The entries of a kind: amount, month in which it counts, value date."""
    return [(one.amount, one.month, one.value_date) for one in ledger.entries(session, number, kinds=[kind])]


def come_in(session: Session, number: str, amount: str, on: date, reference: str, at: datetime) -> None:
    """Money of a day is booked at a moment."""
    debts.receive(
        session,
        contract_no=number,
        amount=D(amount),
        value_date=on,
        bank_reference=reference,
        posted_at=at,
    )


@pytest.mark.rule("C12", "A3")
def test_interest_and_money_of_a_month_that_is_still_open_count_in_it(desk: ClosingDesk) -> None:
    """The review of the first at eight, and the last days' bank statement, come before the close."""
    session, last = desk.session, date(2026, 3, 31)
    owed = in_force(session, TWO)  # 30 % a week after the seal of 10 March
    debts.post_interest(session, owed, last, IN_APRIL)
    assert counts(session, owed, K.INTEREST) == [(D("2.10"), MARCH, last)]
    come_in(session, owed, "200", date(2026, 3, 28), "三月的钱", IN_APRIL)
    assert counts(session, owed, K.RECEIPT) == [(D(200), MARCH, date(2026, 3, 28))]
    # 11 days on 300 yuan and 4 on 100 in March, and the first of April on 100
    assert counts(session, owed, K.INTEREST)[1:] == [
        (D("-0.40"), MARCH, last),
        (D("0.05"), APRIL, date(2026, 4, 1)),
    ]
    come_in(session, owed, "50", date(2026, 4, 2), "四月的钱", datetime(2026, 4, 2, 9, 0, tzinfo=SHANGHAI))
    assert counts(session, owed, K.RECEIPT)[1:] == [(D(50), APRIL, date(2026, 4, 2))]
    desk.resolve_all(desk.until_reconciled().differences)
    figures = {(one.book, one.label): one.amount for one in desk.reconcile().month_figures}
    assert (figures["财务台帐", "逾期利息"], figures["财务台帐", "收款"]) == ("¥1.70", "¥700.00")
    assert desk.close().close_outcome == "closed"
    assert sum(one[0] for one in counts(session, owed, K.COMMISSION)) == D(
        "2.40"
    )  # 12 per mille of March's 200
    assert len(counts(session, owed, K.INTEREST)) == 4, "the close finds the month's interest posted"
    assert ledger.verify(session) == []


@pytest.mark.rule("C12", "A3")
def test_money_of_the_new_month_leaves_the_interest_of_the_open_one_in_it(desk: ClosingDesk) -> None:
    session, at = desk.session, datetime(2026, 4, 3, 9, 0, tzinfo=SHANGHAI)
    owed = in_force(session, TWO)
    come_in(session, owed, "10", date(2026, 4, 3), "四月的钱", at)
    entries = counts(session, owed, K.INTEREST)
    assert [one[1:] for one in entries] == [(MARCH, date(2026, 3, 31)), (APRIL, date(2026, 4, 3))]
    assert entries[0][0] == D("2.10")


@pytest.mark.rule("X4")
def test_a_withdrawn_closing_leaves_the_month_to_another_and_books_nothing(desk: ClosingDesk) -> None:
    session = desk.session
    shown = desk.until_reconciled(off={f"{ONE}/1": "2"})
    desk.resolve_all(shown.differences, "scrapped")
    assert [one.message for one in desk.withdraw(by="guojing").withdraw_errors] == [
        "只有发起人或其代理人可以撤回"
    ]
    assert desk.withdraw(reason=" ").withdraw_outcome == "kept"
    assert desk.withdraw().withdraw_outcome == "withdrawn"
    assert desk.close().close_outcome == "again"
    assert ledger.entries(session, ONE, kinds=[K.SCRAP]) == []
    again = ClosingDesk(session, IN_APRIL, "again")
    assert again.open().case_no == "YJ-2026-03-2"


@pytest.mark.rule("C12", "X5")
def test_who_resolved_what_and_why_is_kept_and_cannot_be_changed(desk: ClosingDesk, books: Desk) -> None:
    session = desk.session
    books.goods(K.DISPATCH, "4")
    shown = desk.until_reconciled()
    desk.resolve_all(shown.differences)
    [kept] = session.scalars(select(DifferenceResolution)).all()
    assert (kept.responsible, kept.decided_by, kept.reason) == ("zhaolei", "xuhong", "单据在途，下月补登")
    history = [(one.who, one.action) for one in cases.history(session, desk.case_no)]
    assert ("徐红", "处理差异") in history
    with pytest.raises(DBAPIError, match="refused"), session.begin_nested():
        session.execute(text("UPDATE difference_resolutions SET reason = 'y'"))
    with pytest.raises(DBAPIError, match="refused"), session.begin_nested():
        session.execute(text("DELETE FROM stock_counts"))


@pytest.mark.rule("C9", "C12")
def test_the_statements_of_the_salespersons_add_up_to_the_department(desk: ClosingDesk) -> None:
    session = desk.session
    for number, received, whose in (
        (TWO, "333.33", "zhaolei"),
        ("HT-2026-7103", "66.67", "wuqian"),
        ("HT-2026-7104", "100.00", "yaoyao"),
    ):
        Desk(session, in_force(session, number, salesperson=whose)).finance(K.RECEIPT, received)
    commission.accrue(session, "HT-2026-7104", MARCH, NOW)  # before the close, and not paid yet
    desk.resolve_all(desk.until_reconciled().differences)
    assert desk.close().close_outcome == "closed"

    def said(number: str) -> str:
        return text_of(documents.find(session, number).content)

    assert "本月计提提成(部门合计)¥10.79" in said("YJ-2026-03")
    statements = [said(f"YJ-2026-03-TC{index:02d}") for index in (1, 2, 3)]
    totals = {"吴倩": ("¥0.80", "¥0.80"), "姚瑶": ("¥0.00", "¥1.20"), "赵磊": ("¥9.99", "¥9.99")}
    for name, (accrued, payable) in totals.items():
        [own] = [text for text in statements if f"业务员{name}" in text]
        assert f"本月计提：{accrued}" in own
        assert f"应发：{payable}" in own
