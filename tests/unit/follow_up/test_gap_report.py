"""The report of a day or a month: where practice falls short of promise (V9, W10, K1)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest

from workers import calendar
from workers.calendar import SHANGHAI
from workers.commands.report import period_of
from workers.complaints import ComplaintFigures
from workers.complaints.figures import ComplaintLine
from workers.errors import UserError
from workers.follow_up.analysis import AnswerFact, FollowUpFact, Gaps, Period, analyse
from workers.follow_up.report import page
from workers.org import load
from workers.settings import ROOT

NOW = datetime(2026, 3, 3, 18, 0, tzinfo=SHANGHAI)
EVIL = "<script>alert(1)</script>"


def follow_up(number: int, person: str, limit_hours: int, tried_hours: int | None) -> FollowUpFact:
    """Hours are counted from NOW, before it negative."""
    tried = None if tried_hours is None else NOW + timedelta(hours=tried_hours)
    limit = NOW + timedelta(hours=limit_hours)
    return FollowUpFact(f"GZ-{number}", f"XS-{number}", person, limit, tried, "satisfied" if tried else None)


@pytest.fixture
def gaps() -> Gaps:
    answers = [
        AnswerFact("展厅接待", "打招呼", "赵磊", "yes"),
        AnswerFact("展厅接待", "打招呼", "吴倩", "no", EVIL),
        AnswerFact("交车", "按时", "赵磊", "yes"),
        AnswerFact("交车", "按时", "赵磊", "partly", "晚了一小时，请打13812345678"),
        AnswerFact("交车", "讲清楚", "赵磊", "yes"),
    ]
    follow_ups = [
        follow_up(1, "冯丽", -1, -2),
        follow_up(2, "冯丽", -3, -2),
        follow_up(3, "冯丽", -1, None),
        follow_up(4, "韩斌", 5, None),
    ]
    return analyse(answers, follow_ups, NOW)


@pytest.mark.rule("V9", "W10")
def test_the_widest_gap_comes_first_by_step_and_by_person(gaps: Gaps) -> None:
    assert [(one.name, one.kept_percent) for one in gaps.by_step] == [("展厅接待", 50), ("交车", 66)]
    assert [(one.name, one.yes, one.partly, one.no) for one in gaps.by_person] == [
        ("吴倩 · 展厅接待", 0, 0, 1),
        ("赵磊 · 交车", 2, 1, 0),
        ("赵磊 · 展厅接待", 1, 0, 0),
    ]
    assert [one.person for one in gaps.remarks] == ["吴倩", "赵磊"]


@pytest.mark.rule("V9", "W10")
def test_follow_ups_are_on_time_late_missed_or_not_due_yet(gaps: Gaps) -> None:
    assert {one.name: one.counts for one in gaps.standings} == {"冯丽": (1, 1, 1, 0), "韩斌": (0, 0, 0, 1)}
    assert gaps.total.counts == (1, 1, 1, 1)
    assert [one.number for one in gaps.late] == ["GZ-2", "GZ-3"]


def test_a_period_is_a_day_or_a_month_in_shanghai() -> None:
    february = Period.of_month(date(2028, 2, 10))
    assert (february.title, february.start.day, february.end.isoformat()) == (
        *("2028-02", 1, "2028-03-01T00:00:00+08:00"),
    )
    assert Period.of_day(date(2026, 12, 31)).end.isoformat() == "2027-01-01T00:00:00+08:00"


@pytest.mark.rule("V9", "K1")
def test_the_page_needs_nothing_from_anywhere_and_escapes_what_people_wrote(gaps: Gaps) -> None:
    org = load(ROOT / "config/org.yaml")
    line = ComplaintLine("TS-1", "XS-1", "zhaolei", "zhangwei", EVIL, NOW, None, late=True)
    html = page(
        Period.of_day(NOW.date()), gaps, ComplaintFigures(1, 0, (line,), (line,)), org, "示例公司", NOW
    ).decode()
    assert EVIL not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"(src|href)=|url\(|@import", html)
    assert html.count("<svg") == 5
    for text in ("66%（3条）", "超期未联系", "TS-1", "张伟", "晚了一小时，请打138****5678"):
        assert text in html


def test_a_day_on_which_nothing_happened_says_so() -> None:
    empty = analyse([], [], NOW)
    org = load(ROOT / "config/org.yaml")
    html = page(Period.of_day(NOW.date()), empty, ComplaintFigures(0, 0, (), ()), org, "示例", NOW).decode()
    assert html.count("没有数据。") == 4
    assert "没有投诉。" in html
    assert "<svg" not in html


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("day", "month"), [("gestern", None), (None, "2026-13"), (None, "2026-03-01"), ("2026-01-01", "2026-01")]
)
def test_what_is_no_day_and_no_month_is_refused(day: str | None, month: str | None) -> None:
    with pytest.raises(UserError):
        period_of(day, month)


def test_a_month_ends_where_the_next_begins() -> None:
    assert period_of(None, "2025-12").end == datetime(2026, 1, 1, tzinfo=SHANGHAI)
    assert period_of("2026-02-28", None).end == datetime(2026, 3, 1, tzinfo=SHANGHAI)


def test_what_has_not_begun_has_no_report() -> None:
    tomorrow = calendar.now().date() + timedelta(days=1)
    with pytest.raises(UserError, match="has not begun"):
        period_of(tomorrow.isoformat(), None)
    with pytest.raises(UserError, match="has not begun"):
        period_of(None, f"{tomorrow.year + 1}-01")


@pytest.mark.rule("V9", "W10")
def test_the_page_names_its_day_explains_its_percentages_and_keeps_each_persons_steps_together() -> None:
    said = [
        ("赵磊", "交车", "no"),
        ("吴倩", "交车", "partly"),
        ("赵磊", "展厅接待", "yes"),
        ("吴倩", "咨询", "yes"),
    ]
    answers = [AnswerFact(step, "按时", person, answer) for person, step, answer in said]
    org = load(ROOT / "config/org.yaml")

    def html(period: Period) -> str:
        nothing = ComplaintFigures(0, 0, (), ())
        return page(period, analyse(answers, [], NOW), nothing, org, "示例", NOW).decode()

    day = html(Period.of_day(NOW.date()))
    assert "<h1>汽车经销店日报：2026年3月3日</h1>" in day
    assert "“部分做到”不算做到" in day
    people = re.findall(r"<title>(赵磊|吴倩) · ", day)
    assert people in (["赵磊", "赵磊", "吴倩", "吴倩"], ["吴倩", "吴倩", "赵磊", "赵磊"])
    assert "<h1>汽车经销店月报：2026年3月</h1>" in html(Period.of_month(NOW.date()))
