"""The receivables report in a real Chromium that has no network."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import Browser

from tests.unit.receivables.test_report import AS_OF, AT, debt
from workers.debts import BUCKETS
from workers.receivables.analysis import analyse
from workers.receivables.report import page as report


@pytest.mark.rule("A1")
def test_the_report_shows_its_chart_without_any_network(browser: Browser) -> None:
    debts = [
        debt("HT-1", "北岭煤业", "赵磊", 121, "1000.00", "200.00", "300.00", "400.00", "4000.00"),
        debt("HT-2", "海风港务", "吴倩", 0, "500.00", "0.00", "0.00", "0.00", "0.00"),
    ]
    html = report(analyse(AS_OF, debts, {"北岭煤业": "D"}), "AR-2026-0001", "远山", AT).decode()
    window = browser.new_page(viewport={"width": 1200, "height": 900})
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    window.set_content(html, wait_until="load")
    bars = window.locator("svg rect")
    widths = [bars.nth(number).bounding_box() for number in range(len(BUCKETS))]
    drawn = [Decimal(str(box["width"])) for box in widths if box is not None]
    assert len(drawn) == len(BUCKETS)
    assert max(drawn) == drawn[-1]  # most is older than 90 days
    assert window.locator("text=应收账款分析").first.is_visible()
    assert window.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert len(window.screenshot(full_page=True)) > 10_000
    window.close()
    assert asked == []
