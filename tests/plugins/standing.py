"""A test that fails on the shared installation says how things stood: stuck tasks, incidents, the last log lines."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from workers.bootstrap import Application

LINES = 40
ASKED = (
    "topicName",
    "businessKey",
    "activityId",
    "workerId",
    "lockExpirationTime",
    "retries",
    "errorMessage",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    app = getattr(item, "funcargs", {}).get("app")
    if report.failed and isinstance(app, Application):
        report.sections += list(_sections(app))
    return report


def _sections(app: Application) -> Iterator[tuple[str, str]]:
    log = app.settings.var_dir / "log"
    yield "the worker's last lines", _tail(log / "worker.log")
    yield "the engine's last lines", _tail(log / "engine.log")
    try:
        tasks = app.admin.get(
            "/external-task", sortBy="lockExpirationTime", sortOrder="desc", maxResults=LINES
        )
    except Exception as error:  # noqa: BLE001 - the test's own failure must be what is read
        yield "the engine", f"does not say what waits: {error}"
    else:
        yield "external tasks that wait", "\n".join(str({name: one[name] for name in ASKED}) for one in tasks)


def _tail(path: Path) -> str:
    lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
    return "\n".join([line for line in lines if not line.startswith("\tat ")][-LINES:])
