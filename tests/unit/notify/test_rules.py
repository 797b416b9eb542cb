"""Who hears of a deadline."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from workers.calendar import SHANGHAI
from workers.notify.messages import DueTask, task_link
from workers.notify.rules import notices_for
from workers.org import OrgChart, load

ORG = load(Path(__file__).parents[3] / "config" / "org.yaml")
NOW = datetime(2026, 10, 12, 10, 0, tzinfo=SHANGHAI)  # a Monday
SOON, PAST = NOW + timedelta(hours=1), NOW - timedelta(hours=1)


def _task(
    due: datetime, *candidates: str, assignee: str | None = None, groups: tuple[str, ...] = ()
) -> DueTask:
    return DueTask("t1", "审批合同申报", "SB-2026-0001", due, assignee, candidates, groups)


def _told(task: DueTask, org: OrgChart = ORG, now: datetime = NOW) -> dict[str, str]:
    return {notice.recipient: notice.event_key for notice in notices_for(task, org, now, "http://link")}


def _on_leave(person: str, substitute: str) -> OrgChart:
    leave = {"person": person, "from": NOW.date(), "to": NOW.date(), "substitute": substitute}
    return OrgChart.model_validate({**ORG.model_dump(), "leaves": [leave]})


@pytest.mark.rule("X2")
def test_before_the_deadline_everybody_to_whom_the_task_is_offered_is_reminded() -> None:
    assert _told(_task(SOON, "zhangwei")) == {"zhangwei": "reminder:t1:zhangwei"}
    assert set(_told(_task(SOON, groups=("sales_operations",)))) == {"chenxiaoyan", "liuyang", "huangting"}


@pytest.mark.rule("X2")
def test_once_somebody_has_taken_the_task_only_they_are_reminded() -> None:
    assert set(_told(_task(SOON, "liuyang", assignee="huangting"))) == {"huangting"}


@pytest.mark.rule("X2")
def test_a_missed_deadline_is_told_to_the_superior_once_with_the_names_of_those_who_missed_it() -> None:
    (notice,) = notices_for(_task(PAST, groups=("finance",)), ORG, NOW, "http://link")
    assert (notice.recipient, notice.event_key) == ("zhouminhua", "overdue:t1:zhouminhua")
    assert notice.subject == "任务已逾期:审批合同申报(SB-2026-0001)"
    for part in ("徐红、郭静", "2026-10-12 09:00", "SB-2026-0001", "http://link"):
        assert part in notice.body


@pytest.mark.rule("X2")
def test_the_general_manager_is_reminded_again_once_per_working_day() -> None:
    task = _task(PAST, "wangjianguo")
    assert _told(task) == {"wangjianguo": "overdue:t1:wangjianguo:2026-10-12"}
    assert _told(task, now=NOW + timedelta(hours=3)) == _told(task)
    assert _told(task, now=NOW + timedelta(days=1)) == {"wangjianguo": "overdue:t1:wangjianguo:2026-10-13"}
    saturday = NOW + timedelta(days=5)
    assert _told(task, now=saturday) == {}


@pytest.mark.rule("X2")
def test_a_make_up_working_day_counts_as_a_working_day_for_the_general_manager() -> None:
    make_up = datetime(2026, 10, 10, 10, 0, tzinfo=SHANGHAI)  # the Saturday after the National Day holiday
    task = _task(make_up - timedelta(hours=1), "wangjianguo")
    assert _told(task, now=make_up) == {"wangjianguo": "overdue:t1:wangjianguo:2026-10-10"}


def test_a_substitute_is_reminded_instead_of_somebody_on_leave() -> None:
    assert set(_told(_task(SOON, "zhangwei"), _on_leave("zhangwei", "chenxiaoyan"))) == {"chenxiaoyan"}


def test_the_substitute_of_a_superior_on_leave_hears_of_the_missed_deadline() -> None:
    assert set(_told(_task(PAST, "zhangwei"), _on_leave("lihaitao", "zhouminhua"))) == {"zhouminhua"}


def test_nobody_is_told_of_their_own_lateness_as_somebodys_superior() -> None:
    assert set(_told(_task(PAST, "zhangwei"), _on_leave("lihaitao", "zhangwei"))) == {"wangjianguo"}
    assert set(_told(_task(PAST, "chenxiaoyan", "zhangwei"))) == {"lihaitao"}


def test_an_overdue_task_that_waits_for_nobody_is_told_to_the_operators() -> None:
    assert set(_told(_task(PAST, "nobody", groups=("no_such_post",)))) == {"pengbo"}
    assert _told(_task(SOON)) == {}


def test_the_link_opens_the_task_in_tasklist() -> None:
    expected = "http://127.0.0.1:8080/camunda/app/tasklist/default/#/?task=abc"
    for address in ("http://127.0.0.1:8080/camunda/app/tasklist/default/", expected[: expected.index("/#")]):
        assert task_link(address, "abc") == expected
