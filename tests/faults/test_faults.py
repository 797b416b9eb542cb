"""The short set of faults: a few cases, every kind of blow once or nearly; `make faults` is the long one.

It has an installation of its own, because it kills things, and a group of its own, so that it runs beside the others.
"""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import cast

import psutil
import pytest
from rich.console import Console

from tests.faults import faults, run
from tests.faults.desks import Case
from tests.faults.faults import Injector, trouble_at
from tests.faults.ground import Ground, ground, settings_of
from tests.faults.proxy import Proxy, Trouble
from tests.faults.run import Plan, play
from workers.demo.story import Company
from workers.engine.accounts import ADMIN, WORKER

KINDS = (  # first what workers live through, so that cases go on between the blows; then what takes long to come back
    "engine: connections reset",
    "engine: answers 500",
    "engine: half an answer",
    "database: connections terminated",
    "database: no connections left",
    "kill -9 a worker",
    "kill -9 PostgreSQL",
    "kill -9 the engine",
    "kill -9 all workers",
)
SEED = 2587  # one whose blows are short: nine seconds in all


@pytest.fixture(scope="module")
def broken_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """An installation that may be killed."""
    var = tmp_path_factory.mktemp("faults") / "var"
    with ground(settings_of(var, lock_seconds=5), Console(stderr=True), workers=2) as found:
        yield found


@pytest.mark.rule("X6")
@pytest.mark.xdist_group("faults")
@pytest.mark.timeout(600)
def test_cases_end_well_and_once_whatever_is_killed_cut_or_answered_wrongly(broken_ground: Ground) -> None:
    console = Console(stderr=True, highlight=False)
    plan = Plan(cases=4, seed=SEED, kinds=KINDS, pauses=(0.2, 0.6), once=True)
    report = play(broken_ground, plan, console)
    report.show(console)
    assert not report.broken
    assert not report.incidents
    assert report.finished == plan.cases
    assert report.faults == dict.fromkeys(KINDS, 1)
    with broken_ground.database("engine") as engine:
        starters = {user for (user,) in engine.execute("SELECT DISTINCT start_user_id_ FROM act_hi_procinst")}
    assert WORKER in starters, "workers start what follows with their own account"
    assert ADMIN not in starters


@pytest.mark.xdist_group("faults")
@pytest.mark.timeout(600)
def test_what_does_not_come_to_rest_is_named(broken_ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that nobody goes on with is neither ended nor an incident."""
    monkeypatch.setattr(run, "SETTLE_SECONDS", 1)
    desk = Company(broken_ground.desks).desk("sales_operations")
    left = desk.start("ContractApprovalProcess", {"orderIntent": "left alone"})
    unrest = run.await_peace(broken_ground, [Case("left alone", left)])
    assert f"instance of ContractApprovalProcess {left}" in unrest


def test_a_blow_that_finds_nobody_counts_apart_and_is_dealt_again() -> None:
    kind = "kill -9 a worker"
    with subprocess.Popen(["sleep", "60"]) as victim:
        found = iter([[], [], [psutil.Process(victim.pid)]])
        ground = cast("Ground", SimpleNamespace(processes=lambda _: next(found)))
        injector = Injector(ground, random.Random(1), [kind], (0, 0), Console(quiet=True), once=True)
        injector.start()
        injector.join()
        victim.kill()  # if nothing has struck it
        assert [one.kind for one in injector.injected] == [kind]
    assert injector.missed == {kind: 2}
    assert injector.trouble is None


class _Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"true")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def answering() -> Iterator[int]:
    """A server that answers `true`; its port."""
    found = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    found.daemon_threads = True
    threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield found.server_port
    found.shutdown()
    found.server_close()


def asked(port: int) -> tuple[int, bytes] | None:
    """What the server at the port answers; None when the connection breaks."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/")
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException):
            return None


@pytest.mark.parametrize(
    ("trouble", "answer"),
    [
        (Trouble.NONE, (200, b"true")),
        (Trouble.SLOW, (200, b"true")),
        (Trouble.CUT, None),
        (Trouble.RESET, None),
        (Trouble.HTTP_500, (500, b'{"type":"ProcessEngineException","message":"injected"}')),
        (Trouble.HTTP_503, (503, b"")),
        (Trouble.HTTP_401, (401, b"")),
        (Trouble.GARBAGE, (200, b"<html>welcome</html>")),
        (Trouble.HALF, (200, b"")),  # broken off within its headers, it looks like a whole one without a body
    ],
)
def test_the_proxy_does_the_harm_that_it_is_told(
    answering: int, trouble: Trouble, answer: tuple[int, bytes] | None
) -> None:
    """A fault that does not strike proves nothing."""
    proxy = Proxy([("127.0.0.1", answering)], slow_seconds=0.01)
    proxy.set(trouble)
    assert asked(proxy.port) == answer
    assert trouble is Trouble.NONE or proxy.done[trouble]
    proxy.set(Trouble.NONE)
    assert asked(proxy.port) == (200, b"true")
    proxy.close()


def test_the_proxy_keeps_an_answer_until_its_stall_is_over(answering: int) -> None:
    with closing(Proxy([("127.0.0.1", answering)])) as proxy, ThreadPoolExecutor(1) as pool:
        proxy.set(Trouble.STALL)
        answer = pool.submit(asked, proxy.port)
        deadline = time.monotonic() + 5
        while not proxy.done[Trouble.STALL] and time.monotonic() < deadline:
            time.sleep(0.01)
        assert proxy.done[Trouble.STALL]
        assert not answer.done()
        proxy.set(Trouble.NONE)
        assert answer.result(10) == (200, b"true")


def test_a_short_trouble_lasts_until_a_request_came_and_has_missed_when_none_does(
    answering: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Proxy([("127.0.0.1", answering)])) as proxy, ThreadPoolExecutor(1) as pool:
        fault = pool.submit(trouble_at, proxy, Trouble.HTTP_503, 0)
        deadline = time.monotonic() + 10
        while proxy.trouble is Trouble.NONE and time.monotonic() < deadline:
            time.sleep(0.01)
        assert asked(proxy.port) == (503, b"")
        assert fault.result(10)
        monkeypatch.setattr(faults, "STRIKE_SECONDS", 0)
        assert not trouble_at(proxy, Trouble.HTTP_503, 0)
        assert asked(proxy.port) == (200, b"true")


def test_the_proxy_passes_over_a_server_that_is_dead(answering: int) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as dead:
        nobody = dead.server_port
    proxy = Proxy([("127.0.0.1", nobody), ("127.0.0.1", answering)])
    assert [asked(proxy.port) for _ in range(3)] == [(200, b"true")] * 3
    proxy.close()
