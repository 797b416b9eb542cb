"""The org chart: who holds which post, who stands above whom, who stands in for whom on a date."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Self

from pydantic import Field, model_validator

from workers.org.errors import UnknownPerson, UnknownPost
from workers.org.findings import findings
from workers.org.models import Entry, Id, Leave, Person, Post


class OrgChart(Entry):
    """One reading of `config/org.yaml`. Every question is pure; the date is passed in."""

    posts: dict[Id, Post]
    people: dict[Id, Person]
    leaves: tuple[Leave, ...] = ()
    starts: dict[Id, tuple[str, ...]] = Field(default_factory=dict)
    """Post -> ids of the processes that its holders may start."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        problems = findings(self.posts, self.people, self.leaves, self.starts)
        if problems:
            raise ValueError("\n".join(problems))
        return self

    # -- names -----------------------------------------------------------------------------------------------

    def person(self, user: str) -> Person:
        """The person with that user id, also after they left. Raises UnknownPerson."""
        try:
            return self.people[user]
        except KeyError:
            raise UnknownPerson(user) from None

    def name_of(self, user: str) -> str:
        """The person's name; of an account that is no person the post's (`operator`), or the id (`admin`)."""
        named = self.people.get(user) or self.posts.get(user)
        return named.name if named else user

    def post_name(self, post: str) -> str:
        """The post's Chinese name. Raises UnknownPost."""
        return self._post(post).name

    def _post(self, post: str) -> Post:
        try:
            return self.posts[post]
        except KeyError:
            raise UnknownPost(post) from None

    # -- posts -----------------------------------------------------------------------------------------------

    def posts_of(self, user: str) -> tuple[str, ...]:
        """The posts that the person was appointed to; none for an unknown user."""
        person = self.people.get(user)
        return person.posts if person else ()

    def holders(self, post: str, on: date) -> list[str]:
        """Who was appointed to the post and works here on that day, away or not, in the file's order."""
        self._post(post)
        return [user for user, person in self.people.items() if post in person.posts and person.works_on(on)]

    def acting_holders(self, post: str, on: date) -> dict[str, str]:
        """Who acts for the post on that day -> the holder they act for (themselves, unless a substitute)."""
        acting: dict[str, str] = {}
        for holder in self.holders(post, on):
            user = self.acting(holder, on)
            if user == holder or user not in acting:
                acting[user] = holder
        return acting

    def may_act(self, user: str, post: str, on: date) -> bool:
        """Whether the person holds the post or stands in for a holder on that day (X5).

        A holder who is on leave may still act: leave moves new work, it does not lock anybody out.
        """
        return user in self.holders(post, on) or user in self.acting_holders(post, on)

    def superior_post(self, post: str) -> str | None:
        """The post above; None at the top. Raises UnknownPost."""
        return self._post(post).superior

    def deciders(
        self, post: str, askers: Collection[str], on: date, excluded: Collection[str] = ()
    ) -> tuple[str, dict[str, str]] | None:
        """Who may decide for the post what `askers` asked for, as `acting_holders` names them, and at which post.

        Nobody decides what they asked for, nor does their substitute in their name; a post with nobody left
        (`excluded` are spoken for) passes to the post above. None when nobody is left at the top.
        """
        level: str | None = post
        while level is not None:
            found: dict[str, str] = {}
            for holder in self.holders(level, on):
                user = self.acting(holder, on)
                if not {holder, user}.isdisjoint(askers) or user in excluded:
                    continue
                if user == holder or user not in found:
                    found[user] = holder
            if found:
                return level, found
            level = self.superior_post(level)
        return None

    # -- people ----------------------------------------------------------------------------------------------

    def superior_of(self, user: str, on: date | None = None) -> str | None:
        """The person above, None at the top. With a date, superiors who had left by then are passed over."""
        superior = self.person(user).superior
        while superior and on and not self.person(superior).works_on(on):
            superior = self.person(superior).superior
        return superior

    def acting(self, user: str, on: date) -> str:
        """Who does the person's work on that day: their substitute (or that one's own), else themselves."""
        for leave in self._chain(user, on):
            user = leave.substitute
        return user

    def on_duty(self, user: str, on: date) -> str | None:
        """Who does the person's work on that day: themselves or who stands in; None once that one has left."""
        found = self.people.get(acting := self.acting(user, on))
        return acting if found is not None and found.works_on(on) else None

    def may_do_for(self, user: str, person: str, head: str, on: date) -> bool:
        """Whether `user` may do the person's own work: that person, who stands in, or once they have left `head`."""
        duty = self.on_duty(person, on)
        return self.may_act(user, head, on) if duty is None else user in (person, duty)

    def leave_of(self, user: str, on: date) -> Leave | None:
        """The leave that the person is on that day."""
        return next((leave for leave in self.leaves if leave.person == user and leave.covers(on)), None)

    def _chain(self, user: str, on: date) -> Iterator[Leave]:
        # ends: `findings` refuses substitutes that go round in a circle
        while leave := self.leave_of(user, on):
            yield leave
            user = leave.substitute

    def staff(self, on: date) -> Iterable[tuple[str, Person]]:
        """Everybody who works here on that day, by user id."""
        return ((user, person) for user, person in self.people.items() if person.works_on(on))

    def may_start(self, user: str, process: str, on: date) -> bool:
        """Whether one of the posts that the person acts for on that day may start the process."""
        return any(process in keys and self.may_act(user, post, on) for post, keys in self.starts.items())
