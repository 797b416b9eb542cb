"""The steps that change or terminate a sealed contract (C13, X1, X3, X4); what is decided stands beside."""

from __future__ import annotations

from typing import Any

from workers import cases, ledger, policy
from workers.amendment import requests, rules, signing, terminating, withdrawal
from workers.amendment.messages import (
    AgreementPrepared,
    AmendmentChecked,
    AmendmentClosed,
    AmendmentOpened,
    AmendmentReturned,
    AmendmentWithdrawn,
    ChangeConcluded,
    CheckAmendment,
    CloseAmendment,
    ConcludeChange,
    ContractTerminated,
    OpenAmendment,
    PrepareAgreement,
    ReturnAmendment,
    SettleTermination,
    Terminate,
    TerminationSettled,
    WithdrawAmendment,
)
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.contract.store import CHANGE, DONE, TERMINATION, Amendment
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import EngineVariables, Router, TaskContext

router = Router("amendment")

KIND = "amendment"
PREFIX = "BG"


@router.task("open_amendment")
def open_amendment(
    request: OpenAmendment, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> AmendmentOpened:
    """Number the case, open its file, and prepare the form."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    applicant = cases.starter(org, request.started_by, request.applicant, task.process_definition_key, today)
    name = org.name_of(applicant)
    case_no = cases.next_case_no(session, PREFIX, today.year)
    cases.open_case(session, case_no, KIND, applicant, name, task.now, task.process_instance_id)
    attached = request.contract_no is not None and cases.is_technical(request.started_by)
    cases.status(session, case_no, "检查变更申请" if attached else f"待{name}填写合同变更申请")
    fields = requests.as_sent(request)
    if attached:  # unread as it came, so that the check sees all of it
        fields = {field: getattr(request, field) for field in fields}
    shown = _shown(uow, task, office)
    return AmendmentOpened.of_case(
        session, case_no, case_no=case_no, amendment_attached=attached, **fields, **shown
    )


@router.task("check_amendment")
def check_amendment(
    form: CheckAmendment, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> AmendmentChecked:
    """Check what is asked for; when nothing is wrong with it, it holds the contract from here on."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    errors = requests.who_may_not_ask(session, case, form.signed_by, org, task.now)
    found = errors or rules.read(form.model_dump(by_alias=True))
    if not isinstance(found, list):
        found = requests.begin(session, case, found) or found
    fields, outcome, contract_no = requests.as_sent(form), "invalid", None
    if isinstance(found, list):
        errors = found
        if case.state == cases.OPEN:
            cases.status(session, case_no, f"待{case.applicant_name}修改合同变更申请")
    else:
        outcome, contract_no = found.kind, found.contract_no
        what = f"{rules.KINDS[found.kind]}合同{contract_no}"
        by = form.signed_by or case.applicant
        cases.sent_in(session, case_no, by)
        cases.note(session, case_no, org.name_of(by), f"提出{what}", found.reason, task.now, user=by)
        cases.status(session, case_no, f"{what}：已受理")
    return AmendmentChecked.of_case(
        session,
        case_no,
        amendment_outcome=outcome,
        amends_contract_no=contract_no,
        has_errors=bool(errors),
        form_errors=errors,
        **fields,
        **_shown(uow, task, office),
    )


@router.task("conclude_change")
def conclude_change(_: ConcludeChange, uow: UnitOfWork, task: TaskContext) -> ChangeConcluded:
    """The change's declaration has ended: sealed, the contract is changed; otherwise it stays as it was."""
    session, case_no = uow.session, task.case_no
    cases.lock(session, case_no, task.process_instance_id)
    amendment = _amendment(uow, case_no, CHANGE)
    carried = cases.find(session, amendment.declaration_no) if amendment.declaration_no else None
    if carried is None or carried.state == cases.OPEN:
        raise InvalidInput(f"the declaration of amendment {case_no} has not ended")
    outcome = {cases.SEALED: "amended", cases.WITHDRAWN: "withdrawn"}.get(carried.state, "rejected")
    done = outcome == "amended"
    if cases.finish(session, case_no, cases.SEALED if done else cases.CLOSED, task.now):
        amendment.state = DONE if done else "dropped"
        said = {"amended": "已按变更后的文本执行", "withdrawn": "变更申报已撤回，合同不变"}
        text = said.get(outcome, "变更申报被否决，合同不变")
        cases.note(session, case_no, "系统", "变更结束", f"{carried.case_no}：{text}", task.now)
        cases.status(session, case_no, f"合同{amendment.contract_no}{text}")
    return ChangeConcluded.of_case(session, case_no, change_outcome=outcome)


@router.task("settle_termination")
def settle_termination(
    _: SettleTermination,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> TerminationSettled:
    """Settle goods, money and commission to date, and put the agreement on paper for its signers."""
    session, case_no = uow.session, task.case_no
    case = _open_case(uow, task)
    amendment = _amendment(uow, case_no, TERMINATION)
    ledger.lock_contract(session, amendment.contract_no)
    errors = terminating.findings(session, amendment.contract_no)
    if errors:
        terminating.drop(session, amendment, task.now)
        cases.status(session, case_no, f"暂不能终止，待{case.applicant_name}处理")
        paper: dict[str, Any] = {}
    else:
        paper = terminating.put_on_paper(session, amendment, company, org, task.now)
        cases.note(session, case_no, "系统", "结算", f"终止协议{amendment.paper_no}", task.now)
        cases.status(session, case_no, f"终止协议{amendment.paper_no}待审批")
    return TerminationSettled.of_case(
        session,
        case_no,
        settlement_outcome="blocked" if errors else "ready",
        has_errors=bool(errors),
        form_errors=errors,
        **requests.as_kept(amendment),
        **_shown(uow, task, office),
        **paper,
    )


@router.task("prepare_agreement")
def prepare_agreement(
    _: PrepareAgreement, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> AgreementPrepared:
    """Hand the approved agreement out: the customer signs it, then it is sealed."""
    session, case_no = uow.session, task.case_no
    _open_case(uow, task)
    amendment = _amendment(uow, case_no, TERMINATION)
    document = terminating.approved_paper(session, amendment)
    row, settled = (
        ledger.contract(session, amendment.contract_no),
        terminating.settle(session, amendment.contract_no),
    )
    cases.status(session, case_no, f"终止协议{document.number}待客户签署、用印，由销售业务科登记")
    return AgreementPrepared.of_case(
        session,
        case_no,
        sign_due=policy.due(session, "sign_termination", task.now, office),
        **terminating.paper_view(row, amendment, settled, document, org),
    )


@router.task("terminate")
def terminate(
    form: Terminate, uow: UnitOfWork, task: TaskContext, org: OrgChart, engine: EngineVariables
) -> ContractTerminated:
    """Register the customer's signature and the seal, and end the contract; after this nothing is withdrawn (X4)."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    reader, who = FormReader(), org.name_of(form.signed_by or "")
    cases.require_post(reader, form.signed_by, signing.KEEPER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", requests.GONE)
    if reader.errors:
        return _terminated(uow, case_no, "invalid", reader)
    amendment = _amendment(uow, case_no, TERMINATION)
    paper = terminating.approved_paper(session, amendment)
    if form.customer_decision == "objected":
        text = reader.text("objection", "客户异议", form.objection, cases.COMMENT_LIMIT - 10, lines=True)
        if reader.errors:
            return _terminated(uow, case_no, "invalid", reader, **signing.as_sent(form))
        cases.note(session, case_no, who, "客户有异议", text, task.now, user=form.signed_by)
        return _terminated(uow, case_no, "objected", reader, return_comment=f"客户异议：{text}")
    signed = signing.read(form, engine, task, paper, reader)
    if signed is None:
        return _terminated(uow, case_no, "invalid", reader, **signing.as_sent(form))
    ledger.lock_contract(session, amendment.contract_no)
    if not terminating.still_holds(session, amendment) or terminating.findings(
        session, amendment.contract_no
    ):
        cases.note(session, case_no, "系统", "结算数据已变化", "重新结算并审批", task.now)
        return _terminated(uow, case_no, "changed", reader)
    by = form.signed_by or ""
    version = terminating.carry_out(session, amendment, paper, by, signed.copies, signed.remark, task.now)
    signing.save(session, version, signed, by, task.now)
    cases.finish(session, case_no, cases.SEALED, task.now)
    cases.finish(session, paper.number, cases.SEALED, task.now)
    amendment.state = DONE
    text = f"{signed.signature.signer}于{signed.signature.signed_on}签署，用印{signed.copies}份"
    cases.note(session, case_no, who, "登记终止协议", text, task.now, user=by)
    cases.status(session, case_no, f"合同{amendment.contract_no}已终止")
    return _terminated(uow, case_no, "terminated", reader)


def _terminated(
    uow: UnitOfWork, case_no: str, outcome: str, reader: FormReader, **fields: Any
) -> ContractTerminated:
    """The output; when something has to be mended, what was typed is shown again, but the scan is asked anew."""
    return ContractTerminated.of_case(
        uow.session,
        case_no,
        termination_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        **fields,
    )


@router.task("return_amendment")
def return_amendment(
    request: ReturnAmendment, uow: UnitOfWork, task: TaskContext, office: WorkingHours
) -> AmendmentReturned:
    """Give the termination back to the applicant with the comment; the contract is free again."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    amendment = _amendment(uow, case_no, TERMINATION)
    comment = request.return_comment if isinstance(request.return_comment, str) else ""
    if case.state == cases.OPEN:
        terminating.drop(session, amendment, task.now)
        cases.note(session, case_no, "系统", "退回修改", comment, task.now)
        cases.status(session, case_no, f"已退回，待{case.applicant_name}修改")
    shown = {**_shown(uow, task, office), "return_comment": comment[: cases.COMMENT_LIMIT]}
    return AmendmentReturned.of_case(session, case_no, **requests.as_kept(amendment), **shown)


@router.task("close")
def close(_: CloseAmendment, uow: UnitOfWork, task: TaskContext) -> AmendmentClosed:
    """End the case of a termination that was rejected."""
    session, case_no = uow.session, task.case_no
    cases.lock(session, case_no, task.process_instance_id)
    amendment = _amendment(uow, case_no, TERMINATION)
    if cases.finish(session, case_no, cases.CLOSED, task.now):
        terminating.drop(session, amendment, task.now)
        cases.note(session, case_no, "系统", "结束", "终止申请被否决，合同不变", task.now)
        cases.status(session, case_no, f"终止申请被否决，合同{amendment.contract_no}继续履行")
    return AmendmentClosed.of_case(session, case_no)


@router.task("withdraw")
def withdraw(
    form: WithdrawAmendment, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> AmendmentWithdrawn:
    """Withdraw the case if its applicant says so, with a reason, before the seal (X4)."""
    case = cases.lock(uow.session, task.case_no, task.process_instance_id)
    return withdrawal.withdraw(form, uow.session, case, task.now, org)


def _shown(uow: UnitOfWork, task: TaskContext, office: WorkingHours) -> dict[str, Any]:
    """What the applicant's form offers, and until when it is to be filled."""
    return {
        "contract_options": requests.options(uow.session),
        "fill_due": policy.due(uow.session, "fill_amendment", task.now, office),
    }


def _open_case(uow: UnitOfWork, task: TaskContext) -> cases.Case:
    case = cases.lock(uow.session, task.case_no, task.process_instance_id)
    if case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    return case


def _amendment(uow: UnitOfWork, case_no: str, kind: str) -> Amendment:
    amendment = uow.session.get(Amendment, case_no, populate_existing=True)
    if amendment is None or amendment.kind != kind:
        raise InvalidInput(f"case {case_no} has no {kind} of a contract")
    return amendment
