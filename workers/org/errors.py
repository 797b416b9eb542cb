"""What can be wrong with the org chart or a question to it."""

from __future__ import annotations

from collections.abc import Sequence

from workers.errors import SalesflowError, UserError


class OrgError(UserError):
    """The org chart's file cannot be used; `findings` names every entry that is wrong and why."""

    def __init__(self, source: str, findings: Sequence[str]) -> None:
        self.source = source
        self.findings = tuple(findings)
        super().__init__("\n".join(f"{source}: {finding}" for finding in findings))


class UnknownPost(SalesflowError):
    """Somebody asked for a post that the chart does not have."""

    def __init__(self, post: str) -> None:
        self.post = post
        super().__init__(f"the org chart has no post {post!r}")


class UnknownPerson(SalesflowError):
    """Somebody asked for a person whom the chart does not have."""

    def __init__(self, user: str) -> None:
        self.user = user
        super().__init__(f"the org chart has no person {user!r}")
