"""The paper of a return (退货单): kept, printed with what is known so far, read by every step (X5)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from workers import cases, documents, ledger
from workers.cases import Approved, FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company, Document, Signature
from workers.errors import InvalidInput
from workers.fulfilment import printing, rules
from workers.fulfilment.under_way import Fulfilment
from workers.org import OrgChart
from workers.returns.forms import Asked
from workers.returns.router import POST
from workers.returns.store import FILLED, GoodsReturn, GoodsReturnLine
from workers.runtime import TaskContext

PREFIX, STAGE, TITLE = "TH", "goods_return", "退货单"


def find(session: Session, case_no: str) -> GoodsReturn | None:
    """The case's return as it is committed now."""
    return session.get(GoodsReturn, case_no, populate_existing=True)


@dataclass(frozen=True)
class Coming:
    """A return that is under way, with its contract and its case locked."""

    back: GoodsReturn
    here: Fulfilment

    @classmethod
    def lock(cls, uow: UnitOfWork, task: TaskContext, org: OrgChart, *states: str) -> Coming:
        """The case's return. CaseEnded: it was withdrawn. InvalidInput: it is in none of these states."""
        session = uow.session
        found = find(session, task.case_no)
        if found is None:
            raise InvalidInput(f"case {task.case_no} returns no goods")
        contract = ledger.lock_contract(session, found.contract_no)
        case = cases.lock(session, task.case_no, task.process_instance_id)
        if case.state != cases.OPEN:
            raise cases.CaseEnded(case)
        back = session.get_one(GoodsReturn, task.case_no, populate_existing=True)
        if back.state not in states:
            raise InvalidInput(f"the return {task.case_no} is {back.state}, not one of {states}")
        return cls(back, Fulfilment(session, contract, case, task, org))

    @property
    def session(self) -> Session:
        """The transaction."""
        return self.here.session

    def signed(self) -> Approved:
        """Its signatures. InvalidInput: the database knows of none."""
        given = cases.approved(self.session, self.back.case_no, STAGE)
        if given is None:
            raise InvalidInput(f"the return {self.back.case_no} is not signed")
        return given

    def announced(self) -> dict[int, Decimal]:
        """What is to come back, by line."""
        return {line.line_no: line.announced for line in self.back.lines}

    def received(self) -> dict[int, Decimal]:
        """What the warehouse has counted, by line; lines of which nothing came are left out."""
        return {line.line_no: line.received for line in self.back.lines if line.received}

    def bad(self) -> dict[int, Decimal]:
        """What quality has found bad, by line."""
        return {line.line_no: line.bad for line in self.back.lines if line.bad}

    def note(self, user: str, action: str, text: str) -> None:
        """Into the history of the return, and of the contract's fulfilment."""
        said = f"{self.back.case_no}：{text}"
        who, at = self.here.org.name_of(user), self.here.task.now
        cases.note(self.session, self.back.case_no, who, action, text, at, user=user)
        self.here.note(user, action, said)

    def steps(self) -> dict[str, object]:
        """The fields of `ReturnSteps`."""
        rows = self.here.rows(
            self.announced(), received=self.received(), bad=self.bad(), delivered=_delivered(self.here)
        )
        told = f"{self.back.case_no}，合同{self.here.number}，{self.here.contract.customer_name}"
        return {"return_text": f"{told}；{self.back.reason}", "return_rows": rows}

    def as_typed(self, whole: rules.Quantities, sent: object, *fields: str) -> list[dict[str, object]]:
        """The form's rows with what somebody typed into them, for mending."""
        return self.here.typed(self.here.rows(whole), sent, fields)

    def require_post(self, reader: FormReader, user: str | None, post: str) -> None:
        """Only the post does this step."""
        cases.require_post(reader, user, post, self.here.task, self.here.org)


def _delivered(here: Fulfilment) -> dict[int, Decimal]:
    return {line.line_no: line.delivered for line in here.goods()}


def keep(session: Session, task: TaskContext, asked: Asked, by: str) -> GoodsReturn:
    """Keep what was asked for; the contract does not end before this return has."""
    back = find(session, task.case_no) or GoodsReturn(case_no=task.case_no)
    back.contract_no, back.reason, back.state = asked.contract.contract_no, asked.reason, FILLED
    back.filled_by, back.filled_at = by, task.now
    back.lines.clear()
    session.add(back)
    session.flush()
    back.lines = [GoodsReturnLine(line_no=line, announced=many) for line, many in sorted(asked.lines.items())]
    session.flush()
    return back


def facts(coming: Coming) -> printing.Facts:
    """The paper's head."""
    here = coming.here
    return [
        ("合同编号", here.number),
        ("客户", here.contract.customer_name),
        ("退货原因", coming.back.reason),
    ]


def issue(
    coming: Coming, company: Company, signatures: list[Signature], notes: tuple[str, ...] = ()
) -> Document:
    """Render and file the paper with the columns that are known, the others empty."""
    counted = coming.back.received_on is not None
    inspected = coming.back.inspected_on is not None
    received, bad = coming.received(), coming.bad()
    good = {line: many - bad.get(line, Decimal(0)) for line, many in received.items()}
    columns: dict[str, rules.Quantities | None] = {
        "退货数量": coming.announced(),
        "实收数量": received if counted else None,
        "完好数量": good if inspected else None,
        "损坏数量": bad if inspected else None,
    }
    return printing.issue(
        coming.here,
        company,
        PREFIX,
        facts(coming),
        columns,
        [*signatures, Signature("客户(签字)")],
        number=coming.back.case_no,
        notes=notes,
    )


def filler(coming: Coming) -> Signature:
    """Who filled it."""
    return printing.signed(coming.here, POST, coming.back.filled_by, coming.back.filled_at)


def to_sign(coming: Coming, company: Company) -> dict[str, object]:
    """The fields of `PaperView`."""
    here = coming.here
    unsigned = [filler(coming), *documents.signed_by(None)]
    document = issue(coming, company, unsigned)
    delivered = _delivered(here)
    announced = coming.announced()
    heads, rows = printing.table(
        here, {"退货数量": announced, "已签收": {line: delivered[line] for line in announced}}
    )
    worth = sum((here.products[line].value_of(many) for line, many in announced.items()), Decimal(0))
    return cases.paper(
        STAGE,
        coming.back.case_no,
        TITLE,
        facts=facts(coming),
        columns=heads,
        rows=rows,
        amount=worth,
        document=printing.attached(document),
    )


def void(session: Session, case_no: str, state: str) -> None:
    """The paper counts no more as it was signed; the number stays used."""
    back = find(session, case_no)
    if back is not None:
        back.state = state
    cases.clear_approved(session, case_no, STAGE)
    documents.void(session, case_no)
