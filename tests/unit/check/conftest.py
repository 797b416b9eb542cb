"""A small case in which nothing is wrong, the workers that do it, and the posts that it names."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from workers.check import Topic, contracts
from workers.errors import BusinessError
from workers.org import OrgChart, parse
from workers.runtime.messages import Message
from workers.runtime.router import Router


class CaseLost(BusinessError):
    """The file of the case is gone."""

    code = "CASE_LOST"


class OpenCase(Message):
    title: str
    source: str = "desk"


class CaseOpened(Message):
    case_no: str
    customer_options: list[dict[str, str]]
    case_history: list[dict[str, str]]
    fill_due: str


class CheckCase(Message):
    customer_no: str
    remarks: str
    lines: list[Any]
    signed_by: str


class CaseChecked(Message):
    accepted: bool
    amount_fen: int


desk = Router("desk")


@desk.task("open_case")
def open_case(case: OpenCase) -> CaseOpened:
    """Number the case."""
    raise AssertionError(case)


@desk.task("check_case", errors=(CaseLost,))
def check_case(case: CheckCase) -> CaseChecked:
    """Check what was filled in."""
    raise AssertionError(case)


@pytest.fixture
def topics() -> dict[str, Topic]:
    return contracts(desk.tasks)


@pytest.fixture
def org() -> OrgChart:
    return parse(
        """
        posts:
          general_manager: {name: 总经理}
          sales_operations: {name: 销售业务科, superior: general_manager}
        people:
          boss: {name: 老板, email: boss@example.com, posts: [general_manager]}
          clerk: {name: 文员, email: clerk@example.com, posts: [sales_operations], superior: boss}
        starts: {sales_operations: [SmallCaseProcess]}
        """
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with one folder, `desk`, that a test may break."""
    shutil.copytree(Path(__file__).parent / "good", tmp_path / "bpmn" / "desk")
    return tmp_path / "bpmn"
