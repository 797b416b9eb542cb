"""The engine client, and what it makes of an engine that does not answer as it should."""

import errno
import json
import socket
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses

from workers.engine.client import EngineClient, EngineRefused, EngineUnavailable, NotFound
from workers.errors import InvalidInput
from workers.runtime import FileValue

BASE = "http://engine.test/engine-rest"


@pytest.fixture
def engine() -> Iterator[EngineClient]:
    with EngineClient(BASE + "/", "用户", "密码:§") as client:
        yield client


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def test_a_call_logs_in_and_asks_with_plain_parameters(engine: EngineClient, http: Any) -> None:
    call = http.get(f"{BASE}/task", json=[{"id": "1"}])
    query = {"processInstanceIdIn": ["a", "b"], "active": True, "maxResults": 5, "assignee": None}
    assert engine.tasks(**query) == [{"id": "1"}]
    [request] = [made.request for made in call.calls]
    assert request.params == {"processInstanceIdIn": "a,b", "active": "true", "maxResults": "5"}
    assert request.headers["Authorization"].startswith("Basic 55So5oi3Ou")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_engine_that_is_not_ready_is_unavailable(engine: EngineClient, http: Any, status: int) -> None:
    http.get(f"{BASE}/version", status=status, body="<html>")
    with pytest.raises(EngineUnavailable, match="not ready"):
        engine.version()


@pytest.mark.parametrize(
    "fault", [requests.ConnectionError("reset"), requests.ReadTimeout("slow"), requests.ConnectTimeout()]
)
def test_an_engine_that_does_not_answer_is_unavailable(
    engine: EngineClient, http: Any, fault: Exception
) -> None:
    http.get(f"{BASE}/version", body=fault)
    with pytest.raises(EngineUnavailable, match=r"no engine at http://engine\.test/engine-rest"):
        engine.version()


def test_an_engine_that_is_not_there_is_told_in_the_networks_words_and_no_others() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}/engine-rest"
    with EngineClient(nobody, "demo", "demo") as engine, pytest.raises(EngineUnavailable) as told:
        engine.version()
    assert str(told.value) == f"no engine at {nobody}: [Errno {errno.ECONNREFUSED}] Connection refused"


@pytest.mark.parametrize("body", ["<html>", '{"version": ', "{}", "[]"])
def test_an_answer_that_is_not_json_is_no_engines(engine: EngineClient, http: Any, body: str) -> None:
    http.get(f"{BASE}/version", body=body)
    with pytest.raises(EngineUnavailable, match="an engine"):
        engine.version()


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (404, '{"type": "RestException", "message": "no such task"}', NotFound, "no such task"),
        (401, "", EngineRefused, "user or password is wrong"),
        (403, '{"type": "AuthorizationException", "message": "no rights"}', EngineRefused, "no rights"),
        (400, '{"type": "RestException", "message": "cannot correlate"}', EngineRefused, "cannot correlate"),
        (500, "Internal Server Error", EngineRefused, "Internal Server Error"),
        (500, "[]", EngineRefused, r"\[\]"),
    ],
)
def test_a_refusal_keeps_the_engines_words(
    engine: EngineClient, http: Any, status: int, body: str, kind: type[Exception], said: str
) -> None:
    http.get(f"{BASE}/version", status=status, body=body)
    with pytest.raises(kind, match=said) as caught:
        engine.version()
    assert type(caught.value) is kind
    assert isinstance(caught.value, EngineRefused)
    assert caught.value.status == status


def test_a_redirect_is_not_followed_with_the_password(engine: EngineClient, http: Any) -> None:
    http.get(f"{BASE}/version", status=302, headers={"Location": "http://elsewhere.test/"})
    with pytest.raises(EngineRefused):
        engine.version()


def test_a_start_encodes_its_variables(engine: EngineClient, http: Any) -> None:
    call = http.post(f"{BASE}/process-definition/key/A%2FB/start", json={"id": "1"})
    variables = {"amount": Decimal("1.10"), "scan": FileValue("a.pdf", b"x")}
    assert engine.start("A/B", variables, "HT-2026-0001")["id"] == "1"
    body = json.loads(call.calls[0].request.body)
    assert body["businessKey"] == "HT-2026-0001"
    assert body["variables"]["amount"] == {"value": "1.10", "type": "String"}
    assert body["variables"]["scan"]["type"] == "File"


def test_nothing_is_sent_when_a_variable_cannot_be(engine: EngineClient, http: Any) -> None:
    with pytest.raises(InvalidInput, match="variable text"):
        engine.complete_task("1", {"text": "x" * 5000})
    assert not http.calls


def test_variables_come_decoded(engine: EngineClient, http: Any) -> None:
    http.get(f"{BASE}/task/1/variables", json={"lines": {"type": "Json", "value": '[{"no": "P1"}]'}})
    assert engine.task_variables("1") == {"lines": [{"no": "P1"}]}


def test_a_message_names_only_what_it_has(engine: EngineClient, http: Any) -> None:
    call = http.post(f"{BASE}/message", json=[{}])
    engine.correlate("Msg_PaymentReceived", "HT-2026-0001")
    assert json.loads(call.calls[0].request.body) == {
        "messageName": "Msg_PaymentReceived",
        "businessKey": "HT-2026-0001",
        "processVariables": {},
        "resultEnabled": True,
    }


def test_an_empty_answer_is_none(engine: EngineClient, http: Any) -> None:
    http.delete(f"{BASE}/process-instance/1", status=204)
    assert engine.delete("/process-instance/1") is None


def test_a_silent_server_is_given_up_after_the_read_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/engine-rest"
        with (
            EngineClient(url, read_seconds=0.1) as engine,
            pytest.raises(EngineUnavailable, match="timed out"),
        ):
            engine.version()


def test_a_proxy_of_the_users_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/engine-rest"
        with (
            EngineClient(url, read_seconds=0.1) as engine,
            pytest.raises(EngineUnavailable, match="timed out"),
        ):
            engine.version()


SCAN = f"{BASE}/process-instance/1/variables/scan"
PDF = {"Content-Length": "4", "Content-Type": "application/pdf"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),  # cut within its headers
        (b"<html>welcome</html>", {"Content-Length": "20", "Content-Type": "text/html"}),  # a proxy's page
    ],
)
def test_what_is_not_a_whole_answer_of_the_engine_is_not_taken_for_a_file(
    engine: EngineClient, http: Any, body: bytes, headers: dict[str, str]
) -> None:
    http.get(SCAN, json={"type": "File", "value": None, "valueInfo": {"mimeType": "application/pdf"}})
    http.get(f"{SCAN}/data", body=body, headers=headers)
    with pytest.raises(EngineUnavailable):
        engine.get_binary("1", "scan")
    http.replace("GET", f"{SCAN}/data", body=b"%PDF", headers=PDF)
    assert engine.get_binary("1", "scan") == b"%PDF"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"body": ""}, EngineUnavailable),  # cut within its headers
        ({"body": "<html>welcome</html>"}, EngineUnavailable),
        ({"status": 404, "body": "<html>404 Not Found</html>"}, EngineUnavailable),
        ({"status": 404, "json": {"type": "InvalidRequestException", "message": "no such"}}, NotFound),
    ],
)
def test_only_the_engine_may_say_whether_there_is_a_file(
    engine: EngineClient, http: Any, answer: dict[str, Any], error: type[Exception]
) -> None:
    http.get(SCAN, **answer)
    with pytest.raises(error):
        engine.get_binary("1", "scan")
