"""The stack: shut to strangers, clear when it cannot start, nothing left when it is killed."""

from __future__ import annotations

import contextlib
import io
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest
import requests
from rich.console import Console
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from workers import processes
from workers.database.embedded import EmbeddedPostgres
from workers.errors import UserError
from workers.settings import Settings
from workers.stack import supervisor
from workers.stack.credentials import Credentials
from workers.stack.info import Endpoints, StackInfo
from workers.stack.supervisor import Stack, settings_environment

QUIET = Console(file=io.StringIO())
RUN = """
from rich.console import Console
from workers.settings import Settings
from workers.stack.supervisor import Stack
with Stack(Settings(), Console(stderr=True)) as stack:
    print("up", flush=True)
    stack.wait()
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def database(url: str) -> Engine:
    """An engine that keeps no connection open."""
    return create_engine(url, poolclass=NullPool)


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait, with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def own(stack: Stack, tmp_path: Path) -> Settings:
    """Settings of a second installation: a database of its own, the shared engine."""
    endpoints = stack.endpoints
    return stack.settings.model_copy(
        update={
            "var_dir": tmp_path / "var",
            "database_url": None,
            "database_port": free_port(),
            "engine_url": endpoints.engine_url,
            "engine_user": endpoints.admin_user,
            "engine_password": endpoints.admin_password,
        }
    )


@pytest.fixture
def program(own: Settings) -> Iterator[subprocess.Popen[str]]:
    """The second installation's stack in a process of its own, up and ready to be killed."""
    process = start_program(own)
    yield process
    if process.poll() is None:
        process.terminate()
    process.communicate(timeout=60)


def start_program(settings: Settings) -> subprocess.Popen[str]:
    """Start a stack in a process of its own, and wait until it is up."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN], env=settings_environment(settings), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    if process.stdout.readline() != "up\n":
        process.kill()
        pytest.fail(f"the stack did not start: {process.communicate()}")
    return process


def running(settings: Settings) -> StackInfo:
    """What stack.json tells."""
    info = StackInfo.read(settings)
    assert info is not None
    return info


PATHS = ["/version", "/engine", "/engine/default/task", "/task", "/user", "/external-task", "/nonsense"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("auth", [None, ("nobody", "x"), ("nobody", "")])
def test_rest_answers_nobody_without_the_right_password(
    stack: Stack, path: str, auth: tuple[str, str] | None
) -> None:
    """Not even whether there is such a path."""
    assert requests.get(f"{stack.engine_url}{path}", auth=auth, timeout=10).status_code == 401


def test_rest_lets_in_the_technical_accounts(stack: Stack) -> None:
    """With the passwords that the first start made."""
    here = stack.endpoints
    for user, password in (
        (here.admin_user, here.admin_password),
        (here.engine_user, here.engine_password),
    ):
        assert password
        answer = requests.get(f"{stack.engine_url}/version", auth=(user, password), timeout=10)
        assert answer.json()["version"] == stack.engine_version


def test_tasklist_shows_its_page_but_no_data_before_the_login(stack: Stack) -> None:
    """The page is public, the API behind it is not."""
    assert requests.get(stack.tasklist_url, timeout=10).status_code == 200
    api = stack.tasklist_url.split("/app/")[0] + "/api/engine/engine/default/task"
    assert requests.get(api, timeout=10).status_code == 401


def test_everything_listens_on_this_machine_only(stack: Stack) -> None:
    """127.0.0.1, which Java shows as an IPv6 address."""
    addresses = set()
    for one in running(stack.settings).processes:
        process = psutil.Process(one.pid)
        addresses |= {
            entry.laddr[0] for entry in process.net_connections("tcp") if entry.status == psutil.CONN_LISTEN
        }
    assert addresses
    assert addresses <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}


def test_the_worker_shows_that_it_lives(stack: Stack) -> None:
    """By a file that it touches again and again, once it works."""
    pulse = stack.settings.var_dir / "run" / "worker.pulse"
    touched = pulse.stat().st_mtime_ns
    wait_until(lambda: pulse.stat().st_mtime_ns != touched)


def test_no_password_stands_on_a_command_line_or_in_the_status_file(stack: Stack) -> None:
    """Both can be read by others."""
    secrets = [
        password
        for section in Credentials.load(stack.settings.credentials_file).read().values()
        for password in section.values()
    ]
    assert len(secrets) >= 5
    shown = StackInfo.path(stack.settings).read_text(encoding="utf-8")
    shown += " ".join(
        " ".join(psutil.Process(one.pid).cmdline()) for one in running(stack.settings).processes
    )
    assert not [secret for secret in secrets if secret in shown]


def test_each_database_is_its_owners_alone(stack: Stack) -> None:
    """The workers' role cannot read the engine's tables past the engine."""
    password = stack.credentials.password("database", "salesflow")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(
            host="127.0.0.1",
            port=stack.settings.database_port,
            user="salesflow",
            password=password,
            dbname="engine",
        )
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            host="127.0.0.1", port=stack.settings.database_port, user="postgres", password="postgres"
        )


def test_a_second_start_on_the_same_folder_says_that_it_runs_already(stack: Stack) -> None:
    """And does not disturb the first."""
    with pytest.raises(UserError, match="already"):
        Stack(stack.settings, QUIET).start()
    assert running(stack.settings).alive


@pytest.mark.parametrize("setting", ["engine_port", "database_port"])
def test_a_taken_port_is_named_with_its_holder_and_the_setting(
    stack: Stack, tmp_path: Path, setting: str
) -> None:
    """Nothing is left running, and the folder can be started again."""
    free = {"engine_port": free_port(), "database_port": free_port()}
    settings = stack.settings.model_copy(
        update={**free, "var_dir": tmp_path, setting: getattr(stack.settings, setting)}
    )
    with pytest.raises(UserError, match=rf"(?s)taken by .*pid \d+.*SALESFLOW_{setting.upper()}"):
        Stack(settings, QUIET).start()
    assert StackInfo.read(settings) is None


def test_a_stack_that_was_killed_leaves_nothing_and_starts_again_with_its_data(
    own: Settings, program: subprocess.Popen[str]
) -> None:
    """kill -9, as the system does when memory runs out."""
    left = running(own).processes
    assert left
    with database(Endpoints.of(own).database_url).begin() as connection:
        connection.execute(text("CREATE TABLE kept (number int)"))
    program.kill()
    wait_until(lambda: not any(one.find() for one in left))
    with Stack(own, QUIET) as again, database(again.database_url).begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == 0
    assert StackInfo.read(own) is None


def test_leftovers_of_a_stack_that_was_killed_with_its_guard_are_stopped_by_the_next(
    own: Settings, program: subprocess.Popen[str]
) -> None:
    """Nobody else is there to do it."""
    left = running(own).processes
    for child in psutil.Process(program.pid).children():
        if "workers.stack.guard" in child.cmdline():
            child.kill()
    program.kill()
    program.wait(10)
    assert any(one.find() for one in left)
    with Stack(own, QUIET):
        assert not any(one.find() for one in left)


@pytest.mark.rule("X6")
def test_a_database_server_that_was_killed_comes_again_with_its_data(
    own: Settings, program: subprocess.Popen[str]
) -> None:
    """kill -9 beside a stack that stays up: nobody has to do anything."""
    [server] = [one for one in running(own).processes if one.name == "postgres"]
    url = Endpoints.of(own).database_url
    with database(url).begin() as connection:
        connection.execute(text("CREATE TABLE kept (number int)"))
    killed = server.find()
    assert killed is not None
    killed.kill()

    def answers() -> bool:
        with contextlib.suppress(OperationalError), database(url).begin() as connection:
            return connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == 0
        return False

    wait_until(lambda: not server.find())
    wait_until(answers)
    assert program.poll() is None


def test_a_part_that_dies_again_and_again_is_given_up_with_its_last_words(own: Settings) -> None:
    """A stack that cannot live says so instead of trying for ever."""
    with Stack(own, QUIET) as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(supervisor, "RESTART_SECONDS", (0,))
        patch.setattr(EmbeddedPostgres, "start", lambda *_, **__: fails(own))
        for process in running(own).processes:
            process.stop(0)
        with pytest.raises(UserError, match=r"(?s)postgres has ended with exit code 3 .*in a row.*no room"):
            wait_until(lambda: stack.check() is not None)
        patch.undo()


def fails(settings: Settings) -> processes.Child:
    """A server that ends at once."""
    program = "print('no room'); raise SystemExit(3)"
    return processes.start(
        "postgres", [sys.executable, "-c", program], settings.var_dir / "log" / "failing.log"
    )


def test_a_stack_that_is_asked_to_end_ends_cleanly(own: Settings, program: subprocess.Popen[str]) -> None:
    """SIGTERM, as a service manager sends it, at whatever moment: nothing is left."""
    left = running(own).processes
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) in {0, 128 + signal.SIGTERM}  # while waiting, or just before
    assert not any(one.find() for one in left)
    assert StackInfo.read(own) is None


def test_a_stale_status_file_is_not_believed(own: Settings) -> None:
    """Its pids belong to others by now: they are not touched, and the stack counts as stopped."""
    with Stack(own, QUIET) as stack:
        info = running(own)
        assert stack.endpoints.database_url
    me = replace(info.processes[0], pid=psutil.Process().pid)
    replace(info, processes=[me]).write(own)
    with pytest.raises(UserError, match="salesflow up"):
        Endpoints.of(own)
    with Stack(own, QUIET):
        assert running(own).alive


def test_a_lost_password_file_does_not_lock_the_data_away(tmp_path: Path) -> None:
    """Who may read the data folder gets new passwords."""
    port = free_port()
    for known in (False, True, False):
        if not known:
            (tmp_path / "credentials.toml").unlink(missing_ok=True)
        start_and_write(tmp_path, port, superuser_known=known)


def start_and_write(folder: Path, port: int, *, superuser_known: bool) -> None:
    """Start a server on the folder's data, use its database, stop it."""
    credentials = Credentials.load(folder / "credentials.toml")
    server = EmbeddedPostgres(
        folder / "data", port, folder / "log", lambda name: credentials.password("database", name)
    )
    child = server.start(superuser_known=superuser_known)
    try:
        server.wait_until_ready(child)
        with database(server.url("salesflow")).begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS kept (number int)"))
    finally:
        child.stop()
