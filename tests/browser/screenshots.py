"""The README's pictures of Tasklist, taken anew:   .venv/bin/python -m tests.browser.screenshots"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import expect
from rich.console import Console

from tests.browser.desktop import Desktop, chromium
from tests.conftest import free_port
from tests.process.office import Office
from workers.installation import installation
from workers.settings import ROOT, Settings

IMAGES = ROOT / "docs" / "images"
LARGEST = 300_000


def photograph(desktop: Desktop, name: str, height: int) -> None:
    """Write the window as it is to docs/images."""
    desktop.page.set_viewport_size({"width": 1280, "height": height})
    desktop.page.mouse.move(640, 5)
    desktop.page.evaluate("document.activeElement.blur()")
    desktop.settle()
    path = IMAGES / f"{name}.png"
    desktop.page.screenshot(path=path, animations="disabled")
    size = path.stat().st_size
    if size > LARGEST:
        raise SystemExit(f"{path} has {size} bytes, more than {LARGEST}")


def take(office: Office) -> None:
    """Play a case up to its return, and photograph what two people see."""
    case = office.declare(lines=[office.line(of_floor="0.98"), office.line(1)])
    office.await_step(case, "Task_ApproveDeclaration")
    number = office.case_no(case)
    with chromium() as browser:

        def seat(post: str) -> Desktop:
            user = office.user(post)
            password = office.app.credentials.password("staff", user)
            desktop = Desktop(browser, office.app.endpoints.engine_url, user, password)
            desktop.log_in()
            return desktop

        manager = seat("sales_manager")
        form = manager.open_task(number, "审批合同申报")
        manager.claim()
        expect(form).to_contain_text("低于底价")
        photograph(manager, "tasklist_approval", 1320)
        manager.form.get_by_label("退回修改").check()
        manager.enter("意见", "第1行单价太低, 请与客户再谈")
        manager.submit()

        applicant = seat("sales_operations")
        form = applicant.open_task(number, "填写合同申报单")
        expect(form).to_contain_text("第1行单价太低")
        photograph(applicant, "tasklist_returned", 1320)


def main() -> None:
    """Start an installation that is thrown away afterwards, and take the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var_dir=Path(folder) / "var", engine_port=free_port(), database_port=free_port())
        with installation(settings, Console(stderr=True)) as running:
            office = Office(running.app)
            office.require_policy()
            take(office)


if __name__ == "__main__":
    main()
