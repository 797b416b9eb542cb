"""The strands of a contract on the real engine: they begin again at once, once, and end with the contract (C4, C13)."""

from __future__ import annotations

import pytest

from tests.process.fulfilment.books import account, amend, await_read, contract, give_up, pay, terminate
from tests.process.fulfilment.money import acceptance, order_form, paper_of, sign
from tests.process.office import Office
from workers import cases, documents, ledger
from workers.database.unit_of_work import UnitOfWork
from workers.debts import Acceptance
from workers.demo.goods import Goods

ENDED = ("Event_GoodsWantedAgain", "Event_StockChangedAgain", "Event_JointingWantedAgain")


def delivered(office: Office, quantity: str = "2") -> tuple[Goods, str]:
    """A contract whose goods are signed for and not paid, without jointing: three of its strands have ended."""
    goods = contract(office, quantity)
    case = office.instance("ContractFulfilmentProcess", goods.number)
    goods.order_production({1: quantity})
    goods.make({1: quantity})
    goods.deliver({1: quantity})
    for place in ENDED:
        office.await_at(case, place)
    return goods, case


def running(office: Office, case: str) -> list[str]:
    """The processes that the contract's case calls at this moment."""
    called = office.admin.process_instances(superProcessInstance=case)
    return sorted(one["definitionId"].split(":")[0] for one in called)


@pytest.mark.rule("C10", "C13", "C4")
def test_an_amendment_by_which_the_goods_are_joined_starts_the_work_at_once(office: Office) -> None:
    """Nothing else of the contract has ended: the invoices and the money still wait."""
    goods, case = delivered(office)
    amend(goods, {}, needs_jointing=True)
    office.await_at(case, "Task_Jointing")
    strand = office.instance("JointingProcess", goods.number)
    office.await_at(strand, "Event_AwaitFirstPayment")
    pay(goods, account(goods).amount / 2)
    clerk = office.desk("sales_operations")
    clerk.do(goods.number, "Task_FillJointingOrder", order_form(office))
    sign(office, strand, "sales_manager")
    clerk.do(goods.number, "Task_RegisterAcceptance", acceptance(office))
    office.await_end(strand, "Event_JointingAccepted")
    with UnitOfWork(office.app.sessions) as uow:
        assert uow.session.get(Acceptance, goods.number) is not None
    office.await_at(case, "Event_JointingWantedAgain")
    pay(goods, invoice=True)
    office.await_end(case, "Event_FulfilmentCompleted")


@pytest.mark.rule("C6", "C8", "C13")
def test_goods_that_an_amendment_adds_are_made_and_sent_while_the_money_is_still_awaited(
    office: Office,
) -> None:
    goods, case = delivered(office)
    amend(goods, {1: "3"})
    office.await_step(goods.number, "Task_FillProductionNotice")
    amend(goods, {1: "4"})
    shown = goods.fill_notice({1: "2"})
    assert [row["toProduce"] for row in shown["goods"]] == ["1"], "as it was when the form opened"
    assert running(office, case).count("ProductionProcess") == 1
    goods.sign_notice()
    goods.make({1: "2"})
    goods.deliver({1: "2"})
    await_read(office, goods.number)
    for place in ENDED:
        office.await_at(case, place)
    assert running(office, case) == ["InvoicingProcess"]


@pytest.mark.rule("X6", "C13")
def test_facts_for_strands_that_have_ended_are_read_and_leave_nothing_behind(office: Office) -> None:
    """An amendment tells every strand; those with nothing to do look, and end again."""
    goods, case = delivered(office)
    amend(goods, {})
    await_read(office, goods.number)
    for place in ENDED:
        office.await_at(case, place)
    assert running(office, case) == ["InvoicingProcess"]
    with UnitOfWork(office.app.sessions) as uow:
        history = [line.action for line in cases.history(uow.session, goods.number)]
    assert history[-1] == "登记客户签收"


@pytest.mark.rule("C10", "C11", "A5", "C4")
def test_a_contract_is_completed_when_a_debt_below_its_gates_is_written_off(office: Office) -> None:
    """Neither the jointing, which an amendment asks for, nor the invoice is ever paid for."""
    goods, case = delivered(office)
    amend(goods, {}, needs_jointing=True)
    office.await_at(case, "Task_Jointing")
    pay(goods, account(goods).amount / 4)
    jointing, invoicing = (
        office.instance(f"{name}Process", goods.number) for name in ("Jointing", "Invoicing")
    )
    office.await_at(jointing, "Event_AwaitFirstPayment")
    office.await_at(invoicing, "Event_AwaitPayment")
    give_up(goods)
    # whichever of the two looks last ends the contract, and with it the other
    office.await_end(case, "Event_FulfilmentCompleted")
    with UnitOfWork(office.app.sessions) as uow:
        assert ledger.contract(uow.session, goods.number).status == ledger.COMPLETED
        assert cases.find(uow.session, goods.number).status_text == "合同履行完毕，收款不足未接续、未开票"
        history = [line.action for line in cases.history(uow.session, goods.number)]
    assert {"不再接续", "不再开票"} <= set(history)


@pytest.mark.rule("C13", "C10", "C11")
def test_a_termination_leaves_neither_an_invoice_request_nor_a_jointing_order_open(office: Office) -> None:
    goods = Goods(office, office.sealed_contract())
    case = office.instance("ContractFulfilmentProcess", goods.number)
    pay(goods, account(goods).amount * 6 / 10)
    clerk = office.desk("sales_operations")
    clerk.do(goods.number, "Task_FillJointingOrder", order_form(office))
    asking = clerk.await_task(goods.number, "Task_RequestInvoice")
    rows = clerk.form(asking)["invoiceRows"]
    clerk.complete(asking, {"invoiceRows": rows, "requestReason": ""})
    papers = [
        paper_of(office, office.instance(process, goods.number))
        for process in ("JointingProcess", "InvoicingProcess")
    ]
    assert sorted(number[:2] for number in papers) == ["FP", "JX"]
    terminate(goods)
    office.await_end(case, "Event_FulfilmentTerminated")
    with UnitOfWork(office.app.sessions) as uow:
        for number in papers:
            assert cases.find(uow.session, number).state == cases.CLOSED
            assert "作废" in cases.find(uow.session, number).status_text
            assert documents.find(uow.session, number).state == "void"
    for number in papers:
        assert not office.admin.tasks(processInstanceBusinessKey=number)
