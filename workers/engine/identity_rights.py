"""Who may do what in the engine: the whole list, worked out from the directory, and nothing besides.

Tasks are not in it. The engine itself grants each task's candidates and assignee TASK_WORK on that task (its
setting `defaultUserPermissionForTask`), so that nobody reads or completes a task not offered to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from workers.engine.directory import Directory

TECHNICAL_USER = "salesflow"
"""The account of the workers."""
STAFF = "staff"
"""The group of everybody in the directory: holds what all may do, and marks the users that are ours."""
STAFF_NAME = "全体员工"
OPERATOR, ANALYST = "operator", "process_analyst"
ANY = "*"

# the engine's numbers of the kinds of resources
APPLICATION, USER, GROUP, AUTHORIZATION, FILTER = 0, 1, 2, 4, 5
PROCESS_DEFINITION, TASK, PROCESS_INSTANCE, DEPLOYMENT = 6, 7, 8, 9
DECISION, DECISION_REQUIREMENTS = 10, 14
BATCH, OPERATION_LOG, HISTORIC_TASK, HISTORIC_INSTANCE, SYSTEM = 13, 17, 19, 20, 21
MADE_BY_ENGINE = frozenset({TASK, HISTORIC_TASK, HISTORIC_INSTANCE})
"""Resources whose rights come and go with each task; they are the engine's own business."""
ALL_RESOURCES = range(22)

_READ_CASES = ("READ", "READ_INSTANCE", "READ_TASK", "READ_HISTORY")

RIGHTS_OF_WORKERS: dict[int, tuple[str, ...]] = {
    # external tasks, variables, messages; TASK_ASSIGN moves candidates and priorities but completes nothing,
    # UPDATE_TASK_VARIABLE notes on a task whose it is while a substitute has it
    PROCESS_DEFINITION: (
        *_READ_CASES,
        "CREATE_INSTANCE",
        "UPDATE_INSTANCE",
        "TASK_ASSIGN",
        "UPDATE_TASK_VARIABLE",
    ),
    PROCESS_INSTANCE: ("CREATE",),
    # to take away what a candidate was granted on a task that leave has moved to somebody else; grants nothing
    AUTHORIZATION: ("READ", "DELETE"),
}
RIGHTS_OF_OPERATORS: dict[int, tuple[str, ...]] = {
    PROCESS_DEFINITION: (
        *_READ_CASES,
        *("UPDATE_INSTANCE", "RETRY_JOB", "SUSPEND", "SUSPEND_INSTANCE", "MIGRATE_INSTANCE"),
    ),
    # no DELETE: deleting a deployment would take its running cases with it
    DEPLOYMENT: ("CREATE", "READ"),
    DECISION: ("READ", "READ_HISTORY"),
    DECISION_REQUIREMENTS: ("READ",),
    BATCH: (
        *("READ", "READ_HISTORY", "UPDATE", "CREATE_BATCH_MIGRATE_PROCESS_INSTANCES"),
        *("CREATE_BATCH_SET_JOB_RETRIES", "CREATE_BATCH_SET_EXTERNAL_TASK_RETRIES"),
    ),
    OPERATION_LOG: ("READ",),
    SYSTEM: ("READ",),
}
RIGHTS_OF_ANALYSTS: dict[int, tuple[str, ...]] = {
    PROCESS_DEFINITION: _READ_CASES,
    DEPLOYMENT: ("READ",),
    DECISION: ("READ", "READ_HISTORY"),
    DECISION_REQUIREMENTS: ("READ",),
}


@dataclass(frozen=True)
class Grant:
    """Permissions of one group or one user on one resource (or on any of its kind)."""

    resource: int
    resource_id: str
    permissions: frozenset[str]
    group: str | None = None
    user: str | None = None

    @property
    def key(self) -> tuple[int, str, str | None, str | None]:
        """What the engine allows only one grant for."""
        return self.resource, self.resource_id, self.group, self.user

    def as_json(self) -> dict[str, Any]:
        """The body that creates it."""
        return {
            "type": 1,
            "permissions": sorted(self.permissions),
            "userId": self.user,
            "groupId": self.group,
            "resourceType": self.resource,
            "resourceId": self.resource_id,
        }


def grants(directory: Directory, filter_ids: Iterable[str]) -> list[Grant]:
    """Every right that people and workers have, besides those on tasks."""
    return [
        *_of_everybody(directory, filter_ids),
        *_of_starters(directory),
        *_of_all("user", TECHNICAL_USER, RIGHTS_OF_WORKERS),
        *(_of_operators(OPERATOR, RIGHTS_OF_OPERATORS) if OPERATOR in directory.groups else ()),
        *(_of_operators(ANALYST, RIGHTS_OF_ANALYSTS) if ANALYST in directory.groups else ()),
    ]


def _of_everybody(directory: Directory, filter_ids: Iterable[str]) -> Iterator[Grant]:
    yield Grant(APPLICATION, "tasklist", frozenset({"ACCESS"}), group=STAFF)
    for filter_id in filter_ids:
        yield Grant(FILTER, filter_id, frozenset({"READ"}), group=STAFF)
    # Tasklist names the process of a task and draws its diagram: how work goes is no secret, the cases are
    yield Grant(PROCESS_DEFINITION, ANY, frozenset({"READ"}), group=STAFF)
    # a task query looks up the user's groups as that user: without READ their tasks would not be found; and a task
    # that two posts may do names both
    for group in (STAFF, *directory.groups):
        yield Grant(GROUP, group, frozenset({"READ"}), group=STAFF)
    for (
        user
    ) in directory.accounts:  # to change the first password; the engine's default of ALL allows deleting
        yield Grant(USER, user, frozenset({"READ", "UPDATE"}), user=user)


def _of_starters(directory: Directory) -> Iterator[Grant]:
    for group, processes in directory.starts.items():
        yield Grant(PROCESS_INSTANCE, ANY, frozenset({"CREATE"}), group=group)
        for process in processes:
            yield Grant(PROCESS_DEFINITION, process, frozenset({"CREATE_INSTANCE"}), group=group)


def _of_operators(group: str, rights: dict[int, tuple[str, ...]]) -> Iterator[Grant]:
    yield Grant(APPLICATION, "cockpit", frozenset({"ACCESS"}), group=group)
    yield from _of_all("group", group, rights)


def _of_all(kind: str, who: str, rights: dict[int, tuple[str, ...]]) -> Iterator[Grant]:
    for resource, permissions in rights.items():
        yield Grant(resource, ANY, frozenset(permissions), **{kind: who})
