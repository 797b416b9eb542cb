"""The file is edited while everything runs."""

import os
from pathlib import Path

import pytest

from workers.org import OrgError, OrgSource, load

SAMPLE = Path(__file__).parents[3] / "config" / "org.yaml"
POSTS = {
    "general_manager": "总经理",
    "business_committee": "公司经营联席会",
    "deputy_gm_sales": "分管销售副总经理",
    "deputy_gm_finance": "财务副总",
    "sales_manager": "销售部经理",
    "sales_operations": "销售业务科",
    "salesperson": "业务员",
    "finance": "财务部",
    "service_advisor": "服务顾问",
    "technician": "维修技师",
    "planning": "计划科",
    "production": "分厂生产科",
    "quality": "质检科",
    "warehouse": "分厂供应科(仓储)",
    "gate_security": "保卫",
    "legal": "法务",
    "project_manager": "项目经理(房产)",
    "service_manager": "服务经理",
    "dispatcher": "车间调度",
    "process_analyst": "流程分析",
    "operator": "运维",
}


def _write(path: Path, text: str, tick: int) -> None:
    path.write_text(text, "utf-8")
    os.utime(path, ns=(tick * 10**9, tick * 10**9))  # a coarse clock would not show two edits within a tick


@pytest.mark.rule("X2")
def test_the_sample_has_every_post_and_several_people_where_somebody_may_be_excluded() -> None:
    chart = load(SAMPLE)
    assert {post: entry.name for post, entry in chart.posts.items()} == POSTS
    for post in ("sales_operations", "finance", "business_committee"):
        assert sum(post in person.posts for person in chart.people.values()) >= 2
    assert all(person.email.endswith("@example.com") for person in chart.people.values())


def test_an_edit_is_seen_at_the_next_look(tmp_path: Path) -> None:
    path = tmp_path / "org.yaml"
    text = SAMPLE.read_text("utf-8")
    _write(path, text, 1)
    source = OrgSource(path)
    first = source.current()
    assert source.current() is first
    _write(path, text.replace("name: 张伟", "name: 张维"), 2)
    assert source.current().name_of("zhangwei") == "张维"


def test_a_broken_edit_leaves_the_last_good_chart_in_force(tmp_path: Path) -> None:
    path = tmp_path / "org.yaml"
    text = SAMPLE.read_text("utf-8")
    _write(path, text, 1)
    source = OrgSource(path)
    good = source.current()
    _write(path, "posts: [", 2)
    assert source.current() is good
    path.unlink()
    assert source.current() is good
    _write(path, text.replace("name: 张伟", "name: 张维"), 3)
    assert source.current().name_of("zhangwei") == "张维"


def test_without_a_good_first_reading_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(OrgError, match="cannot be read"):
        OrgSource(tmp_path / "org.yaml").current()
