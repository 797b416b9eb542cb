"""What tests share: an engine with its database and worker, one more database server for what needs no engine.

Each test brings a case of its own. `make test` runs two processes beside each other (`-n 2 --dist loadgroup`).
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from rich.console import Console
from sqlalchemy.orm import Session, sessionmaker

from tests.databases import DatabaseServer, database_server
from tests.process.office import Office
from workers import logs
from workers.bootstrap import Application
from workers.database.engine import make_engine
from workers.installation import Installation, installation
from workers.settings import ROOT, Settings
from workers.stack.supervisor import Stack

hypothesis.settings.register_profile("salesflow", deadline=None)  # how fast a machine is proves nothing
hypothesis.settings.load_profile("salesflow")

pytest_plugins = ["pytester", "tests.plugins.whole_books", "tests.plugins.standing"]

# An engine that lives for minutes gains nothing from the slow second compiler, which takes a core for most of them.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Process tests keep to one of the two, with an installation; what else needs an engine to the other, with another.

    An engine waits more than it works: two get more out of two cores than one.
    """
    for item in items:
        if room(item) == "process":
            item.add_marker(pytest.mark.xdist_group("process"))
        elif room(item) == "browser" or "running" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("engine"))


def room(item: pytest.Item) -> str:
    """The folder of tests/ that it stands in."""
    return item.path.relative_to(Path(__file__).parent).parts[0]


@pytest.fixture(autouse=True, scope="session")
def logs_stay_as_they_are() -> Iterator[None]:
    """A command that a test runs within this process must not settle how all later tests log."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "configure", lambda *_, **__: None)
        yield


NEVER = 3600
"""Seconds: the worker's housekeeping stays out of the tests, which do its chores when they want to."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the shared installation: ports of its own, and a copy of config/ that tests may change."""
    folder = tmp_path_factory.mktemp("installation")
    config = folder / "config"
    shutil.copytree(ROOT / "config", config)
    return Settings(
        var_dir=folder / "var",
        config_dir=config,
        engine_port=free_port(),
        database_port=free_port(),
        housekeeping_seconds=NEVER,
        metrics_port=free_port(),
    )


@pytest.fixture(scope="session")
def running(settings: Settings) -> Iterator[Installation]:
    """The whole installation: engine, database, deployed processes, staff, a worker process."""
    with installation(settings, Console(stderr=True)) as found:
        yield found


@pytest.fixture(scope="session")
def stack(running: Installation) -> Stack:
    """The engine and the database server."""
    return running.stack


@pytest.fixture(scope="session")
def app(running: Installation) -> Application:
    """The parts, connected to the shared installation."""
    return running.app


@pytest.fixture(scope="session")
def office(app: Application) -> Office:
    """Staff at their desks, with a sales policy in force."""
    found = Office(app)
    found.require_policy()
    return found


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """A database server beside the shared installation's, for tests that need no engine."""
    with database_server(tmp_path_factory.mktemp("server"), free_port()) as found:
        yield found


@pytest.fixture(scope="session")
def database_url(server: DatabaseServer) -> str:
    """A migrated database that holds nothing."""
    return server.create("scratch")


@pytest.fixture(scope="session")
def session_factory(database_url: str) -> Iterator[sessionmaker[Session]]:
    """Sessions that really commit, for tests of what several transactions do to each other."""
    engine = make_engine(database_url)
    yield sessionmaker(engine, expire_on_commit=False)
    engine.dispose()


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    """A session in a transaction that is rolled back after the test."""
    with session_factory.kw["bind"].connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as opened:
            yield opened
        transaction.rollback()


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT
