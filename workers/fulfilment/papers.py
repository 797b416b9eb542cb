"""The papers of the goods: drawn up, recorded on, brought into force, closed or void."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from workers import cases, documents
from workers.calendar import SHANGHAI
from workers.errors import InvalidInput
from workers.fulfilment.rules import Quantities, Split
from workers.fulfilment.store import (
    BATCH,
    DELIVERY,
    DRAFTED,
    ISSUED,
    NOTICE,
    STORE,
    VOID,
    GoodsPaper,
    GoodsRecord,
    GoodsRecordLine,
)
from workers.fulfilment.under_way import Fulfilment

STAGES = {NOTICE: "production_notice", DELIVERY: "delivery_note"}
"""The approval that a paper needs before it is in force."""
PREFIXES = {NOTICE: "SC", BATCH: "RK", DELIVERY: "FH"}


def latest(here: Fulfilment, kind: str) -> GoodsPaper | None:
    """The contract's newest paper of a kind."""
    query = select(GoodsPaper).where(GoodsPaper.contract_no == here.number, GoodsPaper.kind == kind)
    return here.session.scalars(
        query.order_by(GoodsPaper.drawn_at.desc(), GoodsPaper.paper_no.desc())
    ).first()


def under_way(here: Fulfilment, kind: str, state: str) -> GoodsPaper:
    """The one paper of a kind in that state. InvalidInput when there is none: nothing may be done without it."""
    query = select(GoodsPaper).where(
        GoodsPaper.contract_no == here.number, GoodsPaper.kind == kind, GoodsPaper.state == state
    )
    paper = here.session.scalars(query).one_or_none()
    if paper is None:
        raise InvalidInput(f"contract {here.number} has no {kind} that is {state}")
    return paper


def draw_up(
    here: Fulfilment,
    kind: str,
    *,
    by: str,
    wanted_on: date | None = None,
    destination: str = "",
    notice: GoodsPaper | None = None,
) -> GoodsPaper:
    """Number a new paper; one that needs an approval becomes a case of its own, filed by who filled it."""
    number = documents.next_number(here.session, PREFIXES[kind], here.today.year)
    paper = GoodsPaper(
        paper_no=number,
        kind=kind,
        contract_no=here.number,
        notice_no=notice.paper_no if notice else None,
        state=DRAFTED if kind in STAGES else ISSUED,
        drawn_at=here.task.now,
        wanted_on=wanted_on,
        destination=destination,
    )
    here.session.add(paper)
    here.session.flush()
    if kind in STAGES:
        cases.open_case(here.session, number, STAGES[kind], by, here.org.name_of(by), here.task.now)
    return paper


def approval(here: Fulfilment, paper: GoodsPaper) -> cases.Approved:
    """The approval of a paper, which is in force from now on. InvalidInput: the database knows of none (C6, C8)."""
    given = cases.approved(here.session, paper.paper_no, STAGES[paper.kind])
    if given is None:
        raise InvalidInput(f"{paper.kind} {paper.paper_no} has not been approved")
    paper.state = ISSUED
    cases.finish(here.session, paper.paper_no, cases.CLOSED, here.task.now)
    cases.status(here.session, paper.paper_no, "已批准")
    here.session.flush()
    return given


def approved_on(here: Fulfilment, paper: GoodsPaper) -> date:
    """The day on which the paper was approved: nothing that rests on it can have happened before."""
    given = cases.approved(here.session, paper.paper_no, STAGES[paper.kind])
    return (given.at if given else paper.drawn_at).astimezone(SHANGHAI).date()


def void(here: Fulfilment, paper: GoodsPaper) -> None:
    """The paper is not in force (any more); its number stays used."""
    paper.state = VOID
    documents.void(here.session, paper.paper_no)
    if paper.kind in STAGES:
        cases.finish(here.session, paper.paper_no, cases.CLOSED, here.task.now)
        cases.status(here.session, paper.paper_no, "已作废")
    here.session.flush()


def take_back(here: Fulfilment, kind: str) -> GoodsPaper | None:
    """The newest paper of a kind if it came back, so that the next one starts from what it said."""
    paper = latest(here, kind)
    if paper is not None and paper.state == DRAFTED:
        void(here, paper)
    return paper if paper is not None and paper.state == VOID else None


def record(
    here: Fulfilment,
    paper: GoodsPaper,
    step: str,
    by: str,
    lines: Mapping[int, Decimal] | Mapping[int, Split],
    *,
    on: date | None = None,
    document_no: str | None = None,
    remark: str = "",
) -> None:
    """Keep what somebody did on the paper; the key lets a step be done once."""
    splits = {line: one if isinstance(one, Split) else Split(one, Decimal(0)) for line, one in lines.items()}
    kept = GoodsRecord(
        paper_no=paper.paper_no,
        step=step,
        done_by=by,
        done_on=on or here.today,
        recorded_at=here.task.now,
        document_no=document_no,
        remark=remark,
        lines=[
            GoodsRecordLine(line_no=line, quantity=one.quantity, refused=one.refused, reason=one.reason)
            for line, one in sorted(splits.items())
        ],
    )
    here.session.add(kept)
    here.session.flush()


def recorded(here: Fulfilment, paper: GoodsPaper, step: str) -> GoodsRecord:
    """What was done in a step of the paper. InvalidInput when it was not done."""
    found = here.session.get(GoodsRecord, (paper.paper_no, step))
    if found is None:
        raise InvalidInput(f"the step {step} of {paper.paper_no} has not been recorded")
    return found


def records(here: Fulfilment, paper: GoodsPaper) -> list[GoodsRecord]:
    """Every step that was done on the paper, oldest first."""
    query = select(GoodsRecord).where(GoodsRecord.paper_no == paper.paper_no)
    return list(here.session.scalars(query.order_by(GoodsRecord.recorded_at)))


def quantities(here: Fulfilment, paper: GoodsPaper, step: str) -> Quantities:
    """What a step recorded, without the lines of which all was refused."""
    return {line.line_no: line.quantity for line in recorded(here, paper, step).lines if line.quantity > 0}


def refused(here: Fulfilment, paper: GoodsPaper, step: str) -> Quantities:
    """What a step recorded as refused."""
    return {line.line_no: line.refused for line in recorded(here, paper, step).lines if line.refused > 0}


def stored_on(here: Fulfilment, notice: GoodsPaper) -> Quantities:
    """What the notice's batches have brought into the stock."""
    query = (
        select(GoodsRecordLine.line_no, func.sum(GoodsRecordLine.quantity))
        .join(GoodsPaper, GoodsPaper.paper_no == GoodsRecordLine.paper_no)
        .where(GoodsPaper.notice_no == notice.paper_no, GoodsRecordLine.step == STORE)
        .group_by(GoodsRecordLine.line_no)
    )
    return dict(here.session.execute(query).all())
