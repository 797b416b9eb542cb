"""Two at once, in transactions that really commit: receipts, a paper twice, the end of a month (C4, C12, X6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from threading import Barrier, Event

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.integration.ledger_desk import CUSTOMER, NUMBER, Desk, clear, in_force
from workers import ledger
from workers.calendar import SHANGHAI
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind, LedgerEntry

K = EntryKind
SECOND = "HT-2026-7102"
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
SOON = 0.5
"""Seconds that a thread gets to reach the lock at which it must wait."""


@pytest.fixture
def sessions(session_factory: sessionmaker[Session]) -> Iterator[sessionmaker[Session]]:
    """Two contracts over 1,000 yuan in force, committed; gone afterwards, and the books were whole."""
    numbers = [NUMBER, SECOND]
    with session_factory.begin() as session:
        for number in numbers:
            in_force(session, number)
    yield session_factory
    with session_factory() as session:
        findings = ledger.verify(session)
    with session_factory.begin() as session:
        clear(session, [*numbers, *(number.replace("HT", "SB") for number in numbers)])
    assert findings == []


def at_once(*actions: Callable[[], object]) -> list[object]:
    """What each of them came to when all ran at the same moment: its result, or the error's type."""
    gate = Barrier(len(actions))

    def run(action: Callable[[], object]) -> object:
        gate.wait()
        try:
            return action()
        except InvalidInput as error:
            return type(error)

    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result(30) for future in [pool.submit(run, action) for action in actions]]


def receive(sessions: sessionmaker[Session], amount: str, reference: str, number: str = NUMBER) -> int:
    """Finance books a receipt in a transaction of its own."""
    with sessions.begin() as session:
        ledger.lock_contract(session, number)
        return Desk(session, number).finance(K.RECEIPT, amount, reference=reference).seq


@pytest.mark.rule("C4", "A6", "X6")
def test_of_two_receipts_at_once_that_are_too_much_together_one_is_refused(
    sessions: sessionmaker[Session],
) -> None:
    came = at_once(lambda: receive(sessions, "600", "回单-1"), lambda: receive(sessions, "600", "回单-2"))
    assert ledger.InvariantBroken in came
    with sessions() as session:
        assert ledger.account(session, NUMBER).received == 600


@pytest.mark.rule("A6", "X6")
def test_a_bank_reference_that_comes_twice_at_once_is_booked_once(sessions: sessionmaker[Session]) -> None:
    came = at_once(*[lambda: receive(sessions, "100", "回单-1")] * 4)
    assert came.count(ledger.AlreadyBooked) == 3
    with sessions() as session:
        assert ledger.account(session, NUMBER).received == 100


@pytest.mark.rule("C4", "X6")
def test_many_receipts_at_once_for_two_contracts_lose_nothing(sessions: sessionmaker[Session]) -> None:
    def several(number: str) -> Callable[[], object]:
        return lambda: [receive(sessions, "50", f"{number}-{one}", number) for one in range(10)]

    at_once(*(several(number) for number in (NUMBER, SECOND)))
    with sessions() as session:
        for number in (NUMBER, SECOND):
            assert ledger.account(session, number).received == 500
            seqs = [one.seq for one in ledger.entries(session, number, kinds=[K.RECEIPT])]
            assert len(set(seqs)) == 10


@pytest.mark.rule("X6")
def test_who_books_in_the_one_book_and_then_in_the_other_meets_no_deadlock(
    sessions: sessionmaker[Session],
) -> None:
    def both(number: str, books: tuple[Book, Book]) -> None:
        for turn in range(8):
            with sessions.begin() as session:
                ledger.lock_contract(session, number)
                desk = Desk(session, number)
                for book in books:
                    kind = K.INVOICE_REQUEST if book is Book.SALES else K.INTEREST
                    desk.post(book, kind, "1", reference=f"{number}-{turn}")

    at_once(
        lambda: both(NUMBER, (Book.SALES, Book.FINANCE)), lambda: both(SECOND, (Book.FINANCE, Book.SALES))
    )


@pytest.mark.rule("A6", "X6")
def test_a_balance_cannot_be_spent_twice_at_once(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        Desk(session).finance(K.BALANCE, "100")

    def spend(reference: str, number: str) -> object:
        with sessions.begin() as session:
            ledger.lock_contract(session, number)
            return Desk(session, number).finance(K.BALANCE, "-100", reference=reference).seq

    came = at_once(lambda: spend("抵-1", NUMBER), lambda: spend("抵-2", SECOND))
    assert came.count(ledger.InvariantBroken) == 1
    with sessions() as session:
        assert ledger.customer_balance(session, CUSTOMER) == 0


def close_march(sessions: sessionmaker[Session], started: Event, done: Event) -> None:
    """Close March, and commit when told to."""
    with sessions.begin() as session:
        ledger.close_month(session, MARCH, "xuhong", datetime(2026, 4, 1, 9, 0, tzinfo=SHANGHAI))
        started.set()
        assert done.wait(30)


def post_late(sessions: sessionmaker[Session], started: Event, done: Event) -> LedgerEntry:
    """Book a receipt of March, and commit when told to."""
    with sessions.begin() as session:
        ledger.lock_contract(session, NUMBER)
        entry = Desk(session).finance(K.RECEIPT, "1", reference="回单-迟")
        started.set()
        assert done.wait(30)
    return entry


def one_after_the_other(
    sessions: sessionmaker[Session],
    first: Callable[[sessionmaker[Session], Event, Event], object],
    second: Callable[[sessionmaker[Session], Event, Event], object],
) -> None:
    """The second begins while the first is not committed: it must wait for it."""
    begun, go, waits, free = Event(), Event(), Event(), Event()
    free.set()
    with ThreadPoolExecutor(2) as pool:
        leading: Future[object] = pool.submit(first, sessions, begun, go)
        assert begun.wait(30)
        following: Future[object] = pool.submit(second, sessions, waits, free)
        assert not waits.wait(SOON)
        go.set()
        leading.result(30)
        following.result(30)


@pytest.mark.rule("C12")
def test_an_entry_that_arrives_while_its_month_is_closed_counts_in_the_next(
    sessions: sessionmaker[Session],
) -> None:
    one_after_the_other(sessions, close_march, post_late)
    with sessions() as session:
        (late,) = ledger.entries(session, NUMBER, kinds=[K.RECEIPT])
        assert (late.month, late.value_date, late.amount) == (APRIL, date(2026, 3, 10), Decimal(1))


@pytest.mark.rule("C12")
def test_a_month_that_is_closed_while_an_entry_is_made_holds_that_entry(
    sessions: sessionmaker[Session],
) -> None:
    one_after_the_other(sessions, post_late, close_march)
    with sessions() as session:
        (late,) = ledger.entries(session, NUMBER, kinds=[K.RECEIPT])
        assert late.month == MARCH
        assert ledger.last_closed(session) == MARCH
