"""What tests of received money need beside the office: contracts that ran before, statements, finance's forms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from tests.process.office import Office
from tests.unit.receipts import banks
from workers import calendar, documents, ledger
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import Account, Book, ContractRow, EntryKind, GoodsLine
from workers.runtime import FileValue
from workers.stack.supervisor import settings_environment

PROCESS = "BankStatementProcess"
_numbers = count(1)


def unique(name: str) -> str:
    """A reference that no other test has."""
    return f"{name}-{next(_numbers):04d}"


def running_contract(office: Office, amount: str = "10000.00", customer_no: str = "K0003") -> str:
    """A contract that ran already when the company began with these books (期初合同); its number."""
    number = unique("HT-2019")
    version, now = office.policy(), calendar.now()
    assert version is not None
    price = next(iter(version.prices.values()))
    paper = f"%PDF-1.7 {number}".encode()
    with UnitOfWork(office.app.sessions) as uow:
        documents.file(
            uow.session,
            number=number,
            kind="HT",
            case_no=number.replace("HT", "QC"),
            content=paper,
            media_type="application/pdf",
            filename=f"{number}.pdf",
            at=now,
        )
        row = ContractRow(
            contract_no=number,
            version=1,
            case_no=number.replace("HT", "QC"),
            customer_no=customer_no,
            customer_name="长河水泥股份公司(示例)",
            salesperson=office.user("salesperson"),
            amount=Decimal(amount),
            delivery_date=office.today,
            document_sha256=documents.sha256_of(paper),
            sealed_at=now,
            origin=ledger.OPENING,
            payment_terms=next(iter(version.payment_terms)),
            policy_version=version.version_no,
            commission_permille=version.document.commission_permille,
            invoice_gate_percent=version.document.invoice_gate_percent,
        )
        line = GoodsLine(
            1, price.product_no, price.product_name, "米", "按国家标准", Decimal(amount), Decimal(1)
        )
        ledger.enrol(uow.session, row, [line])
        for book in Book:
            ledger.post(
                uow.session,
                book,
                EntryKind.CONTRACT,
                number,
                Decimal(amount),
                value_date=office.today,
                reference=f"{number} 第1版",
                posted_at=now,
                reference_sha256=row.document_sha256,
            )
        row.status = ledger.IN_FORCE
    return number


def account(office: Office, number: str) -> Account:
    """The contract's sums as they are now."""
    with UnitOfWork(office.app.sessions) as uow:
        return ledger.account(uow.session, number)


def row(
    office: Office, amount: str, remark: str = "", payer: str = "某某商贸公司", reference: str = ""
) -> list[str]:
    """A credit of today."""
    return [office.today.isoformat(), amount, "", payer, remark, reference or unique("流水"), "人民币"]


def upload(*rows: list[str], name: str = "流水.csv") -> dict[str, object]:
    """The upload form with a statement in GBK."""
    content = banks.as_csv(banks.simple(*rows), "gbk")
    return sent(FileValue(name, content, "text/csv"), name)


def sent(file: FileValue | None, name: str | None = None, *, finished: bool = False) -> dict[str, object]:
    """The upload form as the page sends it."""
    return {"statementFile": file, "statementFilename": name, "uploadFinished": finished}


def payment(office: Office, contract_no: str, amount: str = "3000.00", **fields: object) -> dict[str, object]:
    """The form of a single receipt."""
    return {
        "receiptAction": "payment",
        "contractNo": contract_no,
        "amount": amount,
        "valueDate": office.today.isoformat(),
        "bankReference": unique("回单"),
        "payer": "长河水泥股份公司(示例)",
        "remark": "货款",
        **fields,
    }


def salesflow(office: Office, *arguments: str | Path) -> dict[str, Any]:
    """What a command, given `--json`, prints; it must end well."""
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", *map(str, arguments), "--json"],
        env={**os.environ, **settings_environment(office.app.settings)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


def start(office: Office, way: str) -> str:
    """Finance begins at Tasklist's start form; returns the instance's id."""
    return office.desk("finance").start(PROCESS, {"receiptWay": way})
