"""Tasklist as somebody at a screen uses it: every step is a click or a key in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

PATIENCE_MS = 30_000
PHONE = re.compile(r"(?<![0-9A-Z])139[0-9*]{8}")
"""A customer's number of these tests, whole or masked; not the middle of a VIN."""
expect.set_options(timeout=PATIENCE_MS)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""A browser in a container, that asks nobody on the internet for anything."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, or Playwright's own where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


class Desktop:
    """One person's browser window."""

    def __init__(self, browser: Browser, engine_url: str, user: str, password: str) -> None:
        self.user = user
        self._password = password
        self._site = engine_url.split("/engine-rest", maxsplit=1)[0]
        self._context = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 1100}
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self._context.new_page()

    def close(self) -> None:
        """Close the window."""
        self._context.close()

    def address(self, path: str) -> str:
        """The address of a path of this site."""
        return f"{self._site}{path}"

    # -- logging in --------------------------------------------------------------------------------------------

    def open_app(self, app: str) -> None:
        """Open `tasklist`, `cockpit` or `admin` and log in with the form that it shows."""
        self.page.goto(f"{self._site}/camunda/app/{app}/default/")
        name = self.page.locator("form input[type=text]")
        password = self.page.locator("input[type=password]")
        password.wait_for()
        for _ in range(
            10
        ):  # the page puts the cursor into the name's field when it is ready, whatever is typed then
            name.fill(self.user)
            password.fill(self._password)
            if (name.input_value(), password.input_value()) == (self.user, self._password):
                break
        self.page.locator("form button[type=submit]").click()

    def log_in(self) -> None:
        """Log in to Tasklist."""
        self.open_app("tasklist")
        expect(self.page.locator(".task-filters")).to_contain_text("全部待办")

    def slow_down(self, times: int) -> None:
        """Let this window's processor be so many times slower."""
        self._context.new_cdp_session(self.page).send("Emulation.setCPUThrottlingRate", {"rate": times})

    # -- the list ----------------------------------------------------------------------------------------------

    @property
    def list(self) -> Locator:
        """The tasks that the list in the middle shows."""
        return self.page.locator("ol.tasks-list > li.task")

    def tasks_of(self, case_no: str) -> Locator:
        """The tasks of one case in the list."""
        return self.list.filter(has_text=case_no)

    def choose_filter(self, name: str) -> None:
        """Click on one of the lists on the left."""
        self.page.locator(".task-filters").get_by_text(name).first.click()

    def settle(self) -> None:
        """Wait until the page has stopped loading."""
        self.page.wait_for_load_state("networkidle")

    def open_task(self, case_no: str, name: str) -> Locator:
        """Wait for the case's task in the list, open it; returns its form."""
        task = self.tasks_of(case_no).filter(has_text=name)
        self._refresh_until(task)
        task.first.locator("h4 a").click()
        expect(self.page.locator("h2.task-name, .task-details h2, section.task header").first).to_be_visible()
        expect(self.form).to_be_visible()
        return self.form

    def open_address_of(self, task_id: str) -> Locator:
        """Open a task by its address, wherever it stands in the list; returns its form."""
        self.page.goto(self.address(f"/camunda/app/tasklist/default/#/?task={task_id}"))
        expect(self.form).to_be_visible()
        return self.form

    def open_start_form(self, process: str) -> Locator:
        """Choose a process in the dialog 发起流程; returns its form."""
        self.page.get_by_text("发起流程", exact=True).click()
        self.page.locator(".modal-dialog").get_by_text(process).click()
        expect(self.form).to_be_visible()
        return self.form

    def _refresh_until(self, task: Locator) -> None:
        """Look through the pages of the list, and again from the first."""
        following = self.page.locator("li.pagination-next:not(.disabled) a")
        for _ in range(6):
            try:
                expect(task.first).to_be_visible(timeout=PATIENCE_MS / 6)
            except AssertionError:
                if following.is_visible():
                    following.click()
                else:
                    self.page.goto(self.address("/camunda/app/tasklist/default/"))
            else:
                return
        expect(task.first).to_be_visible()

    # -- the form ----------------------------------------------------------------------------------------------

    @property
    def form(self) -> Locator:
        """The form of the task that is open."""
        embedded = (
            "customerSignature",
            "customerReceipt",
            "goodsReturnBook",
            "bankStatement",
            "orderSignature",
        )
        return self.page.locator(", ".join([".fjs-container", *(f"form[name={name}]" for name in embedded)]))

    def claim(self) -> None:
        """Take the task that is open."""
        self.page.get_by_text("领取", exact=True).click()
        expect(self.page.get_by_text("领取", exact=True)).to_have_count(0)

    def field(self, label: str, number: int = 0) -> Locator:
        """The form's field with that label; `number` counts the rows of a list."""
        labelled = self.form.get_by_label(re.compile(rf"^{re.escape(label)}\s*\*?$"))
        return labelled.and_(self.form.locator("input, select, textarea")).nth(number)

    def pick(self, label: str, option: str, number: int = 0) -> None:
        """Choose from a list of the form."""
        field = self.field(label, number)
        if "fjs-select-hidden-input" in (field.get_attribute("class") or ""):  # a list without a search
            field = field.locator("xpath=preceding-sibling::*[contains(@class, 'fjs-select-display')]")
        found = self.form.locator(".fjs-dropdownlist-item").filter(has_text=option).first
        if not found.is_visible():  # the key Tab opens a list already, and a click would close it
            field.click()
        found.click()

    def enter(self, label: str, text: str, number: int = 0) -> None:
        """Type into a field."""
        field = self.field(label, number)
        field.fill(text)
        field.press("Tab")

    def date(self, label: str, day: str) -> None:
        """Type a date, as YYYY-MM-DD, into a date field."""
        field = self.field(label)
        field.click()
        field.fill(day.replace("-", "/"))
        field.press("Enter")

    def submit(self) -> None:
        """Click 提交, and wait until the form has gone."""
        button = self.page.get_by_role("button", name="提交", exact=True)
        expect(button).to_be_enabled()
        button.click()
        expect(button).to_have_count(0)
