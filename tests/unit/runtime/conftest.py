"""An engine for unit tests of the runtime: real HTTP, scripted answers."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest


def external_task(topic: str, variables: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A task as fetchAndLock hands it out."""
    return {
        "id": str(uuid4()),
        "topicName": topic,
        "businessKey": "SB-2026-0001",
        "processInstanceId": "instance",
        "processDefinitionKey": "TestProcess",
        "activityId": "Task_Test",
        "retries": None,
        "variables": variables or {},
        **more,
    }


class FakeEngine:
    """Hands out the tasks in `queue`, records every call, and answers a path's `faults` first.

    A fault is (status, body), or None: the connection is reset without an answer.
    """

    def __init__(self) -> None:
        self.queue: deque[dict[str, Any]] = deque()
        self.calls: list[tuple[str, Any]] = []
        self.faults: dict[str, deque[tuple[int, bytes] | None]] = {}
        self.answers: dict[str, Any] = {}
        self.unique_worker_request = True
        self.connections = 0
        self._displaced = threading.Event()
        self._guard = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                fake.connections += 1

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
                self.answer(body)

            def do_GET(self) -> None:
                self.answer(None)

            def answer(self, body: Any) -> None:
                path = self.path.removeprefix("/engine-rest")
                fake.calls.append((path, body))
                action = path.partition("?")[0].rpartition("/")[2]
                faults = fake.faults.get(action)
                if faults:
                    fault = faults.popleft()
                    if fault is None:
                        self.close_connection = True
                        self.connection.close()
                        return
                    self.send(*fault)
                    return
                if action == "fetchAndLock":
                    self.send(200, json.dumps(fake.fetch(body)).encode())
                elif self.command == "GET":
                    known = path.partition("?")[0] in fake.answers
                    answer = fake.answers.get(
                        path.partition("?")[0], {"type": "RestException", "message": ""}
                    )
                    self.send(200 if known else 404, json.dumps(answer).encode())
                else:
                    self.send(204, b"")

            def send(self, status: int, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                with suppress(ConnectionError):  # whoever asked has died
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/engine-rest"
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def fetch(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        topics = {topic["topicName"] for topic in body["topics"]}
        if topics == {"salesflow.none"}:
            if self.unique_worker_request:
                self._displaced.set()
            return []
        until = time.monotonic() + body["asyncResponseTimeout"] / 1000
        while not (found := self._take(topics, body["maxTasks"])) and not self._displaced.is_set():
            if time.monotonic() >= until:
                break
            time.sleep(0.005)
        return found

    def _take(self, topics: set[str], most: int) -> list[dict[str, Any]]:
        with self._guard:
            taken = [task for task in list(self.queue) if task["topicName"] in topics][:most]
            for task in taken:
                self.queue.remove(task)
            return taken

    def called(self, action: str) -> list[Any]:
        """The bodies of the calls that ask for an action, such as complete; a question (GET) is none."""
        return [
            body
            for path, body in self.calls
            if body is not None and path.partition("?")[0].endswith("/" + action)
        ]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def fake_engine() -> Iterator[FakeEngine]:
    """A scripted engine on a port of its own."""
    engine = FakeEngine()
    yield engine
    engine.close()


@pytest.fixture
def make_engine() -> Iterator[Callable[[], FakeEngine]]:
    """Makes further engines: a poll of a worker that died still takes tasks from the one that it asked."""
    made: list[FakeEngine] = []

    def make() -> FakeEngine:
        made.append(FakeEngine())
        return made[-1]

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
def make_task() -> Callable[..., dict[str, Any]]:
    """Makes tasks as fetchAndLock hands them out: make_task(topic, variables)."""
    return external_task


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Waits for a condition: eventually(lambda: ..., seconds=5)."""

    def wait(condition: Callable[[], object], seconds: float = 5.0) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "it did not happen in time"
            time.sleep(0.01)

    return wait
