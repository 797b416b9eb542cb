"""Who files a case."""

from datetime import date
from pathlib import Path

import pytest

from workers.cases import starter
from workers.errors import InvalidInput
from workers.org import load
from workers.settings import SETTINGS_FILE

DAY = date(2026, 3, 10)
ORG = load(Path(SETTINGS_FILE).parent / "org.yaml")
PROCESS = "ContractApprovalProcess"


@pytest.mark.rule("X1")
def test_the_person_at_tasklist_files_the_case_whatever_a_variable_says() -> None:
    assert starter(ORG, "chenxiaoyan", "wangjianguo", PROCESS, DAY) == "chenxiaoyan"


@pytest.mark.rule("X1")
@pytest.mark.parametrize("account", ["salesflow", "admin"])
def test_a_technical_account_files_for_the_applicant_whom_it_names(account: str) -> None:
    assert starter(ORG, account, "liuyang", PROCESS, DAY) == "liuyang"


@pytest.mark.rule("X1", "X3")
@pytest.mark.parametrize(
    ("started_by", "applicant"),
    [
        (None, "liuyang"),
        ("", "liuyang"),
        ("salesflow", None),
        ("salesflow", "salesflow"),
        ("salesflow", "nobody"),
        ("salesflow", ["liuyang"]),
        ("salesflow", "xuhong"),
        ("xuhong", "liuyang"),
        ("stranger", None),
    ],
)
def test_nobody_else_can_file_one(started_by: str | None, applicant: str | None) -> None:
    with pytest.raises(InvalidInput):
        starter(ORG, started_by, applicant, PROCESS, DAY)
