"""A balance that several want at the same moment, on a database of its own because these tests commit (A6, X6)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.databases import DatabaseServer
from tests.integration.debts_desk import contract_of
from tests.integration.racing import Sessions, own_database, together
from tests.integration.receipts_desk import ReceiptsDesk
from tests.integration.refunds_desk import RefundsDesk
from workers import ledger, refunds
from workers.database.unit_of_work import UnitOfWork

A = "HT-2026-8001"


@pytest.fixture
def sessions(server: DatabaseServer) -> Iterator[Sessions]:
    """Sessions that commit, on a fresh database with a contract and a balance of 1,000 yuan."""
    with own_database(server, "refunds_race") as found:
        with UnitOfWork(found) as uow:
            contract_of(uow.session)
            ReceiptsDesk(uow.session).enter(
                receipt_action="prepayment", customer_no="K0001", amount="1000.00"
            )
        yield found


def opened(sessions: Sessions, instance: str, **fields: str) -> str:
    """A refund that somebody fills, or has been filled, signed and handed to finance."""
    with UnitOfWork(sessions) as uow:
        desk = RefundsDesk(uow.session, instance)
        desk.ready(**fields) if fields else desk.open()
        return desk.case_no


def offset_case(sessions: Sessions) -> str:
    with UnitOfWork(sessions) as uow:
        desk = ReceiptsDesk(uow.session, "offset")
        desk.open()
        return desk.case_no


def free(sessions: Sessions) -> tuple[Decimal, Decimal]:
    """The customer's balance, and what of it is free."""
    with UnitOfWork(sessions) as uow:
        return ledger.customer_balance(uow.session, "K0001"), refunds.free_balance(uow.session, "K0001")


@pytest.mark.rule("A6", "X6")
def test_two_refunds_at_once_never_promise_the_same_money(sessions: Sessions) -> None:
    numbers = [opened(sessions, f"refund{number}") for number in range(2)]
    found = together(
        sessions,
        *(
            lambda session, number=number, no=no: RefundsDesk(session, f"refund{number}", no).check(
                refund_amount="600.00"
            )
            for number, no in enumerate(numbers)
        ),
    )
    assert sorted(one.has_errors for one in found) == [False, True]
    assert free(sessions) == (1000, 400)


@pytest.mark.rule("A6", "X6")
def test_a_refund_and_an_offset_at_once_never_spend_the_same_money(sessions: Sessions) -> None:
    refund, offset = opened(sessions, "refund"), offset_case(sessions)
    found = together(
        sessions,
        lambda session: RefundsDesk(session, "refund", refund).check(refund_amount="600.00"),
        lambda session: ReceiptsDesk(session, "offset", offset).record(
            receipt_action="offset", contract_no=A, amount="600.00"
        ),
    )
    assert sorted(one.has_errors for one in found) == [False, True]
    assert free(sessions)[1] == 400


@pytest.mark.rule("A6", "X6")
def test_a_payment_that_is_registered_twice_at_once_is_entered_once(sessions: Sessions) -> None:
    number = opened(sessions, "refund", refund_amount="600.00")
    found = together(
        sessions, *[lambda session: RefundsDesk(session, "refund", number).pay(bank_reference="付1")] * 2
    )
    assert sorted(one.pay_outcome for one in found) == ["invalid", "paid"]
    assert free(sessions) == (400, 400)


@pytest.mark.rule("A6", "X6")
def test_two_refunds_under_one_reference_of_the_bank_at_once_are_paid_once(
    sessions: Sessions,
) -> None:
    numbers = [opened(sessions, f"refund{number}", refund_amount="300.00") for number in range(2)]
    found = together(
        sessions,
        *(
            lambda session, number=number, no=no: RefundsDesk(session, f"refund{number}", no).pay(
                bank_reference="付1"
            )
            for number, no in enumerate(numbers)
        ),
    )
    assert sorted(one.pay_outcome for one in found) == ["invalid", "paid"]
    assert free(sessions) == (700, 400)


@pytest.mark.rule("A6", "X4", "X6")
def test_a_withdrawal_and_a_payment_at_once_end_as_one_of_the_two(sessions: Sessions) -> None:
    number = opened(sessions, "refund", refund_amount="600.00")
    withdrawn, paid = together(
        sessions,
        lambda session: RefundsDesk(session, "refund", number).withdraw(),
        lambda session: RefundsDesk(session, "refund", number).pay(),
    )
    outcomes = (withdrawn.withdraw_outcome, paid.pay_outcome)
    assert outcomes in {("withdrawn", "invalid"), ("kept", "paid")}
    assert free(sessions) == ((1000, 1000) if outcomes[0] == "withdrawn" else (400, 400))
