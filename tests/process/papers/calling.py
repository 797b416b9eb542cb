"""How tests call for the signatures on a paper: a paper's case made in the database, and a process that calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.process.office import Office
from workers import calendar, cases
from workers.database.unit_of_work import UnitOfWork
from workers.runtime.variables import FileValue, encode_all

PROCESS = "PaperApprovalProcess"
CALLER = Path(__file__).with_name("caller.bpmn")
"""A test's own process: it calls for signatures until the paper is not returned any more."""
SCAN = FileValue("FH.pdf", b"%PDF-1.7 paper", "application/pdf")
SIGNED = FileValue("FH-signed.pdf", b"%PDF-1.7 signed paper", "application/pdf")


@dataclass(frozen=True)
class Paper:
    """A paper on its way: its number, and the process instance in which it is signed."""

    no: str
    instance: str


def fill(office: Office, kind: str, filler: str | None = None) -> str:
    """The case of a paper that somebody has filled (sales operations, unless said); returns its number."""
    user = filler or office.user("sales_operations")
    with UnitOfWork(office.app.sessions) as uow:
        number = cases.next_case_no(uow.session, "TT", office.today.year)
        name = office.app.org.current().name_of(user)
        cases.open_case(uow.session, number, kind, user, name, calendar.now())
    return number


def variables(kind: str, number: str, rows: Iterable[tuple[str, str]] = ()) -> dict[str, object]:
    """What the worker that filled the paper puts out."""
    shown = cases.PaperView(
        **cases.paper(
            kind,
            number,
            "发货单",
            facts=[("客户", "东方矿业集团"), ("收货地址", "一号矿井")],
            columns=("产品", "数量"),
            rows=rows or [("钢丝绳芯输送带", "12 米"), ("托辊组", "3 组")],
            amount=Decimal("12345.60"),
            document=SCAN,
        )
    )
    put_out = {
        name: getattr(shown, field)
        for field, name in zip(type(shown).model_fields, shown.variable_names(), strict=True)
    }
    return encode_all({**put_out, "paperScan": SIGNED})


def call(office: Office, kind: str, *, filler: str | None = None) -> Paper:
    """Call for the signatures on a new paper, as the administrator."""
    number = fill(office, kind, filler)
    return Paper(number, start(office, PROCESS, kind, number))


def start(office: Office, process: str, kind: str, number: str) -> str:
    """Start a process with the paper's variables and number; returns the instance's id."""
    body = {"businessKey": number, "variables": variables(kind, number)}
    return str(office.admin.post(f"/process-definition/key/{process}/start", body)["id"])


def close(office: Office, number: str) -> None:
    """End the paper's case, as the room that filled it would, and what is left of its processes."""
    with UnitOfWork(office.app.sessions) as uow:
        cases.finish(uow.session, number, cases.CLOSED, calendar.now())
    for instance in office.admin.process_instances(businessKey=number):
        office.admin.delete(f"/process-instance/{instance['id']}")
