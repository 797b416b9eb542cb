"""The lists that everybody finds in Tasklist. Lists that people made themselves are left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workers.engine.client import EngineClient

MARK = "salesflow"
"""The property by which our filters are found again, whatever they are called."""

_SHOWN = (
    ("caseNo", "单据编号"),
    ("caseStatus", "进展"),
    ("customerName", "客户"),
    ("carText", "车辆"),
    ("totalFigures", "金额"),
)
_SORTING = [
    {"sortBy": "priority", "sortOrder": "desc"},
    {"sortBy": "dueDate", "sortOrder": "asc"},
    {"sortBy": "created", "sortOrder": "asc"},
]
_MINE = {"assigneeExpression": "${currentUser()}"}
_OFFERED = {"candidateUserExpression": "${currentUser()}"}  # to the user or to one of the user's groups


@dataclass(frozen=True)
class TaskFilter:
    """One list: `position` orders them, the first opens after login."""

    key: str
    name: str
    description: str
    color: str
    position: int
    query: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The filter as the engine stores it."""
        return {
            "resourceType": "Task",
            "name": self.name,
            "owner": None,
            "query": {**self.query, "sorting": _SORTING},
            "properties": {
                "description": self.description,
                "color": self.color,
                "priority": self.position,
                "refresh": True,
                "showUndefinedVariable": False,
                "variables": [{"name": name, "label": label} for name, label in _SHOWN],
                MARK: self.key,
            },
        }


FILTERS = (
    TaskFilter(
        "all",
        "全部待办",
        "分派给我的和等待我签收的任务",
        "#2e7d32",
        10,
        {"orQueries": [{**_MINE, **_OFFERED}]},
    ),
    TaskFilter("mine", "我的任务", "已分派给我的任务", "#1565c0", 20, _MINE),
    TaskFilter("offered", "我的待办(本岗位)", "等待我或本岗位签收的任务", "#6a1b9a", 30, _OFFERED),
    TaskFilter("overdue", "逾期任务", "已过期限的任务", "#c62828", 40, {"dueBeforeExpression": "${now()}"}),
)


def sync_filters(client: EngineClient) -> list[str]:
    """Make the engine's filters what `FILTERS` says; returns their ids."""
    found = {
        item["properties"][MARK]: item
        for item in client.get("/filter", resourceType="Task")
        if MARK in (item.get("properties") or {})
    }
    ids = []
    for wanted in FILTERS:
        body = wanted.as_json()
        present = found.pop(wanted.key, None)
        if present is None:
            ids.append(str(client.post("/filter/create", body)["id"]))
            continue
        ids.append(str(present["id"]))
        if not _covers(present, body):
            client.put(f"/filter/{present['id']}", body)
    for obsolete in found.values():
        client.delete(f"/filter/{obsolete['id']}")
    return ids


def _covers(present: Any, wanted: Any) -> bool:
    """Whether everything wanted is there; the engine adds defaults of its own."""
    if isinstance(wanted, dict):
        return isinstance(present, dict) and all(
            _covers(present.get(name), value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(present, list)
            and len(present) == len(wanted)
            and all(_covers(one, other) for one, other in zip(present, wanted, strict=True))
        )
    return bool(present == wanted)
