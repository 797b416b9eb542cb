"""`salesflow demo` on an installation of its own: a contract's whole life, and a debt beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import free_port


@pytest.mark.rule("C9", "C12", "A3", "X6")
@pytest.mark.timeout(600)
def test_the_demonstration_plays_from_the_policy_to_a_closed_month_and_the_books_are_whole(
    tmp_path: Path,
) -> None:
    environment = {
        **os.environ,
        "SALESFLOW_VAR_DIR": str(tmp_path / "var"),
        "SALESFLOW_ENGINE_PORT": str(free_port()),
        "SALESFLOW_DATABASE_PORT": str(free_port()),
        "COLUMNS": "200",
    }
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", "demo", "--exit"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for words in ("履行完毕", "限制自动解除", "已结账", "审核、批准并发放", "台帐核对无误"):
        assert words in done.stdout
    assert {one.name[:2] for one in (tmp_path / "var" / "documents").iterdir()} >= {
        *("HT", "SB", "SC", "RK", "HG", "FH", "CM", "JX", "YS", "FP", "TC", "CS"),
    }
