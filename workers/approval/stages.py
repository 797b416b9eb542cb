"""The stages of approval: who signs in each before any addition (C1–C3), and the kinds of paper (A5, C6–C13)."""

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
    whose hours count, by post. Without `posts` a decision table names all who sign, in its order.
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


def _paper(verb: str, deadline: str, *, may_reject: bool = False, **titles: str) -> Stage:
    """A kind of paper, whose signers `paper_signers.dmn` names."""
    choices = (APPROVE, RETURN, REJECT) if may_reject else (APPROVE, RETURN)
    return Stage(posts=(), verb=verb, deadline=deadline, decisions=choices, titles=titles)


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
    "production_notice": _paper("签发", "issue_production_notice"),
    "delivery_note": _paper("审批", "approve_delivery_note"),
    "goods_return": _paper("审批", "sign_goods_return"),
    "jointing_order": _paper("审批", "approve_jointing"),
    "invoice_request": _paper("签批", "sign_invoice"),
    "credit_note": _paper("签批", "sign_credit_note"),
    "commission": _paper("审核", "audit_commission", may_reject=True, general_manager="总经理审批"),
    "litigation": _paper("审批", "approve_litigation", may_reject=True),
    "termination": _paper("审批", "approve_termination", may_reject=True),
    "refund": _paper("审批", "sign_refund"),
    "large_refund": _paper("审批", "sign_refund"),
    "hold_release": _paper("审批", "release_hold"),
    "vehicle_contract": _paper("会签", "countersign_vehicle"),
}


def stage_of(name: str) -> Stage:
    """The stage with that name. InvalidInput when a diagram names one that does not exist."""
    stage = STAGES.get(name)
    if stage is None:
        raise InvalidInput(f"there is no approval stage {name!r}")
    return stage
