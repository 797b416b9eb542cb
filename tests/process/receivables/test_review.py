"""ReceivablesReviewProcess on the real engine: the report, its readers, and the collections that follow (A1, A2)."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.process.office import Office
from tests.process.receivables.debtor import PROCESS, Debtor
from tests.process.receivables.reviewing import await_reading, read_report, start_review
from workers import debts, documents
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import Book, EntryKind, entries


@pytest.mark.rule("A1", "A2", "C5")
def test_sales_and_finance_get_the_report_and_overdue_contracts_are_collected(office: Office) -> None:
    debtor = Debtor.late(office, 20)
    case = start_review(office, {"asOf": office.today.isoformat()})
    task = await_reading(office, case, "Sales")
    shown = office.desk("sales_manager").form(task)
    number = str(shown["caseNo"])
    ages = {row["bucket"]: row["amount"] for row in shown["ageRows"]}
    assert list(ages) == list(debts.BUCKETS)
    manager = office.desk("sales_manager")
    html = manager.engine.get_bytes(f"/task/{task['id']}/variables/reportPage/data").decode()
    assert debtor.contract_no in html
    assert "<svg" in html
    book = load_workbook(
        BytesIO(manager.engine.get_bytes(f"/task/{task['id']}/variables/reportWorkbook/data"))
    )
    assert book.sheetnames == ["账龄", "按客户", "按业务员", "按合同"]
    with UnitOfWork(office.app.sessions) as uow:
        assert documents.find(uow.session, number).media_type == "text/html"
        posted = entries(uow.session, debtor.contract_no, book=Book.FINANCE, kinds=[EntryKind.INTEREST])
        assert sum(one.amount for one in posted) == 100  # 20 days at 5 yuan, in each month its own
        assert debts.open_case_of(uow.session, debtor.contract_no) is None
        assert debts.grade(uow.session, debtor.customer_no, office.today) == "B"
    read_report(office, case, "Sales", "请催收")
    read_report(office, case, "Finance", "已阅")
    office.await_end(case, "Event_ReviewDone")
    with UnitOfWork(office.app.sessions) as uow:
        debtor.case_no = debts.open_case_of(uow.session, debtor.contract_no) or ""
    assert debtor.case_no
    debtor.case = office.instance(PROCESS, debtor.case_no)
    debtor.collect()  # the daily look finds it collected already
    found = office.admin.history("process-instance", processDefinitionKey=PROCESS)
    assert sum(one["businessKey"] == debtor.case_no for one in found) == 1
    debtor.settle()
