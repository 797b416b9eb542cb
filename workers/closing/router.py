"""The room's router, and what its steps share; they stand in modules of their own, `tasks` brings them together."""

from __future__ import annotations

from workers import cases
from workers.closing import months
from workers.closing.store import MonthClosing
from workers.database.unit_of_work import UnitOfWork
from workers.runtime import Router, TaskContext

router = Router("closing")

CLOSER, COUNTER, KEEPER = "finance", "warehouse", "sales_operations"
"""The posts that close, count, and keep the sales ledger."""
GONE = "本次月结已撤回或结束"
MOST_COMMENT = 500


def open_case(uow: UnitOfWork, task: TaskContext) -> tuple[cases.Case, MonthClosing]:
    """The case, locked, and its closing."""
    case = cases.lock(uow.session, task.case_no, task.process_instance_id)
    return case, months.closing(uow.session, task.case_no)
