"""What the engine gets to know of the chart."""

from datetime import date
from pathlib import Path

from workers.engine.identity_rights import (
    ALL_RESOURCES,
    APPLICATION,
    AUTHORIZATION,
    DEPLOYMENT,
    TASK,
    TECHNICAL_USER,
    grants,
)
from workers.org import OrgChart, directory, load

DAY = date(2026, 10, 12)
CHART = load(Path(__file__).parents[3] / "config" / "org.yaml")


def _with(**changes: object) -> OrgChart:
    return OrgChart.model_validate({**CHART.model_dump(), **changes})


def test_everybody_who_works_here_gets_an_account_and_their_posts() -> None:
    found = directory(CHART, DAY)
    assert set(found.accounts) == set(CHART.people)
    assert found.accounts["zhangwei"].name == "张伟"
    assert found.groups["sales_manager"] == "销售部经理"
    assert found.members["sales_operations"] == {"chenxiaoyan", "liuyang", "huangting"}
    assert found.starts["sales_operations"] == CHART.starts["sales_operations"]


def test_a_substitute_is_a_member_during_the_leave_only() -> None:
    leave = {"person": "zhangwei", "from": DAY, "to": DAY, "substitute": "lihaitao"}
    chart = _with(leaves=[leave])
    assert directory(chart, DAY).members["sales_manager"] == {"zhangwei", "lihaitao"}
    assert directory(chart, date(2026, 10, 13)).members["sales_manager"] == {"zhangwei"}


def test_somebody_who_left_has_no_account_and_no_post() -> None:
    people = CHART.model_dump()["people"]
    chart = _with(people={**people, "liuyang": {**people["liuyang"], "left": DAY}})
    found = directory(chart, DAY)
    assert "liuyang" not in found.accounts
    assert found.members["sales_operations"] == {"chenxiaoyan", "huangting"}


def test_no_right_is_listed_twice_and_none_is_given_on_tasks() -> None:
    rights = grants(directory(CHART, DAY), ["f1", "f2"])
    assert len({right.key for right in rights}) == len(rights)
    assert all(right.resource in ALL_RESOURCES and right.resource != TASK for right in rights)
    assert all((right.group is None) != (right.user is None) for right in rights)
    deleting = [right for right in rights if "ALL" in right.permissions or "DELETE" in right.permissions]
    assert [(right.user, right.resource) for right in deleting] == [(TECHNICAL_USER, AUTHORIZATION)]


def test_only_operators_and_analysts_open_cockpit_and_only_operators_deploy() -> None:
    rights = grants(directory(CHART, DAY), [])
    cockpit = {
        right.group for right in rights if (right.resource, right.resource_id) == (APPLICATION, "cockpit")
    }
    assert cockpit == {"operator", "process_analyst"}
    deployers = {r.group for r in rights if r.resource == DEPLOYMENT and "CREATE" in r.permissions}
    assert deployers == {"operator"}
