"""The org chart of one day as the engine gets to know it."""

from __future__ import annotations

from datetime import date

from workers.engine.directory import Account, Directory
from workers.org.chart import OrgChart


def directory(chart: OrgChart, on: date) -> Directory:
    """Who may log in, and each post's members: its holders and, while these are away, their substitutes."""
    accounts = {user: Account(person.name, person.email) for user, person in chart.staff(on)}
    return Directory(
        accounts=accounts,
        groups={post: entry.name for post, entry in chart.posts.items()},
        members={
            post: frozenset({*chart.holders(post, on), *chart.acting_holders(post, on)})
            for post in chart.posts
        },
        starts=chart.starts,
    )
