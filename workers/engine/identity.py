"""The org chart in the engine: users, groups, memberships, rights and Tasklist filters.

Run as the engine's administrator. Doing it again changes nothing; what somebody altered by hand is put right,
except tasks' own rights and filters that people made. Users and groups made by others are left alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import structlog

from workers.engine.client import EngineClient, EngineRefused
from workers.engine.directory import Account, Directory, Passwords
from workers.engine.filters import sync_filters
from workers.engine.identity_rights import (
    ALL_RESOURCES,
    FILTER,
    MADE_BY_ENGINE,
    STAFF,
    STAFF_NAME,
    TECHNICAL_USER,
    Grant,
    grants,
)

log = structlog.get_logger(__name__)

GROUP_TYPE = "salesflow"
"""Marks the groups that this module made."""


@dataclass
class Changes:
    """How much a sync had to do; all zero when the engine was as it should be."""

    users: int = 0
    groups: int = 0
    memberships: int = 0
    rights: int = 0

    def __bool__(self) -> bool:
        return bool(self.users or self.groups or self.memberships or self.rights)


def sync_identity(client: EngineClient, directory: Directory, passwords: Passwords) -> Changes:
    """Make the engine know exactly the people, posts and rights of the directory.

    People get a first password once; nobody's password is changed later, except the technical account's when
    it no longer fits. Whoever is no longer in the directory is removed.
    Raises EngineUnavailable and EngineRefused.
    """
    try:
        changes = _sync(client, directory, passwords)
    except EngineRefused as error:
        if error.status != 500:
            raise
        # two syncs at the same moment: one creates what the other is about to. The second look finds it.
        log.info("identity.again", reason=error.message)
        changes = _sync(client, directory, passwords)
    if changes:
        log.info("identity.synced", **vars(changes))
    return changes


def _sync(client: EngineClient, directory: Directory, passwords: Passwords) -> Changes:
    changes = Changes()
    changes.groups = _groups(client, {STAFF: STAFF_NAME, **directory.groups})
    changes.users = _users(client, directory, passwords)
    everybody = frozenset(directory.accounts)
    changes.memberships = _members(client, {STAFF: everybody, **directory.members})
    filter_ids = sync_filters(client)
    changes.rights = _rights(client, directory, filter_ids)
    return changes


def _groups(client: EngineClient, wanted: dict[str, str]) -> int:
    present = {group["id"]: group for group in client.get("/group")}
    changed = 0
    for group, name in wanted.items():
        body = {"id": group, "name": name, "type": GROUP_TYPE}
        if group not in present:
            client.post("/group/create", body)
        elif any(present[group][field] != value for field, value in body.items()):
            client.put(f"/group/{group}", body)
        else:
            continue
        changed += 1
    for group in present:
        if group not in wanted and present[group]["type"] == GROUP_TYPE:
            _drop_rights(client, groupIdIn=group)
            client.delete(f"/group/{group}")
            changed += 1
    return changed


def _users(client: EngineClient, directory: Directory, passwords: Passwords) -> int:
    present = {user["id"]: user for user in client.get("/user")}
    changed = 0
    for user, account in directory.accounts.items():
        profile = _profile(user, account)
        if user not in present:
            password = passwords.password("staff", user)
            client.post("/user/create", {"profile": profile, "credentials": {"password": password}})
        elif any((present[user].get(field) or "") != value for field, value in profile.items()):
            client.put(f"/user/{user}/profile", profile)
        else:
            continue
        changed += 1
    managed = {user["id"] for user in client.get("/user", memberOfGroup=STAFF)}
    for user in managed - set(directory.accounts):
        client.delete(f"/user/{user}")
        _drop_rights(client, userIdIn=user)  # else a namesake who comes later would inherit them
        log.info("identity.locked_out", user=user)
        changed += 1
    return changed + _technical_user(client, TECHNICAL_USER in present, passwords)


def _technical_user(client: EngineClient, present: bool, passwords: Passwords) -> int:
    password = passwords.password("engine", TECHNICAL_USER)
    if present:
        login = {"username": TECHNICAL_USER, "password": password}
        if client.post("/identity/verify", login)["authenticated"]:
            return 0
        # The engine's database outlived the credentials file. Making the account anew needs no old password.
        client.delete(f"/user/{TECHNICAL_USER}")
    profile = {"id": TECHNICAL_USER, "firstName": TECHNICAL_USER, "lastName": "", "email": ""}
    client.post("/user/create", {"profile": profile, "credentials": {"password": password}})
    return 1


def _profile(user: str, account: Account) -> dict[str, str]:
    # Tasklist shows "first last", the wrong way round for Chinese names: the whole name goes first
    return {"id": user, "firstName": account.name, "lastName": "", "email": account.email}


def _members(client: EngineClient, wanted: dict[str, frozenset[str]]) -> int:
    changed = 0
    for group, users in wanted.items():
        present = {user["id"] for user in client.get("/user", memberOfGroup=group)}
        for user in users - present:
            client.put(f"/group/{group}/members/{user}")
        for user in present - users:
            client.delete(f"/group/{group}/members/{user}")
        changed += len(users ^ present)
    return changed


def _rights(client: EngineClient, directory: Directory, filter_ids: Collection[str]) -> int:
    wanted = {grant.key: grant for grant in grants(directory, filter_ids)}
    groups = {STAFF, *directory.groups}
    users = {TECHNICAL_USER, *directory.accounts}
    changed = 0
    for resource in ALL_RESOURCES:
        if resource in MADE_BY_ENGINE:
            continue
        for item in client.get("/authorization", type=1, resourceType=resource):
            if item["groupId"] not in groups and item["userId"] not in users:
                continue
            present = _grant(item)
            needed = wanted.pop(present.key, None)
            if needed == present or (needed is None and _of_own_filter(present, filter_ids)):
                continue
            if needed is None:
                client.delete(f"/authorization/{item['id']}")
            else:
                client.put(f"/authorization/{item['id']}", needed.as_json())
            changed += 1
    for grant in wanted.values():
        client.post("/authorization/create", grant.as_json())
    return changed + len(wanted)


def _grant(item: dict[str, Any]) -> Grant:
    permissions = frozenset(item["permissions"]) - {"NONE"}
    return Grant(item["resourceType"], item["resourceId"], permissions, item["groupId"], item["userId"])


def _of_own_filter(grant: Grant, filter_ids: Collection[str]) -> bool:
    """Whether somebody made a filter of their own, or shared one."""
    return grant.resource == FILTER and grant.resource_id not in (*filter_ids, "*")


def _drop_rights(client: EngineClient, **whose: str) -> None:
    for item in client.get("/authorization", **whose):
        client.delete(f"/authorization/{item['id']}")
