"""A chart that cannot be used is refused, and the message names the entry."""

import pytest

from workers.org import OrgError, parse

GOOD = """
posts:
  general_manager: {name: 总经理}
  finance: {name: 财务部, superior: general_manager}
people:
  wang: {name: 王建国, email: wang@example.com, posts: [general_manager]}
  xu: {name: 徐红, email: xu@example.com, posts: [finance], superior: wang}
  guo: {name: 郭静, email: guo@example.com, posts: [finance], superior: wang}
leaves:
  - {person: xu, from: 2026-03-02, to: 2026-03-06, substitute: guo}
starts:
  finance: [SalesPolicyProcess]
"""


def test_the_good_chart_is_accepted() -> None:
    assert parse(GOOD).post_name("finance") == "财务部"


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (
            "[finance], superior: wang}\n  guo",
            "[treasury], superior: wang}\n  guo",
            "people.xu.posts: there is no post treasury",
        ),
        (
            "substitute: guo",
            "substitute: gou",
            "leave of xu from 2026-03-02 to 2026-03-06: there is no substitute gou",
        ),
        (
            "substitute: guo",
            "substitute: xu",
            "leave of xu from 2026-03-02 to 2026-03-06: nobody stands in for themselves",
        ),
        ("person: xu", "person: hu", "leave of hu from 2026-03-02 to 2026-03-06: there is no person hu"),
        (
            "to: 2026-03-06",
            "to: 2026-03-01",
            "leave of xu from 2026-03-02 to 2026-03-01: ends before it begins",
        ),
        (
            "posts: [finance], superior: wang}\n  guo",
            "posts: [], superior: wang}\n  guo",
            "people.xu.posts: holds no post",
        ),
        ("posts: [finance], superior: wang}\n  guo", "posts: [finance], superior: guo}\n  guo", None),
        ("superior: general_manager", "superior: board", "posts.finance.superior: there is no post board"),
        (", superior: general_manager", "", "posts.finance.superior: only general_manager has nobody above"),
        ("superior: general_manager", "superior: finance", "posts.finance.superior: goes round in a circle"),
        (
            "posts: [general_manager]}",
            "posts: [general_manager], superior: xu}",
            "people.xu.superior: goes round in a circle",
        ),
        (
            "superior: wang}\nleaves",
            "superior: nobody}\nleaves",
            "people.guo.superior: there is no person nobody",
        ),
        (
            ", superior: wang}\nleaves",
            "}\nleaves",
            "people.guo.superior: only a holder of general_manager has nobody above",
        ),
        ("  finance: [Sales", "  sales: [Sales", "starts.sales: there is no such post"),
        ("  guo:", "  admin:", "people.admin: the id belongs to a technical account"),
        ("  guo:", "  xu:", "xu is entered twice"),
        ("guo@example.com", "guo", "people.guo.email"),
        ("  guo:", "  Guo:", "people.Guo"),
        ("  general_manager: {name: 总经理}", "  boss: {name: 总经理}", "posts: general_manager is missing"),
        ("name: 财务部, superior", "name: 财务部, superieur", "posts.finance.superieur"),
        ("[general_manager]}", "[]}", "posts.general_manager: nobody holds the post"),
        (
            "posts: [finance], superior: wang}\nleaves",
            "posts: [finance], superior: wang, left: 2026-03-05}\nleaves",
            "the substitute guo has left by then",
        ),
    ],
)
def test_a_mistake_is_named_with_its_entry(old: str, new: str, finding: str | None) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if finding is None:
        parse(text)
        return
    with pytest.raises(OrgError) as refused:
        parse(text, "config/org.yaml")
    assert finding in str(refused.value)
    assert all(
        line.startswith("config/org.yaml: ") or line[0] == " " for line in str(refused.value).splitlines()
    )


def test_leaves_of_one_person_must_not_overlap() -> None:
    with pytest.raises(OrgError, match="leave of xu from 2026-03-06 to 2026-03-08: overlaps the leave of xu"):
        parse(
            GOOD.replace(
                "starts:", "  - {person: xu, from: 2026-03-06, to: 2026-03-08, substitute: wang}\nstarts:"
            )
        )


def test_substitutes_must_not_go_round_in_a_circle() -> None:
    with pytest.raises(OrgError, match="on 2026-03-06 the substitutes go round in a circle: xu -> guo"):
        parse(
            GOOD.replace(
                "starts:", "  - {person: guo, from: 2026-03-06, to: 2026-03-08, substitute: xu}\nstarts:"
            )
        )


def test_two_people_may_stand_in_for_each_other_at_different_times() -> None:
    parse(
        GOOD.replace(
            "starts:", "  - {person: guo, from: 2026-03-07, to: 2026-03-08, substitute: xu}\nstarts:"
        )
    )


def test_text_that_is_no_chart_is_refused() -> None:
    for text in ("", "- a list", "posts: [", "posts: {}\npeople: {}"):
        with pytest.raises(OrgError):
            parse(text)
