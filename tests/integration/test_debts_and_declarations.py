"""What a customer's debts mean for a new contract: the hold and the grade (A2, A3, C2)."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.integration.contract_desk import NOW, ContractDesk
from tests.integration.debts_desk import contract_of
from workers import debts
from workers.contract import declarations


@pytest.fixture
def desk(session: Session) -> ContractDesk:
    return ContractDesk(session)


@pytest.mark.rule("A3")
def test_a_customer_on_hold_gets_no_declaration_until_it_is_released(desk: ContractDesk) -> None:
    desk.open()
    debts.place_hold(desk.session, "K0001", case_no="CS-2026-0001", reason="逾期31天", by="salesflow", at=NOW)
    refused = desk.check()
    assert refused.has_errors
    assert refused.form_errors[0].field == "customerNo"
    assert "逾期31天" in refused.form_errors[0].message
    assert declarations.latest(desk.session, desk.case_no) is None
    debts.release_hold(desk.session, "K0001", reason="已签还款协议", by="zhouminhua", at=NOW)
    assert not desk.check().has_errors


@pytest.mark.rule("A2", "C2")
def test_approvers_read_the_grade_that_the_books_give_the_customer(desk: ContractDesk) -> None:
    desk.open()
    assert desk.check().credit_grade == "未评级"
    contract_of(desk.session)
    assert desk.check().credit_grade == "A"
