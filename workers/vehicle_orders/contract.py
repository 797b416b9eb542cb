"""The standard contract: drawn up, signed by the customer, countersigned, entered in both books (V7)."""

from __future__ import annotations

from typing import Any

from workers import cases, customers, documents, ledger, policy, vehicles
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import EngineVariables, FileValue, TaskContext
from workers.vehicle_orders import approving, delay, papers, rules, view
from workers.vehicle_orders.forms import ContractForm
from workers.vehicle_orders.messages import (
    ContractDrawn,
    ContractEnrolled,
    ContractReturned,
    DrawContract,
    EnrolContract,
    OpenOrder,
    OrderOpened,
    RecordSignature,
    ReturnContract,
    SignatureRecorded,
)
from workers.vehicle_orders.router import router
from workers.vehicle_orders.store import (
    IN_FORCE,
    OPEN,
    REFUSED,
    SIGNED,
    VOID,
    VehicleContract,
    VehicleOrder,
    VehiclePromise,
)


@router.task("open")
def open(  # noqa: A001 - the topic's name
    _: OpenOrder, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> OrderOpened:
    """Begin the order of a sale that was agreed, once; the contract's form shows what is known."""
    session, sale_no = uow.session, task.case_no
    case, sale = cases.lock(session, sale_no), vehicles.sale(session, sale_no)
    order = session.get(VehicleOrder, sale_no)
    if case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    if order is None:
        order = VehicleOrder(
            sale_no=sale_no, process_instance_id=task.process_instance_id, opened_at=task.now
        )
        session.add(order)
        cases.status(session, sale_no, f"待{org.name_of(sale.salesperson)}拟定购车合同")
    elif order.state == REFUSED:  # another deal of the same sale
        order.state, order.ended_at = OPEN, None
        order.process_instance_id, order.opened_at = task.process_instance_id, task.now
        cases.status(session, sale_no, f"待{org.name_of(sale.salesperson)}拟定购车合同")
    elif order.process_instance_id != task.process_instance_id:
        raise InvalidInput(f"the car of sale {sale_no} is ordered by another process instance")
    limit = rules.deposit_limit(sale.price, view.percent(session, sale))
    return OrderOpened.of_case(
        session,
        sale_no,
        order_due=policy.due(session, "sign_vehicle_contract", task.now, office),
        deposit_amount=format(limit, ".2f"),
        promised_at=_sent(sale.promised_at),
        **view.seller(session, order, task, org),
        **view.server(session, order, task, org),
        **view.fields(session, order),
    )


@router.task("draw_contract")
def draw_contract(
    form: DrawContract,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> ContractDrawn:
    """Check what was agreed, and draw the contract up as its next version."""
    session, reader = uow.session, FormReader()
    order = view.lock(session, task)
    sale = vehicles.sale(session, order.sale_no)
    view.require_seller(reader, form.signed_by, sale, task, org)
    view.refuse_held(reader, session, order.sale_no, "签约")
    terms = rules.read_terms(form, reader, sale.price, view.percent(session, sale), task.now)
    document, outcome, by = None, "invalid", form.signed_by or ""
    if terms is not None and sale.below_floor:
        outcome = "below_floor"
        approving.ask(session, order, terms, by)
        text = "低于底价，按合同申报审批"
        cases.note(session, order.sale_no, org.name_of(by), "拟定购车合同", text, task.now, user=by)
        cases.status(session, order.sale_no, f"低于底价，待{org.name_of(by)}填写合同申报单")
    elif terms is not None:
        outcome = "drawn"
        document = papers.draw(session, order, sale, terms, by, company, org, task.now)
        cases.note(
            session, order.sale_no, org.name_of(by), "拟定购车合同", document.number, task.now, user=by
        )
        cases.status(session, order.sale_no, f"购车合同{document.number}待客户签署")
    return ContractDrawn.of_case(
        session,
        order.sale_no,
        contract_outcome=outcome,
        contract_document=_file(document) if document is not None else None,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        order_due=policy.due(session, "sign_vehicle_contract", task.now, office),
        **_as_sent(form),
        **view.seller(session, order, task, org),
        **view.fields(session, order),
    )


@router.task("record_signature")
def record_signature(
    form: RecordSignature,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    engine: EngineVariables,
    office: WorkingHours,
) -> SignatureRecorded:
    """Keep the customer's signature with its scan, and offer the contract to the sales manager; or the objection."""
    session, reader, today = uow.session, FormReader(), task.now.astimezone(SHANGHAI).date()
    order = view.lock(session, task)
    contract = _draft(uow, order)
    sale = vehicles.sale(session, order.sale_no)
    view.require_seller(reader, form.signed_by, sale, task, org)
    if form.customer_decision == rules.SIGNED:
        view.refuse_held(reader, session, order.sale_no, "签约")
    signature = rules.read_signature(form, reader, contract.drawn_at.astimezone(SHANGHAI).date(), today)
    if signature is not None and signature.signer and contract.promised_at <= task.now:
        signature = None
        gone = view.moment_text(contract.promised_at)
        reader.wrong(
            "customerDecision",
            f"客户的答复：约定交车时间{gone}已过，请选择“有异议”，与客户另约时间后重新拟定合同",
        )
    outcome, by, fields = "invalid", form.signed_by or "", dict[str, Any]()
    if signature is not None and signature.objection:
        outcome = rules.OBJECTED
        contract.state = VOID
        fields = {"return_comment": f"客户异议：{signature.objection}", **_as_kept(contract)}
        cases.note(
            session, order.sale_no, org.name_of(by), "客户有异议", signature.objection, task.now, user=by
        )
        cases.status(session, order.sale_no, "客户有异议，待修改购车合同")
    elif signature is not None:
        scan = documents.uploaded_scan(
            engine, task.process_instance_id, "signedScan", reader, "签署件扫描件", "购车合同"
        )
        if scan is not None:
            outcome = rules.SIGNED
            contract.signer, contract.signed_on = signature.signer, signature.signed_on
            contract.scan, contract.scan_sha256 = scan, documents.sha256_of(scan)
            contract.media_type, contract.state = documents.media_type(scan) or "", SIGNED
            session.flush()
            fields = papers.to_countersign(session, contract, sale, org)
            text = f"{signature.signer}于{signature.signed_on}签署"
            cases.note(session, order.sale_no, org.name_of(by), "登记客户签署", text, task.now, user=by)
            cases.status(session, order.sale_no, f"购车合同{contract.contract_no}待销售部经理会签")
    if outcome == "invalid":
        fields = {
            "customer_decision": cases.shown(form.customer_decision, 16),
            "customer_signer": cases.shown(form.customer_signer, rules.MOST_NAME),
            "customer_signed_on": cases.shown(form.customer_signed_on, 10),
            "objection": cases.shown(form.objection, rules.MOST_TEXT),
            **_as_kept(contract),
        }
    return SignatureRecorded.of_case(
        session,
        order.sale_no,
        signature_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        order_due=policy.due(session, "sign_vehicle_contract", task.now, office),
        **fields,
        **view.seller(session, order, task, org),
        **view.fields(session, order),
    )


@router.task("return_contract")
def return_contract(
    request: ReturnContract, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ContractReturned:
    """The contract comes back with the sales manager's comment: that version is void, the customer signs anew."""
    session = uow.session
    order = view.lock(session, task)
    contract = _draft(uow, order)
    contract.state = VOID
    cases.clear_approved(session, contract.contract_no, papers.STAGE)
    comment = request.return_comment if isinstance(request.return_comment, str) else ""
    cases.note(session, order.sale_no, "系统", "退回修改", comment, task.now)
    cases.status(session, order.sale_no, "销售部经理退回，待修改购车合同")
    return ContractReturned.of_case(
        session,
        order.sale_no,
        order_due=policy.due(session, "sign_vehicle_contract", task.now, office),
        return_comment=comment[: cases.COMMENT_LIMIT],
        **_as_kept(contract),
        **view.seller(session, order, task, org),
        **view.fields(session, order),
    )


@router.task("enrol")
def enrol(_: EnrolContract, uow: UnitOfWork, task: TaskContext) -> ContractEnrolled:
    """Countersigned, as the database says: the contract counts, and enters both books (C4, V7).

    One that came by the approval is in the books already; the order takes it over.
    """
    session = uow.session
    order = view.lock(session, task)
    sale = vehicles.sale(session, order.sale_no)
    if order.contract_no is None:
        below = sale.below_floor
        contract = approving.approved(session, order) if below else _countersigned(uow, order, sale, task)
        number = contract.contract_no
        contract.state, order.contract_no = IN_FORCE, number
        session.add(
            VehiclePromise(
                sale_no=order.sale_no,
                promised_at=contract.promised_at,
                reason="",
                contact="购车合同约定",
                recorded_by=contract.drawn_by,
                recorded_at=task.now,
            )
        )
        cases.note(session, order.sale_no, "系统", "购车合同生效", f"{number}已入销售、财务台帐", task.now)
        cases.status(session, order.sale_no, f"购车合同{number}已生效，待财务部收取定金")
        customers.remember(session, sale.customer_no, task.now, "购车合同", number, order.sale_no)
    return ContractEnrolled.of_case(
        session,
        order.sale_no,
        promise_no=delay.promised(session, order).id,
        **view.fields(session, order),
    )


def _countersigned(
    uow: UnitOfWork, order: VehicleOrder, sale: vehicles.Sale, task: TaskContext
) -> VehicleContract:
    """The standard contract, signed by both sides, entered in both books."""
    session, contract = uow.session, _draft(uow, order)
    number = contract.contract_no
    if contract.state != SIGNED or cases.approved(session, number, papers.STAGE) is None:
        raise InvalidInput(f"the contract {number} is not signed by both sides")
    document = documents.find(session, number, contract.version)
    if document.sha256 != contract.document_sha256 or not documents.has_content(document):
        raise InvalidInput(f"the document of {number} is not the one that was signed")
    row, line = papers.to_enrol(session, order, contract, sale, task.now)
    ledger.enter_signed(session, row, [line], task.now)
    cases.finish(session, number, cases.SEALED, task.now)
    cases.status(session, number, "已会签，已入台帐")
    return contract


def _draft(uow: UnitOfWork, order: VehicleOrder) -> VehicleContract:
    contract = view.draft(uow.session, order.sale_no)
    if contract is None:
        raise InvalidInput(f"sale {order.sale_no} has no contract that is being signed")
    return contract


def _sent(moment: Any) -> str | None:
    return moment.astimezone(SHANGHAI).isoformat(timespec="minutes") if moment is not None else None


def _as_kept(contract: VehicleContract) -> dict[str, Any]:
    return {
        "deposit_amount": format(contract.deposit, ".2f"),
        "promised_at": _sent(contract.promised_at),
        "contract_remarks": contract.remarks or None,
    }


def _as_sent(form: ContractForm) -> dict[str, Any]:
    return {
        "deposit_amount": cases.shown(form.deposit_amount, 20),
        "promised_at": cases.shown(form.promised_at, 40),
        "contract_remarks": cases.shown(form.contract_remarks, rules.MOST_TEXT),
    }


def _file(document: documents.Document) -> FileValue:
    return FileValue(document.filename, document.content, document.media_type)
