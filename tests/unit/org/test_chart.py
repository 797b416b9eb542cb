"""Who holds what, who stands in for whom."""

from datetime import date
from typing import Any

import pytest

from workers.org import OrgChart, UnknownPerson, UnknownPost

DAY = date(2026, 10, 12)


def chart(**changes: Any) -> OrgChart:
    content: dict[str, Any] = {
        "posts": {
            "general_manager": {"name": "总经理"},
            "sales_manager": {"name": "销售部经理", "superior": "general_manager"},
            "sales_operations": {"name": "销售业务科", "superior": "sales_manager"},
        },
        "people": {
            "wang": {"name": "王建国", "email": "wang@example.com", "posts": ["general_manager"]},
            "zhang": _person("张伟", "sales_manager", "wang"),
            "chen": _person("陈晓燕", "sales_operations", "zhang"),
            "liu": _person("刘洋", "sales_operations", "zhang"),
        },
        "leaves": [],
        "starts": {"sales_operations": ["ContractApprovalProcess"]},
    }
    return OrgChart.model_validate({**content, **changes})


def _person(name: str, post: str, superior: str) -> dict[str, Any]:
    return {"name": name, "email": f"{superior}@example.com", "posts": [post], "superior": superior}


def _leave(
    person: str, substitute: str, first: str = "2026-10-12", last: str = "2026-10-16"
) -> dict[str, str]:
    return {"person": person, "from": first, "to": last, "substitute": substitute}


def test_names_and_superiors_are_looked_up_by_id() -> None:
    org = chart()
    assert org.person("zhang").name == "张伟"
    assert org.name_of("admin") == "admin"
    assert org.post_name("sales_operations") == "销售业务科"
    assert org.posts_of("chen") == ("sales_operations",)
    assert org.posts_of("nobody") == ()
    assert org.superior_of("chen") == "zhang"
    assert org.superior_of("wang") is None
    assert org.superior_post("sales_operations") == "sales_manager"
    assert org.superior_post("general_manager") is None


def test_what_the_chart_does_not_have_is_an_error_that_carries_it() -> None:
    org = chart()
    with pytest.raises(UnknownPost) as post:
        org.holders("treasurer", DAY)
    assert post.value.post == "treasurer"
    with pytest.raises(UnknownPerson) as person:
        org.superior_of("nobody")
    assert person.value.user == "nobody"


@pytest.mark.parametrize(
    ("day", "acts"),
    [("2026-10-11", "zhang"), ("2026-10-12", "chen"), ("2026-10-16", "chen"), ("2026-10-17", "zhang")],
)
def test_a_substitute_acts_from_the_first_to_the_last_day_of_the_leave(day: str, acts: str) -> None:
    org = chart(leaves=[_leave("zhang", "chen")])
    assert org.acting("zhang", date.fromisoformat(day)) == acts


def test_the_substitute_of_a_substitute_acts_when_both_are_away() -> None:
    org = chart(leaves=[_leave("zhang", "chen"), _leave("chen", "liu", "2026-10-14", "2026-10-14")])
    assert org.acting("zhang", date(2026, 10, 13)) == "chen"
    assert org.acting("zhang", date(2026, 10, 14)) == "liu"


def test_who_acts_for_a_post_is_told_together_with_whom_they_act_for() -> None:
    org = chart(leaves=[_leave("zhang", "chen")])
    assert org.acting_holders("sales_manager", DAY) == {"chen": "zhang"}
    assert org.holders("sales_manager", DAY) == ["zhang"]
    assert org.may_act("chen", "sales_manager", DAY)
    assert not org.may_act("chen", "sales_manager", date(2026, 10, 17))
    assert not org.may_act("liu", "sales_manager", DAY)


def test_a_holder_who_stands_in_for_a_colleague_acts_in_their_own_name() -> None:
    org = chart(leaves=[_leave("chen", "liu")])
    assert org.acting_holders("sales_operations", DAY) == {"liu": "liu"}


def test_somebody_who_left_holds_nothing_but_keeps_their_name() -> None:
    gone = {**_person("陈晓燕", "sales_operations", "zhang"), "left": "2026-10-12"}
    org = chart(people={**chart().model_dump()["people"], "chen": gone})
    assert org.holders("sales_operations", date(2026, 10, 11)) == ["chen", "liu"]
    assert org.holders("sales_operations", DAY) == ["liu"]
    assert "chen" not in dict(org.staff(DAY))
    assert org.name_of("chen") == "陈晓燕"


def test_a_superior_who_left_is_passed_over() -> None:
    people = chart().model_dump()["people"]
    org = chart(people={**people, "zhang": {**people["zhang"], "left": "2026-10-12"}})
    assert org.superior_of("chen") == "zhang"
    assert org.superior_of("chen", DAY) == "wang"


def test_a_process_is_started_by_the_posts_that_the_chart_names_and_their_substitutes() -> None:
    org = chart(leaves=[_leave("chen", "wang")])
    assert org.may_start("liu", "ContractApprovalProcess", DAY)
    assert org.may_start("wang", "ContractApprovalProcess", DAY)
    assert not org.may_start("zhang", "ContractApprovalProcess", DAY)


@pytest.mark.rule("X2")
def test_what_somebody_asked_for_is_decided_by_another_of_the_post_or_by_the_post_above() -> None:
    org = chart()
    assert org.deciders("sales_operations", {"chen"}, DAY) == ("sales_operations", {"liu": "liu"})
    assert org.deciders("sales_manager", {"chen"}, DAY) == ("sales_manager", {"zhang": "zhang"})
    assert org.deciders("sales_manager", {"zhang"}, DAY) == ("general_manager", {"wang": "wang"})
    assert org.deciders("sales_manager", {"zhang"}, DAY, {"wang"}) is None


@pytest.mark.rule("X2", "X3")
def test_no_substitute_decides_for_who_asked_and_who_asked_for_nobody() -> None:
    away = chart(leaves=[_leave("zhang", "liu")])
    assert away.deciders("sales_manager", {"zhang"}, DAY) == ("general_manager", {"wang": "wang"})
    assert away.deciders("sales_manager", {"liu"}, DAY) == ("general_manager", {"wang": "wang"})
    assert away.deciders("sales_manager", {"chen"}, DAY) == ("sales_manager", {"liu": "zhang"})
