"""A TCP proxy that can be told to fail, and a balancer when it has several upstreams.

The Python ones on the package index are clients of Toxiproxy (a Go server) or long abandoned, so: 150 lines of asyncio
in a thread of its own. It works on bytes; of HTTP it knows where a request begins and ends (clients here do not
pipeline), which is enough to answer in the engine's place, before or after the engine has done what it was asked.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

REQUESTS = (b"GET ", b"POST ", b"PUT ", b"DELETE ")
CHUNK = 65_536


class Trouble(StrEnum):
    """What the proxy does to what passes through it."""

    NONE = "none"
    CUT = "cut"  # connections are closed, new ones too
    RESET = "reset"  # the same with an RST
    SLOW = "slow"  # every piece waits
    STALL = "stall"  # nothing passes, nothing is closed
    HTTP_500 = "500"
    HTTP_503 = "503"
    HTTP_401 = "401"
    GARBAGE = "garbage"
    HALF = "half"  # half of the engine's answer, then the end


def _answer(status: str, body: bytes) -> bytes:
    kind = b"application/json" if body.startswith(b"{") else b"text/html"
    head = b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (
        status.encode(),
        kind,
        len(body),
    )
    return head + body


ANSWERS = {
    Trouble.HTTP_500: _answer("500 X", b'{"type":"ProcessEngineException","message":"injected"}'),
    Trouble.HTTP_503: _answer("503 X", b""),
    Trouble.HTTP_401: _answer("401 X", b""),
    Trouble.GARBAGE: _answer("200 OK", b"<html>welcome</html>"),
}
"""What the proxy answers in the engine's place; the engine never hears of the request."""


class Proxy:
    """Listens on a free port of 127.0.0.1 until `close`. `trouble` may be set by any thread at any time."""

    def __init__(self, upstreams: Sequence[tuple[str, int]], *, slow_seconds: float = 0.3) -> None:
        self.upstreams = list(upstreams)
        self.slow_seconds = slow_seconds
        self.trouble = Trouble.NONE
        self.done: Counter[str] = Counter()
        self._next = 0
        self._pairs: set[Pair] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name=f"proxy-{self.port}", daemon=True)
        self._thread.start()

    def set(self, trouble: Trouble) -> None:
        """Begin (or end) a trouble; connections that stand are cut now where that is the trouble."""
        self.trouble = trouble
        if trouble in (Trouble.CUT, Trouble.RESET):
            self._loop.call_soon_threadsafe(self._drop_all)

    def ports(self) -> list[int]:
        """The ports from which its connections reach the servers: by them a server knows whose they are."""
        return [port for pair in list(self._pairs) if (port := pair.port)]

    def close(self) -> None:
        """End every connection and listen no more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    # -- inside the thread --

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, sock=self._listener))
        self._loop.run_forever()
        server.close()
        self._drop_all()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0.05))  # the transports close in their own time
        self._loop.close()

    def _drop_all(self) -> None:
        for pair in list(self._pairs):
            self.done[self.trouble] += 1
            pair.drop(reset=self.trouble is Trouble.RESET)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = Pair(self, reader, writer)
        self._pairs.add(pair)
        try:
            if self.trouble in (Trouble.CUT, Trouble.RESET):
                self.done[self.trouble] += 1
                pair.drop(reset=self.trouble is Trouble.RESET)
            elif await pair.connect():
                await pair.run()
        except (OSError, asyncio.CancelledError):  # a side that broke, or the proxy's end
            return
        finally:
            pair.drop(reset=False)
            self._pairs.discard(pair)

    def rotation(self) -> list[tuple[str, int]]:
        """The upstreams, each time another one first."""
        self._next += 1
        start = self._next % len(self.upstreams)
        return self.upstreams[start:] + self.upstreams[:start]


class Pair:
    """A client's connection and the one to the server behind it."""

    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._client, self._to_client = reader, writer
        self._server: asyncio.StreamReader
        self._to_server: asyncio.StreamWriter | None = None
        self._half = False

    async def connect(self) -> bool:
        """Find a server that takes the connection: one that is dead is passed over."""
        for host, port in self._proxy.rotation():
            try:
                self._server, self._to_server = await asyncio.open_connection(host, port)
            except OSError:
                continue
            return True
        return False

    @property
    def port(self) -> int | None:
        """Our own port on the connection to the server, while there is one."""
        name = self._to_server.get_extra_info("sockname") if self._to_server else None
        return int(name[1]) if name else None

    async def run(self) -> None:
        """Pass bytes in both directions until one side ends."""
        ways = [asyncio.ensure_future(self._requests()), asyncio.ensure_future(self._answers())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _hold(self) -> None:
        if self._proxy.trouble is Trouble.SLOW:
            self._proxy.done[Trouble.SLOW] += 1
            await asyncio.sleep(self._proxy.slow_seconds)
        if self._proxy.trouble is Trouble.STALL:
            self._proxy.done[Trouble.STALL] += 1
            while self._proxy.trouble is Trouble.STALL:
                await asyncio.sleep(0.05)

    async def _requests(self) -> None:
        assert self._to_server is not None
        while data := await self._client.read(CHUNK):
            await self._hold()
            trouble = self._proxy.trouble
            if data.startswith(REQUESTS) and trouble in ANSWERS:
                self._proxy.done[trouble] += 1
                await self._answer_instead(data, ANSWERS[trouble])
                continue
            if data.startswith(REQUESTS):
                self._half = trouble is Trouble.HALF
            self._to_server.write(data)
            await self._to_server.drain()

    async def _answer_instead(self, data: bytes, answer: bytes) -> None:
        """Swallow the request to its end, then answer in the engine's place."""
        while b"\r\n\r\n" not in data:
            data += await self._client.read(CHUNK)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length and (more := await self._client.read(CHUNK)):
            body += more
        self._to_client.write(answer)
        await self._to_client.drain()

    async def _answers(self) -> None:
        while data := await self._server.read(CHUNK):
            await self._hold()
            if self._half:
                self._proxy.done[Trouble.HALF] += 1
                self._to_client.write(data[: len(data) // 2])
                await self._to_client.drain()
                return
            self._to_client.write(data)
            await self._to_client.drain()

    def drop(self, *, reset: bool) -> None:
        """Close both sides, the client's with an RST if asked."""
        sock = self._to_client.get_extra_info("socket")
        if reset and sock is not None and sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for writer in (self._to_client, self._to_server):
            if writer is not None:
                writer.transport.abort() if reset else writer.close()
