"""A contract's fulfilment as a whole against the real database: its beginning, its end, its records (C4)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.contract_desk import NOW
from tests.integration.fulfilment_desk import (
    ALL,
    CLERK,
    FulfilmentDesk,
    entries,
    rows,
    unread,
    verified,
)
from workers import cases, debts, documents, ledger, signals
from workers.errors import InvalidInput
from workers.fulfilment.store import GoodsPaper, GoodsRecord
from workers.ledger import EntryKind


@pytest.fixture
def desk(session: Session) -> FulfilmentDesk:
    return FulfilmentDesk(session)


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


@pytest.mark.rule("C4")
def test_a_contract_is_completed_when_it_is_delivered_paid_and_invoiced(desk: FulfilmentDesk) -> None:
    desk.in_stock()
    amount = ledger.account(desk.session, desk.number).amount
    assert desk.complete() == "open"
    desk.pay(amount - Decimal("0.01"))
    assert desk.complete() == "open"
    assert unread(desk, "Msg_PaymentReceived") == 0
    desk.pay(Decimal("0.01"), "银行回单2")
    desk.deliver(ALL)
    assert desk.complete() == "open"
    desk.finance(EntryKind.INVOICE, amount, "FP-2026-0001")
    contract = ledger.contract(desk.session, desk.number)
    assert contract.needs_jointing, "line 1 is joined on the customer's site"
    assert desk.complete() == "open"
    debts.note_acceptance(desk.session, desk.number, NOW.date())
    assert desk.complete() == "open", "strands have not heard yet of what has happened"
    desk.all_read()
    assert desk.complete() == "completed"
    assert desk.complete() == "completed", "another strand ended at the same moment"
    assert ledger.contract(desk.session, desk.number).status == ledger.COMPLETED
    case = cases.find(desk.session, desk.number)
    assert (case.state, case.status_text) == (cases.CLOSED, "合同履行完毕")
    assert unread(desk, "Msg_GoodsWanted") == unread(desk, "Msg_StockChanged") == 0
    assert verified(desk) == []


@pytest.mark.rule("C4", "C10", "A5")
def test_a_contract_whose_first_payment_was_written_off_is_completed_without_jointing(
    desk: FulfilmentDesk,
) -> None:
    desk.in_stock()
    desk.deliver(ALL)
    amount = ledger.account(desk.session, desk.number).amount
    desk.pay(Decimal("100"))
    desk.finance(EntryKind.WRITE_OFF, amount - 100, "CS-2026-0001")
    desk.all_read()
    assert desk.complete() == "open", "the jointing strand has not looked yet"
    signals.note_wait(desk.session, "Msg_PaymentForJointing", desk.number, NOW)
    assert desk.complete() == "completed"
    assert cases.find(desk.session, desk.number).status_text == "合同履行完毕，收款不足未接续、未开票"
    assert not signals.waits(desk.session, "Msg_PaymentForJointing", desk.number)


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
        ("receipt", "xuhong"),
    }
    for change in (
        "UPDATE goods_papers SET contract_no = contract_no, destination = '别处'",
        "DELETE FROM goods_papers",
        "UPDATE goods_record_lines SET quantity = 1",
        "DELETE FROM customer_receipts",
    ):
        with pytest.raises(DBAPIError, match="refused"), desk.session.begin_nested():
            desk.session.execute(text(change))
