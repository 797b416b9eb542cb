"""A small web server beside the worker; on its own threads, so that it answers also when all handlers are busy."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from workers.engine.client import EngineClient
from workers.monitoring.backlog import BacklogSource
from workers.monitoring.collector import Collector
from workers.runtime import Runner

log = structlog.get_logger(__name__)

PORTS = 10
"""Several worker processes of one machine have the same setting: each takes the first free one of so many."""
READ_SECONDS = 10
"""For a request to arrive."""

Answer = tuple[int, str, bytes]


class Monitor:
    """Serves /healthz (is this process of use?), /readyz (does it get work?) and /metrics until `stop`."""

    def __init__(self, runner: Runner, engine: EngineClient, host: str, port: int) -> None:
        registry = CollectorRegistry()
        registry.register(Collector(runner, BacklogSource(engine)))
        ProcessCollector(registry=registry)
        self._runner, self._registry = runner, registry
        self._server = _bind(host, port, self._answer)
        self._thread = threading.Thread(target=self._serve, name="monitor", daemon=True)

    @property
    def port(self) -> int | None:
        """Where it listens; None when every port was taken."""
        return self._server.server_port if self._server else None

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def _serve(self) -> None:
        if self._server:
            log.info("monitoring", port=self.port)
            self._server.serve_forever()

    def _answer(self, path: str) -> Answer:
        match path.partition("?")[0]:
            case "/healthz":
                return _told(self._runner.state().ailing())
            case "/readyz":
                return _told(self._runner.state().unready())
            case "/metrics":
                return 200, CONTENT_TYPE_PLAIN_0_0_4, generate_latest(self._registry)
            case _:
                return 404, "text/plain", b"/healthz /readyz /metrics\n"


def _told(wrong: list[str]) -> Answer:
    """200 when nothing is wrong, else 503 with the reasons."""
    body = json.dumps({"ok": not wrong, "reasons": wrong}).encode() + b"\n"
    return 503 if wrong else 200, "application/json", body


def _bind(host: str, port: int, answer: Callable[[str], Answer]) -> ThreadingHTTPServer | None:
    class Handler(BaseHTTPRequestHandler):
        timeout = READ_SECONDS
        server_version, sys_version = "salesflow", ""

        def do_GET(self) -> None:
            """Answer one path."""
            status, kind, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Probes come every few seconds: nobody reads that."""

    for candidate in range(port, port + (PORTS if port else 1)):
        try:
            server = ThreadingHTTPServer((host, candidate), Handler)
        except (OSError, OverflowError):
            continue
        server.daemon_threads = True
        return server
    log.warning(
        "no port is free for monitoring, the worker goes on without", host=host, port=port, tried=PORTS
    )
    return None
