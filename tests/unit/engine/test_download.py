"""Jars are fetched whole and right, or not at all."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from rich.console import Console

from workers.engine import download
from workers.engine.artifacts import Artifact
from workers.engine.maven_settings import MavenSettings, Repository
from workers.errors import UserError

CONTENT = b"jar" * 50_000
JAR = Artifact("org.example", "core", "1.2", "", hashlib.sha256(CONTENT).hexdigest())


class Mirror(ThreadingHTTPServer):
    """A Maven repository that can break off, lie, and ask for a login."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[str] = []
        self.broken_answers = 0
        self.content = CONTENT
        self.authorization = ""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers as the mirror is told to."""

    server: Mirror

    def do_GET(self) -> None:
        """Send the jar, or half of it."""
        self.server.requests.append(self.path)
        self.server.authorization = self.headers.get("Authorization", "")
        body = self.server.content
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.broken_answers:
            self.server.broken_answers -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep the test's output clean."""


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """A mirror that runs."""
    server = Mirror()
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(mirror: Mirror | str, folder: Path, auth: tuple[str, str] | None = None) -> list[Path]:
    """Fetch the jar into `folder / cache`."""
    url = mirror if isinstance(mirror, str) else mirror.url
    maven = MavenSettings(Repository(url, auth), folder / "m2")
    return download.fetch_all([JAR], folder / "cache", maven, Console(file=io.StringIO()))


def test_a_jar_is_fetched_once_and_then_taken_from_the_cache(mirror: Mirror, tmp_path: Path) -> None:
    """The second start asks nobody."""
    [first] = fetch(mirror, tmp_path)
    [second] = fetch(mirror, tmp_path)
    assert first == second
    assert first.read_bytes() == CONTENT
    assert mirror.requests == ["/org/example/core/1.2/core-1.2.jar"]


def test_a_connection_that_breaks_off_is_tried_again(mirror: Mirror, tmp_path: Path) -> None:
    """Half a jar never gets the jar's name."""
    mirror.broken_answers = 1
    [path] = fetch(mirror, tmp_path)
    assert path.read_bytes() == CONTENT
    assert len(mirror.requests) == 2
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_damaged_jar_in_the_cache_is_fetched_again(mirror: Mirror, tmp_path: Path) -> None:
    """As a half-finished download or a bad disk leaves it."""
    [path] = fetch(mirror, tmp_path)
    path.write_bytes(CONTENT[:1000])
    fetch(mirror, tmp_path)
    assert path.read_bytes() == CONTENT


def test_a_jar_with_another_hash_is_refused_and_not_kept(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock decides, not the mirror."""
    monkeypatch.setattr(download, "RETRIES", 0)
    mirror.content = b"something else"
    with pytest.raises(UserError, match=r"org\.example:core:1\.2"):
        fetch(mirror, tmp_path)
    assert not list((tmp_path / "cache").rglob("*.jar"))


def test_without_a_network_the_message_names_the_jar_and_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mirror that nobody runs stands for no network."""
    monkeypatch.setattr(download, "RETRIES", 0)
    with pytest.raises(UserError, match=r"(?s)org\.example:core:1\.2.*settings\.xml"):
        fetch("http://127.0.0.1:9", tmp_path)


def test_a_jar_in_the_users_maven_repository_is_not_fetched(mirror: Mirror, tmp_path: Path) -> None:
    """If it is the right one."""
    local = tmp_path / "m2" / JAR.path
    local.parent.mkdir(parents=True)
    local.write_bytes(CONTENT)
    [path] = fetch(mirror, tmp_path)
    assert path.read_bytes() == CONTENT
    assert mirror.requests == []


def test_the_mirrors_login_is_sent(mirror: Mirror, tmp_path: Path) -> None:
    """As HTTP basic authentication."""
    fetch(mirror, tmp_path, auth=("u", "p"))
    assert mirror.authorization.startswith("Basic ")
