"""Money in the demonstration: bank statements, invoices, jointing behind the first payment, a debt, a closed month."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from workers.demo.desk import GLANCE_SECONDS, PATIENCE_SECONDS, NothingOnTheDesk
from workers.demo.story import Company
from workers.runtime import FileValue

HEADER = ("交易日期", "收入金额", "支出金额", "对方户名", "附言", "交易流水号", "币种")
SCAN = b"%PDF-1.7\n% a paper that the customer has signed\n"


class Credit:
    """A line of the bank's statement: money that came in, in yuan."""

    def __init__(self, amount: object, payer: str, remark: str, reference: str, paid_on: date) -> None:
        self.row = (paid_on.isoformat(), f"{amount}", "", payer, remark, reference, "人民币")


def statement(lines: Iterable[Credit]) -> bytes:
    """The bank's statement as its file: CSV in GBK, as Chinese banks write it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows(line.row for line in lines)
    return text.getvalue().encode("gbk")


def upload_statement(company: Company, lines: Iterable[Credit]) -> str:
    """A6: finance uploads a statement in Tasklist; returns the case's instance."""
    clerk = company.desk("finance")
    case = clerk.start("BankStatementProcess", {"receiptWay": "statement"})
    name = f"银行流水-{company.today}.csv"
    form = {
        "statementFile": FileValue(name, statement(lines), "text/csv"),
        "statementFilename": name,
        "uploadFinished": False,
    }
    clerk.do(case, "Task_UploadStatement", form)
    return case


def paper_of(company: Company, process: str, key: str, seconds: float = PATIENCE_SECONDS) -> str:
    """Wait until the process with that business key has a paper signed; returns the paper's number."""
    engine, deadline = company.app.engine, time.monotonic() + seconds
    while True:
        for parent in engine.process_instances(processDefinitionKey=process, businessKey=key):
            query = {"superProcessInstance": parent["id"], "processDefinitionKey": "PaperApprovalProcess"}
            for called in engine.process_instances(**query):
                if called["businessKey"]:
                    return str(called["businessKey"])
        if time.monotonic() > deadline:
            raise NothingOnTheDesk(f"no paper of {process} {key} waits for a signature")
        time.sleep(GLANCE_SECONDS)


def invoice(company: Company, contract_no: str, number: str) -> dict[str, Any]:
    """C11: the invoice of all that may be invoiced, from the request to finance's book; what the form showed."""
    clerk = company.desk("sales_operations")
    task = clerk.await_task(contract_no, "Task_RequestInvoice")
    shown = clerk.form(task)
    clerk.complete(task, {"invoiceRows": shown["invoiceRows"], "requestReason": "客户要求开票"})
    company.sign_paper(paper_of(company, "InvoicingProcess", contract_no), "deputy_gm_finance")
    form = {"invoiceNumber": number, "invoiceDate": company.today.isoformat()}
    company.desk("finance").do(contract_no, "Task_IssueInvoice", form)
    return shown


def joint(company: Company, contract_no: str) -> None:
    """C10: jointing work from its order to the customer's acceptance."""
    clerk = company.desk("sales_operations")
    order = {
        "jointingSite": "示例市矿山路1号 主井皮带巷",
        "jointingPlannedOn": company.today.isoformat(),
        "jointingTeam": "接续一班",
        "jointingContact": "马志远",
        "jointingWork": "硫化接头4个，带宽1000mm",
        "jointingWaived": False,
    }
    clerk.do(contract_no, "Task_FillJointingOrder", order)
    company.sign_paper(paper_of(company, "JointingProcess", contract_no), "sales_manager")
    report = {
        "acceptanceResult": "accepted",
        "acceptanceSigner": "马志远",
        "acceptanceDoneOn": company.today.isoformat(),
        "acceptanceFindings": "",
        "acceptanceScan": FileValue("验收报告.pdf", SCAN, "application/pdf"),
    }
    clerk.do(contract_no, "Task_RegisterAcceptance", report)


def close_month(company: Company, reason: str) -> list[Mapping[str, Any]]:
    """C12: this month closed early: stock, both books, differences, lock. Returns the differences."""
    clerk = company.desk("finance")
    form = {"month": f"{company.today:%Y-%m}", "earlyReason": reason}
    case = clerk.start("MonthlyCloseProcess", form)
    keeper = company.desk("warehouse")
    task = keeper.await_task(case, "Task_CountStock")
    counts = [{**row, "counted": row["bookStock"].split()[0]} for row in keeper.form(task)["counts"]]
    keeper.complete(task, {"counts": counts, "countRemark": ""})
    company.desk("sales_operations").do(
        case, "Task_CheckSalesBook", {"salesBookConfirmed": True, "salesRemark": ""}
    )
    seen: list[Mapping[str, Any]] = []
    while (step := clerk.await_one_of(case, "Task_ResolveDifferences", "Task_ConfirmClose"))[
        "taskDefinitionKey"
    ] == "Task_ResolveDifferences":
        seen = clerk.form(step)["differences"]
        resolved = [
            {**row, "resolution": "in_transit", "responsible": clerk.user, "reason": "在途，下月核对"}
            for row in seen
        ]
        clerk.complete(step, {"differences": resolved})
    clerk.complete(step, {"closeConfirmed": True, "closeRemark": ""})
    return seen


def announced_commission(company: Company, seconds: float = PATIENCE_SECONDS) -> str:
    """Wait for the commission that the closed month has announced; the number of its case."""
    clerk, deadline = company.desk("sales_operations"), time.monotonic() + seconds
    while True:
        for task in clerk.engine.tasks(taskDefinitionKey="Task_FillCommission"):
            return str(clerk.form(task)["caseNo"])
        if time.monotonic() > deadline:
            raise NothingOnTheDesk("the closed month has announced no commission")
        time.sleep(GLANCE_SECONDS)


def pay_commission(company: Company, number: str, contract_no: str) -> dict[str, Any]:
    """C9: a contract's commission, of what the month's close announced: form, audits, approval, payment.

    What else is payable is left for another paper. Returns what finance saw.
    """
    clerk = company.desk("sales_operations")
    task = clerk.await_task(number, "Task_FillCommission")
    shown = clerk.form(task)
    payouts = [
        {**row, "amount": row["amount"] if row["contractNo"] == contract_no else "0"}
        for row in shown["payouts"]
    ]
    note = "其余合同的提成下次发放" if len(payouts) > 1 else ""
    clerk.complete(task, {"salesperson": shown["salesperson"], "payouts": payouts, "payoutNote": note})
    for post in ("finance", "deputy_gm_finance", "general_manager"):
        company.sign_paper(number, post)
    form = {"paidOn": company.today.isoformat(), "bankReference": f"TC{company.today:%m%d}-{number[-4:]}"}
    return company.desk("finance").do(number, "Task_RegisterPayout", form)
