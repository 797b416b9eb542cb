"""A contract's goods on the real engine: what forms show, who may do what, and what must not get lost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import text

from tests.process.fulfilment.books import account, books, contract, line, new_customer, pay, terminate
from tests.process.office import Office
from workers import calendar, cases, debts, documents, ledger, signals
from workers.database.unit_of_work import UnitOfWork
from workers.demo.goods import Goods
from workers.ledger import Book, EntryKind


@pytest.mark.rule("C4", "C6", "C7", "C8", "X2", "X5")
def test_goods_go_from_the_notice_to_the_customers_signature(office: Office) -> None:
    """Every person sees the figures of that moment; each department books its own events from its own papers."""
    goods = contract(office, "100", "10")
    fulfilment = office.instance("ContractFulfilmentProcess", goods.number)
    shown = goods.fill_notice({1: "100", 2: "10"})
    assert [(row["ordered"], row["toProduce"]) for row in shown["goods"]] == [("100", "100"), ("10", "10")]
    paper = goods.paper("notice")
    shown = goods.sign_notice()
    assert [row["cells"][0] for row in shown["paperRows"]] == ["1", "2"]
    goods.make({1: "100", 2: "10"})
    shown = goods.fill_delivery({1: "100", 2: "10"})
    assert (shown["percentReceived"], shown["holdText"]) == ("0.00%", "无")
    assert [row["inStock"] for row in shown["goods"]] == ["100", "10"]
    note = goods.paper("delivery")
    goods.sign_delivery()
    goods.release({1: "100", 2: "10"})
    passed = goods.leave()
    shown = goods.receive({1: "100", 2: "10"})
    assert passed["passNo"] in shown["exitText"]
    office.await_end(office.instance("ProductionProcess", goods.number), "Event_ProductionDone")
    office.await_end(office.instance("DeliveryProcess", goods.number), "Event_DeliveryDone")
    office.assert_no_incident(fulfilment)

    with UnitOfWork(office.app.sessions) as uow:
        entries = ledger.entries(uow.session, goods.number)
        booked = {(one.book, one.kind) for one in entries if one.line_no is not None}
        kinds = {
            one.kind: one.state for one in (documents.find(uow.session, number) for number in (paper, note))
        }
        status = cases.find(uow.session, goods.number).status_text
        history = [one.action for one in cases.history(uow.session, goods.number)]
    assert booked == {
        ("sales", "production"),
        ("sales", "inbound"),
        ("sales", "dispatch"),
        ("finance", "delivery"),
    }
    assert kinds == {"SC": "valid", "FH": "valid"}
    assert status == "履行中：入库100%，签收100%，回款0%，开票0%"
    assert history[-3:] == ["出库", "出门登记", "登记客户签收"]


@pytest.mark.rule("C8", "X2", "X3")
def test_each_step_is_for_its_post_and_has_a_due_date(office: Office) -> None:
    goods = contract(office, "2")
    task = office.await_step(goods.number, "Task_FillProductionNotice")
    assert task["due"]
    assert not office.desk("warehouse").open_tasks(goods.number)
    assert not office.desk("sales_operations").open_tasks(goods.number)
    goods.order_production({1: "2"})
    goods.make({1: "2"})
    goods.fill_delivery({1: "2"})
    goods.sign_delivery()
    goods.release({1: "2"})
    goods.leave()
    office.await_step(goods.number, "Task_RegisterReceipt")
    assert len(office.desk("finance").open_tasks(goods.number)) == 1
    for other in ("sales_operations", "gate_security"):
        assert not office.desk(other).open_tasks(goods.number)


@pytest.mark.rule("A3", "C8")
def test_a_customer_under_hold_is_refused_until_somebody_releases_it(office: Office) -> None:
    customer = new_customer(office)  # a hold spoils a customer's grade, for other tests too
    goods = contract(office, "2", customerNo=customer)
    goods.order_production({1: "2"})
    goods.make({1: "2"})
    first = office.await_step(goods.number, "Task_FillDeliveryNote")
    with books(goods) as session:
        held = {"case_no": "CS-2026-9999", "reason": "逾期45天", "by": "xuhong", "at": calendar.now()}
        debts.place_hold(session, customer, **held)
    try:
        goods.fill_delivery({1: "2"})
        task = office.await_next(goods.number, "Task_FillDeliveryNote", first["id"])
        shown = office.admin.task_variables(task["id"])
        assert "已被暂停发货：逾期45天" in shown["formErrors"][0]["message"]
        assert shown["holdText"] == "逾期45天"
    finally:
        with books(goods) as session:
            debts.release_hold(session, customer, reason="已付清", by="zhouminhua", at=calendar.now())
    goods.fill_delivery({1: "2"})
    assert goods.paper("delivery")


@pytest.mark.rule("C6", "X5")
def test_an_outcome_that_somebody_forges_issues_nothing(office: Office) -> None:
    """What planning sends along is neither an approval nor another limit: the worker reads the database."""
    goods = contract(office, "2")
    forged = {"paperOutcome": "approved", "noticeOutcome": "prepared", "goods": json.dumps([])}
    goods.fill_notice({1: "2"}, **forged)
    paper = goods.paper("notice")
    assert office.await_step(paper, "Task_ApprovePaper")
    case = office.instance("ProductionProcess", goods.number)
    assert office.where(case) == ["Task_ApproveProductionNotice"]
    assert line(goods).produced == 0


@pytest.mark.rule("C13", "X6")
def test_a_termination_interrupts_every_strand_and_voids_what_is_open(office: Office) -> None:
    goods = contract(office, "4")
    case = office.instance("ContractFulfilmentProcess", goods.number)
    goods.order_production({1: "4"})
    goods.make({1: "2"})
    goods.fill_delivery({1: "2"})
    notice = office.variables(office.instance("ProductionProcess", goods.number))["noticeNo"]
    note = goods.paper("delivery")
    office.await_step(note, "Task_ApprovePaper")
    terminate(goods)
    office.await_end(case, "Event_FulfilmentTerminated")
    for process in ("ProductionProcess", "DeliveryProcess"):
        found = office.admin.get(f"/history/process-instance/{office.instance(process, goods.number)}")
        assert found["state"] == "INTERNALLY_TERMINATED"
    assert not office.admin.tasks(processInstanceBusinessKey=note)
    with UnitOfWork(office.app.sessions) as uow:
        assert {documents.find(uow.session, number).state for number in (notice, note)} == {"void"}
        found_case = cases.find(uow.session, goods.number)
        assert (found_case.state, found_case.status_text) == (cases.CLOSED, "合同已终止")
        unread = "SELECT count(*) FROM signals WHERE business_key = :key AND read_at IS NULL"
        assert uow.session.scalar(text(unread), {"key": goods.number}) == 0


@pytest.mark.rule("C4", "X6")
def test_a_second_fulfilment_of_the_same_contract_is_refused(office: Office) -> None:
    goods = contract(office, "1")
    office.instance("ContractFulfilmentProcess", goods.number)
    office.await_step(goods.number, "Task_FillProductionNotice")
    found = office.app.engine.correlate("Msg_ContractEffective", goods.number)
    second = str(found[0]["processInstance"]["id"])
    assert "has been opened already" in office.await_incident(second)["incidentMessage"]
    office.admin.delete(f"/process-instance/{second}")


@pytest.mark.rule("C4", "X6")
def test_money_that_comes_in_parts_and_before_anybody_waits_is_all_read(office: Office) -> None:
    goods = contract(office, "2")
    case = office.instance("ContractFulfilmentProcess", goods.number)
    third = (account(goods).amount / 3).quantize(Decimal("0.01"))
    pay(goods, third)
    pay(goods, third)
    pay(goods)
    until(
        office,
        "SELECT 1 FROM cases WHERE case_no = :key AND status_text LIKE '%回款100%' AND NOT EXISTS"
        " (SELECT 1 FROM signals WHERE business_key = :key AND message = 'Msg_PaymentReceived'"
        " AND read_at IS NULL)",
        goods,
    )
    office.await_at(case, "Event_PaymentReceived")


@pytest.mark.rule("C8", "X6")
def test_goods_that_are_stored_between_the_reread_and_the_wait_still_wake_the_delivery(
    office: Office,
) -> None:
    """The worker's completion is held up in the engine's database, so that the fact falls into the gap."""
    goods = contract(office, "2")
    case = office.instance("DeliveryProcess", goods.number)
    goods.order_production({1: "2"})
    office.await_at(case, "Event_StockChanged")
    with reread_held_up(office, goods, case):
        with books(goods) as session:
            for kind in (EntryKind.PRODUCTION, EntryKind.INBOUND):
                ledger.post(
                    session,
                    Book.SALES,
                    kind,
                    goods.number,
                    None,
                    value_date=office.today,
                    reference="RK-GAP",
                    posted_at=calendar.now(),
                    line_no=1,
                    quantity=Decimal(2),
                )
            signals.send(session, "Msg_StockChanged", goods.number, "in the gap")
        until(
            office,
            "SELECT 1 FROM signals WHERE fact = 'in the gap' AND attempts > 0 AND business_key = :key",
            goods,
        )
    office.await_step(goods.number, "Task_FillDeliveryNote")


@contextmanager
def reread_held_up(office: Office, goods: Goods, case: str) -> Iterator[None]:
    """The delivery has read the facts anew and found nothing, but the engine has not heard of it yet."""
    with books(goods):  # the worker waits for the contract's lock
        with UnitOfWork(office.app.sessions) as uow:
            signals.send(uow.session, "Msg_StockChanged", goods.number, "nothing new")
        task = locked_task(office, case)
        engine = psycopg.connect(engine_database(office))
        engine.execute("SELECT 1 FROM act_ru_ext_task WHERE id_ = %s FOR UPDATE", [task])
    try:
        until(
            office, "SELECT 1 FROM task_executions WHERE task_id = :task AND output <> ''", goods, task=task
        )
        yield
    finally:
        engine.rollback()
        engine.close()


def locked_task(office: Office, case: str) -> str:
    """Wait until the worker has fetched the case's external task; its id."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = office.admin.get("/external-task", processInstanceId=case, locked="true")
        if found:
            return str(found[0]["id"])
        time.sleep(0.1)
    raise AssertionError(f"no task is locked: {office.where(case)}")


def engine_database(office: Office) -> str:
    """Where the engine keeps its tables."""
    password = office.app.credentials.password("database", "engine")
    place = office.app.endpoints.database_url.rpartition("@")[2].partition("/")[0]
    return f"postgresql://engine:{password}@{place}/engine"


def until(office: Office, query: str, goods: Goods, **values: object) -> None:
    """Wait until our database answers the query with a row."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with UnitOfWork(office.app.sessions) as uow:
            if uow.session.scalar(text(query), {"key": goods.number, **values}):
                return
        time.sleep(0.1)
    raise AssertionError(query)
