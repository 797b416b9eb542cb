"""Plays the engine for the steps from the declaration to the ledgers, without an engine."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from tests.pdf import SIGNED_PAPER
from workers import cases, catalog, policy
from workers.approval import tasks as approval
from workers.approval.messages import AssignStep, Conclude, PlanRoute, RecordSignature
from workers.calendar import OFFICE, SHANGHAI
from workers.contract import messages as m
from workers.contract import tasks
from workers.database.unit_of_work import UnitOfWork
from workers.documents import load_company
from workers.ledger import tasks as ledger_tasks
from workers.ledger.messages import ContractRegistered, RegisterContract
from workers.org import load
from workers.policy import drafts, versions
from workers.policy.rules import Draft
from workers.runtime import TaskContext
from workers.runtime.http import NotFound
from workers.settings import ROOT

CONFIG = Path(ROOT) / "config"
ORG = load(CONFIG / "org.yaml")
COMPANY = load_company(CONFIG / "company.yaml")
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=SHANGHAI)
TODAY = NOW.date()

APPLICANT, KEEPER = "chenxiaoyan", "liuyang"
MANAGER, GENERAL_MANAGER, FINANCE = "zhangwei", "wangjianguo", "xuhong"

DECLARATION: dict[str, Any] = {
    "customer_no": "K0001",
    "salesperson": "zhaolei",
    "delivery_date": "2026-05-01",
    "payment_terms": "T30-70",
    "remarks": "请用木箱包装",
    "order_intent": "客户来电",
    "lines": [
        {"productNo": "P001", "specification": "ST1600", "quantity": "120.5", "unitPrice": "600.00"},
        {"productNo": "P003", "specification": "", "quantity": "10", "unitPrice": "186.00"},
    ],
}
"""One line below the floor price, one at list price."""


class Uploads:
    """The engine's file variables."""

    def __init__(self, content: bytes | None = SIGNED_PAPER) -> None:
        self.content = content

    def get_binary(self, process_instance_id: str, name: str) -> bytes:
        """The uploaded file; as the engine says when there is none."""
        if self.content is None:
            raise NotFound(404, "InvalidRequestException", f"{process_instance_id}: no variable {name}")
        return self.content


def issue_policy(session: Session, **decided: Any) -> None:
    """Put the sample policy in force, unless one is; `decided` are its fields that were decided otherwise."""
    policy.load_initial(session, CONFIG / "policy.yaml")
    catalog.load_sample(session, CONFIG / "catalog.yaml")
    try:
        policy.in_force(session, TODAY)
    except policy.NoPolicyInForce:
        title, document = versions.initial(session)
        document = document.model_copy(update=decided)
        number = cases.next_case_no(session, "ZC", TODAY.year)
        cases.open_case(session, number, "policy", APPLICANT, "陈晓燕", NOW)
        draft = Draft(title=title, reason="测试", valid_from=TODAY, valid_to=None, document=document)
        drafts.save_draft(session, number, draft, APPLICANT, NOW)
        row = drafts.current_draft(session, number)
        assert row is not None
        signed = [
            {"signer": who, "at": NOW.isoformat(), "reference": ""} for who in ("zhouminhua", GENERAL_MANAGER)
        ]
        drafts.put_in_force(session, row, cases.Approved("policy", NOW, signed), NOW)


class ContractDesk:
    """One case, handler by handler, with what the forms and the listeners would send."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now = NOW
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        self.case_no = ""
        issue_policy(session)

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the case."""
        key = "ContractApprovalProcess"
        return TaskContext("task", "topic", self.case_no, "instance", key, "activity", None, self.now)

    def open(self, started_by: str = APPLICANT, **fields: Any) -> m.DeclarationOpened:
        """Start the case."""
        request = m.OpenDeclaration(started_by=started_by, **fields)
        opened = tasks.open_declaration(request, self.uow, self.task, ORG, OFFICE)
        self.case_no = opened.case_no
        return opened

    def check(self, signed_by: str | None = APPLICANT, **fields: Any) -> m.DeclarationChecked:
        """Send the declaration's form."""
        form = m.CheckDeclaration(signed_by=signed_by, **{**DECLARATION, **fields})
        return tasks.check_declaration(form, self.uow, self.task, ORG, COMPANY)

    def sign(self, stage: str, user: str, post: str | None = None, decision: str = "approve") -> str:
        """Sign the step that is up."""
        approval.assign_step(AssignStep(stage=stage, post=post), self.uow, self.task, ORG, OFFICE)
        form = RecordSignature(
            stage=stage, post=post, decision=decision, comment="意见", signed_by=user, signed_at=self.now
        )
        return str(approval.record_signature(form, self.uow, self.task, ORG).approval_outcome)

    def approve(self) -> None:
        """The two signatures that every declaration needs."""
        approval.plan_route(PlanRoute(stage="declaration"), self.uow, self.task, ORG)
        self.sign("declaration", MANAGER)
        assert self.sign("declaration", GENERAL_MANAGER) == "approved"

    def send_back(self, comment: str | None = "请修改") -> m.DeclarationReturned:
        """Give the declaration back to the applicant."""
        request = m.ReturnDeclaration(return_comment=comment)
        return tasks.return_declaration(request, self.uow, self.task, ORG, OFFICE)

    def draw_up(self) -> m.ContractDrawnUp:
        """Draw the contract up."""
        return tasks.draw_up(m.DrawUp(), self.uow, self.task, ORG, COMPANY, OFFICE)

    def customer_signs(
        self, scan: bytes | None = SIGNED_PAPER, by: str | None = KEEPER, **fields: Any
    ) -> m.CustomerSignatureRecorded:
        """Register the customer's signature."""
        sent = {
            "customer_decision": "signed",
            "customer_signer": "马志远",
            "customer_signed_on": TODAY.isoformat(),
            "objection": None,
            **fields,
        }
        form = m.RecordCustomerSignature(signed_by=by, **sent)
        return tasks.record_customer_signature(form, self.uow, self.task, ORG, Uploads(scan), OFFICE)

    def countersign(self) -> None:
        """Sales head and finance."""
        approval.plan_route(PlanRoute(stage="countersign"), self.uow, self.task, ORG)
        self.sign("countersign", MANAGER, "sales_manager")
        self.sign("countersign", FINANCE, "finance")
        approval.conclude(Conclude(stage="countersign"), self.uow, self.task, OFFICE)

    def seal(self, by: str | None = KEEPER, **fields: Any) -> m.ContractSealed:
        """Register the seal's use."""
        sent = {"seal_confirmed": True, "copies": "4", "seal_remark": "", **fields}
        return tasks.seal(m.SealContract(signed_by=by, **sent), self.uow, self.task, ORG)

    def register(self) -> ContractRegistered:
        """Enter the contract in both books."""
        return ledger_tasks.register_contract(RegisterContract(), self.uow, self.task)

    def withdraw(self, by: str = APPLICANT, reason: Any = "客户取消了订单") -> m.DeclarationWithdrawn:
        """Withdraw the case."""
        form = m.WithdrawDeclaration(withdraw_requested=True, withdraw_reason=reason, withdrawn_by=by)
        return tasks.withdraw(form, self.uow, self.task, ORG)

    def until_drawn(self) -> m.ContractDrawnUp:
        """A contract that waits for the customer."""
        self.open()
        assert not self.check().has_errors
        self.approve()
        return self.draw_up()

    def until_sealing(self) -> m.ContractDrawnUp:
        """A contract that only lacks the seal."""
        drawn = self.until_drawn()
        assert self.customer_signs().signature_outcome == "signed"
        self.countersign()
        return drawn

    def until_registered(self) -> str:
        """A contract in both books; its number."""
        drawn = self.until_sealing()
        assert not self.seal().has_errors
        self.register()
        return drawn.contract_no
