"""Papers carry the signatures that they got, and name nobody before: who signs, decision tables say (X5)."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.integration.contract_desk import ContractDesk
from tests.integration.invoicing_desk import InvoicingDesk
from tests.pdf import text_of
from workers import documents

SIGNED = "财务副总周敏华"


def printed(session: Session, number: str | None) -> tuple[int, str]:
    """The newest version of a paper, and what a reader sees of it."""
    document = documents.find(session, str(number))
    assert document is not None
    return document.version, text_of(document.content)


@pytest.mark.rule("X5", "C11")
def test_a_request_for_an_invoice_gets_its_signature_printed(session: Session) -> None:
    desk = InvoicingDesk(session)
    desk.pay("600")
    number = desk.ask().paper_no
    before = printed(session, number)
    assert before[0] == 1
    assert "签批" in before[1]
    assert "财务副总" not in before[1]
    desk.approve(number, "invoice_request")
    desk.allow()
    version, said = printed(session, number)
    assert version == 2
    assert SIGNED in said


@pytest.mark.rule("X5", "C11")
def test_a_request_for_a_credit_note_gets_its_signature_printed(session: Session) -> None:
    desk = InvoicingDesk(session)
    desk.pay("600")
    desk.invoice("24312000000000000001")
    desk.open_credit()
    number = desk.ask_credit("24312000000000000001").paper_no
    assert "财务副总" not in printed(session, number)[1]
    desk.approve(number, "credit_note")
    desk.allow_credit()
    assert SIGNED in printed(session, number)[1]


@pytest.mark.rule("X5", "C10")
def test_an_order_for_jointing_gets_its_signature_printed(session: Session) -> None:
    desk = InvoicingDesk(session)
    desk.pay("300")
    number = desk.order().paper_no
    assert "销售部经理" not in printed(session, number)[1]
    desk.approve(number, "jointing_order")
    desk.dispatch()
    assert SIGNED in printed(session, number)[1]


@pytest.mark.rule("X5", "C2")
def test_a_declaration_gets_its_signatures_printed_with_the_figures_of_when_it_was_filed(
    session: Session,
) -> None:
    desk = ContractDesk(session)
    desk.until_drawn()
    version, said = printed(session, desk.case_no)
    assert version == 2
    first = documents.find(session, str(desk.case_no), 1)
    assert first is not None
    unsigned = text_of(first.content)
    assert "签批" in unsigned
    assert "签批" not in said
    assert "总经理王建国" in said
    assert unsigned.partition("签批")[0] in said.replace("（第2版）", "")
