"""`salesflow demo dealership` on the shared installation: ten customers, each with an end of their own."""

from __future__ import annotations

import pytest
from rich.console import Console
from sqlalchemy import func, select

from tests.process.office import Office
from workers.complaints import Complaint
from workers.database.unit_of_work import UnitOfWork
from workers.demo import dealership
from workers.demo.dealership.day import CUSTOMERS
from workers.follow_up.store import FollowUp


def _outcomes(office: Office) -> dict[str | None, int]:
    query = select(FollowUp.outcome, func.count()).group_by(FollowUp.outcome)
    with UnitOfWork(office.app.sessions) as uow:
        return dict(uow.session.execute(query).all())


@pytest.mark.rule("V7", "V8", "V9", "W5", "W8", "W10", "K1")
@pytest.mark.timeout(600)
def test_a_day_in_the_shop_ends_with_a_report_of_what_its_customers_said(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _outcomes(office)
    report = dealership.play(office.app, Console(width=200))
    after, told = _outcomes(office), capsys.readouterr().out
    new = {outcome: number - before.get(outcome, 0) for outcome, number in after.items()}
    assert {outcome: number for outcome, number in new.items() if number} == {
        "satisfied": 5,
        "unreachable": 1,
        "complaint": 1,
    }
    assert all(name in told for name, _ in CUSTOMERS)
    with UnitOfWork(office.app.sessions) as uow:
        solved = uow.session.scalars(select(Complaint).order_by(Complaint.number.desc()).limit(1)).one()
    assert solved.state == "solved"
    page = report.read_text("utf-8")
    assert "接待人员有没有仔细听您描述" in page
    assert "http://" not in page
    assert "src=" not in page
