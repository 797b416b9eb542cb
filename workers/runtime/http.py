"""HTTP to the engine for the hot path: kept-alive connections, a timeout on everything, little CPU.

`http.client` underneath: a request costs about half of what a general client takes, and the socket is at
hand, so that another thread can end a long poll. The exceptions that say how the engine failed stand here.
"""

import base64
import json
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from urllib3.util.wait import wait_for_read

from workers.errors import SalesflowError, UserError

CONNECT_SECONDS = 5.0


class EngineError(SalesflowError):
    """The engine did not do what it was asked."""


class EngineUnavailable(EngineError):
    """No engine answered: not started, overloaded, restarting, or something else sits at the address."""


class EngineRefused(EngineError):
    """The engine answered with an error: HTTP status, the Java exception's simple name, message."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        self.status = status
        self.type = kind
        self.message = message
        super().__init__(f"{status} {kind}: {message}" if kind else f"{status}: {message}")


class NotFound(EngineRefused):
    """What the call names does not exist (404)."""


def refusal(status: int, content: bytes) -> EngineError:
    """The exception for an answer that is an error; the engine's own words where the answer holds them."""
    if status in (502, 503, 504):
        return EngineUnavailable(f"the engine is not ready ({status})")
    try:
        return refused(status, json.loads(content))
    except (ValueError, AttributeError):
        message = content[:200].decode("utf-8", "replace")
        return refused(status, {"message": message})


def refused(status: int, answer: Mapping[str, Any]) -> EngineRefused:
    """The exception for a status and what the engine says of it: `type` and `message`."""
    kind, message = str(answer.get("type") or ""), str(answer.get("message") or "")
    if status == 401:
        message = message or "user or password is wrong"
    return (NotFound if status == 404 else EngineRefused)(status, kind, message)


class _OneSend(HTTPConnection):
    """Hands a request to the network as a whole: `http.client` sends its head and its body one after the other."""

    _parts: list[bytes] | None = None

    def request(  # type: ignore[override]
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> None:
        self._parts = []
        try:
            super().request(method, url, body, headers)
        finally:
            parts, self._parts = self._parts, None
        self.send(b"".join(parts))

    def send(self, data: bytes) -> None:  # type: ignore[override]
        if self._parts is None:
            super().send(data)
        else:
            self._parts.append(data)


class _OneSendTls(_OneSend, HTTPSConnection):
    """The same over TLS."""


class HttpPool:
    """Connections to one engine, as many as threads use at once. `base_url` ends with `/engine-rest`."""

    def __init__(self, base_url: str, user: str | None, password: str | None, seconds: float) -> None:
        parts = urlsplit(base_url.rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UserError(f"not the address of an engine: {base_url}")
        self._host, self._port, self._prefix = parts.hostname, parts.port, parts.path
        self._ssl = ssl.create_default_context() if parts.scheme == "https" else None
        self._seconds = seconds
        self._idle: deque[HTTPConnection] = deque()
        self._closed = False
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if user is not None:
            token = base64.b64encode(f"{user}:{password or ''}".encode()).decode("ascii")
            self._headers["Authorization"] = f"Basic {token}"

    def _connect(self) -> HTTPConnection:
        connection = (
            _OneSendTls(self._host, self._port, timeout=CONNECT_SECONDS, context=self._ssl)
            if self._ssl
            else _OneSend(self._host, self._port, timeout=CONNECT_SECONDS)
        )
        try:
            connection.connect()
        except OSError as error:
            raise EngineUnavailable(f"no engine at {self._host}:{self._port}: {error}") from error
        return connection

    def call(self, method: str, path: str, body: bytes | None = None, seconds: float | None = None) -> bytes:
        """Make one call, waiting at most `seconds` for its answer; returns the body. Raises EngineError."""
        return self.call_on(self.take(), method, path, body, seconds)

    def call_on(
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        body: bytes | None = None,
        seconds: float | None = None,
    ) -> bytes:
        """Make one call on a connection from `take`; it goes back to the pool unless the call breaks off."""
        try:
            connection.sock.settimeout(seconds or self._seconds)
            connection.request(method, self._prefix + path, body, self._headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as error:
            connection.close()
            raise EngineUnavailable(f"the engine did not answer: {error or type(error).__name__}") from error
        if connection.sock is not None:  # None: the engine asked to close it
            self._idle.append(connection)
            if self._closed:  # a call that was under way while the pool was closed
                self.close()
        if response.status >= 300:
            raise refusal(response.status, content)
        return content

    def take(self) -> HTTPConnection:
        """An idle connection that the engine has not closed meanwhile, or a new one. EngineUnavailable."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._connect()
            # Readable while idle means that the other end has closed it.
            if connection.sock is not None and not wait_for_read(connection.sock, 0):
                return connection
            connection.close()

    def close(self) -> None:
        """Close the idle connections, and those in use as soon as their calls end."""
        self._closed = True
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return


def shut(connection: HTTPConnection) -> None:
    """End a call that another thread waits for on this connection; that thread gets EngineUnavailable."""
    sock = connection.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def parse(content: bytes) -> object:
    """An answer as JSON. Raises EngineUnavailable when it is something else, such as a proxy's page."""
    try:
        return json.loads(content) if content else None
    except ValueError as error:
        raise EngineUnavailable("the answer is not JSON: not an engine?") from error
