"""`salesflow report dealership`: what the customers said of today, charted (V9, W10, K1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.process.follow_up.visit import Visit
from tests.process.office import Office


@pytest.mark.rule("V9", "K1")
def test_the_reports_of_the_day_and_of_the_month_name_who_fell_short(
    office: Office, salesflow: Any, tmp_path: Path
) -> None:
    visit = Visit.of(office).start()
    visit.reach_the_time()
    survey = [{**row, "answerNote": "没人理我"} for row in visit.survey("no")]
    visit.contact("satisfied", survey=survey)
    office.await_end(visit.case, "Event_Satisfied")
    today = office.today
    for option, value in (("--day", today.isoformat()), ("--month", f"{today:%Y-%m}")):
        path = tmp_path / f"{value}.html"
        made = salesflow("report", "dealership", option, value, "--out", path)
        assert made.returncode == 0, made.stderr
        html = path.read_text("utf-8")
        for text in ("展厅接待", "赵磊 · 交车", "没人理我", "按时联系", "冯丽"):
            assert text in html
