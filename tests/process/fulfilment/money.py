"""The money's side of fulfilment as the office plays it: contracts in the books, receipts, invoices, jointing work."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from itertools import count
from typing import Any

from tests.integration.invoicing_desk import opening_contract
from tests.pdf import SIGNED_PAPER
from tests.process.office import Office
from workers import calendar, catalog, debts, documents, ledger
from workers.database.unit_of_work import UnitOfWork
from workers.runtime import FileValue

_PAPERS = count(1)
ROWS: list[dict[str, object]] = [
    {"lineNo": "1", "amount": "600.00", "taxRate": "13"},
    {"lineNo": "2", "amount": "400.00", "taxRate": "9"},
]
"""All that may be invoiced of a contract of 1,000 yuan."""


def tax_number() -> str:
    """A number that the tax system has not given before."""
    return f"26{next(_PAPERS):018d}"


def contract(office: Office, *, paid: str | None = None, needs_jointing: bool = False) -> str:
    """A contract of 1,000 yuan in force, in two lines of 600 and 400; its number."""
    with UnitOfWork(office.app.sessions) as uow:
        number = documents.next_number(uow.session, "HT", office.today.year)
        customer = next(iter(catalog.customers(uow.session).values()))
        opening_contract(
            uow.session,
            number,
            at=calendar.now(),
            needs_jointing=needs_jointing,
            customer=(customer.no, customer.name),
        )
    if paid is not None:
        pay(office, number, paid)
    return number


def pay(office: Office, number: str, amount: str, reference: str | None = None) -> str:
    """The bank's money is booked, and the cases hear of it; returns the bank's reference."""
    reference = reference or f"流水{number}-{next(_PAPERS)}"
    with UnitOfWork(office.app.sessions) as uow:
        debts.receive(
            uow.session,
            contract_no=number,
            amount=Decimal(amount),
            value_date=office.today,
            bank_reference=reference,
            posted_at=calendar.now(),
            by=office.user("finance"),
        )
    return reference


def take_back(office: Office, reference: str) -> None:
    """The bank takes the money back."""
    with UnitOfWork(office.app.sessions) as uow:
        debts.take_back(uow.session, reference, reason="银行退票", posted_at=calendar.now())


def account(office: Office, number: str) -> ledger.Account:
    """The contract's sums."""
    with UnitOfWork(office.app.sessions) as uow:
        return ledger.account(uow.session, number)


def start(office: Office, process: str, number: str) -> str:
    """Start a part of fulfilment as its call activity does; returns the instance's id."""
    return str(office.admin.post(f"/process-definition/key/{process}/start", {"businessKey": number})["id"])


def await_wait(office: Office, case: str, event: str, times: int = 1) -> None:
    """Wait until the case has come to that event so often."""
    deadline = time.monotonic() + 60
    while sum(one["activityId"] == event for one in office.passed(case)) < times or event not in office.where(
        case
    ):
        office.assert_no_incident(case)
        assert time.monotonic() < deadline, office.where(case)
        time.sleep(0.1)


def ask(office: Office, number: str, rows: object = None, reason: str = "") -> dict[str, Any]:
    """Sales operations fills the request; returns what the form showed."""
    form = {"invoiceRows": ROWS if rows is None else rows, "requestReason": reason}
    return office.desk("sales_operations").do(number, "Task_RequestInvoice", form)


def paper_of(office: Office, case: str) -> str:
    """The number of the paper that the case has on its way."""
    called = {"superProcessInstance": case, "processDefinitionKey": "PaperApprovalProcess"}
    deadline = time.monotonic() + 60
    while not (found := office.admin.process_instances(**called)):
        office.assert_no_incident(case)
        assert time.monotonic() < deadline, office.where(case)
        time.sleep(0.1)
    return str(office.admin.get(f"/history/process-instance/{found[0]['id']}")["businessKey"])


def sign(office: Office, case: str, post: str, decision: str = "approve", comment: str = "同意") -> str:
    """The paper that the case has on its way is signed, or not; returns its number."""
    number = paper_of(office, case)
    office.sign_paper(number, post, decision, comment)
    return number


def tax_form(office: Office, number: str | None = None, **fields: object) -> dict[str, object]:
    """What finance reads off the tax system."""
    return {
        "invoiceNumber": number or tax_number(),
        "invoiceDate": office.today.isoformat(),
        "invoiceRefused": False,
        "refusalReason": "",
        **fields,
    }


def issue(office: Office, number: str, paper: str | None = None) -> str:
    """Finance registers the invoice that it issued; returns the tax system's number."""
    form = tax_form(office, paper)
    office.desk("finance").do(number, "Task_IssueInvoice", form)
    return str(form["invoiceNumber"])


def invoice(office: Office, case: str, number: str, rows: object = None) -> str:
    """An invoice all the way; returns the tax system's number."""
    ask(office, number, rows)
    sign(office, case, "deputy_gm_finance")
    return issue(office, number)


def invoiced_contract(office: Office, paid: str = "600") -> tuple[str, str, str]:
    """A contract that is invoiced whole: its number, the strand's instance and the invoice's number."""
    number = contract(office, paid=paid)
    case = start(office, "InvoicingProcess", number)
    paper = invoice(office, case, number)
    if paid == "1000":
        office.await_end(case, "Event_AllInvoiced")
    else:
        await_wait(office, case, "Event_AwaitPayment")
    return number, case, paper


def ask_credit(office: Office, case: str, paper: str, reason: str = "购买方名称开错") -> dict[str, Any]:
    """Finance fills the request for a credit note; returns what the form showed."""
    form = {"correctedInvoice": paper, "creditReason": reason}
    return office.desk("finance").do(case, "Task_FillCreditNote", form)


def order_form(office: Office, **fields: object) -> dict[str, object]:
    """The order for jointing work as it is filled."""
    return {
        "jointingSite": "一号矿井井口",
        "jointingPlannedOn": office.soon(7),
        "jointingTeam": "王强、李勇",
        "jointingContact": "马志远",
        "jointingWork": "硫化接头4个",
        "jointingWaived": False,
        **fields,
    }


def acceptance(office: Office, **fields: object) -> Mapping[str, object]:
    """The acceptance report as it is registered."""
    return {
        "acceptanceResult": "accepted",
        "acceptanceSigner": "马志远",
        "acceptanceDoneOn": office.today.isoformat(),
        "acceptanceFindings": None,
        "acceptanceScan": FileValue("验收报告.pdf", SIGNED_PAPER, "application/pdf"),
        **fields,
    }
