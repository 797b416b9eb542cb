"""Who files a case: the person at Tasklist, or the one whom a technical account names (X1, rule 13)."""

from __future__ import annotations

from datetime import date

from workers.errors import InvalidInput
from workers.org import OrgChart

TECHNICAL_ACCOUNTS = frozenset({"admin", "salesflow"})
"""Accounts that start processes for somebody: by message, by REST, by the command line."""


def is_technical(user: str | None) -> bool:
    """Whether the account is a program's, not a person's."""
    return user in TECHNICAL_ACCOUNTS


def starter(org: OrgChart, started_by: str | None, applicant: str | None, process: str, on: date) -> str:
    """The user id of who files the case.

    `started_by` comes from the engine's session. Only for a technical account does the variable `applicant`
    count, and then it must be a person whose post may start the process. Raises InvalidInput: nobody can mend
    it in the process, since nobody is known to give it back to.
    """
    if not started_by:
        raise InvalidInput(f"{process}: the engine did not say who started it")
    person = applicant if is_technical(started_by) else started_by
    if not isinstance(person, str) or not person:
        raise InvalidInput(f"{process}: started by {started_by} without naming an applicant")
    if person not in org.people:
        raise InvalidInput(f"{process}: the applicant {person[:64]!r} is no person of the org chart")
    if not org.may_start(person, process, on):
        raise InvalidInput(f"{process}: no post of {person} ({org.name_of(person)}) may start it on {on}")
    return person
