"""The stages of approval: who signs in each of them before any addition (C1, C2, C3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workers.errors import InvalidInput

APPROVE = "approve"
RETURN = "return"
REJECT = "reject"


@dataclass(frozen=True)
class Stage:
    """Who signs, in which order and with which choices.

    `titles` name a step where the post's name with `verb` would not do; `deadlines` name the policy's step
    whose hours count, by post.
    """

    posts: tuple[str, ...]
    verb: str
    deadline: str
    parallel: bool = False
    decisions: tuple[str, ...] = (APPROVE, RETURN, REJECT)
    titles: Mapping[str, str] = field(default_factory=dict)
    deadlines: Mapping[str, str] = field(default_factory=dict)
    minutes: frozenset[str] = frozenset()
    """Posts that decide in a meeting: an approval needs the number of its minutes."""

    def title(self, post: str, post_name: str) -> str:
        """What the step is called on forms."""
        return self.titles.get(post) or f"{post_name}{self.verb}"

    def deadline_of(self, post: str) -> str:
        """The policy's step whose deadline counts for that post."""
        return self.deadlines.get(post, self.deadline)


STAGES: Mapping[str, Stage] = {
    "policy": Stage(
        posts=("business_committee", "general_manager"),
        verb="决定",
        deadline="decide_policy",
        titles={"business_committee": "联席会决定", "general_manager": "总经理签发"},
        deadlines={"general_manager": "issue_policy"},
        minutes=frozenset({"business_committee"}),
    ),
    "declaration": Stage(
        posts=("sales_manager", "general_manager"),
        verb="审签",
        deadline="approve_declaration",
        titles={"general_manager": "总经理审批"},
    ),
    "countersign": Stage(
        posts=("sales_manager", "finance"),
        verb="会签",
        deadline="countersign",
        parallel=True,
        decisions=(APPROVE, RETURN),
    ),
}


def stage_of(name: str) -> Stage:
    """The stage with that name. InvalidInput when a diagram names one that does not exist."""
    stage = STAGES.get(name)
    if stage is None:
        raise InvalidInput(f"there is no approval stage {name!r}")
    return stage
