"""A contract that changes keeps its books: amendments, statuses, and the signal that it is in force (C4, C13)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.ledger_desk import NOW, NUMBER, Desk, draw, file, in_force, line
from workers import ledger
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind, GoodsLine, InvariantBroken, LedgerEntry
from workers.signals import Signal

K = EntryKind


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session, in_force(session))


def amend(
    session: Session, lines: list[GoodsLine], drawn_as: int = 2, **fields: Any
) -> dict[Book, LedgerEntry]:
    """A sealed amendment is put in force."""
    drawn = draw(session, NUMBER, drawn_as, lines, "BG-2026-0001")
    known: dict[str, Any] = {
        "version": drawn_as,
        "amount": drawn.total,
        "delivery_date": date(2026, 6, 1),
        "document_sha256": drawn.document_sha256,
        "lines": lines,
        "value_date": NOW.date(),
        "posted_at": NOW,
    }
    return ledger.amend(session, NUMBER, **{**known, **fields})


@pytest.mark.rule("C4", "C13")
def test_an_amendment_moves_both_books_the_contract_and_its_goods(desk: Desk) -> None:
    desk.delivered("40")
    desk.finance(K.RECEIPT, "650.00")
    entries = amend(desk.session, [line(ordered="80"), line(2, "5.00", "10")], needs_jointing=True)
    assert {(book, entry.amount) for book, entry in entries.items()} == {
        (Book.SALES, Decimal(-150)),
        (Book.FINANCE, Decimal(-150)),
    }
    row = ledger.contract(desk.session, NUMBER)
    assert (row.version, row.amount, row.needs_jointing) == (2, 850, True)
    assert (row.delivery_date, row.payment_terms) == (date(2026, 6, 1), "T30-70")
    first, second = ledger.goods(desk.session, NUMBER)
    assert (first.ordered, first.delivered, first.to_deliver) == (80, 40, 40)
    assert (second.ordered, second.amount) == (10, 50)
    assert desk.account.outstanding == 200
    assert ledger.verify(desk.session) == []
    file(desk.session, NUMBER, 3, "BG-2026-0001")  # drawn up, and not sealed
    amend(desk.session, [line(ordered="80")], drawn_as=4)
    assert [one.ordered for one in ledger.goods(desk.session, NUMBER)] == [80, 0]


@pytest.mark.rule("C13")
def test_an_amendment_below_what_happened_is_refused(desk: Desk) -> None:
    desk.delivered("40")
    desk.finance(K.RECEIPT, "650.00")
    refused = {
        "dispatched_within_ordered": [line(ordered="39.999"), line(2, "20.00", "50")],
        "received_within_amount": [line(ordered="64")],
    }
    for rule, lines in refused.items():
        with pytest.raises(InvariantBroken) as broken, desk.session.begin_nested():
            amend(desk.session, lines)
        assert {one.name for one in broken.value.rules} == {rule}
    with pytest.raises(InvalidInput, match="produced already"), desk.session.begin_nested():
        amend(desk.session, [line(product_no="P005")])
    with pytest.raises(InvalidInput, match="add up"), desk.session.begin_nested():
        amend(desk.session, [line()], amount=Decimal(999))
    with pytest.raises(InvalidInput, match="cannot amend"), desk.session.begin_nested():
        amend(desk.session, [line()], version=1)
    desk.session.expire_all()
    assert ledger.contract(desk.session, NUMBER).version == 1
    assert ledger.verify(desk.session) == []


@pytest.mark.rule("C13")
def test_goods_that_an_amendment_makes_dearer_carry_the_new_value_with_the_next_delivery(desk: Desk) -> None:
    desk.delivered("40")
    amend(desk.session, [line(price="11.00")])
    desk.delivered("60")
    assert desk.account.delivered == desk.account.amount == 1100


@pytest.mark.rule("C13")
@pytest.mark.tampers("an amendment stays out of the books, a document is changed")
def test_the_seal_of_an_earlier_version_and_a_missing_amendment_are_found(desk: Desk) -> None:
    session = desk.session
    amend(session, [line(ordered="80")])
    draw(session, NUMBER, 3, [line(ordered="90")], "BG-2026-0002")
    codes = {one.code for one in ledger.verify(session)}
    assert codes == {"amendment_missing"}
    session.execute(text("ALTER TABLE documents DISABLE TRIGGER documents_as_filed"))
    session.execute(
        text(
            "UPDATE documents SET content = 'x', sha256 = encode(sha256('x'), 'hex')"
            " WHERE number = :no AND version = 1"
        ),
        {"no": NUMBER},
    )
    session.execute(text("ALTER TABLE documents ENABLE TRIGGER documents_as_filed"))
    codes = {one.code for one in ledger.verify(session)}
    assert codes == {"amendment_missing", "document_altered"}


@pytest.mark.rule("C4")
def test_a_contract_ends_and_a_terminated_one_stays_ended(desk: Desk) -> None:
    session = desk.session
    for status in (ledger.COMPLETED, ledger.IN_FORCE, ledger.TERMINATED):
        assert ledger.set_status(session, NUMBER, status).status == status
    with pytest.raises(DBAPIError, match="does not become"), session.begin_nested():
        ledger.set_status(session, NUMBER, ledger.IN_FORCE)


@pytest.mark.rule("C4", "X1")
@pytest.mark.usefixtures("desk")
def test_the_fulfilment_is_told_of_a_contract_once(session: Session) -> None:
    query = select(Signal).where(Signal.business_key == NUMBER)
    (told,) = session.scalars(query).all()
    assert (told.message, told.starts) == ("Msg_ContractEffective", "ContractFulfilmentProcess")
