"""What staff read in a notice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from workers.calendar import SHANGHAI


@dataclass(frozen=True)
class DueTask:
    """An open user task with a deadline, and who it waits for."""

    id: str
    name: str
    case_no: str | None
    due: datetime
    assignee: str | None = None
    candidates: tuple[str, ...] = ()
    """User ids to whom the task is offered by name."""
    groups: tuple[str, ...] = ()
    """Posts to whose holders it is offered."""

    @property
    def title(self) -> str:
        """The task's name with the case's number."""
        return f"{self.name}({self.case_no})" if self.case_no else self.name


def task_link(tasklist_url: str, task_id: str) -> str:
    """The address that opens the task in Tasklist."""
    return f"{tasklist_url.rstrip('/')}/#/?task={task_id}"


def reminder(task: DueTask, link: str) -> tuple[str, str]:
    """Subject and body for those who have to act soon."""
    return f"任务即将到期:{task.title}", _body("以下任务即将到期,请及时办理。", task, [], link)


def overdue(task: DueTask, names: Iterable[str], link: str) -> tuple[str, str]:
    """Subject and body for the superior of those who missed the deadline."""
    return f"任务已逾期:{task.title}", _body("以下任务已超过办理期限,请督促办理。", task, names, link)


def overdue_again(task: DueTask, link: str) -> tuple[str, str]:
    """Subject and body for somebody with nobody above, who is reminded every working day."""
    return f"任务已逾期:{task.title}", _body("以下任务已超过办理期限,请尽快办理。", task, [], link)


def overdue_orphan(task: DueTask, link: str) -> tuple[str, str]:
    """Subject and body for operators: the task waits for nobody who works here."""
    return f"任务无人办理:{task.title}", _body("以下任务已逾期,且没有在岗的办理人,请处理。", task, [], link)


def _body(opening: str, task: DueTask, names: Iterable[str], link: str) -> str:
    people = "、".join(names)
    lines = [
        opening,
        "",
        f"任务:{task.name}",
        *([f"单据编号:{task.case_no}"] if task.case_no else []),
        f"办理期限:{task.due.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        *([f"办理人:{people}"] if people else []),
        "",
        f"打开任务:{link}",
    ]
    return "\n".join(lines)
