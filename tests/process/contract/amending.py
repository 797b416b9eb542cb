"""How tests play a contract's change or termination: staff at their desks, and what the departments book meanwhile."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

from tests.pdf import SIGNED_PAPER
from tests.process.office import PATIENCE_SECONDS, Office
from workers import calendar, ledger
from workers.contract.store import Amendment
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import Book, EntryKind
from workers.runtime import FileValue

PROCESS = "ContractAmendmentProcess"
CHANGE, TERMINATION = "change", "termination"
SIGNERS = ("sales_manager", "finance", "general_manager")


def want(office: Office, reason: str = "客户要求") -> str:
    """Sales operations starts an amendment from Tasklist; returns the instance's id."""
    return office.desk("sales_operations").start(PROCESS, {"amendmentReason": reason})


def ask(office: Office, case: str, contract_no: str, kind: str, **fields: object) -> dict[str, Any]:
    """The applicant fills the amendment's form; returns what it showed before."""
    form = {
        "contractNo": contract_no,
        "otherContractNo": "",
        "amendmentKind": kind,
        "amendmentReason": "客户要求",
        **fields,
    }
    return office.desk("sales_operations").do(case, "Task_FillAmendment", form)


def change(office: Office, contract_no: str) -> tuple[str, str]:
    """A change of the contract that waits for its declaration: the amendment's instance and the declaration's."""
    case = want(office)
    ask(office, case, contract_no, CHANGE)
    return case, called(office, case)


def called(office: Office, case: str) -> str:
    """Wait for the process that the case calls; returns its instance's id."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := office.admin.process_instances(superProcessInstance=case)):
        office.assert_no_incident(case)
        assert time.monotonic() < deadline, f"calls nothing: {office.where(case)}"
        time.sleep(0.1)
    return str(found[0]["id"])


def declare(office: Office, declaration: str, quantity: str, **fields: object) -> dict[str, Any]:
    """The applicant changes the quantity of the first line and sends the declaration; returns what it showed."""
    desk = office.desk("sales_operations")
    task = desk.await_task(declaration, "Task_FillDeclaration")
    shown = desk.form(task)
    names = (
        "customerNo",
        "salesperson",
        "deliveryDate",
        "paymentTerms",
        "specialTerms",
        "remarks",
        "orderIntent",
    )
    lines = [{**shown["lines"][0], "quantity": quantity}, *shown["lines"][1:]]
    desk.complete(task, {**{name: shown[name] for name in names}, "lines": lines, **fields})
    return shown


def sign_and_seal(office: Office, declaration: str) -> None:
    """From the approval to the seal, as for a new contract."""
    office.approve(declaration)
    office.customer_signs(declaration)
    office.countersign(declaration, "sales_manager")
    office.countersign(declaration, "finance")
    office.seal(declaration)


def paper_of(office: Office, case: str) -> str:
    """The number of the termination's paper, once it is with its signers."""
    called(office, case)
    with UnitOfWork(office.app.sessions) as uow:
        amendment = uow.session.get(Amendment, office.case_no(case))
        assert amendment is not None
        return str(amendment.paper_no)


def approve(office: Office, case: str) -> str:
    """The three signatures on the termination; returns the paper's number."""
    number = paper_of(office, case)
    for post in SIGNERS:
        office.sign_paper(number, post)
    return number


def register(office: Office, case: str, **fields: object) -> dict[str, Any]:
    """Sales operations registers the customer's signature and the seal; returns what the form showed."""
    form = {
        "customerDecision": "signed",
        "customerSigner": "马志远",
        "customerSignedOn": office.today.isoformat(),
        "objection": None,
        "sealConfirmed": True,
        "copies": "4",
        "sealRemark": None,
        "terminationScan": FileValue("终止协议.pdf", SIGNED_PAPER, "application/pdf"),
        **fields,
    }
    return office.desk("sales_operations", 1).do(case, "Task_SignTermination", form)


def book(
    office: Office, contract_no: str, kind: EntryKind, amount: str | None, reference: str, **fields: Any
) -> None:
    """An entry that a department makes meanwhile, as finance unless `book` says otherwise."""
    with UnitOfWork(office.app.sessions) as uow:
        ledger.lock_contract(uow.session, contract_no)
        ledger.post(
            uow.session,
            fields.pop("book", Book.FINANCE),
            kind,
            contract_no,
            Decimal(amount) if amount else None,
            value_date=office.today,
            reference=reference,
            posted_at=calendar.now(),
            **fields,
        )


def deliver(office: Office, contract_no: str, quantity: str) -> None:
    """Goods of the first line are made, go out, and the customer signs for them."""
    goods = {"line_no": 1, "quantity": Decimal(quantity)}
    for kind, whose in (
        (EntryKind.PRODUCTION, Book.SALES),
        (EntryKind.INBOUND, Book.SALES),
        (EntryKind.DISPATCH, Book.SALES),
        (EntryKind.DELIVERY, Book.FINANCE),
    ):
        book(office, contract_no, kind, None, f"凭据-{quantity}", book=whose, **goods)


def contract(office: Office, contract_no: str) -> ledger.ContractRow:
    """The contract as the ledgers know it now."""
    with UnitOfWork(office.app.sessions) as uow:
        return ledger.contract(uow.session, contract_no)


def account(office: Office, contract_no: str) -> ledger.Account:
    """Its sums."""
    with UnitOfWork(office.app.sessions) as uow:
        return ledger.account(uow.session, contract_no)
