"""The termination in the database: settled, put on paper, and after the signatures carried out (C13)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers import cases, documents, ledger, money
from workers.amendment import settlement
from workers.amendment.settlement import Settlement
from workers.cases import FormError
from workers.contract import effect
from workers.contract.store import (
    DRAWN,
    SEALED,
    Amendment,
    ContractLine,
    ContractVersion,
    DrawnContract,
)
from workers.documents import Company, Document, Paper, Signature
from workers.errors import InvalidInput
from workers.fulfilment.coming_back import return_under_way
from workers.org import OrgChart
from workers.runtime import FileValue

KIND = "termination"
"""The paper's kind and its stage of approval."""
PREFIX = "BG"
TITLE = "合同终止协议"


def settle(session: Session, contract_no: str) -> Settlement:
    """The settlement to date."""
    lines = [line for line in ledger.goods(session, contract_no) if line.ordered or line.delivered]
    return Settlement(ledger.account(session, contract_no), lines)


def findings(session: Session, contract_no: str) -> list[FormError]:
    """What has to happen before the contract can end."""
    coming = return_under_way(session, contract_no)
    if coming is not None:
        return [FormError(field="contractNo", message=f"退货单{coming}正在办理，请先办完或撤回")]
    return settlement.findings(settle(session, contract_no))


def put_on_paper(
    session: Session, amendment: Amendment, company: Company, org: OrgChart, at: datetime
) -> dict[str, Any]:
    """Settle to date, file the agreement under a number of its own, and return it as its signers read it."""
    settled = settle(session, amendment.contract_no)
    _drop_paper(session, amendment, at)
    number = _next_paper_no(session, amendment.amendment_no)
    cases.open_case(session, number, KIND, amendment.applicant, org.name_of(amendment.applicant), at)
    cases.sent_in(session, number, cases.find(session, amendment.amendment_no).sent_in_by)
    row = ledger.contract(session, amendment.contract_no)
    sheet = _agreement(amendment, row, settled, company, org)
    document = documents.issue(session, sheet, company, case_no=amendment.amendment_no, at=at, number=number)
    amendment.paper_no, amendment.settlement = number, settled.figures
    return paper_view(row, amendment, settled, document, org)


def paper_view(
    row: ledger.ContractRow, amendment: Amendment, settled: Settlement, document: Document, org: OrgChart
) -> dict[str, Any]:
    """What those who sign the paper read, the salesperson's commission included."""
    facts = [
        *_head(amendment, row, org),
        *settlement.of_customer(settled),
        *settlement.of_commission(settled),
    ]
    file = FileValue(document.filename, document.content, document.media_type)
    return cases.paper(
        KIND,
        document.number,
        TITLE,
        facts=facts,
        columns=settlement.COLUMNS,
        rows=settlement.rows(settled),
        amount=row.amount,
        document=file,
    )


def approved_paper(session: Session, amendment: Amendment) -> Document:
    """The agreement that all have signed. InvalidInput: there is none, so no person can go on."""
    if amendment.paper_no is None or cases.approved(session, amendment.paper_no, KIND) is None:
        raise InvalidInput(f"amendment {amendment.amendment_no} has no approved paper")
    return documents.find(session, amendment.paper_no)


def still_holds(session: Session, amendment: Amendment) -> bool:
    """Whether the figures on the paper are those of this moment; the contract's lock must be held."""
    return amendment.settlement == settle(session, amendment.contract_no).figures


def carry_out(
    session: Session, amendment: Amendment, paper: Document, by: str, copies: int, remark: str, at: datetime
) -> ContractVersion:
    """The agreement becomes the contract's last version, sealed; the books settle on it and the contract ends."""
    number = amendment.contract_no
    row, settled = ledger.contract(session, number), settle(session, number)
    version = _last_version(session, amendment, row, settled, paper, at)
    effect.register_seal(session, version, by, copies, remark, at)
    lines = [_as_delivered(line) for line in settled.lines if line.delivered]
    reason = f"合同终止，协议{paper.number}"
    effect.put_in_force(session, version, lines, surplus=settled.surplus, reason=reason, at=at)
    ledger.set_status(session, number, ledger.TERMINATED)
    effect.wake(session, number, paper.number, ["Msg_ContractTerminated"])
    return version


def drop(session: Session, amendment: Amendment, at: datetime) -> None:
    """The termination goes back or ends: its paper is void, and the contract is free again."""
    amendment.state = "dropped"
    _drop_paper(session, amendment, at)


def _drop_paper(session: Session, amendment: Amendment, at: datetime) -> None:
    if amendment.paper_no is not None:
        documents.void(session, amendment.paper_no)
        cases.finish(session, amendment.paper_no, cases.CLOSED, at)
        cases.clear_approved(session, amendment.paper_no, KIND)
        cases.status(session, amendment.paper_no, "已作废")
        amendment.paper_no = amendment.settlement = None


def _next_paper_no(session: Session, amendment_no: str) -> str:
    query = select(func.count(func.distinct(Document.number))).where(Document.case_no == amendment_no)
    return f"{amendment_no}-{(session.scalar(query) or 0) + 1}"


def _head(amendment: Amendment, row: ledger.ContractRow, org: OrgChart) -> list[tuple[str, str]]:
    return [
        ("合同编号", f"{row.contract_no}(第{row.version}版)"),
        ("客户", row.customer_name),
        ("业务员", org.name_of(row.salesperson)),
        ("终止事由", amendment.reason),
    ]


def _agreement(
    amendment: Amendment, row: ledger.ContractRow, settled: Settlement, company: Company, org: OrgChart
) -> Paper:
    sealed = row.sealed_on
    amount = settled.amount
    return Paper(
        PREFIX,
        title=TITLE,
        facts=[*_head(amendment, row, org), *settlement.of_customer(settled)],
        text=[
            f"{company.name}(甲方)与{row.customer_name}(乙方)于{sealed}签订的产品销售合同{row.contract_no}，"
            "经双方协商一致，自双方签字并加盖合同专用章之日起终止。合同按乙方已签收的货物结算如下，"
            "未交付的货物不再交付。"
        ],
        columns=settlement.COLUMNS,
        rows=settlement.rows(settled),
        totals=[("结算金额（大写）", money.in_words(amount)), ("结算金额（小写）", money.figures(amount))],
        notes=["除上列款项外，双方就该合同再无其他争议；已交付货物的质量责任不因合同终止而免除。"],
        signatures=[Signature("甲方（盖章）"), Signature("乙方（盖章）")],
    )


def _last_version(
    session: Session,
    amendment: Amendment,
    row: ledger.ContractRow,
    settled: Settlement,
    paper: Document,
    at: datetime,
) -> ContractVersion:
    number = row.contract_no
    if (
        session.get(DrawnContract, number) is None
    ):  # taken over at the opening: its text was not drawn up here
        session.add(DrawnContract(contract_no=number, case_no=amendment.amendment_no, state=SEALED))
        session.flush()
    document = documents.file(
        session,
        number=number,
        kind="HT",
        case_no=amendment.amendment_no,
        content=paper.content,
        media_type=paper.media_type,
        filename=f"{number}-{paper.number}.pdf",
        at=at,
        keeps=row.version,
    )
    before = session.get(ContractVersion, (number, row.version))
    version = ContractVersion(
        contract_no=number,
        version=document.version,
        declaration_no=amendment.amendment_no,
        declaration_revision=1,
        customer_no=row.customer_no,
        customer_name=row.customer_name,
        salesperson=row.salesperson,
        delivery_date=row.delivery_date,
        payment_terms=row.payment_terms,
        payment_terms_text=before.payment_terms_text if before else row.payment_terms,
        remarks=TITLE,
        total=settled.amount,
        document_sha256=document.sha256,
        drawn_at=paper.created_at,
        state=DRAWN,
        lines=[_signed_for(line) for line in settled.lines if line.delivered],
    )
    session.add(version)
    session.flush()
    return version


def _signed_for(line: ledger.GoodsLine) -> ContractLine:
    return ContractLine(
        line_no=line.line_no,
        product_no=line.product_no,
        product_name=line.product_name,
        unit=line.unit,
        specification=line.specification,
        quantity=line.delivered,
        unit_price=line.unit_price,
        amount=line.value_of(line.delivered),
    )


def _as_delivered(line: ledger.GoodsLine) -> ledger.GoodsLine:
    return ledger.GoodsLine(
        line_no=line.line_no,
        product_no=line.product_no,
        product_name=line.product_name,
        unit=line.unit,
        specification=line.specification,
        unit_price=line.unit_price,
        ordered=line.delivered,
    )
