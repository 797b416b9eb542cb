"""A real Chromium on the shared installation; a test that fails leaves a picture of each window in var/browser."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.desktop import Desktop, chromium
from tests.process.office import Office
from workers.settings import ROOT

PICTURES = ROOT / "var" / "browser"
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Remember what failed, so that the windows can be photographed before they close."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser that all tests share; each person has a window of their own in it."""
    with chromium() as started:
        yield started


@pytest.fixture
def window(
    office: Office, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Desktop]]:
    """Opens a browser window for a user who has not logged in yet."""
    opened: list[Desktop] = []

    def open_window(user: str) -> Desktop:
        password = office.app.credentials.password("staff", user)
        opened.append(Desktop(browser, office.app.endpoints.engine_url, user, password))
        return opened[-1]

    yield open_window
    for desktop in opened:
        if request.node.stash.get(FAILED, False):
            PICTURES.mkdir(parents=True, exist_ok=True)
            desktop.page.screenshot(path=PICTURES / f"{request.node.name[:80]}-{desktop.user}.png")
        desktop.close()


@pytest.fixture
def tasklist_as(window: Callable[[str], Desktop]) -> Callable[[str], Desktop]:
    """Logs a user in to Tasklist."""

    def log_in(user: str) -> Desktop:
        desktop = window(user)
        desktop.log_in()
        return desktop

    return log_in
