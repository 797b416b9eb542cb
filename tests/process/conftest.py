"""What process tests share besides the office: the command line, leave."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.process.office import Leave, Office
from workers import calendar
from workers.approval.absences import reassign_absent
from workers.database.unit_of_work import UnitOfWork
from workers.settings import Settings
from workers.stack.supervisor import settings_environment


@pytest.fixture(scope="session")
def salesflow(settings: Settings, office: Office) -> Any:
    """Runs `salesflow` on the shared installation; returns the finished process."""
    assert office

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "workers.cli", *map(str, arguments)],
            env={**os.environ, **settings_environment(settings), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def leave(settings: Settings, office: Office) -> Iterator[Leave]:
    """Sends a person on leave from today, with a substitute, and moves their open signatures; put back afterwards."""
    path = settings.config_dir / "org.yaml"
    before = path.read_text("utf-8")

    def move() -> None:
        with UnitOfWork(office.app.sessions) as uow:
            reassign_absent(uow.session, office.app.org.current(), office.app.engine, calendar.now())

    def send(person: str, substitute: str) -> None:
        chart = yaml.safe_load(path.read_text("utf-8"))
        today = calendar.now().date()
        days = {"from": today, "to": today + timedelta(days=3)}
        chart["leaves"] = [{"person": person, "substitute": substitute, **days}]
        path.write_text(yaml.safe_dump(chart, allow_unicode=True), "utf-8")
        move()

    yield send
    path.write_text(before, "utf-8")
    move()
