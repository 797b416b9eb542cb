"""What process tests share: the command line, and that the books are whole whatever they write."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.process.office import Office
from workers.settings import Settings
from workers.stack.supervisor import settings_environment


@pytest.fixture(autouse=True)
def books_stay_whole(office: Office) -> Iterator[None]:
    """`salesflow ledger verify` passes at the end of every test that plays on the engine (C4, X6)."""
    yield
    office.assert_books_whole()


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
