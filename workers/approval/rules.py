"""Who has to sign, and whether a signature counts: pure decisions (C1, C2, C3, X3, X5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from workers.approval.stages import APPROVE, Stage
from workers.cases import COMMENT_LIMIT, FormError, FormReader
from workers.errors import InvalidInput
from workers.org import OrgChart

MINUTES_LIMIT = 100
DECISIONS = {"approve": "同意", "return": "退回修改", "reject": "否决"}


class Unfillable(InvalidInput):
    """Nobody is entitled to sign for a post: the operator has to mend the org chart."""

    def __init__(self, post: str, filers: Collection[str], on: date) -> None:
        self.post = post
        super().__init__(
            f"nobody can sign for the post {post} on {on}: who filed it ({', '.join(sorted(filers))}) and whoever "
            f"signs for another post of this chain are excluded, and no post above it is left; see config/org.yaml"
        )


@dataclass(frozen=True)
class Filled:
    """A post of a chain, and who may sign for it -> whom they act for (themselves, unless substitutes)."""

    post: str
    level: str
    """The post that they hold: `post`, or one above it."""
    candidates: Mapping[str, str]


def posts_of(stage: Stage, extra: Sequence[str], org: OrgChart) -> list[str]:
    """The posts of a chain in order: additions come before the last, lower ones first. They remove none.

    A stage without posts of its own takes those of the decision table, in its order.
    Raises InvalidInput when an added post is not in the org chart, or when nobody is to sign.
    """
    unknown = sorted(set(extra) - set(org.posts))
    if unknown:
        raise InvalidInput(f"added approvers are no posts of the org chart: {', '.join(unknown)}")
    if not stage.posts:
        if not extra:
            raise InvalidInput("the decision table names nobody to sign; add a row for this kind of paper")
        return list(dict.fromkeys(extra))
    places = {post: place for place, post in enumerate(org.posts)}
    added = sorted(set(extra) - set(stage.posts), key=lambda post: (-_depth(org, post), places[post]))
    return [*stage.posts[:-1], *added, stage.posts[-1]]


def extra_posts(value: object) -> list[str]:
    """Read what the decision table put out: a post, several with commas between, or a list; null is none.

    Raises InvalidInput for anything else.
    """
    if value is None:
        return []
    if isinstance(value, str):
        return [post for post in (part.strip() for part in value.split(",")) if post]
    if isinstance(value, list | tuple):
        return [post for part in value for post in extra_posts(part)]
    if isinstance(value, Mapping):
        return [post for part in value.values() for post in extra_posts(part)]
    raise InvalidInput(f"the decision table named approvers in a way that is not understood: {value!r:.100}")


def fill(
    posts: Sequence[str], filers: Collection[str], taken: Collection[str], org: OrgChart, on: date
) -> list[Filled]:
    """Who may sign for each post of (the rest of) a chain on a day.

    Nobody signs what they filed, nor does their substitute in their name; `filers` are all who did. Whoever
    is on leave is replaced by the substitute. Nobody signs twice in a chain: `taken` have signed already, and who
    is the only one left for a higher post is kept for that one. A post with nobody left passes to the post above.

    Raises Unfillable.
    """
    spoken_for = {*filers, *taken}
    filled: list[Filled] = []
    for post in reversed(posts):
        place = _fill_one(post, filers, spoken_for, org, on)
        if len(place.candidates) == 1:
            spoken_for |= set(place.candidates)
        filled.append(place)
    return filled[::-1]


def _fill_one(
    post: str, filers: Collection[str], excluded: Collection[str], org: OrgChart, on: date
) -> Filled:
    found = org.deciders(post, filers, on, excluded)
    if found is not None:
        return Filled(post, *found)
    raise Unfillable(post, filers, on)


def _depth(org: OrgChart, post: str) -> int:
    depth, above = 0, org.superior_post(post)
    while above is not None:
        depth, above = depth + 1, org.superior_post(above)
    return depth


@dataclass(frozen=True)
class Signature:
    """What a person decided, once nothing is wrong with it."""

    decision: str
    comment: str
    reference: str


def read_signature(
    stage: Stage, post: str, decision: object, comment: object, reference: object
) -> tuple[Signature | None, list[FormError]]:
    """Read what an approver's form sent: the signature, or what is wrong with it."""
    reader = FormReader()
    if not isinstance(decision, str) or decision not in stage.decisions:
        choices = "、".join(DECISIONS[choice] for choice in stage.decisions)
        reader.wrong("decision", f"决定:请选择{choices}")
        return None, reader.errors
    words = reader.text("comment", "意见", comment, COMMENT_LIMIT, required=decision != APPROVE, lines=True)
    in_meeting = decision == APPROVE and post in stage.minutes
    minutes = reader.text("meetingMinutes", "会议纪要号", reference, MINUTES_LIMIT, required=in_meeting)
    if reader.errors:
        return None, reader.errors
    return Signature(decision, words, minutes), []
