"""What the reconciliation finds, and how a difference is resolved, on the real database (A6, C4, C7, C12)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.integration.closing_desk import (
    IN_APRIL,
    ONE,
    TWO,
    ClosingDesk,
    counted,
    found,
    resolved,
    small_books,
)
from tests.integration.ledger_desk import NOW, Desk, in_force, line
from workers import cases, commission, ledger
from workers.ledger import Book, EntryKind
from workers.signals import Signal

K, D = EntryKind, Decimal
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def books(session: Session) -> Desk:
    return small_books(session)


@pytest.fixture
def desk(books: Desk) -> ClosingDesk:
    return ClosingDesk(books.session, IN_APRIL)


@pytest.mark.rule("C4", "C12")
@pytest.mark.tampers("one side alone reverses a contract")
def test_every_difference_is_listed_with_both_sides_figures(desk: ClosingDesk) -> None:
    session = desk.session
    other = Desk(session, in_force(session, TWO, [line(), line(2, "5.00", "40")]))
    other.goods(K.PRODUCTION, "30")
    other.goods(K.INBOUND, "25")
    other.goods(K.DISPATCH, "12")
    other.goods(K.DELIVERY, "5", book=Book.FINANCE)
    other.finance(K.RECEIPT, "900")
    other.sales(K.INVOICE_REQUEST, "300")
    other.finance(K.INVOICE, "200")
    commission.accrue(session, TWO, MARCH, NOW)
    wrong = ledger.entries(session, ONE, book=Book.SALES, kinds=[K.CONTRACT])[0]
    ledger.reverse(session, Book.SALES, wrong.seq, reason="误登", posted_at=NOW)
    shown = desk.until_reconciled(off={f"{ONE}/1": "8", f"{TWO}/1": "14.5"})
    assert not shown.reconciled
    assert found(shown) == [
        ("合同金额", ONE, "销售台帐¥0.00", "财务台帐¥1,000.00"),
        ("已发货未签收", TWO, "已发货12米", "已签收5米"),
        ("已报产未入库", TWO, "已完工30米", "已入库25米"),
        ("盘点", ONE, "实盘8米", "台帐结存10米"),
        ("盘点", TWO, "实盘14.5米", "台帐结存13米"),
        ("开票申请与发票", TWO, "已申请¥300.00", "已开票¥200.00"),
        ("提成计提与发放", TWO, "已计提¥10.80", "已发放¥0.00，扣留¥0.00"),
    ]
    assert "盘亏2米" in shown.differences[3].description
    assert "盘盈1.5米" in shown.differences[4].description
    assert desk.close().close_outcome == "again"
    assert ledger.last_closed(session) is None


@pytest.mark.rule("C7", "C12")
def test_what_quality_has_refused_is_not_missing_in_the_warehouse(desk: ClosingDesk, books: Desk) -> None:
    batch = books.goods(K.PRODUCTION, "3").reference
    for change in (
        "INSERT INTO goods_papers (paper_no, kind, contract_no, state, drawn_at, destination)"
        " VALUES ('SC-1', 'notice', :no, 'issued', now(), '')",
        "INSERT INTO goods_papers (paper_no, kind, contract_no, notice_no, state, drawn_at, destination)"
        " VALUES (:batch, 'batch', :no, 'SC-1', 'issued', now(), '')",
        "INSERT INTO goods_records (paper_no, step, done_by, done_on, recorded_at, remark)"
        " VALUES (:batch, 'inspect', 'linxue', '2026-03-10', now(), '')",
        "INSERT INTO goods_record_lines (paper_no, step, line_no, quantity, refused, reason)"
        " VALUES (:batch, 'inspect', 1, 1, 2, '裂纹')",
    ):
        books.session.execute(text(change), {"no": ONE, "batch": batch})
    assert found(desk.until_reconciled()) == [("已报产未入库", ONE, "已完工31米", "已入库30米")]
    books.goods(K.INBOUND, "1")
    assert desk.reconcile().differences == []


def comes_back(session: Session, number: str, quantity: str) -> None:
    """Goods of line 1 have come back and are counted, as the room `returns` keeps them; finance has not booked them."""
    cases.open_case(session, number, "goods_return", "chenxiaoyan", "陈晓燕", NOW)
    for row in (
        "INSERT INTO goods_returns (case_no, contract_no, reason, state, filled_by, filled_at, received_by,"
        " received_on)"
        " VALUES (:no, :contract, '开裂', 'inspected', 'chenxiaoyan', :at, 'luozhiqiang', :day)",
        "INSERT INTO goods_return_lines (case_no, line_no, announced, received, bad, defect)"
        " VALUES (:no, 1, :many, :many, 0, '')",
    ):
        known = {"no": number, "contract": ONE, "at": NOW, "day": NOW.date(), "many": quantity}
        session.execute(text(row), known)


def book_return(session: Session, number: str, at: datetime) -> None:
    """Finance books it."""
    session.execute(
        text(
            "INSERT INTO goods_return_papers (case_no, signer, signed_on, scan, scan_sha256, media_type, recorded_by,"
            " recorded_at) VALUES (:no, '马志远', :day, 'x', encode(sha256('x'), 'hex'), '', 'xuhong', :at)"
        ),
        {"no": number, "day": at.date(), "at": at},
    )


@pytest.mark.rule("C7", "C8", "C12")
@pytest.mark.parametrize(
    ("counted", "listed"),
    [
        ("10", []),
        ("13", [("退货到货待入账", "多出3米，退货TH-2026-0001到货待入账")]),
        ("12", [("退货到货待入账", "多出2米，退货TH-2026-0001到货待入账")]),
        ("14", [("退货到货待入账", "多出3米，退货TH-2026-0001到货待入账"), ("盘点", "盘盈1米")]),
        ("9", [("盘点", "盘亏1米")]),
    ],
)
def test_goods_of_a_return_that_finance_has_not_booked_are_explained_and_no_surplus(
    desk: ClosingDesk, counted: str, listed: list[tuple[str, str]]
) -> None:
    session = desk.session
    comes_back(session, "TH-2026-0001", "3")
    shown = desk.until_reconciled(off={f"{ONE}/1": counted})
    assert [(one.kind, one.description.split("：")[1]) for one in shown.differences] == listed
    if counted == "13":
        book_return(session, "TH-2026-0001", IN_APRIL + timedelta(hours=1))
        desk.resolve_all(desk.reconcile().differences)
        assert desk.reconcile().reconciled


@pytest.mark.rule("C7", "C8")
def test_the_warehouse_counts_returned_goods_of_which_the_book_has_none_left(
    desk: ClosingDesk, books: Desk
) -> None:
    books.goods(K.DISPATCH, "10")
    books.goods(K.DELIVERY, "10", book=Book.FINANCE)
    comes_back(desk.session, "TH-2026-0001", "3")
    [row] = desk.open().counts
    assert (row.book_stock, row.goods.split("（")[1]) == ("0 米", "另有退货TH-2026-0001到货待入账3米）")


@pytest.mark.rule("C7", "C12", "X3")
def test_goods_of_a_line_of_which_the_book_has_none_are_counted_as_a_surplus(desk: ClosingDesk) -> None:
    gone = Desk(desk.session, in_force(desk.session, TWO))
    opened = desk.open()
    assert [one.item for one in opened.counts] == [f"{ONE}/1"]
    rows = counted(opened.counts)
    for beyond, said in (
        ([{"item": f"{TWO}/2", "counted": "1"}], "没有这个合同行"),
        ([{"item": "废话", "counted": "1"}], "没有这个合同行"),
        ([{"item": f"{ONE}/1", "counted": "1"}], "已在上面的清单中"),
        ([{"item": f"{TWO}/1", "counted": "0"}], "应大于0"),
        ([{"item": f"{TWO}/1", "counted": ""}], "请填写"),
        ([{"item": f"{TWO}/1", "counted": "1"}, {"item": f"{TWO}/1", "counted": "2"}], "重复"),
        ("废话", "格式不正确"),
    ):
        answer = desk.count(rows, beyond=beyond)
        assert not answer.count_accepted
        assert any(said in one.message for one in answer.count_errors), answer.count_errors
    assert desk.count(rows, beyond=[{"item": f" {TWO}／1 ", "counted": "2.5"}]).count_accepted
    desk.confirm_sales()
    [row] = desk.reconcile().differences
    assert (row.kind, row.contract_no, row.description.split("：")[1]) == ("盘点", gone.number, "盘盈2.5米")
    assert (row.sales_side, row.finance_side) == ("实盘2.5米", "台帐结存0米")
    desk.resolve_all([row])
    assert desk.close().close_outcome == "closed"


@pytest.mark.rule("C7", "C8", "C12")
def test_a_return_that_was_booked_before_the_count_explains_nothing(desk: ClosingDesk) -> None:
    comes_back(desk.session, "TH-2026-0001", "3")
    book_return(desk.session, "TH-2026-0001", NOW)
    shown = desk.until_reconciled(off={f"{ONE}/1": "13"})
    assert [(one.kind, one.description.split("：")[1]) for one in shown.differences] == [("盘点", "盘盈3米")]


def received(session: Session, reference: str, amount: str, **fields: object) -> None:
    """Money as the room `receipts` keeps it."""
    cases_known = session.get(cases.Case, "LS-2026-0001")
    if cases_known is None:
        cases.open_case(session, "LS-2026-0001", "bank_statement", "xuhong", "徐红", NOW)
    known = {
        "ref": reference,
        "kind": "payment",
        "contract": ONE,
        "amount": amount,
        "on": NOW.date(),
        "at": NOW,
        **fields,
    }
    row = text(
        "INSERT INTO receipts (bank_reference, kind, case_no, contract_no, customer_no, amount, value_date,"
        " payer, remark, recorded_by, recorded_at)"
        " VALUES (:ref, :kind, 'LS-2026-0001', :contract, 'C001', :amount, :on, '', '', 'xuhong', :at)"
    )
    session.execute(row, known)


def take_back(session: Session, reference: str) -> None:
    """The receipt of a statement's line is reversed."""
    gone = (
        "reversed_at = :at, reversed_by = 'xuhong', reversal_reason = '登记错误', reversal_case_no = case_no"
    )
    session.execute(
        text(f"UPDATE receipts SET {gone} WHERE bank_reference = :ref"), {"ref": reference, "at": NOW}
    )


def on_statement(session: Session, *lines: tuple[str, str, str]) -> None:
    """A bank statement with lines: key, amount, state."""
    statement = session.scalar(
        text(
            "INSERT INTO bank_statements (case_no, filename, content, sha256, account, state, faults, imported_by,"
            " imported_at) VALUES ('LS-2026-0001', 'x.csv', 'x', encode(sha256('x'), 'hex'), '1', 'open', '[]',"
            " 'xuhong', now()) RETURNING id"
        )
    )
    for number, (key, amount, state) in enumerate(lines, 1):
        row = text(
            "INSERT INTO bank_statement_lines (statement_id, line_no, value_date, amount, currency, payer,"
            " payer_account, remark, bank_reference, key, state, reason, candidates, receipt_id)"
            " VALUES (:id, :no, '2026-03-20', :amount, '', '华东机械', '', '货款', :key, :key, :state, '', '[]',"
            " (SELECT id FROM receipts WHERE bank_reference = :ref))"
        )
        known = {"id": statement, "no": number, "amount": amount, "key": key, "ref": key, "state": state}
        session.execute(row, known)


@pytest.mark.rule("A6", "C12")
def test_money_that_only_finance_or_only_the_bank_knows_is_listed(desk: ClosingDesk) -> None:
    session = desk.session
    received(session, "B-1", "300")
    received(session, "B-2", "200")
    received(session, "B-3", "100", on=date(2026, 4, 2))
    received(session, "B-4", "50", on=date(2026, 2, 20))
    received(session, "YS-1", "10", kind="offset")
    assert found(desk.until_reconciled()) == [
        ("未导入银行流水", "", "银行流水0笔", "收款3笔，合计¥550.00"),
    ]
    on_statement(session, ("B-1", "300", "matched"), ("B-9", "77", "unmatched"), ("B-8", "5", "ignored"))
    shown = desk.reconcile()
    assert found(shown) == [
        ("银行流水未认领", "", "银行流水¥77.00", "未认领，台帐无此笔"),
        ("收款无银行流水", ONE, "银行流水无此笔", "收款¥200.00"),
        ("收款无银行流水", ONE, "银行流水无此笔", "收款¥50.00"),
    ]
    assert "B-9" in shown.differences[0].description
    take_back(session, "B-1")
    [_, wrong, *_] = desk.reconcile().differences
    assert (wrong.sales_side, wrong.finance_side) == ("银行流水¥300.00", "收款已冲正，台帐无此笔")
    received(session, "B-1", "300")
    shown = desk.reconcile()
    assert len(shown.differences) == 3
    desk.resolve_all(shown.differences)
    assert desk.close().close_outcome == "closed"


@pytest.mark.rule("C12")
@pytest.mark.tampers("forges an entry")
def test_what_was_forged_in_the_books_is_a_difference_too(desk: ClosingDesk) -> None:
    session = desk.session
    session.execute(text("ALTER TABLE ledger_entries DISABLE TRIGGER USER"))
    session.execute(text("UPDATE ledger_entries SET reason = 'x' WHERE kind = 'receipt'"))
    session.execute(text("ALTER TABLE ledger_entries ENABLE TRIGGER USER"))
    session.expire_all()
    [one] = desk.until_reconciled().differences
    assert one.kind == "台帐校验"
    assert "entry_altered" in one.description


@pytest.mark.rule("C12")
def test_a_month_closes_when_every_difference_is_gone_or_resolved(desk: ClosingDesk, books: Desk) -> None:
    session = desk.session
    books.goods(K.DISPATCH, "4")
    books.sales(K.INVOICE_REQUEST, "100")
    shown = desk.until_reconciled(off={f"{ONE}/1": "5"})
    unsigned, stock, invoice = shown.differences
    first = desk.resolve([resolved(unsigned), resolved(stock, "scrapped", reason="受潮报废")])
    assert not first.has_errors
    again = desk.reconcile()
    assert [one.kind for one in again.differences] == ["开票申请与发票"]
    assert (again.open_count, again.resolved_count) == ("1", "2")
    desk.resolve([resolved(invoice, "corrected", reason="已作废申请")])
    assert not desk.reconcile().reconciled  # it is still there
    request = ledger.entries(session, ONE, kinds=[K.INVOICE_REQUEST])[0]
    ledger.reverse(session, Book.SALES, request.seq, reason="客户取消", posted_at=IN_APRIL)
    # the reversal counts in April, in March it still differs
    assert not desk.reconcile().reconciled
    desk.resolve([resolved(invoice, "in_transit", reason="四月已冲销")])
    assert desk.reconcile().reconciled
    assert desk.close().close_outcome == "closed"
    [scrap] = ledger.entries(session, ONE, kinds=[K.SCRAP])
    assert (scrap.quantity, scrap.month, scrap.reference) == (D(1), MARCH, "YJ-2026-03 盘亏")
    assert "受潮报废" in scrap.reason
    assert (
        session.scalars(select(Signal).where(Signal.message == "Msg_GoodsWanted")).one().business_key == ONE
    )
    assert ledger.verify(session) == []


@pytest.mark.rule("C12")
def test_other_figures_make_a_resolved_difference_open_again(desk: ClosingDesk, books: Desk) -> None:
    books.goods(K.DISPATCH, "4")
    shown = desk.until_reconciled()
    desk.resolve_all(shown.differences)
    assert desk.reconcile().reconciled
    books.goods(K.DELIVERY, "1", book=Book.FINANCE)
    assert desk.close().close_errors[0].message == "核对之后又有1项差异，处理后再结账"
    again = desk.reconcile()
    assert [(one.sales_side, one.finance_side) for one in again.differences] == [("已发货24米", "已签收21米")]
    desk.resolve_all(again.differences)
    assert desk.close().close_outcome == "closed"


@pytest.mark.rule("C7", "C12")
def test_goods_that_left_after_the_count_cannot_be_scrapped_and_come_up_again(
    desk: ClosingDesk, books: Desk
) -> None:
    shown = desk.until_reconciled(off={f"{ONE}/1": "2"})
    desk.resolve_all(shown.differences, "scrapped")
    assert desk.reconcile().reconciled
    books.delivered("0.5")
    books.goods(K.DISPATCH, "9")
    books.goods(K.DELIVERY, "9", book=Book.FINANCE)
    assert desk.close().close_outcome == "again"
    again = desk.reconcile()
    assert [one.kind for one in again.differences] == ["盘点"]
    desk.resolve_all(again.differences, "in_transit")
    assert desk.close().close_outcome == "closed"
    assert ledger.entries(desk.session, ONE, kinds=[K.SCRAP]) == []
