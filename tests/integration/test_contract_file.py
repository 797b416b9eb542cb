"""The whole file of a contract for legal: what the customer signed is in it, whichever room keeps it (A5)."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy.orm import Session

from tests.integration.contract_desk import COMPANY, TODAY, Uploads
from tests.integration.fulfilment_desk import ALL, CLERK, NOW, FulfilmentDesk, rows
from tests.integration.returns_desk import ReturnsDesk
from tests.pdf import SIGNED_PAPER
from workers import cases, ledger
from workers.calendar import OFFICE
from workers.jointing import messages as j
from workers.jointing import tasks as jointing
from workers.receivables import dossier


def joined(desk: FulfilmentDesk) -> tuple[str, str]:
    """Jointing work that the customer accepted: the numbers of its order and of its report."""
    desk.pay(ledger.account(desk.session, desk.number).amount)
    order = j.PrepareOrder(
        signed_by=CLERK,
        jointing_site="一号矿井",
        jointing_planned_on=(TODAY + timedelta(days=3)).isoformat(),
        jointing_team="王强",
        jointing_work="硫化接头4个",
    )
    prepared = desk.run(jointing.prepare_order, order, COMPANY)
    assert prepared.form_errors == []
    signed = {"postName": "销售部经理", "signerName": "张伟", "at": NOW.isoformat()}
    cases.set_approved(desk.session, prepared.paper_no, "jointing_order", NOW, [signed])
    desk.run(jointing.dispatch, j.Dispatch(), COMPANY, OFFICE)
    report = j.RecordAcceptance(
        signed_by=CLERK,
        acceptance_result="accepted",
        acceptance_signer="马志远",
        acceptance_done_on=TODAY.isoformat(),
    )
    recorded = desk.run(jointing.record_acceptance, report, COMPANY, Uploads(SIGNED_PAPER))
    assert recorded.form_errors == []
    return prepared.paper_no, f"YS-{TODAY.year}-0001"


@pytest.mark.rule("A5", "C10")
def test_the_contracts_file_holds_every_paper_and_all_that_the_customer_signed(session: Session) -> None:
    desk = FulfilmentDesk(session)
    desk.in_stock()
    desk.deliver(ALL)
    order, report = joined(desk)
    back = ReturnsDesk(desk)
    back.inspected("20")
    assert back.book(rows({1: "20"})).book_outcome == "booked"

    names = [piece.name for piece in dossier.pieces(session, desk.number, "CS-2026-0001")]

    papers = {name.partition("-v")[0] for name in names if name.endswith(".pdf") and "客户签署" not in name}
    assert {desk.number, order, report, back.case_no} <= papers
    assert {"SB", "SC", "RK", "FH", "CM"} <= {number[:2] for number in papers}
    signed = [name.partition("-客户签署")[0] for name in names if "客户签署" in name]
    assert len(signed) == 4
    assert {f"{desk.number}-v1", report, back.case_no} <= set(signed)
    assert [number[:2] for number in signed].count("FH") == 1


@pytest.mark.rule("A5")
def test_the_same_papers_make_the_same_archive_whenever_it_is_made(session: Session) -> None:
    desk = FulfilmentDesk(session)
    pieces = dossier.pieces(session, desk.number, "CS-2026-0001")
    made = dossier.archive(pieces)
    assert {info.date_time for info in ZipFile(BytesIO(made)).infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert len({piece.name for piece in pieces}) == len(pieces) >= 4
