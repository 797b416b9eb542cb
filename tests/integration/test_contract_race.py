"""A seal and a withdrawal that come at the same moment: one of them happens (X4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker

from tests.integration.contract_desk import NOW
from workers import cases
from workers.database.unit_of_work import UnitOfWork

CASE = "SB-1999-0001"


@pytest.mark.rule("X4", "X6")
@pytest.mark.parametrize("turn", range(5))
def test_of_a_seal_and_a_withdrawal_at_the_same_moment_one_happens(
    session_factory: sessionmaker[Session], turn: int
) -> None:
    number = f"{CASE}{turn}"
    with UnitOfWork(session_factory) as uow:
        uow.session.add(
            cases.Case(
                case_no=number,
                kind="declaration",
                applicant="chenxiaoyan",
                applicant_name="陈晓燕",
                state=cases.OPEN,
                status_text="",
                opened_at=NOW,
            )
        )
    together = Barrier(2, timeout=30)

    def end(state: str) -> bool:
        with UnitOfWork(session_factory) as uow:
            cases.find(uow.session, number)  # both have read it as open before either ends it
            together.wait()
            return cases.finish(uow.session, number, state, NOW)

    try:
        with ThreadPoolExecutor(2) as pool:
            sealed, withdrawn = pool.map(end, (cases.SEALED, cases.WITHDRAWN))
        assert sealed != withdrawn
        with UnitOfWork(session_factory) as uow:
            expected = cases.SEALED if sealed else cases.WITHDRAWN
            assert cases.find(uow.session, number).state == expected
    finally:
        with UnitOfWork(session_factory) as uow:
            uow.session.execute(delete(cases.Case).where(cases.Case.case_no == number))
