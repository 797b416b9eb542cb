"""Two who do the same at the same moment, on a database of its own because these tests commit (V9, K1, X4, X6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.databases import DatabaseServer
from tests.integration.complaints_desk import NOW, OWNER, TAKER, ComplaintsDesk
from tests.integration.contract_desk import issue_policy
from tests.integration.follow_up_desk import ADVISOR, HANDOVER, SOLD, FollowUpDesk, a_customer
from tests.integration.racing import Sessions, own_database, together
from workers import cases, complaints, follow_up
from workers.complaints.store import Complaint
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.follow_up.store import FollowUp
from workers.signals import Signal


@pytest.fixture(scope="module")
def sessions(server: DatabaseServer) -> Iterator[Sessions]:
    """Sessions that commit, on a fresh database with a policy in force."""
    with own_database(server, "follow_up_race") as found:
        with UnitOfWork(found) as uow:
            issue_policy(uow.session)
        yield found


@pytest.mark.rule("V9", "X6")
def test_a_handover_that_is_told_by_four_at_once_has_one_follow_up(sessions: Sessions) -> None:
    with UnitOfWork(sessions) as uow:
        customer_no = a_customer(uow.session)

    def request(session: Session) -> str:
        return follow_up.request(
            session,
            for_case="ZZ-2026-7101",
            kind="sale",
            customer_no=customer_no,
            responsible=ADVISOR,
            channel="phone",
            happened_at=HANDOVER,
            people=SOLD,
            at=HANDOVER,
        ).number

    assert len(set(together(sessions, *[request] * 4))) == 1
    with UnitOfWork(sessions) as uow:
        count = select(func.count()).where(FollowUp.for_case == "ZZ-2026-7101")
        assert uow.session.execute(count).scalar_one() == 1


@pytest.mark.rule("K1", "X6")
def test_a_complaint_that_is_raised_by_four_at_once_is_one_and_starts_once(
    sessions: Sessions,
) -> None:
    with UnitOfWork(sessions) as uow:
        customer_no = a_customer(uow.session)

    def raised(session: Session) -> str:
        return complaints.open(
            session,
            customer_no=customer_no,
            about_case=None,
            against=None,
            what="等了两个小时",
            source="follow_up",
            by=TAKER,
            at=NOW,
        )

    (number,) = set(together(sessions, *[raised] * 4))
    with UnitOfWork(sessions) as uow:
        count = select(func.count()).where(Complaint.customer_no == customer_no)
        assert uow.session.execute(count).scalar_one() == 1
        sent = select(func.count()).where(Signal.message == "Msg_ComplaintRaised", Signal.fact == number)
        assert uow.session.execute(sent).scalar_one() == 1


@pytest.mark.rule("V9", "X6")
def test_two_instances_that_begin_at_once_leave_one_with_the_follow_up(
    sessions: Sessions,
) -> None:
    with UnitOfWork(sessions) as uow:
        number = FollowUpDesk(uow.session, "ZZ-2026-7102").number

    def begin(instance: str) -> Callable[[Session], str]:
        def act(session: Session) -> str:
            desk = FollowUpDesk(session, "ZZ-2026-7102")
            desk.instance = instance
            try:
                desk.plan()
            except InvalidInput as error:
                session.rollback()
                return str(error)
            return desk.number

        return act

    said = together(sessions, begin("one"), begin("two"))
    assert said.count(number) == 1
    assert any("another process instance" in one for one in said)


@pytest.mark.rule("K1", "X4", "X6")
def test_a_withdrawal_and_a_solution_that_come_at_once_have_one_winner(
    sessions: Sessions,
) -> None:
    with UnitOfWork(sessions) as uow:
        desk = ComplaintsDesk(uow.session).raised()
        desk.assigned()
        number = desk.number

    def at_desk(session: Session) -> ComplaintsDesk:
        desk = ComplaintsDesk(session)
        desk.number = number
        return desk

    def withdraw(session: Session) -> bool:
        return at_desk(session).withdrawn().withdraw_outcome == "withdrawn"

    def solve(session: Session) -> bool:
        try:
            return not at_desk(session).solved(by=OWNER).form_errors
        except cases.CaseEnded:
            session.rollback()
            return False

    outcomes = together(sessions, withdraw, solve)
    assert outcomes.count(True) == 1
    with UnitOfWork(sessions) as uow:
        row = uow.session.get_one(Complaint, number)
        assert row.state == ("withdrawn" if outcomes[0] else "open")
