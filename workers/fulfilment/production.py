"""Production: planned from what is missing, on a notice that the deputy GM has issued (C6)."""

from __future__ import annotations

from datetime import datetime

from workers import cases, documents, policy, signals
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.fulfilment import papers, printing, rules
from workers.fulfilment.production_messages import (
    IssueProductionNotice,
    PlanProduction,
    PrepareProductionNotice,
    ProductionNoticeIssued,
    ProductionNoticePrepared,
    ProductionPlanned,
)
from workers.fulfilment.router import router
from workers.fulfilment.store import DRAFTED, NOTICE, PREPARE, GoodsPaper
from workers.fulfilment.under_way import Fulfilment
from workers.org import OrgChart
from workers.runtime import TaskContext

GOODS_WANTED = "Msg_GoodsWanted"
POST = "planning"
MOST_REMARK = 500
COLUMN = "通知生产数量"


@router.task("plan_production")
def plan_production(
    request: PlanProduction, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ProductionPlanned:
    """Read anew what is still to be made; what the signals told so far is read with it."""
    here = Fulfilment.lock(uow, task, org)
    signals.mark_read(here.session, GOODS_WANTED, here.number, task.now)
    goods = here.goods()
    plan = rules.production_plan(goods)
    wanted, returned = rules.to_produce(goods), papers.take_back(here, NOTICE)
    lines, finish_by, remark = wanted, here.contract.delivery_date, ""
    if returned is not None:
        before = papers.quantities(here, returned, PREPARE)
        lines = {line: min(before.get(line, quantity), quantity) for line, quantity in wanted.items()}
        finish_by = returned.wanted_on or finish_by
        remark = papers.recorded(here, returned, PREPARE).remark
    return ProductionPlanned.of_case(
        here.session,
        here.number,
        production_plan=plan,
        return_comment=cases.shown(request.return_comment, cases.COMMENT_LIMIT) if returned else None,
        notice_lines=here.rows(lines),
        finish_by=max(finish_by, here.today).isoformat(),  # a day that has passed would be refused
        notice_remark=remark or None,
        notice_due=policy.due(here.session, "prepare_production_notice", task.now, office),
        **here.view(),
    )


@router.task("prepare_production_notice")
def prepare_production_notice(
    form: PrepareProductionNotice, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company
) -> ProductionNoticePrepared:
    """Check what planning filled and draw the notice up for its approval."""
    here, reader = Fulfilment.lock(uow, task, org), FormReader()
    wanted = rules.to_produce(here.goods())
    cases.require_post(reader, form.signed_by, POST, task, org)
    lines = rules.read_quantities(reader, "noticeLines", COLUMN, form.notice_lines, wanted, "尚需生产的")
    finish_by = reader.day("finishBy", "要求完工日期", form.finish_by)
    if finish_by is not None and finish_by < here.today:
        reader.wrong("finishBy", f"要求完工日期：{finish_by}已经过去")
    remark = reader.text("noticeRemark", "备注", form.notice_remark, MOST_REMARK, required=False, lines=True)
    if not wanted or reader.errors or finish_by is None:
        return ProductionNoticePrepared.of_case(
            here.session,
            here.number,
            notice_outcome="invalid" if wanted else "obsolete",
            has_errors=bool(wanted and reader.errors),
            form_errors=reader.errors if wanted else [],
            notice_lines=here.typed(here.rows(wanted), form.notice_lines, ["quantity"]),
            finish_by=cases.shown(form.finish_by, 40),
            notice_remark=cases.shown(form.notice_remark, MOST_REMARK),
            **here.view(),
        )
    by = form.signed_by or ""
    notice = papers.draw_up(here, NOTICE, by=by, wanted_on=finish_by)
    papers.record(here, notice, PREPARE, by, lines, remark=remark)
    told = printing.facts(here, notice, "要求完工日期")
    filler = printing.signed(here, POST, by)
    document = printing.issue(
        here,
        company,
        "SC",
        told,
        {COLUMN: lines},
        [filler, *documents.signed_by(None)],
        number=notice.paper_no,
        notes=[remark],
    )
    here.note(by, "填写生产通知单", f"{notice.paper_no}：{here.words(lines)}")
    heads, rows = printing.table(here, {COLUMN: lines})
    return ProductionNoticePrepared.of_case(
        here.session,
        here.number,
        notice_outcome="prepared",
        **cases.paper(
            papers.STAGES[NOTICE],
            notice.paper_no,
            "生产通知单",
            facts=[*told, ("备注", remark)],
            columns=heads,
            rows=rows,
            document=printing.attached(document),
        ),
        **here.view(),
    )


@router.task("issue_production_notice")
def issue_production_notice(
    _: IssueProductionNotice,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> ProductionNoticeIssued:
    """The approved notice comes into force; only then is anything produced (C6)."""
    here = Fulfilment.lock(uow, task, org)
    notice = papers.under_way(here, NOTICE, DRAFTED)
    given = papers.approval(here, notice)
    said = papers.recorded(here, notice, PREPARE)
    document = printing.issue(
        here,
        company,
        "SC",
        printing.facts(here, notice, "要求完工日期"),
        {COLUMN: papers.quantities(here, notice, PREPARE)},
        [printing.signed(here, POST, said.done_by, said.recorded_at), *documents.signed_by(given)],
        number=notice.paper_no,
        notes=[said.remark],
    )
    here.note(None, "签发生产通知单", notice.paper_no)
    return ProductionNoticeIssued.of_case(
        here.session,
        here.number,
        notice_document=printing.attached(document),
        batch_due=batch_due(here, office),
        **batch_form(here, notice),
        **here.view(),
    )


def batch_due(here: Fulfilment, office: WorkingHours) -> datetime:
    """Until when production reports the next batch."""
    return policy.due(here.session, "report_production", here.task.now, office)


def notice_words(here: Fulfilment, notice: GoodsPaper) -> dict[str, object]:
    """Number and text of the notice, which production and quality read on their forms."""
    by = f"，要求{notice.wanted_on}完工" if notice.wanted_on else ""
    remark = papers.recorded(here, notice, PREPARE).remark
    text = f"{notice.paper_no}{by}" + (f"；{remark}" if remark else "")
    return {"notice_no": notice.paper_no, "notice_text": text}


def batch_form(here: Fulfilment, notice: GoodsPaper) -> dict[str, object]:
    """The fields of `BatchForm`: what is left of the notice, for the next report of production."""
    ordered = papers.quantities(here, notice, PREPARE)
    stored = papers.stored_on(here, notice)
    left = rules.left_of(ordered, stored, here.goods())
    return {
        **notice_words(here, notice),
        "notice_left": here.rows(ordered, stored=stored, left=left),
        "batch_lines": here.rows(left),
        "produced_on": here.today.isoformat(),
    }
