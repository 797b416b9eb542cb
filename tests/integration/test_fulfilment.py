"""Production, delivery and the end of a contract, against the real database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.contract_desk import NOW
from tests.integration.fulfilment_desk import ACCOUNTANT, CLERK, FulfilmentDesk, rows
from workers import cases, debts, documents, ledger, signals
from workers.errors import InvalidInput
from workers.fulfilment.store import CustomerReceipt, GateExit, GoodsPaper, GoodsRecord
from workers.ledger import Book, EntryKind

ALL = {1: "120.5", 2: "10"}


@pytest.fixture
def desk(session: Session) -> FulfilmentDesk:
    return FulfilmentDesk(session)


def entries(desk: FulfilmentDesk) -> list[tuple[str, str, int | None, Decimal | None, str]]:
    """The goods' entries of the contract: book, kind, line, quantity, paper."""
    return [
        (one.book, one.kind, one.line_no, one.quantity, one.reference)
        for one in ledger.entries(desk.session, desk.number)
        if one.line_no is not None
    ]


def words(output: Any) -> str:
    """The findings of an output in one text."""
    return "；".join(error.message for error in output.form_errors)


def unread(desk: FulfilmentDesk, message: str) -> int:
    query = select(signals.Signal).where(
        signals.Signal.message == message,
        signals.Signal.business_key == desk.number,
        signals.Signal.read_at.is_(None),
    )
    return len(desk.session.scalars(query).all())


def verified(desk: FulfilmentDesk) -> list[str]:
    """What `salesflow ledger verify` finds of our tables and of the contract."""
    return [str(finding) for finding in ledger.verify(desk.session)]


@pytest.mark.rule("C4", "X6")
def test_a_contract_in_force_has_one_fulfilment_under_its_number(desk: FulfilmentDesk) -> None:
    assert desk.open().case_no == desk.number
    case = cases.find(desk.session, desk.number)
    assert (case.kind, case.applicant, case.process_instance_id) == ("fulfilment", CLERK, None)
    assert case.status_text == "履行中：入库0%，签收0%，回款0%，开票0%"
    with pytest.raises(InvalidInput, match="opened already"):
        desk.open()


@pytest.mark.rule("C4")
def test_nothing_opens_for_a_contract_that_is_not_in_force(desk: FulfilmentDesk) -> None:
    ledger.set_status(desk.session, desk.number, ledger.TERMINATED)
    with pytest.raises(InvalidInput, match="terminated, not in force"):
        desk.open()
    desk.number = "HT-1999-0001"
    with pytest.raises(InvalidInput, match="no contract"):
        desk.open()


@pytest.mark.rule("C6")
def test_nothing_is_produced_before_the_deputy_gm_has_issued_the_notice(desk: FulfilmentDesk) -> None:
    desk.open()
    planned = desk.plan_production()
    assert planned.production_plan == "work"
    assert [row["quantity"] for row in planned.notice_lines] == ["120.5", "10"]
    with pytest.raises(InvalidInput, match="no notice that is issued"):
        desk.report(rows(ALL))
    prepared = desk.prepare_notice()
    assert (prepared.notice_outcome, prepared.paper_kind) == ("prepared", "production_notice")
    with pytest.raises(InvalidInput, match="has not been approved"):
        desk.issue_notice()
    with pytest.raises(InvalidInput, match="no notice that is issued"):
        desk.report(rows(ALL))
    assert entries(desk) == []


@pytest.mark.rule("C6")
def test_the_database_itself_refuses_a_batch_without_an_issued_notice(desk: FulfilmentDesk) -> None:
    desk.open()
    notice = desk.prepare_notice().paper_no
    for notice_no in (notice, None):
        batch = GoodsPaper(
            paper_no="RK-2026-9999",
            kind="batch",
            contract_no=desk.number,
            notice_no=notice_no,
            state="issued",
            drawn_at=NOW,
        )
        before = desk.session.begin_nested()
        desk.session.add(batch)
        with pytest.raises(DBAPIError, match="without an issued notice"):
            desk.session.flush()
        before.rollback()


@pytest.mark.rule("C6", "X5")
def test_the_notice_is_a_document_with_the_signatures_of_who_filled_and_who_issued_it(
    desk: FulfilmentDesk,
) -> None:
    desk.open()
    number = desk.notice()
    assert number.startswith("SC-2026-")
    document = documents.find(desk.session, number)
    assert (document.version, document.case_no, document.state) == (2, desk.number, "valid")
    assert cases.find(desk.session, number).applicant == "gaofeng"
    assert cases.find(desk.session, number).state == cases.CLOSED
    assert desk.history()[-2:] == ["填写生产通知单", "签发生产通知单"]


@pytest.mark.rule("C6")
def test_a_returned_notice_is_void_and_the_form_starts_from_what_it_said(desk: FulfilmentDesk) -> None:
    desk.open()
    first = desk.prepare_notice(rows({1: "50"}), finish_by="2026-03-20").paper_no
    planned = desk.plan_production("数量太少")
    assert planned.return_comment == "数量太少"
    assert [(row["lineNo"], row["quantity"]) for row in planned.notice_lines] == [("1", "50"), ("2", "10")]
    assert (planned.finish_by, planned.notice_remark) == ("2026-03-20", "加急")
    assert documents.find(desk.session, first or "").state == "void"
    assert desk.notice() != first
    assert desk.plan_production("旧意见").return_comment is None


@pytest.mark.rule("C6", "X3")
@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"lines": rows({1: "120.501"})}, "超过尚需生产的120.5"),
        ({"lines": []}, "至少填写一行"),
        ({"finish_by": "2026-03-09"}, "已经过去"),
        ({"finish_by": None}, "要求完工日期:请填写"),
        ({"notice_remark": "长" * 501}, "不得超过500字"),
        ({"by": CLERK}, "只有计划科可以办理"),
        ({"by": None}, "只有计划科可以办理"),
    ],
)
def test_a_notice_that_cannot_be_used_comes_back_to_planning(
    desk: FulfilmentDesk, fields: dict[str, Any], word: str
) -> None:
    desk.open()
    prepared = desk.prepare_notice(**fields)
    assert (prepared.notice_outcome, prepared.has_errors, prepared.paper_no) == ("invalid", True, None)
    assert word in words(prepared)
    assert desk.session.scalars(select(GoodsPaper)).all() == []


@pytest.mark.rule("C6", "C7")
def test_production_in_parts_goes_on_until_the_notice_is_done(desk: FulfilmentDesk) -> None:
    desk.open()
    desk.notice(rows({1: "100", 2: "10"}))
    stored = desk.make({1: "60"})
    assert stored.inbound_outcome == "open"
    assert [(row["lineNo"], row["quantity"]) for row in stored.batch_lines] == [("1", "40"), ("2", "10")]
    too_much = desk.report(rows({1: "40.001"}))
    assert too_much.report_outcome == "invalid"
    assert "超过通知单未完成的40" in words(too_much)
    assert desk.make({1: "40", 2: "10"}).inbound_outcome == "done"
    planned = desk.plan_production()
    assert planned.production_plan == "work"
    assert [(row["lineNo"], row["quantity"]) for row in planned.notice_lines] == [("1", "20.5")]
    desk.notice(rows({1: "20.5"}))
    assert desk.make({1: "20.5"}).inbound_outcome == "done"
    assert desk.plan_production().production_plan == "wait"
    assert desk.goods().in_stock == Decimal("120.5")
    assert {book for book, *_ in entries(desk)} == {"sales"}
    assert verified(desk) == []


@pytest.mark.rule("C7")
def test_what_fails_quality_goes_back_to_production_and_is_not_stored(desk: FulfilmentDesk) -> None:
    desk.open()
    desk.notice(rows({1: "100"}))
    first = desk.report(rows({1: "100"})).batch_no
    failed = desk.inspect(rows({1: "100"}, passed="0", failed="100", reason="厚度不足"))
    assert (failed.inspection_outcome, failed.certificate_no) == ("failed", None)
    assert [row["quantity"] for row in failed.batch_lines] == ["100"]
    second = desk.report(rows({1: "100"})).batch_no
    passed = desk.inspect(rows({1: "100"}, passed="90", failed="10", reason="划伤"))
    assert (passed.inspection_outcome, passed.certificate_no) == ("passed", "HG-2026-0001")
    assert documents.find(desk.session, "HG-2026-0001").case_no == desk.number
    stored = desk.store(rows({1: "90"}, stored="90", missing="0"))
    assert [row["quantity"] for row in stored.batch_lines] == ["10"]
    line = desk.goods()
    assert (line.produced, line.stored, line.to_produce) == (200, 90, Decimal("30.5"))
    assert entries(desk) == [
        ("sales", "production", 1, 100, first),
        ("sales", "production", 1, 100, second),
        ("sales", "inbound", 1, 90, second),
    ]


@pytest.mark.rule("C7")
def test_what_the_warehouse_does_not_find_is_not_stored_either(desk: FulfilmentDesk) -> None:
    desk.open()
    desk.notice(rows({1: "100"}))
    desk.report(rows({1: "100"}))
    desk.inspect(rows({1: "100"}, passed="100", failed="0"))
    stored = desk.store(rows({1: "100"}, stored="99", missing="1", reason="少一米"))
    assert stored.inbound_outcome == "open"
    assert desk.goods().stored == 99
    assert documents.find(desk.session, stored.batch_no).version == 2


@pytest.mark.rule("C7", "X3")
@pytest.mark.parametrize(
    ("step", "word"),
    [
        (lambda desk: desk.report(rows({1: "1"}), by=CLERK), "只有分厂生产科可以办理"),
        (lambda desk: desk.report(rows({1: "1"}), produced_on="2026-03-11"), "还没有到"),
        (lambda desk: desk.report(rows({1: "1"}), produced_on="2026-03-09"), "早于2026-03-10"),
        (lambda desk: desk.report("x"), "格式不正确"),
    ],
)
def test_a_wrong_report_of_production_books_nothing(
    desk: FulfilmentDesk, step: Callable[[FulfilmentDesk], Any], word: str
) -> None:
    desk.open()
    desk.notice()
    output = step(desk)
    assert (output.report_outcome, output.batch_no) == ("invalid", None)
    assert word in words(output)
    assert entries(desk) == []


@pytest.mark.rule("C7", "X3")
def test_wrong_figures_of_quality_and_warehouse_come_back_to_them(desk: FulfilmentDesk) -> None:
    desk.open()
    desk.notice(rows({1: "100"}))
    desk.report(rows({1: "100"}))
    sent = rows({1: "100"}, passed="90", failed="9", reason="划伤")
    wrong = desk.inspect(sent)
    assert (wrong.inspection_outcome, "应等于100" in words(wrong)) == ("invalid", True)
    assert wrong.inspection_lines[0]["failed"] == "9"
    assert "只有质检科可以办理" in words(desk.inspect(sent, by=CLERK))
    desk.inspect(rows({1: "100"}, passed="100", failed="0"))
    assert "只有分厂供应科(仓储)可以办理" in words(desk.store(rows({1: "100"}, stored="100"), by=CLERK))
    wrong_stored = desk.store(rows({1: "100"}, stored="101", missing="0"), location="")
    assert wrong_stored.inbound_outcome == "invalid"
    assert "库位:请填写" in words(wrong_stored)
    assert desk.goods().stored == 0


@pytest.mark.rule("C6", "C13")
def test_a_notice_that_an_amendment_made_needless_ends_with_the_next_report(desk: FulfilmentDesk) -> None:
    desk.open()
    desk.notice(rows({1: "120.5"}))
    desk.make({1: "60"})
    amend(desk, {1: "60"})
    assert desk.report(rows({1: "60"})).report_outcome == "obsolete"
    assert desk.plan_production().production_plan == "wait"
    assert desk.prepare_notice(rows({1: "1"})).notice_outcome == "obsolete"


def amend(desk: FulfilmentDesk, ordered: dict[int, str]) -> None:
    """An amendment that orders only these lines, with these quantities."""
    lines = [
        replace(line, ordered=Decimal(ordered[line.line_no]))
        for line in ledger.goods(desk.session, desk.number)
        if line.line_no in ordered
    ]
    ledger.amend(
        desk.session,
        desk.number,
        version=2,
        amount=sum((line.amount for line in lines), Decimal(0)),
        delivery_date=NOW.date(),
        document_sha256="0" * 64,
        lines=lines,
        value_date=NOW.date(),
        posted_at=NOW,
    )


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
        ({"destination": " "}, "收货地址:请填写"),
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
    desk_scrap(desk, Decimal("20.5"))
    short = desk.release(rows({1: "120.5"}))
    assert (short.release_outcome, "只够100" in words(short)) == ("invalid", True)
    assert "出库备注:请填写" in words(desk.release([], decision="refuse"))
    refused = desk.release([], decision="refuse", remark="盘点短少")
    assert (refused.release_outcome, refused.return_comment) == ("refused", "仓库无法出库：盘点短少")
    planned = desk.plan_delivery(refused.return_comment)
    assert (planned.return_comment, planned.delivery_lines[0]["quantity"]) == (
        "仓库无法出库：盘点短少",
        "100",
    )


def desk_scrap(desk: FulfilmentDesk, quantity: Decimal) -> None:
    ledger.post(
        desk.session,
        Book.SALES,
        EntryKind.SCRAP,
        desk.number,
        None,
        value_date=NOW.date(),
        reference="盘点",
        posted_at=NOW,
        line_no=1,
        quantity=quantity,
    )


@pytest.mark.rule("C8", "C4")
def test_the_gate_logs_the_exit_against_its_pass_and_sales_books_the_dispatch(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    note = desk.note({1: "50"})
    pass_no = desk.release(rows({1: "50"})).pass_no
    assert "不是本次出库的出门证" in words(desk.leave("CM-2026-9999"))
    assert "只有保卫可以办理" in words(desk.leave(pass_no, by=CLERK))
    assert "车牌号:请填写" in words(desk.leave(pass_no, plate=""))
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
    received = desk.receive(rows({1: "50"}, signed="50", returned="0"), by=ACCOUNTANT)
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
        ({"receipt_signer": ""}, "客户签收人:请填写"),
        ({"receipt_signed_on": "2026-03-11"}, "还没有到"),
        ({"receipt_signed_on": "2026-03-09"}, "早于2026-03-10"),
        ({"lines": rows({1: "50"}, signed="49", returned="0")}, "应等于50"),
        ({"lines": rows({1: "50"}, signed="49", returned="1")}, "退回原因:请填写"),
        ({"by": "tangyong"}, "只有销售业务科可以办理"),
        ({"by": None}, "只有销售业务科可以办理"),
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


@pytest.mark.rule("C4")
def test_a_contract_is_completed_when_it_is_delivered_paid_and_invoiced(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    amount = ledger.account(desk.session, desk.number).amount
    assert desk.check_payment() == "wait"
    first = desk.complete()
    assert (first.completion_outcome, desk.history()[-1]) == ("open", "尚未履行完毕")
    with pytest.raises(InvalidInput, match="all strands have ended"):
        desk.complete(first.entries_seen)
    desk.pay(amount - Decimal("0.01"))
    assert desk.check_payment() == "wait"
    desk.pay(Decimal("0.01"), "银行回单2")
    assert desk.check_payment() == "paid"
    desk.deliver(ALL)
    assert desk.complete(first.entries_seen).completion_outcome == "open"
    desk.finance(EntryKind.INVOICE, amount, "FP-2026-0001")
    contract = ledger.contract(desk.session, desk.number)
    assert contract.needs_jointing, "line 1 is joined on the customer's site"
    assert desk.complete().completion_outcome == "open"
    assert cases.history(desk.session, desk.number)[-1].comment == "接续验收"
    debts.note_acceptance(desk.session, desk.number, NOW.date())
    assert desk.complete().completion_outcome == "completed"
    assert ledger.contract(desk.session, desk.number).status == ledger.COMPLETED
    case = cases.find(desk.session, desk.number)
    assert (case.state, case.status_text) == (cases.CLOSED, "合同履行完毕")
    assert unread(desk, "Msg_GoodsWanted") == unread(desk, "Msg_StockChanged") == 0
    assert verified(desk) == []


@pytest.mark.rule("C13", "C4")
def test_a_termination_voids_what_is_open_and_no_step_enters_anything_any_more(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    road = desk.on_the_road({1: "20"})
    with pytest.raises(InvalidInput, match="in_force, not terminated"):
        desk.close_terminated()
    notice = desk.session.scalars(select(GoodsPaper.paper_no).where(GoodsPaper.kind == "notice")).one()
    ledger.set_status(desk.session, desk.number, ledger.TERMINATED)
    before = entries(desk)
    with pytest.raises(cases.CaseEnded):
        desk.receive(rows({1: "20"}, signed="20", returned="0"))
    desk.close_terminated()
    states = dict(desk.session.execute(select(GoodsPaper.paper_no, GoodsPaper.state)).all())
    assert (states[road], states[notice]) == ("closed", "closed")
    assert cases.find(desk.session, desk.number).status_text == "合同已终止"
    assert "货物已出门" in desk.history()
    assert entries(desk) == before


@pytest.mark.rule("C13")
def test_a_termination_voids_drafts_and_notices_in_force_and_their_documents(desk: FulfilmentDesk) -> None:
    desk.open()
    notice = desk.notice()
    desk.make({1: "60"})
    draft = desk.prepare_note(rows({1: "60"})).paper_no or ""
    batch = desk.report(rows({1: "10"})).batch_no or ""
    ledger.set_status(desk.session, desk.number, ledger.TERMINATED)
    desk.close_terminated()
    for number in (notice, draft, batch):
        assert documents.find(desk.session, number).state == "void"
        assert desk.session.get_one(GoodsPaper, number).state == "void"
    assert cases.find(desk.session, draft).state == cases.CLOSED


@pytest.mark.rule("X5", "X6")
def test_who_did_which_step_on_which_paper_is_kept_and_cannot_be_changed(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    desk.deliver({1: "50"})
    records = desk.session.scalars(select(GoodsRecord).order_by(GoodsRecord.step)).all()
    assert {(one.step, one.done_by) for one in records} == {
        ("prepare", "gaofeng"),
        ("report", "sunweidong"),
        ("inspect", "linxue"),
        ("store", "luozhiqiang"),
        ("prepare", "chenxiaoyan"),
        ("release", "luozhiqiang"),
        ("exit", "tangyong"),
        ("receipt", "chenxiaoyan"),
    }
    for change in (
        "UPDATE goods_papers SET contract_no = contract_no, destination = '别处'",
        "DELETE FROM goods_papers",
        "UPDATE goods_record_lines SET quantity = 1",
        "DELETE FROM customer_receipts",
    ):
        with pytest.raises(DBAPIError, match="refused"), desk.session.begin_nested():
            desk.session.execute(text(change))
