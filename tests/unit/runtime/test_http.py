"""How the hot path's HTTP behaves when the engine does not."""

import socket
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from workers.errors import UserError
from workers.runtime.http import EngineRefused, EngineUnavailable, HttpPool, NotFound, parse


@pytest.fixture
def pool(fake_engine: Any) -> Iterator[HttpPool]:
    pool = HttpPool(fake_engine.url, "user", "密码", 5)
    yield pool
    pool.close()


def test_calls_share_one_connection(pool: HttpPool, fake_engine: Any) -> None:
    for _ in range(5):
        pool.call("POST", "/external-task/1/complete", b"{}")
    assert fake_engine.connections == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (None, EngineUnavailable),
        ((503, b"<html>"), EngineUnavailable),
        ((502, b""), EngineUnavailable),
        ((401, b""), EngineRefused),
        ((404, b'{"type": "RestException", "message": "gone"}'), NotFound),
        ((500, b'{"type": "OptimisticLockingException", "message": "m"}'), EngineRefused),
        ((500, b"not json"), EngineRefused),
        ((500, b'["neither"]'), EngineRefused),
        ((302, b""), EngineRefused),
    ],
)
def test_a_failure_is_one_of_three_exceptions_and_the_next_call_works(
    pool: HttpPool, fake_engine: Any, fault: tuple[int, bytes] | None, kind: type[Exception]
) -> None:
    fake_engine.faults["complete"] = deque([fault])
    with pytest.raises(kind) as caught:
        pool.call("POST", "/external-task/1/complete", b"{}")
    assert type(caught.value) is kind
    assert pool.call("POST", "/external-task/1/complete", b"{}") == b""


def test_the_engines_words_are_kept(pool: HttpPool, fake_engine: Any) -> None:
    fake_engine.faults["complete"] = deque([(500, b'{"type": "T", "message": "m"}')])
    with pytest.raises(EngineRefused) as caught:
        pool.call("POST", "/external-task/1/complete", b"{}")
    assert (caught.value.status, caught.value.type, caught.value.message) == (500, "T", "m")


def test_an_idle_connection_that_the_engine_closed_is_not_used_again(
    pool: HttpPool, fake_engine: Any
) -> None:
    connection = pool.take()
    pool.call_on(connection, "POST", "/x", b"{}")
    connection.sock.shutdown(socket.SHUT_RD)  # reads as end of file, as after the server's close
    pool.call("POST", "/x", b"{}")
    assert fake_engine.connections == 2


def test_a_call_that_outlives_the_pool_leaves_no_connection_open(pool: HttpPool) -> None:
    connection = pool.take()
    pool.close()
    pool.call_on(connection, "POST", "/x", b"{}")
    assert connection.sock is None


def test_nobody_at_the_address_is_engine_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(EngineUnavailable, match=f"no engine at 127.0.0.1:{port}"):
        HttpPool(f"http://127.0.0.1:{port}/engine-rest", None, None, 1).call("GET", "/version")


def test_an_engine_that_does_not_answer_in_time_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        pool = HttpPool(f"http://127.0.0.1:{silent.getsockname()[1]}/engine-rest", None, None, 0.1)
        with pytest.raises(EngineUnavailable, match="timed out"):
            pool.call("GET", "/version")


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(UserError, match="not the address of an engine"):
        HttpPool("localhost:8080", None, None, 1)


def test_an_answer_that_is_not_json_is_no_engines() -> None:
    assert parse(b"") is None
    with pytest.raises(EngineUnavailable, match="not JSON"):
        parse(b"<html>")
