"""A return is opened, checked, sent back, allowed (C8, X3)."""

from __future__ import annotations

from workers import cases, documents, ledger, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.fulfilment import printing
from workers.org import OrgChart
from workers.returns import forms, papers
from workers.returns.messages import (
    AllowGoodsReturn,
    CheckGoodsReturn,
    GoodsReturnAllowed,
    GoodsReturnChecked,
    GoodsReturnForm,
    GoodsReturnOpened,
    GoodsReturnSentBack,
    OpenGoodsReturn,
    SendBackGoodsReturn,
)
from workers.returns.papers import Coming
from workers.returns.router import POST, router
from workers.returns.store import APPROVED, FILLED, SENT_BACK
from workers.runtime import TaskContext


@router.task("open")
def open(  # noqa: A001 - the topic's name
    request: OpenGoodsReturn, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> GoodsReturnOpened:
    """Number the case of a return and open its file; the form shows the contract's lines, if it was named."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    applicant = cases.starter(org, request.started_by, request.applicant, task.process_definition_key, today)
    name = org.name_of(applicant)
    case_no = documents.next_number(session, papers.PREFIX, today.year)
    cases.open_case(session, case_no, papers.STAGE, applicant, name, task.now, task.process_instance_id)
    cases.status(session, case_no, f"待{name}填写退货单")
    attached = cases.is_technical(request.started_by) and request.return_lines is not None
    fields = forms.filling(session, request)
    if attached:
        fields |= {"return_lines": request.return_lines if isinstance(request.return_lines, list) else []}
    return GoodsReturnOpened.of_case(
        session,
        case_no,
        case_no=case_no,
        return_attached=attached,
        return_due=policy.due(session, "fill_goods_return", task.now, office),
        **fields,
    )


@router.task("check")
def check(
    form: CheckGoodsReturn, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company
) -> GoodsReturnChecked:
    """Check the return against what the customer has signed for, and make the paper that is signed."""
    session, reader, case_no = uow.session, FormReader(), task.case_no
    number = cases.as_number(form.contract_no) if isinstance(form.contract_no, str) else ""
    if number and ledger.find(session, number):
        ledger.lock_contract(session, number)  # before the case, as every step does
    case = cases.lock(session, case_no, task.process_instance_id)
    if case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    if form.signed_by is not None:  # None: it came with the start
        cases.require_post(reader, form.signed_by, POST, task, org)
    asked = forms.read(session, form.model_dump(), reader, case_no, by_hand=form.signed_by is not None)
    before = papers.find(session, case_no)
    if asked is not None and before is not None and before.contract_no != asked.contract.contract_no:
        reader.wrong("contractNo", f"本单已为合同{before.contract_no}填写，改退其他合同的请撤回后另行发起")
        asked = None
    fields: dict[str, object] = {}
    if asked is not None:
        by = form.signed_by or case.applicant
        papers.keep(session, task, asked, by)
        cases.sent_in(session, case_no, by)
        coming = Coming.lock(uow, task, org, FILLED)
        fields = papers.to_sign(coming, company)
        coming.note(by, "提交退货单", coming.here.words(asked.lines))
        cases.status(session, case_no, "退货单已提交，待签批")
    return GoodsReturnChecked.of_case(
        session,
        case_no,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        **forms.filling(session, form),
        **fields,
    )


@router.task("send_back")
def send_back(
    form: SendBackGoodsReturn, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> GoodsReturnSentBack:
    """The return comes back to sales operations with the signer's comment."""
    coming = Coming.lock(uow, task, org, FILLED, SENT_BACK)
    papers.void(coming.session, task.case_no, SENT_BACK)
    comment = form.return_comment if isinstance(form.return_comment, str) else ""
    before = GoodsReturnForm(
        contract_no=coming.back.contract_no,
        return_reason=coming.back.reason,
        return_lines=coming.here.rows(coming.announced()),
    )
    return GoodsReturnSentBack.of_case(
        coming.session,
        task.case_no,
        return_due=policy.due(coming.session, "fill_goods_return", task.now, office),
        return_comment=comment[: cases.COMMENT_LIMIT],
        **forms.filling(coming.session, before),
    )


@router.task("allow")
def allow(
    _: AllowGoodsReturn,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> GoodsReturnAllowed:
    """The return is signed, as the database says: print it for the customer's signature; the warehouse expects it."""
    coming = Coming.lock(uow, task, org, FILLED)
    signed = documents.signed_by(coming.signed())
    document = papers.issue(coming, company, [papers.filler(coming), *signed])
    coming.back.state = APPROVED
    cases.status(coming.session, task.case_no, "退货单已批准，待货物退回仓库")
    return GoodsReturnAllowed.of_case(
        coming.session,
        task.case_no,
        signed_paper=printing.attached(document),
        receive_due=policy.due(coming.session, "receive_return", task.now, office),
        received_lines=coming.here.rows(coming.announced()),
        **coming.steps(),
    )
