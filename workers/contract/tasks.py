"""The steps from the declaration to the seal (C2, C3, X3, X4). What is decided stands in the modules beside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workers import cases, money, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.contract import (
    amending,
    cars,
    declarations,
    drawing,
    filing,
    grounds,
    sealing,
    signing,
    withdrawal,
)
from workers.contract.differences import ContractDiffers
from workers.contract.messages import (
    CheckDeclaration,
    CloseDeclaration,
    ContractDrawnUp,
    ContractSealed,
    CustomerSignatureRecorded,
    DeclarationChecked,
    DeclarationClosed,
    DeclarationOpened,
    DeclarationReturned,
    DeclarationWithdrawn,
    DrawUp,
    OpenDeclaration,
    RecordCustomerSignature,
    ReturnDeclaration,
    SealContract,
    WithdrawDeclaration,
)
from workers.contract.store import REJECTED, RETURNED, CarDeclaration
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import EngineVariables, FileValue, Router, TaskContext

router = Router("contract")

DECLARATION, COUNTERSIGN = "declaration", "countersign"
PREFIX = "SB"
KEEPER = "sales_operations"
"""The post that registers the customer's signature and keeps the seal."""
MOST_COMMENT = 500
MOST_COPIES = 99


@router.task("open_declaration")
def open_declaration(
    request: OpenDeclaration, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> DeclarationOpened:
    """Number the case, open its file, and prepare the form."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    car = _car_of(request, uow)
    if car is not None:  # the order's salesperson: their post starts declarations of cars only
        applicant = car.applicant
    else:
        applicant = cases.starter(
            org, request.started_by, request.applicant, task.process_definition_key, today
        )
    name = org.name_of(applicant)
    case_no = cases.next_case_no(session, PREFIX, today.year)
    cases.open_case(session, case_no, DECLARATION, applicant, name, task.now, task.process_instance_id)
    sent = request.customer_no is not None or request.lines is not None
    attached = sent and cases.is_technical(request.started_by)
    cases.status(session, case_no, "检查申报单" if attached else f"待{name}填写合同申报单")
    fields = declarations.as_sent(request)
    if attached:  # unread as it came, so that the check sees all of it
        fields = {field: getattr(request, field) for field in fields}
    _claim_change(request, uow, case_no, applicant)
    if car is not None:
        car.declaration_no = case_no
        session.flush()
    ground = grounds.of(session, case_no)
    if ground is not None:
        fields = grounds.prefilled(ground)
    return DeclarationOpened.of_case(
        session,
        case_no,
        case_no=case_no,
        declaration_attached=attached,
        fill_due=policy.due(session, "fill_declaration", task.now, office),
        **fields,
        **declarations.options(session, org, today, ground),
    )


def _claim_change(request: OpenDeclaration, uow: UnitOfWork, case_no: str, applicant: str) -> None:
    """Let it carry the change of a contract; only the process that amends contracts may name one (C13)."""
    if not cases.is_technical(request.started_by):
        return
    found = amending.claim(uow.session, request.amends_contract_no, case_no, applicant)
    if found is None and request.amends_contract_no is not None:
        raise InvalidInput(f"no open change of contract {request.amends_contract_no} waits for a declaration")


def _car_of(request: OpenDeclaration, uow: UnitOfWork) -> CarDeclaration | None:
    """The car's deal that waits for this declaration; only the process of its order may name one (V7)."""
    if not cases.is_technical(request.started_by):
        return None
    found = cars.waiting(uow.session, request.vehicle_sale_no)
    if found is None and request.vehicle_sale_no is not None:
        raise InvalidInput(f"no order of sale {request.vehicle_sale_no} waits for a declaration")
    return found


@router.task("check_declaration")
def check_declaration(
    form: CheckDeclaration, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company
) -> DeclarationChecked:
    """Check the declaration; when nothing is wrong with it, keep it as the next revision, a paper, for approval."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    case = cases.lock(session, case_no, task.process_instance_id)
    errors = filing.who_may_not_file(session, case, form.signed_by, org, task.now)
    fields, approvers = declarations.as_sent(form), dict[str, Any]()
    ground = grounds.of(session, case_no)
    found = errors or filing.read(session, form, ground, org, today)
    if isinstance(found, list):
        errors = found
    else:
        by = form.signed_by or case.applicant
        filed, approvers = filing.keep(session, case, found, by, company, org, task.now)
        cases.sent_in(session, case_no, by)
        for stage in (DECLARATION, COUNTERSIGN):
            cases.clear_approved(session, case_no, stage)
        fields = declarations.as_filed(filed)
        text = f"第{filed.revision}次申报，合计{money.figures(filed.total)}"
        cases.note(session, case_no, org.name_of(by), "提交申报", text, task.now, user=by)
        cases.status(session, case_no, "申报已提交，待安排审批")
    if errors and case.state == cases.OPEN:
        cases.status(session, case_no, f"待{case.applicant_name}修改合同申报单")
    return DeclarationChecked.of_case(
        session,
        case_no,
        has_errors=bool(errors),
        form_errors=errors,
        **fields,
        **approvers,
        **declarations.options(session, org, today, ground),
    )


@router.task("return_declaration")
def return_declaration(
    request: ReturnDeclaration, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> DeclarationReturned:
    """Give the declaration back to the applicant, as it was filed, with the comment; its approvals are void."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    case = cases.lock(session, case_no, task.process_instance_id)
    declaration = declarations.latest(session, case_no)
    if declaration is None:
        raise InvalidInput(f"case {case_no} has no declaration that could be returned")
    comment = request.return_comment if isinstance(request.return_comment, str) else ""
    if case.state == cases.OPEN:
        declaration.state = RETURNED
        drawing.void_version(session, case_no)
        for stage in (DECLARATION, COUNTERSIGN):
            cases.clear_approved(session, case_no, stage)
        cases.note(session, case_no, "系统", "退回修改", comment, task.now)
        cases.status(session, case_no, f"已退回，待{case.applicant_name}修改合同申报单")
    return DeclarationReturned.of_case(
        session,
        case_no,
        return_comment=comment[: cases.COMMENT_LIMIT],
        fill_due=policy.due(session, "fill_declaration", task.now, office),
        **declarations.as_filed(declaration),
        **declarations.options(session, org, today, grounds.of(session, case_no)),
    )


@router.task("close")
def close(_: CloseDeclaration, uow: UnitOfWork, task: TaskContext) -> DeclarationClosed:
    """End the case of a rejected declaration."""
    session, case_no = uow.session, task.case_no
    cases.lock(session, case_no, task.process_instance_id)
    if cases.finish(session, case_no, cases.CLOSED, task.now):
        declaration = declarations.latest(session, case_no)
        if declaration is not None:
            declaration.state = REJECTED
        cases.note(session, case_no, "系统", "结束", "申报被否决", task.now)
        cases.status(session, case_no, "申报被否决")
    return DeclarationClosed.of_case(session, case_no)


@router.task("draw_up")
def draw_up(
    _: DrawUp, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company, office: WorkingHours
) -> ContractDrawnUp:
    """Draw the contract up from the approved declaration: number, version, document."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    declaration, approval = (
        declarations.latest(session, case_no),
        cases.approved(session, case_no, DECLARATION),
    )
    if case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    if declaration is None or approval is None:
        raise InvalidInput(f"case {case_no} has no approved declaration to draw a contract from")
    cases.clear_approved(session, case_no, COUNTERSIGN)
    filing.keep_signed(session, declaration, approval, company, org, task.now)
    version, document = drawing.draw(session, declaration, company, org, task.now)
    text = f"{version.contract_no} 第{version.version}版"
    cases.note(session, case_no, "系统", "拟制合同", text, task.now)
    cases.status(session, case_no, f"合同{text}待客户签署，由销售业务科登记")
    return ContractDrawnUp.of_case(
        session,
        case_no,
        contract_no=version.contract_no,
        contract_version=version.version,
        contract_document=FileValue(document.filename, document.content, document.media_type),
        contract_sha256=document.sha256,
        contract_summary=(
            f"{version.customer_name}，{len(version.lines)}项产品，合计{money.figures(version.total)}"
            f"({money.in_words(version.total)})，{version.delivery_date}前交货"
        ),
        signatures=list(approval.signatures),
        signature_due=policy.due(session, "customer_signature", task.now, office),
    )


@router.task("record_customer_signature")
def record_customer_signature(
    form: RecordCustomerSignature,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    engine: EngineVariables,
    office: WorkingHours,
) -> CustomerSignatureRecorded:
    """Record who signed for the customer, when, with the scan; or the customer's objection."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    case = cases.lock(session, case_no, task.process_instance_id)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, KEEPER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", filing.GONE)
    if reader.errors:
        return _signature(uow, case, "invalid", reader)
    version, who = drawing.current_version(session, case_no), org.name_of(form.signed_by or "")
    if form.customer_decision == "objected":
        objection = reader.text("objection", "客户异议", form.objection, cases.COMMENT_LIMIT - 10, lines=True)
        if reader.errors:
            return _signature(uow, case, "invalid", reader, form)
        cases.note(session, case_no, who, "客户有异议", objection, task.now, user=form.signed_by)
        return _signature(uow, case, "objected", reader, return_comment=f"客户异议：{objection}")
    signature = signing.read(form, reader, version.drawn_at.astimezone(SHANGHAI).date(), today)
    deal = cars.deal(session, case_no)
    if signature is not None and deal is not None:
        _refuse_passed(cars.promised(deal.asked, version.delivery_date), task.now, reader)
    scan = signing.scan_of(engine, task.process_instance_id, reader) if not reader.errors else None
    if signature is None or scan is None:
        return _signature(uow, case, "invalid", reader, form)
    signing.save(session, version, signature, scan, form.signed_by or "", task.now)
    text = f"{signature.signer}于{signature.signed_on}签署"
    cases.note(session, case_no, who, "登记客户签署", text, task.now, user=form.signed_by)
    cases.status(session, case_no, f"合同{version.contract_no}客户已签署，待销售部、财务部会签")
    hours = sum(policy.deadline(session, step, today) for step in ("countersign", "seal"))
    return _signature(uow, case, "signed", reader, seal_due=office.add(task.now, hours))


def _refuse_passed(promised: datetime, now: datetime, reader: FormReader) -> None:
    """A car is promised for a moment that is to come yet when the customer signs, as in the standard contract (V7)."""
    if promised <= now:
        gone = f"约定交车时间{promised:%Y-%m-%d %H:%M}已过，请选择“有异议”，与客户另约时间后重新申报"
        reader.wrong("customerDecision", f"客户意见：{gone}")


def _signature(
    uow: UnitOfWork,
    case: cases.Case,
    outcome: str,
    reader: FormReader,
    form: RecordCustomerSignature | None = None,
    **fields: object,
) -> CustomerSignatureRecorded:
    """The output; when something has to be mended, what was typed is shown again, but the scan is asked anew."""
    if form is not None:
        fields |= signing.as_sent(form)
    return CustomerSignatureRecorded.of_case(
        uow.session,
        case.case_no,
        signature_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        **fields,
    )


@router.task("seal", errors=(ContractDiffers,))
def seal(form: SealContract, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> ContractSealed:
    """Register the seal's use on exactly what was approved and signed; after this nothing is withdrawn (X4)."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, KEEPER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", filing.GONE)
    if form.seal_confirmed is not True:
        reader.wrong("sealConfirmed", "用印确认：请核对合同文本后勾选确认")
    copies = reader.whole("copies", "用印份数", form.copies, 1, MOST_COPIES)
    remark = reader.text("sealRemark", "用印备注", form.seal_remark, MOST_COMMENT, required=False, lines=True)
    if not reader.errors and copies is not None:
        version, by = sealing.ready(session, case_no), form.signed_by or ""
        reader.errors += sealing.held(session, case_no, version)
    if not reader.errors and copies is not None:
        sealing.put_seal(session, case_no, version, by, copies, remark, task.now)
        cases.finish(session, case_no, cases.SEALED, task.now)
        text = f"{version.contract_no} 第{version.version}版，{copies}份" + (f"；{remark}" if remark else "")
        cases.note(session, case_no, org.name_of(by), "用印", text, task.now, user=by)
        cases.status(session, case_no, f"合同{version.contract_no}已用印，待登记台帐")
    return ContractSealed.of_case(session, case_no, has_errors=bool(reader.errors), form_errors=reader.errors)


@router.task("withdraw")
def withdraw(
    form: WithdrawDeclaration, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> DeclarationWithdrawn:
    """Withdraw the case if its applicant says so, with a reason, before the seal (X4)."""
    case = cases.lock(uow.session, task.case_no, task.process_instance_id)
    return withdrawal.withdraw(form, uow.session, case, task.now, org)
