"""Signals on the real database and engine: a committed fact is told to its case until the case has read it (rule 5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import free_port
from workers import calendar, cases, signals
from workers.bootstrap import Application
from workers.engine.client import EngineClient, EngineUnavailable
from workers.signals import Signal
from workers.signals.dispatch import FIRST_WAIT, LONGEST_WAIT, READING_TIME, START_LEASE

PROCESS, BEGINS, FACT = "FactWatchProcess", "Msg_TestCaseBegins", "Msg_TestFact"
DIAGRAM = Path(__file__).with_name("fact_watch.bpmn")
Sessions = sessionmaker[Session]
numbers = count(1)


class Watch:
    """A case that waits for facts, and the dispatcher, whose clock the test turns."""

    def __init__(self, sessions: Sessions, engine: EngineClient) -> None:
        self.sessions = sessions
        self.engine = engine
        self.key = f"WT-{next(numbers):04d}"
        self.now = calendar.now() + timedelta(seconds=1)

    def send(self, fact: str, *, starts: bool = False, **variables: object) -> None:
        """Commit a fact together with its signal."""
        name, process = (BEGINS, PROCESS) if starts else (FACT, None)
        with self.sessions.begin() as session:
            signals.send(session, name, self.key, fact, starts=process, variables=variables)

    def dispatch(self, after: timedelta = timedelta(0), engine: Any = None) -> int:
        """A round of the dispatcher some time later; how many messages the engine took."""
        self.now += after
        return signals.dispatch(self.sessions, engine or self.engine, self.now)

    def begin(self) -> str:
        """Start the case; it waits for a fact. Returns the instance's id."""
        return str(self.engine.correlate(BEGINS, self.key)[0]["processInstance"]["id"])

    def read(self) -> None:
        """The case reads the facts."""
        with self.sessions.begin() as session:
            signals.mark_read(session, FACT, self.key, self.now)

    def rows(self) -> list[Signal]:
        """The signals to the case, oldest first."""
        with self.sessions() as session:
            return list(
                session.scalars(select(Signal).where(Signal.business_key == self.key).order_by(Signal.id))
            )

    def instances(self) -> list[dict[str, object]]:
        """Every instance of the case, ended ones too."""
        return self.engine.history(
            "process-instance", processDefinitionKey=PROCESS, processInstanceBusinessKey=self.key
        )


@pytest.fixture(scope="module")
def engine(app: Application) -> Iterator[EngineClient]:
    """The engine with the test's own process on it."""
    deployed = app.admin.deploy("a test's watch", {DIAGRAM.name: DIAGRAM.read_bytes()}, "tests")
    yield app.admin
    app.admin.delete(f"/deployment/{deployed['id']}", cascade=True)


@pytest.fixture
def watch(session_factory: Sessions, engine: EngineClient) -> Iterator[Watch]:
    """A case of the test's own; what other tests have left unread is out of the way."""
    with session_factory.begin() as session:
        session.execute(update(Signal).where(Signal.read_at.is_(None)).values(read_at=calendar.now()))
    return Watch(session_factory, engine)


@pytest.mark.rule("X6")
def test_a_fact_is_told_until_the_case_has_read_it(watch: Watch) -> None:
    watch.begin()
    watch.send("receipt:1")
    assert watch.dispatch() == 1
    assert watch.instances()[0]["state"] == "COMPLETED"
    (told,) = watch.rows()
    assert (told.read_at, told.attempts, told.next_attempt_at) == (None, 0, watch.now + READING_TIME)
    assert watch.dispatch(READING_TIME / 2) == 0, "it has time to read"

    watch.begin()
    assert watch.dispatch(READING_TIME) == 1, "it was not read, so it is told again"
    watch.read()
    watch.begin()
    assert watch.dispatch(LONGEST_WAIT) == 0
    assert watch.rows()[0].read_at is not None


@pytest.mark.rule("X6")
def test_a_fact_from_before_anybody_waited_wakes_the_case_that_waits_later(watch: Watch) -> None:
    watch.send("receipt:1")
    assert watch.dispatch() == 0
    (refused,) = watch.rows()
    assert refused.attempts == 1
    assert FACT in str(refused.last_error)
    watch.begin()
    assert watch.dispatch(FIRST_WAIT) == 1
    assert (watch.rows()[0].attempts, watch.rows()[0].last_error) == (0, None)


def test_each_refusal_doubles_the_wait_up_to_a_minute(watch: Watch) -> None:
    watch.send("receipt:1")
    waits = []
    for _ in range(10):
        assert watch.dispatch() == 0
        (refused,) = watch.rows()
        waits.append(refused.next_attempt_at - watch.now)
        assert watch.dispatch(waits[-1] * 0.9) == 0
        assert watch.rows()[0].attempts == refused.attempts, "not before its time"
        watch.now = refused.next_attempt_at
    assert waits[:4] == [FIRST_WAIT * 2**turn for turn in range(4)]
    assert waits[-1] == LONGEST_WAIT


@pytest.mark.rule("X6")
def test_a_case_is_started_once_with_its_number_and_variables(watch: Watch) -> None:
    watch.send("seal:HT-1", starts=True, contractNo="HT-1", lines=[{"no": 1}])
    assert watch.dispatch() == 1
    for _ in range(3):
        assert watch.dispatch(READING_TIME) == 0
    (started,) = watch.instances()
    variables = watch.engine.variables(str(started["id"]))
    assert (variables["contractNo"], variables["lines"]) == ("HT-1", [{"no": 1}])
    assert watch.rows()[0].read_at is not None


@pytest.mark.rule("X6")
def test_a_start_that_the_dispatcher_did_not_live_to_note_is_not_made_twice(watch: Watch) -> None:
    watch.send("seal:HT-1", starts=True)
    watch.begin()  # the engine took the message; the process that sent it died before it could note that
    assert watch.dispatch() == 0
    assert len(watch.instances()) == 1
    assert watch.rows()[0].read_at is not None


@pytest.mark.rule("X6")
@pytest.mark.rule("X6")
def test_a_start_is_sent_by_one_process_also_when_two_are_at_it(watch: Watch) -> None:
    """The lock between them ends with PostgreSQL's process: found by killing it in the middle of a round."""

    class Between(Sent):
        def correlate(self, *message: Any) -> object:
            assert watch.dispatch() == 0  # the other process, before this one's message has arrived
            return super().correlate(*message)

    watch.send("begun", starts=True)
    assert watch.dispatch(engine=Between(watch.engine)) == 1
    assert len(watch.instances()) == 1


@pytest.mark.rule("X6")
def test_a_start_whose_answer_got_lost_is_not_sent_again_while_it_may_be_on_its_way(watch: Watch) -> None:
    class Lost(Sent):
        def correlate(self, *message: Any) -> object:
            raise EngineUnavailable(f"no answer to {message}")

    watch.send("begun", starts=True)
    assert watch.dispatch(engine=Lost(watch.engine)) == 0
    assert watch.dispatch(timedelta(seconds=30)) == 0
    assert not watch.instances()
    assert watch.dispatch(START_LEASE) == 1
    assert len(watch.instances()) == 1


class Sent:
    """The engine, as the dispatcher sees it."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine

    def count(self, path: str, **query: Any) -> int:
        return self._engine.count(path, **query)

    def correlate(self, *message: Any) -> object:
        return self._engine.correlate(*message)


def test_an_engine_that_is_away_costs_no_attempt(watch: Watch) -> None:
    away = EngineClient(f"http://127.0.0.1:{free_port()}/engine-rest", "admin", "x")
    for starts in (False, True):
        watch.send("receipt:1", starts=starts)
    assert watch.dispatch(engine=away) == 0
    assert {(row.attempts, row.read_at, row.next_attempt_at > watch.now) for row in watch.rows()} == {
        (0, None, True)
    }
    assert watch.dispatch(LONGEST_WAIT) >= 1
    assert len(watch.instances()) == 1


@pytest.mark.rule("X6")
def test_two_facts_are_two_signals_and_one_fact_sent_twice_is_one(watch: Watch) -> None:
    for fact in ("receipt:1", "receipt:2", "receipt:1"):
        watch.send(fact)
    assert [row.fact for row in watch.rows()] == ["receipt:1", "receipt:2"]
    watch.begin()
    assert watch.dispatch() == 1, "one message wakes the case for both"
    assert [(row.attempts, row.next_attempt_at > watch.now) for row in watch.rows()] == [(0, True), (0, True)]
    watch.read()
    watch.send("receipt:1")
    assert all(row.read_at is not None for row in watch.rows()), "what was read is not told anew"


def test_reading_one_cases_facts_leaves_those_of_others_and_of_other_messages_unread(
    watch: Watch, session_factory: Sessions, engine: EngineClient
) -> None:
    other = Watch(session_factory, engine)
    for one in (watch, other):
        one.send("receipt:1")
    watch.send("seal:1", starts=True)
    watch.read()
    assert [(row.message, row.read_at is None) for row in watch.rows()] == [(FACT, False), (BEGINS, True)]
    assert [row.read_at for row in other.rows()] == [None]
    with session_factory() as session:
        assert len(signals.unread(session, calendar.now() + timedelta(hours=1))) == 2
        assert signals.unread(session, calendar.now() - timedelta(hours=1)) == []


@pytest.mark.rule("X6")
def test_a_fact_is_either_read_by_the_case_or_told_to_it_never_neither(
    watch: Watch, session_factory: Sessions
) -> None:
    """Whoever commits a fact and whoever reads the facts take the same lock: here the case's row."""
    with session_factory.begin() as session:
        cases.open_case(session, watch.key, "watch", "chenxiaoyan", "陈晓燕", watch.now)

    seen: list[str] = []

    def read() -> None:
        with session_factory.begin() as session:
            cases.lock(session, watch.key)
            signals.mark_read(session, FACT, watch.key, calendar.now())
            seen.extend(line.action for line in cases.history(session, watch.key))

    def commit(fact: str, at: datetime) -> None:
        with session_factory.begin() as session:
            cases.lock(session, watch.key)
            cases.note(session, watch.key, "银行", fact, "", at)
            signals.send(session, FACT, watch.key, fact)
            if fact == "receipt:1":  # the reader comes while the first fact is not committed yet
                reader.start()

    reader = Thread(target=read)
    commit("receipt:1", watch.now)
    reader.join(30)
    assert not reader.is_alive()
    assert "receipt:1" in seen
    commit("receipt:2", watch.now)
    told = {row.fact: row.read_at is None for row in watch.rows()}
    assert told == {"receipt:1": False, "receipt:2": True}
