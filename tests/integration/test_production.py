"""Production notices, batches, inspection and stock against the real database (C6, C7)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.contract_desk import NOW
from tests.integration.fulfilment_desk import (
    ALL,
    CLERK,
    FulfilmentDesk,
    amend,
    entries,
    rows,
    verified,
    words,
)
from workers import cases, documents
from workers.errors import InvalidInput
from workers.fulfilment.store import GoodsPaper


@pytest.fixture
def desk(session: Session) -> FulfilmentDesk:
    return FulfilmentDesk(session)


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
        ({"finish_by": None}, "要求完工日期：请填写"),
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
    assert [(row["quantity"], row["passed"], row["failed"]) for row in stored.batch_rows] == [
        ("100", "90", "10")
    ]
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
    assert "库位：请填写" in words(wrong_stored)
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
