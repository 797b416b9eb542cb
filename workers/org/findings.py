"""What is wrong with an org chart beyond the form of its entries; each finding names the entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from workers.org.models import Leave, Person, Post

TOP_POST = "general_manager"
"""The post with nobody above; its holders are reminded themselves when a deadline is missed."""
RESERVED = frozenset({"admin", "demo", "salesflow"})
"""User ids of technical accounts."""
RESERVED_POSTS = frozenset({"staff", "admin"})
"""Group ids that the engine's set-up uses itself (see engine.identity)."""


def findings(
    posts: Mapping[str, Post],
    people: Mapping[str, Person],
    leaves: Sequence[Leave],
    starts: Mapping[str, Iterable[str]],
) -> list[str]:
    """Everything that is wrong, in the file's order; empty when the chart can be used."""
    return [
        *_posts(posts, people),
        *_people(posts, people),
        *_leaves(people, leaves),
        *(f"starts.{post}: there is no such post" for post in starts if post not in posts),
    ]


def _posts(posts: Mapping[str, Post], people: Mapping[str, Person]) -> Iterator[str]:
    if TOP_POST not in posts:
        yield f"posts: {TOP_POST} is missing"
    held = {post for person in people.values() for post in person.posts}
    above = {post: entry.superior for post, entry in posts.items()}
    for post, entry in posts.items():
        if post in RESERVED_POSTS:
            yield f"posts.{post}: the id is reserved"
        if entry.superior and entry.superior not in posts:
            yield f"posts.{post}.superior: there is no post {entry.superior}"
        elif not entry.superior and post != TOP_POST:
            yield f"posts.{post}.superior: only {TOP_POST} has nobody above"
        elif post in _circle(post, above):
            yield f"posts.{post}.superior: goes round in a circle"
        if post not in held:
            yield f"posts.{post}: nobody holds the post"


def _people(posts: Mapping[str, Post], people: Mapping[str, Person]) -> Iterator[str]:
    above = {user: person.superior for user, person in people.items()}
    for user, person in people.items():
        if user in RESERVED:
            yield f"people.{user}: the id belongs to a technical account"
        if not person.posts and person.left is None:
            yield f"people.{user}.posts: holds no post"
        if len(set(person.posts)) < len(person.posts):
            yield f"people.{user}.posts: names a post twice"
        for post in person.posts:
            if post not in posts:
                yield f"people.{user}.posts: there is no post {post}"
        if person.superior and person.superior not in people:
            yield f"people.{user}.superior: there is no person {person.superior}"
        elif not person.superior and TOP_POST not in person.posts:
            yield f"people.{user}.superior: only a holder of {TOP_POST} has nobody above"
        elif user in _circle(user, above):
            yield f"people.{user}.superior: goes round in a circle"


def _leaves(people: Mapping[str, Person], leaves: Sequence[Leave]) -> Iterator[str]:
    for leave in leaves:
        if leave.person not in people:
            yield f"{leave}: there is no person {leave.person}"
        if leave.last < leave.first:
            yield f"{leave}: ends before it begins"
        substitute = people.get(leave.substitute)
        if substitute is None:
            yield f"{leave}: there is no substitute {leave.substitute}"
        elif not substitute.works_on(leave.last):
            yield f"{leave}: the substitute {leave.substitute} has left by then"
        if leave.substitute == leave.person:
            yield f"{leave}: nobody stands in for themselves"
    for one, other in combinations(leaves, 2):
        if one.person == other.person and one.overlaps(other):
            yield f"{other}: overlaps the {one}"
    yield from _circles_of_substitutes(leaves)


def _circles_of_substitutes(leaves: Sequence[Leave]) -> Iterator[str]:
    # a circle begins on the first day of one of its leaves, so looking at these days finds every one
    for day in sorted({leave.first for leave in leaves}):
        away = {leave.person: leave for leave in leaves if leave.covers(day)}
        above: dict[str, str | None] = {user: leave.substitute for user, leave in away.items()}
        for leave in away.values():
            if leave.substitute == leave.person or leave.first != day:
                continue
            circle = _circle(leave.person, above)
            if leave.person in circle:
                yield f"{leave}: on {day} the substitutes go round in a circle: {' -> '.join(circle)}"


def _circle(start: str, above: Mapping[str, str | None]) -> list[str]:
    """The entries above `start`, none twice; `start` is among them when the way up leads back to it."""
    seen: list[str] = []
    entry = above.get(start)
    while entry is not None and entry not in seen:
        seen.append(entry)
        entry = above.get(entry)
    return seen
