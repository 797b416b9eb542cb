"""Who has to sign, and whether what was sent is a signature."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from workers.approval.rules import Unfillable, extra_posts, fill, posts_of, read_signature
from workers.approval.stages import STAGES
from workers.errors import InvalidInput
from workers.org import OrgChart, load
from workers.policy import STEPS
from workers.settings import SETTINGS_FILE

DAY = date(2026, 3, 10)
SAMPLE = load(Path(SETTINGS_FILE).parent / "org.yaml")


def chart(*leaves: dict[str, Any], **posts: list[str]) -> OrgChart:
    """The sample chart with other posts for some people, and leaves."""
    content = SAMPLE.model_dump(by_alias=True)
    for user, held in posts.items():
        content["people"][user]["posts"] = held
    content["leaves"] = list(leaves)
    return OrgChart.model_validate(content)


def away(person: str, substitute: str) -> dict[str, Any]:
    """A leave that covers DAY."""
    return {"person": person, "from": DAY, "to": DAY, "substitute": substitute}


def candidates(
    stage: str, applicant: str = "chenxiaoyan", org: OrgChart = SAMPLE, taken: tuple[str, ...] = ()
) -> list[dict[str, str]]:
    """Who may sign each step of a stage without additions."""
    filled = fill(posts_of(STAGES[stage], [], org), {applicant}, taken, org, DAY)
    return [dict(step.candidates) for step in filled]


@pytest.mark.rule("C2")
def test_a_declaration_is_signed_by_the_sales_manager_and_then_the_general_manager() -> None:
    assert candidates("declaration") == [{"zhangwei": "zhangwei"}, {"wangjianguo": "wangjianguo"}]


@pytest.mark.rule("C1")
def test_a_policy_is_decided_by_the_committee_and_issued_by_the_general_manager() -> None:
    committee, issuer = candidates("policy")
    assert set(committee) == {"lihaitao", "zhouminhua", "sunweidong"}
    assert set(issuer) == {"wangjianguo"}


@pytest.mark.rule("C2")
def test_added_approvers_stand_before_the_general_manager_in_the_order_of_the_chart() -> None:
    posts = posts_of(STAGES["declaration"], ["legal", "deputy_gm_finance", "deputy_gm_sales"], SAMPLE)
    assert posts == ["sales_manager", "deputy_gm_sales", "deputy_gm_finance", "legal", "general_manager"]


@pytest.mark.rule("C2")
def test_the_decision_table_cannot_add_a_post_twice_or_remove_one() -> None:
    extra = ["general_manager", "sales_manager", "legal", "legal"]
    assert posts_of(STAGES["declaration"], extra, SAMPLE) == ["sales_manager", "legal", "general_manager"]


def test_an_added_post_that_does_not_exist_is_an_error_of_the_table() -> None:
    with pytest.raises(InvalidInput, match="no posts of the org chart: boss"):
        posts_of(STAGES["declaration"], ["boss"], SAMPLE)


def test_a_papers_signers_are_those_of_the_decision_table_in_its_order_and_once() -> None:
    named = ["general_manager", "finance", "general_manager"]
    assert posts_of(STAGES["commission"], named, SAMPLE) == ["general_manager", "finance"]


@pytest.mark.rule("X3")
@pytest.mark.parametrize(("named", "says"), [([], "names nobody"), (["finance", "boss"], "chart: boss")])
def test_a_paper_that_nobody_is_to_sign_is_an_error_of_the_table(named: list[str], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        posts_of(STAGES["commission"], named, SAMPLE)


@pytest.mark.parametrize("name", [name for name, stage in STAGES.items() if not stage.posts])
def test_only_what_ends_a_case_can_be_rejected(name: str) -> None:
    rejectable = name in {"commission", "litigation", "termination"}
    _, errors = read_signature(STAGES[name], "finance", "reject", "不同意", None)
    assert (errors == []) is rejectable
    assert STAGES[name].deadline in STEPS


@pytest.mark.parametrize(
    ("value", "posts"),
    [
        (None, []),
        ("", []),
        ("legal", ["legal"]),
        ("legal, finance", ["legal", "finance"]),
        (["legal", "finance"], ["legal", "finance"]),
        ([{"extraApprovers": "legal"}], ["legal"]),
    ],
)
def test_the_decision_tables_result_is_read_in_each_of_its_shapes(value: object, posts: list[str]) -> None:
    assert extra_posts(value) == posts


def test_a_result_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidInput):
        extra_posts(7)


@pytest.mark.rule("C1", "X2")
def test_nobody_decides_on_what_they_filed() -> None:
    assert "lihaitao" not in candidates("policy", applicant="lihaitao")[0]


@pytest.mark.rule("C2")
def test_a_post_whose_only_holder_is_the_applicant_passes_to_the_post_above() -> None:
    assert candidates("declaration", applicant="zhangwei")[0] == {"lihaitao": "lihaitao"}


def test_a_substitute_acts_for_who_is_on_leave() -> None:
    org = chart(away("zhangwei", "hanbin"))
    assert candidates("declaration", org=org)[0] == {"hanbin": "zhangwei"}


def test_the_applicants_substitute_does_not_sign_in_the_applicants_name() -> None:
    org = chart(away("zhangwei", "hanbin"))
    assert candidates("declaration", applicant="zhangwei", org=org)[0] == {"lihaitao": "lihaitao"}


def test_an_applicant_who_stands_in_for_the_approver_does_not_approve_their_own() -> None:
    org = chart(away("zhangwei", "chenxiaoyan"))
    assert candidates("declaration", org=org)[0] == {"lihaitao": "lihaitao"}


@pytest.mark.rule("C2")
def test_one_person_does_not_sign_for_two_posts_of_a_chain() -> None:
    org = chart(away("zhangwei", "wangjianguo"))
    manager, general = candidates("declaration", org=org)
    assert manager == {"lihaitao": "lihaitao"}
    assert general == {"wangjianguo": "wangjianguo"}


@pytest.mark.rule("C3")
def test_who_is_the_only_one_for_both_countersignatures_gives_one_of_them() -> None:
    org = chart(zhangwei=["sales_manager", "finance"], xuhong=["legal"], guojing=["legal"])
    assert candidates("countersign", org=org) == [{"lihaitao": "lihaitao"}, {"zhangwei": "zhangwei"}]


def test_whoever_has_signed_is_left_out_of_the_rest() -> None:
    org = chart(xuhong=["finance", "sales_manager"])
    filled = fill(["finance"], {"chenxiaoyan"}, ["xuhong"], org, DAY)
    assert set(filled[0].candidates) == {"guojing"}


@pytest.mark.rule("X2")
def test_a_chain_that_nobody_can_fill_says_which_post_and_why() -> None:
    with pytest.raises(Unfillable, match=r"the post general_manager on 2026-03-10.*\(wangjianguo\)"):
        candidates("declaration", applicant="wangjianguo")


def test_the_level_tells_that_a_superior_signs() -> None:
    filled = fill(["sales_manager"], {"zhangwei"}, (), SAMPLE, DAY)
    assert (filled[0].post, filled[0].level) == ("sales_manager", "deputy_gm_sales")


@pytest.mark.parametrize(
    "decision", [None, "", "ok", "APPROVE", True, 1, ["approve"], "approve'; drop table"]
)
def test_a_decision_that_is_no_choice_is_refused(decision: object) -> None:
    signature, errors = read_signature(STAGES["declaration"], "sales_manager", decision, "同意", None)
    assert signature is None
    assert [error.field for error in errors] == ["decision"]
    assert "同意、退回修改、否决" in errors[0].message


@pytest.mark.parametrize("decision", ["return", "reject"])
@pytest.mark.parametrize("comment", [None, "", "  ", 5, "长" * 2001, "bad\x00"])
def test_sending_back_needs_a_usable_comment(decision: str, comment: object) -> None:
    signature, errors = read_signature(STAGES["declaration"], "sales_manager", decision, comment, None)
    assert signature is None
    assert [error.field for error in errors] == ["comment"]


def test_an_approval_needs_no_comment() -> None:
    signature, errors = read_signature(STAGES["declaration"], "sales_manager", "approve", None, None)
    assert errors == []
    assert signature is not None
    assert signature.comment == ""


@pytest.mark.rule("C3")
def test_a_countersignature_cannot_reject() -> None:
    signature, errors = read_signature(STAGES["countersign"], "finance", "reject", "不行", None)
    assert signature is None
    assert "请选择同意、退回修改" in errors[0].message


@pytest.mark.rule("C1")
def test_the_committee_decides_in_a_meeting_with_minutes() -> None:
    stage = STAGES["policy"]
    refused, errors = read_signature(stage, "business_committee", "approve", "", None)
    assert refused is None
    assert [error.field for error in errors] == ["meetingMinutes"]
    signature, _ = read_signature(stage, "business_committee", "approve", "", " 联席会〔2026〕3号 ")
    assert signature is not None
    assert signature.reference == "联席会〔2026〕3号"
    assert read_signature(stage, "general_manager", "approve", "", None)[1] == []
