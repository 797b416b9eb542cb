"""The check after every test fails the test that broke the books: each test here has one run with the check on it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from tests.integration.ledger_desk import NUMBER, clear, in_force, unguarded
from tests.plugins import whole_books

FOUND = f"*account_differs: {NUMBER}: received: the account says 1.00, the entries add up to 0*"
Run = Callable[..., pytest.RunResult]


def tamper(session: Session) -> None:
    """A yuan that nobody has booked."""
    with unguarded(session, "ledger_accounts"):
        session.execute(text("UPDATE ledger_accounts SET received = received + 1"))


def whole(session: Session) -> None:
    session.execute(text("UPDATE cases SET state = state"))


def refused(session: Session) -> None:
    """The test has seen an error, and leaves its transaction as that left it."""
    tamper(session)
    session.commit()
    with pytest.raises(Exception, match="refused"):
        session.execute(text("DELETE FROM ledger_entries"))


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Runs a test that does `act` with `session`, or without one."""

    def run(act: Callable[..., object], session: Session | None = None, marker: str = "") -> pytest.RunResult:
        class Given:
            @pytest.fixture
            def session(self) -> Session | None:
                return session

            @pytest.fixture
            def act(self) -> Callable[..., object]:
                return act

        wanted = "(act, session): act(session)" if session else "(act): act()"
        pytester.makepyfile(f"import pytest\n{marker}\ndef test_it{wanted}")
        pytester.makeini("[pytest]\nmarkers = tampers")
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", plugins=[whole_books, Given()])

    return run


@pytest.mark.rule("C4", "X6")
@pytest.mark.tampers("the test inside shares its transaction")
@pytest.mark.parametrize("act", [tamper, refused])
def test_a_test_that_breaks_the_books_in_its_transaction_fails(
    run: Run, session: Session, act: Callable[[Session], None]
) -> None:
    in_force(session)
    result = run(act, session)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([FOUND])
    run(act, session, '@pytest.mark.tampers("it shows what is found")').assert_outcomes(passed=1)


@pytest.mark.rule("C4", "X6")
def test_a_test_that_commits_what_breaks_the_books_fails(
    run: Run, session_factory: sessionmaker[Session]
) -> None:
    def act() -> None:
        with session_factory.begin() as session:
            tamper(session)

    with session_factory.begin() as session:
        in_force(session)
    try:
        result = run(act)
    finally:
        with session_factory.begin() as session:
            clear(session, [NUMBER, NUMBER.replace("HT", "SB")])
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([FOUND])


def test_a_test_that_says_that_it_tampers_does(run: Run, session: Session) -> None:
    in_force(session)
    run(whole, session).assert_outcomes(passed=1)
    result = run(whole, session, '@pytest.mark.tampers("it once did")')
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["it says that it tampers with the books, and they are whole"])


@pytest.mark.parametrize("arguments", ["", "()", '("")', '(" ")', "(1)"])
def test_a_test_that_tampers_says_why(run: Run, session: Session, arguments: str) -> None:
    result = run(whole, session, f"@pytest.mark.tampers{arguments}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*test_it: tampers() does not say why"])


def test_a_test_that_only_reads_is_not_looked_at(
    run: Run, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_books.ledger, "verify", lambda _: pytest.fail("for nothing"))
    run(lambda session: session.execute(text("SELECT 1 FROM ledger_entries")), session).assert_outcomes(
        passed=1
    )
    run(lambda: None).assert_outcomes(passed=1)
