"""Delivery notes, release, gate and the customer's signature against the real database (C8)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.integration.contract_desk import NOW
from tests.integration.fulfilment_desk import (
    ACCOUNTANT,
    CLERK,
    FulfilmentDesk,
    amend,
    entries,
    rows,
    scrap,
    unread,
    verified,
    words,
)
from workers import debts, documents, ledger
from workers.errors import InvalidInput
from workers.fulfilment.store import CustomerReceipt, GateExit
from workers.ledger import Book, EntryKind


@pytest.fixture
def desk(session: Session) -> FulfilmentDesk:
    return FulfilmentDesk(session)


@pytest.mark.rule("C8")
def test_nothing_is_delivered_before_it_is_in_stock_and_never_more_than_that(desk: FulfilmentDesk) -> None:
    desk.open()
    assert desk.plan_delivery().delivery_plan == "wait"
    assert desk.prepare_note(rows({1: "1"})).note_outcome == "obsolete"
    desk.notice()
    desk.make({1: "60"})
    planned = desk.plan_delivery()
    assert (planned.delivery_plan, [row["quantity"] for row in planned.delivery_lines]) == ("work", ["60"])
    too_much = desk.prepare_note(rows({1: "60.001"}))
    assert (too_much.note_outcome, too_much.paper_no) == ("invalid", None)
    assert "超过现在可以发出的60" in words(too_much)
    assert desk.prepare_note(rows({1: "60"})).note_outcome == "prepared"


@pytest.mark.rule("C8", "X3")
@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"by": "zhangwei"}, "只有销售业务科可以办理"),
        ({"leave_on": "2026-03-09"}, "已经过去"),
        ({"destination": " "}, "收货地址：请填写"),
        ({"lines": None}, "至少填写一行"),
    ],
)
def test_a_delivery_note_that_cannot_be_used_comes_back(
    desk: FulfilmentDesk, fields: dict[str, Any], word: str
) -> None:
    desk.in_stock()
    prepared = desk.prepare_note(**{"lines": rows({1: "1"}), **fields})
    assert prepared.note_outcome == "invalid"
    assert word in words(prepared)


@pytest.mark.rule("A3", "C8")
def test_a_customer_under_hold_gets_no_delivery_until_it_is_released(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    note = desk.note({1: "1"})
    customer = ledger.contract(desk.session, desk.number).customer_no
    held = {"case_no": "CS-2026-0001", "reason": "逾期45天", "by": ACCOUNTANT, "at": NOW}
    debts.place_hold(desk.session, customer, **held)
    refused = desk.release(rows({1: "1"}))
    assert (refused.release_outcome, refused.hold_text) == ("invalid", "逾期45天")
    assert "已被暂停发货：逾期45天" in words(refused)
    desk.release([], decision="refuse", remark="暂停发货")
    prepared = desk.prepare_note(rows({1: "1"}))
    assert prepared.note_outcome == "invalid"
    assert "解除暂停以后才能发货" in words(prepared)
    debts.release_hold(desk.session, customer, reason="已付清", by="zhouminhua", at=NOW)
    assert desk.note({1: "1"}) != note


@pytest.mark.rule("A3", "C8")
def test_a_customer_who_comes_under_hold_after_the_release_is_stopped_at_the_gate(
    desk: FulfilmentDesk,
) -> None:
    desk.in_stock()
    desk.note({1: "1"})
    pass_no = desk.release(rows({1: "1"})).pass_no
    customer = ledger.contract(desk.session, desk.number).customer_no
    held = {"case_no": "CS-2026-0001", "reason": "逾期45天", "by": ACCOUNTANT, "at": NOW}
    debts.place_hold(desk.session, customer, **held)
    stopped = desk.leave(pass_no)
    assert stopped.exit_outcome == "stopped"
    assert stopped.return_comment.startswith("门岗未放行：客户")
    assert stopped.return_comment.endswith("已被暂停发货：逾期45天")
    assert [one.dispatched for one in ledger.goods(desk.session, desk.number)] == [0, 0]
    debts.release_hold(desk.session, customer, reason="已付清", by="zhouminhua", at=NOW)
    desk.note({1: "1"})
    assert desk.leave(desk.release(rows({1: "1"})).pass_no).exit_outcome == "logged"


@pytest.mark.rule("C8")
def test_the_warehouse_releases_only_against_the_approved_note(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    with pytest.raises(InvalidInput, match="no delivery that is issued"):
        desk.release(rows({1: "1"}))
    desk.prepare_note(rows({1: "60"}))
    with pytest.raises(InvalidInput, match="has not been approved"):
        desk.issue_note()
    with pytest.raises(InvalidInput, match="no delivery that is issued"):
        desk.release(rows({1: "60"}))
    desk.plan_delivery("改为50米")
    desk.note({1: "50"})
    assert "超过发货单的50" in words(desk.release(rows({1: "50.5"})))
    assert "不在本单之内" in words(desk.release(rows({2: "1"})))
    assert "请选择" in words(desk.release(rows({1: "1"}), decision=None))
    assert "只有分厂供应科(仓储)可以办理" in words(desk.release(rows({1: "1"}), by=CLERK))
    released = desk.release(rows({1: "50"}))
    assert (released.release_outcome, released.pass_no) == ("released", "CM-2026-0001")
    assert desk.goods().dispatched == 0


@pytest.mark.rule("C8")
def test_stock_that_no_longer_suffices_sends_the_release_back(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    desk.note({1: "120.5"})
    scrap(desk, Decimal("20.5"))
    short = desk.release(rows({1: "120.5"}))
    assert (short.release_outcome, "只够100" in words(short)) == ("invalid", True)
    assert "出库备注：请填写" in words(desk.release([], decision="refuse"))
    refused = desk.release([], decision="refuse", remark="盘点短少")
    assert (refused.release_outcome, refused.return_comment) == ("refused", "仓库无法出库：盘点短少")
    planned = desk.plan_delivery(refused.return_comment)
    assert (planned.return_comment, planned.delivery_lines[0]["quantity"]) == (
        "仓库无法出库：盘点短少",
        "100",
    )


@pytest.mark.rule("C8", "C4")
def test_the_gate_logs_the_exit_against_its_pass_and_sales_books_the_dispatch(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    note = desk.note({1: "50"})
    pass_no = desk.release(rows({1: "50"})).pass_no
    assert "不是本次出库的出门证" in words(desk.leave("CM-2026-9999"))
    assert "只有保卫可以办理" in words(desk.leave(pass_no, by=CLERK))
    assert "车牌号：请填写" in words(desk.leave(pass_no, plate=""))
    assert "还没有到" in words(desk.leave(pass_no, left_at=(NOW + timedelta(hours=1)).isoformat()))
    assert "早于出库登记" in words(desk.leave(pass_no, left_at=(NOW - timedelta(hours=1)).isoformat()))
    assert desk.goods().dispatched == 0
    logged = desk.leave(pass_no)
    assert (logged.exit_outcome, logged.receipt_lines[0]["signed"]) == ("logged", "50")
    exit_ = desk.session.get(GateExit, note)
    assert exit_ is not None
    assert (exit_.plate, exit_.driver, exit_.pass_no) == ("晋A12345", "老李", pass_no)
    assert entries(desk)[-1] == ("sales", "dispatch", 1, 50, note)
    assert not [one for one in entries(desk) if one[0] == "finance"]


@pytest.mark.rule("C8", "C13")
def test_goods_that_an_amendment_took_back_are_stopped_at_the_gate(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    note = desk.note({1: "50"})
    pass_no = desk.release(rows({1: "50"})).pass_no or ""
    amend(desk, {1: "40", 2: "10"})
    stopped = desk.leave(pass_no)
    assert (stopped.exit_outcome, stopped.return_comment) == (
        "stopped",
        "门岗未放行：第1行：库存或合同尚余只够40",
    )
    assert {documents.find(desk.session, number).state for number in (note, pass_no)} == {"void"}
    planned = desk.plan_delivery(stopped.return_comment)
    assert (planned.return_comment, planned.delivery_lines[0]["quantity"]) == (stopped.return_comment, "40")
    assert desk.goods().dispatched == 0


@pytest.mark.rule("C8", "C4")
def test_finance_books_the_delivery_only_when_the_customer_has_signed(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    note = desk.on_the_road({1: "50"})
    assert ledger.account(desk.session, desk.number).delivered == 0
    received = desk.receive(rows({1: "50"}, signed="50", returned="0"))
    assert received.receipt_outcome == "signed"
    book, kind, line, quantity, reference = entries(desk)[0]
    assert (book, kind, line, quantity, reference) == ("finance", "delivery", 1, 50, note)
    entry = ledger.booked(desk.session, Book.FINANCE, EntryKind.DELIVERY, desk.number, note, line_no=1)
    kept = desk.session.get(CustomerReceipt, note)
    assert entry is not None
    assert kept is not None
    assert entry.reference_sha256 == kept.scan_sha256
    assert entry.value_date == NOW.date()
    assert verified(desk) == []


@pytest.mark.rule("C8", "X3")
@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"scan": None}, "签收单扫描件：请上传"),
        ({"scan": b"MZ"}, "只接受PDF、PNG或JPEG"),
        ({"receipt_signer": ""}, "客户签收人：请填写"),
        ({"receipt_signed_on": "2026-03-11"}, "还没有到"),
        ({"receipt_signed_on": "2026-03-09"}, "早于2026-03-10"),
        ({"lines": rows({1: "50"}, signed="49", returned="0")}, "应等于50"),
        ({"lines": rows({1: "50"}, signed="49", returned="1")}, "退回原因：请填写"),
        ({"by": "tangyong"}, "只有财务部可以办理"),
        ({"by": CLERK}, "只有财务部可以办理"),
        ({"by": None}, "只有财务部可以办理"),
    ],
)
def test_a_receipt_that_cannot_be_used_books_nothing(
    desk: FulfilmentDesk, fields: dict[str, Any], word: str
) -> None:
    desk.in_stock()
    desk.on_the_road({1: "50"})
    received = desk.receive(**{"lines": rows({1: "50"}, signed="50", returned="0"), **fields})
    assert received.receipt_outcome == "invalid"
    assert word in words(received)
    assert "出门证CM-2026-0001" in (received.exit_text or "")
    assert ledger.account(desk.session, desk.number).delivered == 0


@pytest.mark.rule("C8", "C7", "C4")
def test_goods_that_come_back_are_inspected_good_ones_leave_again_bad_ones_are_made_again(
    desk: FulfilmentDesk,
) -> None:
    desk.in_stock()
    desk.plan_production()
    note = desk.on_the_road({1: "50"})
    received = desk.receive(rows({1: "50"}, signed="40", returned="10", reason="受潮"))
    assert (received.receipt_outcome, received.return_rows[0]["reason"]) == ("returned", "受潮")
    wrong = desk.inspect_return(rows({1: "10"}, good="7", bad="4", reason="霉变"))
    assert (wrong.return_outcome, wrong.return_rows[0]["reason"]) == ("invalid", "受潮")
    assert "只有质检科可以办理" in words(desk.inspect_return(rows({1: "10"}, good="10"), by=CLERK))
    assert desk.inspect_return(rows({1: "10"}, good="7", bad="3", reason="霉变")).return_outcome == "recorded"
    line = desk.goods()
    assert (line.delivered, line.returned, line.scrapped) == (40, 10, 3)
    assert (line.in_stock, line.to_produce) == (Decimal("77.5"), 3)
    assert [one[:4] for one in entries(desk) if one[4] == note] == [
        ("finance", "delivery", 1, 40),
        ("sales", "dispatch", 1, 50),
        ("sales", "return", 1, 10),
        ("sales", "scrap", 1, 3),
    ]
    assert unread(desk, "Msg_GoodsWanted") == 2
    planned = desk.plan_production()
    assert (planned.production_plan, planned.notice_lines[0]["quantity"]) == ("work", "3")
    assert unread(desk, "Msg_GoodsWanted") == 0
    assert desk.plan_delivery().delivery_lines[0]["quantity"] == "77.5"
    assert verified(desk) == []


@pytest.mark.rule("C8")
def test_partial_deliveries_go_on_until_all_is_signed_for(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    desk.deliver({1: "60", 2: "10"})
    planned = desk.plan_delivery()
    assert (planned.delivery_plan, planned.delivery_lines[0]["quantity"]) == ("work", "60.5")
    assert desk.plan_production().production_plan == "wait"
    desk.deliver({1: "60.5"})
    assert desk.plan_delivery().delivery_plan == "done"
    assert desk.plan_production().production_plan == "done"
    account = ledger.account(desk.session, desk.number)
    assert account.delivered == account.amount


@pytest.mark.rule("C8", "X6")
def test_a_fact_that_is_committed_after_the_reread_stays_unread_until_the_next(desk: FulfilmentDesk) -> None:
    desk.open()
    desk.notice()
    assert desk.plan_delivery().delivery_plan == "wait"
    desk.make({1: "60"})
    assert unread(desk, "Msg_StockChanged") == 1
    assert desk.plan_delivery().delivery_plan == "work"
    assert unread(desk, "Msg_StockChanged") == 0
