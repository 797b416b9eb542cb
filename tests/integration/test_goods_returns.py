"""Goods that come back after the customer signed for them, on the real database (C4, C8, C13, X3, X4)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.contract_desk import ORG, TODAY
from tests.integration.fulfilment_desk import ALL, FulfilmentDesk, entries, rows, words
from tests.integration.returns_desk import CLERK, ReturnsDesk
from tests.pdf import text_of
from workers import cases, debts, documents, ledger
from workers.amendment import terminating
from workers.errors import InvalidInput
from workers.ledger import EntryKind
from workers.returns import starting
from workers.returns.store import GoodsReturnPaper
from workers.signals import Signal


@pytest.fixture
def desk(session: Session) -> FulfilmentDesk:
    """Everything is signed for: 120.5 m of line 1, 10 m of line 2."""
    found = FulfilmentDesk(session)
    found.in_stock()
    found.deliver(ALL)
    found.all_read()
    return found


@pytest.fixture
def back(desk: FulfilmentDesk) -> ReturnsDesk:
    """A return of that contract that nobody has opened yet."""
    return ReturnsDesk(desk)


def told(session: Session) -> set[str]:
    """The messages that nobody has read yet."""
    return set(session.scalars(select(Signal.message).where(Signal.read_at.is_(None))))


@pytest.mark.rule("C4", "C8", "X5")
def test_a_return_is_booked_by_finance_from_the_customers_paper_and_by_sales_from_the_count(
    desk: FulfilmentDesk, back: ReturnsDesk
) -> None:
    before = entries(desk)
    back.inspected("20", bad="5")
    assert entries(desk) == before, "nothing is booked before finance has the customer's paper"
    booked = back.book(rows({1: "20"}))
    assert booked.book_outcome == "booked"
    number = back.case_no
    new = sorted(set(entries(desk)) - set(before))
    assert new == [
        ("finance", "return", 1, Decimal(20), number),
        ("sales", "return", 1, Decimal(20), number),
        ("sales", "scrap", 1, Decimal(5), number),
    ]
    line = desk.goods()
    assert (line.delivered, line.in_stock, line.to_produce, line.to_deliver) == (
        Decimal("100.5"),
        Decimal(15),
        Decimal(5),
        Decimal(20),
    )
    assert told(desk.session) >= {"Msg_GoodsWanted", "Msg_StockChanged"}
    assert desk.plan_delivery().delivery_lines[0]["quantity"] == "15"
    assert desk.plan_production().production_plan == "work"
    kept = desk.session.get_one(GoodsReturnPaper, number)
    (entry,) = ledger.entries(desk.session, desk.number, kinds=[EntryKind.RETURN], book=ledger.Book.FINANCE)
    assert (entry.reference_sha256, entry.value_date) == (kept.scan_sha256, TODAY)
    printed = text_of(documents.find(desk.session, number).content)
    assert all(said in printed for said in ("张伟", "罗志强", "林雪", "徐红"))
    assert cases.find(desk.session, number).state == cases.CLOSED
    assert desk.history()[-4:] == ["提交退货单", "退货点收", "退货检验", "退货入帐"]


@pytest.mark.rule("A1", "A3", "C8")
def test_what_came_back_is_not_due_any_more_from_the_day_of_the_customers_signature(
    desk: FulfilmentDesk, back: ReturnsDesk
) -> None:
    def due() -> Decimal:
        items = debts.due_items(desk.session, desk.number, TODAY)
        return sum((one.amount for one in items), Decimal(0))

    account, before = ledger.account(desk.session, desk.number), due()
    back.inspected("20")
    back.book(rows({1: "20"}))
    after = ledger.account(desk.session, desk.number)
    assert account.delivered - after.delivered == desk.goods().value_of(Decimal(20))
    assert due() < before
    assert (after.amount, after.received, after.accrued) == (
        account.amount,
        account.received,
        account.accrued,
    )


@pytest.mark.rule("C8", "X3")
@pytest.mark.parametrize(
    ("lines", "fields", "expected"),
    [
        (rows({1: "120.501"}), {}, "超过客户已签收的120.5"),
        (rows({1: "0"}), {}, "请至少填写一行数量"),
        (rows({7: "1"}), {}, "不在本单之内"),
        ("nonsense", {}, "格式不正确"),
        (rows({1: "1"}), {"return_reason": " "}, "退货原因"),
        (rows({1: "1"}), {"contract_no": "HT-1999-0001"}, "台帐中没有合同"),
        (rows({1: "1"}), {"contract_no": None}, "合同编号"),
        (rows({1: "1"}), {"lines_of": None}, "请填写各行退货数量"),
        (rows({1: "1"}), {"by": "xuhong"}, "只有销售业务科可以办理"),
    ],
)
def test_a_wrong_return_comes_back_in_chinese(
    back: ReturnsDesk, lines: object, fields: dict[str, object], expected: str
) -> None:
    opened = back.open()
    assert [row["delivered"] for row in opened.return_lines] == ["120.5", "10"]
    found = back.check(lines, **fields)  # type: ignore[arg-type]
    assert expected in words(found)
    assert (found.has_errors, found.paper_kind) == (True, None)


@pytest.mark.rule("C8")
def test_what_the_customer_has_not_signed_for_comes_back_by_the_delivery(session: Session) -> None:
    desk = FulfilmentDesk(session)
    desk.in_stock()
    desk.on_the_road({1: "5"})
    back = ReturnsDesk(desk)
    back.open()
    assert "还没有签收过货物" in words(back.check(rows({1: "5"})))


@pytest.mark.rule("C8", "C13", "X3")
@pytest.mark.parametrize(("status", "said"), [("completed", "已履行完毕"), ("terminated", "已终止并结算")])
def test_a_contract_that_has_ended_takes_nothing_back_and_the_form_says_what_to_do(
    desk: FulfilmentDesk, back: ReturnsDesk, status: str, said: str
) -> None:
    back.open()
    ledger.set_status(desk.session, desk.number, status)
    found = words(back.check(rows({1: "1"})))
    assert said in found
    assert "签订退货协议" in found


@pytest.mark.rule("C4", "C8")
def test_of_a_contract_one_return_at_a_time_is_under_way(desk: FulfilmentDesk, back: ReturnsDesk) -> None:
    back.coming()
    other = ReturnsDesk(desk, "other")
    other.open()
    assert f"退货单{back.case_no}正在办理" in words(other.check(rows({1: "1"})))


@pytest.mark.rule("C4", "C8")
def test_a_contract_is_not_completed_while_goods_are_coming_back(
    desk: FulfilmentDesk, back: ReturnsDesk
) -> None:
    amount = ledger.account(desk.session, desk.number).amount
    desk.pay(amount)
    desk.finance(EntryKind.INVOICE, amount, "发票1")
    debts.note_acceptance(desk.session, desk.number, TODAY)
    back.coming()
    desk.all_read()
    assert desk.complete() == "open"
    assert back.withdraw().withdraw_outcome == "withdrawn"
    assert "Msg_PaymentReceived" in told(desk.session), "whether it is complete is asked anew"
    assert desk.complete() == "completed"


@pytest.mark.rule("C13")
def test_a_contract_is_not_terminated_while_goods_are_coming_back(
    desk: FulfilmentDesk, back: ReturnsDesk
) -> None:
    assert not any("退货单" in one.message for one in terminating.findings(desk.session, desk.number))
    back.coming()
    (finding,) = terminating.findings(desk.session, desk.number)
    assert f"退货单{back.case_no}正在办理" in finding.message


@pytest.mark.rule("C7", "C8", "X3")
def test_warehouse_and_quality_report_no_more_than_was_announced_and_came(back: ReturnsDesk) -> None:
    back.coming("20")
    assert "超过退货单的20" in words(back.receive(rows({1: "21"})))
    assert "只有分厂供应科" in words(back.receive(rows({1: "20"}), by=CLERK))
    assert back.receive(rows({1: "15"})).receive_outcome == "received"
    wrong = rows({1: "15"}, good={1: "10"}, bad={1: "4"}, reason="裂")
    assert "应等于15" in words(back.inspect(wrong))
    assert "损坏原因" in words(back.inspect(rows({1: "15"}, good={1: "10"}, bad={1: "5"})))
    assert "只有质检科" in words(back.inspect(rows({1: "15"}, good={1: "15"}), by=CLERK))


@pytest.mark.rule("C4", "C8", "X3")
@pytest.mark.parametrize(
    ("lines", "fields", "expected"),
    [
        (rows({1: "19"}), {}, "应与仓库点收的相同"),
        (rows({1: "21"}), {}, "超过仓库点收的20"),
        (rows({1: "20"}), {"scan": None}, "退货单扫描件"),
        (rows({1: "20"}), {"scan": b"<html>"}, "退货单扫描件"),
        (rows({1: "20"}), {"paper_signer": ""}, "客户签字人"),
        (rows({1: "20"}), {"paper_signed_on": (TODAY + timedelta(days=1)).isoformat()}, "还没有到"),
        (rows({1: "20"}), {"paper_signed_on": (TODAY - timedelta(days=1)).isoformat()}, "早于"),
        (rows({1: "20"}), {"book_decision": "?"}, "请选择入帐或退回重新点收"),
        (rows({1: "20"}), {"book_decision": "recount"}, "说明"),
        (rows({1: "20"}), {"by": CLERK}, "只有财务部可以办理"),
    ],
)
def test_a_booking_that_cannot_be_used_books_nothing(
    desk: FulfilmentDesk, back: ReturnsDesk, lines: object, fields: dict[str, object], expected: str
) -> None:
    back.inspected("20")
    before = entries(desk)
    found = back.book(lines, **fields)  # type: ignore[arg-type]
    assert found.book_outcome == "invalid"
    assert expected in words(found)
    assert entries(desk) == before


@pytest.mark.rule("C4", "C8", "X4")
def test_what_finance_finds_different_is_counted_and_inspected_anew(
    desk: FulfilmentDesk, back: ReturnsDesk
) -> None:
    back.inspected("20", bad="5")
    found = back.book(None, book_decision="recount", book_remark="客户签字为18米", scan=None)
    assert (found.book_outcome, found.return_comment) == ("recount", "徐红：客户签字为18米")
    assert "正在重新点收，不能撤回" in back.withdraw().withdraw_errors[0].message
    back.receive(rows({1: "18"}))
    back.inspect(rows({1: "18"}, good={1: "18"}, bad={1: "0"}))
    assert back.book(rows({1: "18"})).book_outcome == "booked"
    assert (desk.goods().returned, desk.goods().scrapped) == (18, 0)


@pytest.mark.rule("X4")
def test_a_return_is_withdrawn_until_the_goods_are_back(back: ReturnsDesk) -> None:
    back.coming()
    assert back.withdraw(by="liuyang").withdraw_outcome == "kept"
    assert back.withdraw(reason="").withdraw_outcome == "kept"
    back.receive(rows({1: "20"}))
    found = back.withdraw()
    assert "货物已经退回仓库" in found.withdraw_errors[0].message
    back.inspect(rows({1: "20"}, good={1: "20"}, bad={1: "0"}))
    back.book(rows({1: "20"}))
    assert back.withdraw().withdraw_errors[0].message == "本案已撤回或结束"


@pytest.mark.rule("C8", "X5")
def test_nothing_goes_on_without_the_signature_in_the_database(back: ReturnsDesk) -> None:
    back.open()
    back.check(rows({1: "20"}))
    with pytest.raises(InvalidInput, match="not signed"):
        back.allow()
    with pytest.raises(InvalidInput, match="filled"):
        back.receive(rows({1: "20"}))
    back.sign()
    again = back.send_back()
    assert (again.return_comment, again.return_lines[0]["quantity"]) == ("请附照片", "20")
    assert "改退其他合同" in words(back.check(rows({1: "1"}), **_another_contract(back)))
    assert back.check(rows({1: "10"})).form_errors == []
    with pytest.raises(InvalidInput, match="not signed"):
        back.allow()


def _another_contract(back: ReturnsDesk) -> dict[str, str]:
    other = FulfilmentDesk(back.session)
    other.in_stock()
    other.deliver(ALL)
    return {"contract_no": other.number, "lines_of": other.number}


@pytest.mark.rule("X6")
def test_a_return_that_was_booked_stays_as_it_is(desk: FulfilmentDesk, back: ReturnsDesk) -> None:
    back.inspected()
    back.book(rows({1: "20"}))
    for change in (
        "UPDATE goods_returns SET reason = ''",
        "DELETE FROM goods_returns",
        "UPDATE goods_return_lines SET bad = 1",
        "DELETE FROM goods_return_lines",
        "INSERT INTO goods_return_lines (case_no, line_no, announced, defect)"
        " SELECT case_no, 2, 1, '' FROM goods_returns",
        "DELETE FROM goods_return_papers",
    ):
        with pytest.raises(DBAPIError), desk.session.begin_nested():
            desk.session.execute(text(change))
    with pytest.raises(cases.CaseEnded):
        back.book(rows({1: "20"}))


@pytest.mark.rule("X1", "X3")
def test_a_command_is_checked_by_the_forms_rules(desk: FulfilmentDesk, back: ReturnsDesk) -> None:
    data = {"contractNo": desk.number, "returnReason": "开裂", "returnLines": [{"lineNo": 1, "quantity": 20}]}
    assert starting.check(desk.session, ORG, data, TODAY) == []
    assert starting.check(desk.session, ORG, {**data, "returnLines": []}, TODAY)
    opened = back.open("salesflow", applicant=CLERK, return_lines=data["returnLines"], return_reason="开裂")
    assert (opened.return_attached, opened.applicant) == (True, CLERK)
    assert back.check(opened.return_lines, by=None, lines_of=None).form_errors == []
    with pytest.raises(InvalidInput, match="may start"):
        ReturnsDesk(desk, "stranger").open("xuhong")
