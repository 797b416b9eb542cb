"""Plays the story on a running installation and shows what came of it."""

from __future__ import annotations

import time

from rich.console import Console

from workers import cases, documents, ledger
from workers.bootstrap import Application
from workers.database.unit_of_work import UnitOfWork
from workers.demo import life, story
from workers.demo.story import Company
from workers.errors import SalesflowError
from workers.ledger.printing import print_contract

END_SECONDS = 60.0


def play(app: Application, console: Console) -> None:
    """Play the case to its end and print the contract, its signatures and the books.

    Raises SalesflowError when the case gets stuck.
    """
    started = time.monotonic()

    def tell(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:5.1f} s[/dim]  [green]✓[/green] {text}")

    company = Company(app)
    console.rule("销售政策", align="left")
    require_policy(company, tell)
    console.rule("合同申报、审批与签订", align="left")
    case = story.file_declaration(company, tell)
    story.approve_declaration(company, case, tell)
    story.sign_contract(company, case, tell)
    number = _await_end(app, case)
    if number is None:
        raise SalesflowError("the case ended without a contract")
    console.rule("生产、发货、收款、开票与接续", align="left")
    life.fulfil(company, number, tell)
    _await_end(app, _instance(app, "ContractFulfilmentProcess", number))
    console.rule("逾期账款", align="left")
    life.owe(company, tell)
    console.rule("月结与提成", align="left")
    commission = life.close_the_month(company, number, tell)
    if commission is not None:
        _await_end(app, _instance(app, "CommissionPayoutProcess", commission))
    _show(app, number, console)
    console.print(f"演示用时 {time.monotonic() - started:.0f} 秒")


def require_policy(company: Company, tell: story.Tell) -> None:
    """C1: nothing is sold without a sales policy; where none is in force, one is decided and issued first."""
    if company.policy() is None:
        _await_end(company.app, story.issue_policy(company, tell))
    version = company.policy()
    if version is None:
        raise SalesflowError("the policy was issued and is not in force")
    tell(f"执行中的销售政策: 第{version.version_no}版 {version.title}")


def _instance(app: Application, process: str, key: str) -> str:
    """The id of the process's instance with that business key."""
    query = {"processDefinitionKey": process, "processInstanceBusinessKey": key}
    return str(app.engine.history("process-instance", **query)[0]["id"])


def _await_end(app: Application, case: str) -> str | None:
    """Wait until the case has ended; returns its contract's number, if it has one."""
    deadline = time.monotonic() + END_SECONDS
    while app.engine.get(f"/history/process-instance/{case}")["state"] == "ACTIVE":
        stuck = app.engine.incidents(processInstanceId=case)
        if stuck or time.monotonic() > deadline:
            reason = stuck[0]["incidentMessage"] if stuck else f"no end after {END_SECONDS:.0f} s"
            raise SalesflowError(f"the case is stuck: {reason}")
        time.sleep(0.1)
    case_no = app.engine.get(f"/history/process-instance/{case}")["businessKey"]
    with UnitOfWork(app.sessions) as uow:
        return cases.find(uow.session, case_no).document_no


def _show(app: Application, number: str, console: Console) -> None:
    with UnitOfWork(app.sessions) as uow:
        contract = ledger.show(uow.session, number)
        folder = app.settings.var_dir / "documents"
        papers = documents.export_all(uow.session, folder)
        findings = ledger.verify(uow.session)
    console.rule(f"合同 {number}", align="left")
    print_contract(console, contract)
    console.print(f"{papers}份单据与报告在 {folder}")
    verdict = "[green]台帐核对无误[/green]" if not findings else f"[red]台帐有 {len(findings)} 处差异[/red]"
    console.print(verdict)
