"""Jointing work on PostgreSQL, handler by handler (C10)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.invoicing_desk import FINANCE, TODAY, InvoicingDesk
from workers import cases, debts, documents, ledger
from workers.debts import Acceptance
from workers.errors import InvalidInput
from workers.jointing.store import JointingOrder, JointingReport


@pytest.fixture
def desk(session: Session) -> InvoicingDesk:
    """A contract of 1,000 yuan whose goods are joined on the customer's site."""
    return InvoicingDesk(session, needs_jointing=True)


def said(output: Any) -> str:
    """What a form says is wrong."""
    return ";".join(one.message for one in output.form_errors)


def dispatched(desk: InvoicingDesk) -> str:
    """An order that is carried out; its number."""
    ordered = desk.order()
    assert ordered.order_outcome == "prepared", ordered.form_errors
    desk.approve(ordered.paper_no, "jointing_order")
    assert desk.dispatch().dispatch_outcome == "dispatched"
    return str(ordered.paper_no)


@pytest.mark.rule("C10")
def test_no_work_is_ordered_before_the_first_payment_has_arrived(desk: InvoicingDesk) -> None:
    desk.pay("299.99")
    checked = desk.check_payment()
    assert (checked.jointing_outcome, checked.percent_received) == ("wait", "29.99%")
    assert checked.first_payment_percent == "30%"
    refused = desk.order()
    assert refused.order_outcome == "invalid"
    assert "首期款未到，不得安排接续" in said(refused)
    desk.pay("0.01")
    assert desk.check_payment().jointing_outcome == "work"
    assert desk.order().order_outcome == "prepared"


@pytest.mark.rule("C10")
def test_a_contract_without_jointing_needs_none(session: Session) -> None:
    assert InvoicingDesk(session).check_payment().jointing_outcome == "done"


@pytest.mark.rule("C10")
def test_the_accepted_report_ends_the_work_and_its_day_makes_the_last_instalment_due(
    desk: InvoicingDesk,
) -> None:
    desk.pay("300")
    order_no = dispatched(desk)
    recorded = desk.accept()
    assert recorded.acceptance_outcome == "accepted", recorded.form_errors
    report = desk.session.scalars(select(JointingReport)).one()
    assert (report.order_no, report.signer, report.done_on) == (order_no, "马志远", TODAY)
    assert report.scan_sha256 == documents.sha256_of(report.scan)
    assert desk.session.get_one(Acceptance, desk.number).accepted_on == TODAY
    assert desk.check_payment().jointing_outcome == "done"
    assert cases.find(desk.session, order_no).state == cases.CLOSED
    assert ledger.verify(desk.session) == []


@pytest.mark.rule("C10")
def test_a_failed_acceptance_leads_to_a_new_order_with_an_empty_form(desk: InvoicingDesk) -> None:
    desk.pay("300")
    first = dispatched(desk)
    failed = desk.accept(acceptance_result="failed", acceptance_findings="接头跑偏")
    assert failed.acceptance_outcome == "failed"
    assert desk.session.get(Acceptance, desk.number) is None
    checked = desk.check_payment()
    assert (checked.jointing_outcome, checked.jointing_site) == ("work", None)
    assert dispatched(desk) != first
    assert desk.accept().acceptance_outcome == "accepted"


@pytest.mark.rule("C10")
def test_money_taken_back_before_the_dispatch_keeps_the_team_at_home(desk: InvoicingDesk) -> None:
    desk.pay("300", "流水9")
    ordered = desk.order()
    desk.approve(ordered.paper_no, "jointing_order")
    debts.take_back(desk.session, "流水9", reason="银行退票", posted_at=desk.now)
    assert desk.dispatch().dispatch_outcome == "wait"
    checked = desk.check_payment()
    assert (checked.jointing_outcome, checked.jointing_site) == ("wait", "一号矿井")
    desk.pay("300")
    assert desk.order().paper_no == ordered.paper_no


@pytest.mark.rule("C10", "X5")
def test_no_team_goes_without_a_signature(desk: InvoicingDesk) -> None:
    desk.pay("300")
    desk.order()
    with pytest.raises(InvalidInput, match="no signed order"):
        desk.dispatch()


@pytest.mark.rule("C10")
def test_a_returned_order_goes_on_under_its_number_as_it_was_filled(desk: InvoicingDesk) -> None:
    desk.pay("300")
    first = desk.order()
    back = desk.return_order()
    assert (back.return_comment, back.jointing_team) == ("换一个班组", "王强")
    assert desk.order(jointing_team="李勇").paper_no == first.paper_no
    assert desk.session.get_one(JointingOrder, first.paper_no).team == "李勇"


@pytest.mark.rule("C10")
def test_a_customer_who_joins_by_themselves_ends_it_without_payment_and_with_a_reason(
    desk: InvoicingDesk,
) -> None:
    waived = desk.order(jointing_waived=True, jointing_work="客户自有班组")
    assert waived.order_outcome == "waived", waived.form_errors
    assert waived.paper_no is None
    assert desk.check_payment().jointing_outcome == "done"
    assert desk.session.get_one(Acceptance, desk.number).accepted_on == TODAY


@pytest.mark.rule("C10", "X3")
@pytest.mark.parametrize(
    ("scan", "says"), [(None, "请上传"), (b"", "请上传"), (b"MZ program", "只接受PDF、PNG或JPEG")]
)
def test_a_report_without_a_proper_scan_comes_back(
    desk: InvoicingDesk, scan: bytes | None, says: str
) -> None:
    desk.pay("300")
    dispatched(desk)
    recorded = desk.accept(scan)
    assert recorded.acceptance_outcome == "invalid"
    assert says in said(recorded)
    assert recorded.acceptance_signer == "马志远"
    assert desk.session.scalars(select(JointingReport)).all() == []


@pytest.mark.rule("C10", "X3")
def test_only_sales_operations_orders_and_registers(desk: InvoicingDesk) -> None:
    desk.pay("300")
    assert "只有销售业务科可以办理" in said(desk.order(by=FINANCE))
    dispatched(desk)
    assert "只有销售业务科可以办理" in said(desk.accept(by=FINANCE))


@pytest.mark.rule("C10", "X6")
def test_an_acceptance_report_cannot_be_changed_in_the_database(desk: InvoicingDesk) -> None:
    desk.pay("300")
    dispatched(desk)
    desk.accept()
    with pytest.raises(DBAPIError, match="refused"):
        desk.session.execute(text("UPDATE jointing_reports SET accepted = false"))
