"""Goods leave: released by the warehouse against the note, logged at the gate against the gate pass (C8)."""

from __future__ import annotations

from workers import cases, documents, money, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company, Signature
from workers.fulfilment import papers, printing, rules
from workers.fulfilment.delivery import note_form, refuse_under_hold, under_hold
from workers.fulfilment.delivery_messages import ExitRecorded, RecordExit, RecordRelease, ReleaseRecorded
from workers.fulfilment.router import router
from workers.fulfilment.store import DELIVERY, EXIT, ISSUED, PREPARE, RELEASE, GateExit
from workers.fulfilment.under_way import Fulfilment
from workers.ledger import Book, EntryKind
from workers.org import OrgChart
from workers.runtime import TaskContext

MOST_REMARK = 500
MOST_PLATE = 20
MOST_NAME = 50
NUMBER = 32


@router.task("record_release")
def record_release(
    form: RecordRelease,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> ReleaseRecorded:
    """Keep what the warehouse released against the approved note, and make out the gate pass; or why it cannot."""
    here, reader = Fulfilment.lock(uow, task, org), FormReader()
    note = papers.under_way(here, DELIVERY, ISSUED)
    approved = papers.quantities(here, note, PREPARE)
    cases.require_post(reader, form.signed_by, "warehouse", task, org)
    refusing = form.release_decision == "refuse"
    remark = reader.text(
        "releaseRemark", "出库备注", form.release_remark, MOST_REMARK, required=refusing, lines=True
    )
    if refusing and not reader.errors:
        here.note(form.signed_by, "无法出库", f"{note.paper_no}：{remark}")
        fields = note_form(here, note)
        papers.void(here, note)
        return _released(here, fields, "refused", return_comment=f"仓库无法出库：{remark}")
    lines: rules.Quantities = {}
    if not refusing:
        if form.release_decision != "release":
            reader.wrong("releaseDecision", "出库决定：请选择“出库”或“无法出库”")
        refuse_under_hold(here, reader)
        lines = rules.read_quantities(
            reader, "releaseLines", "出库数量", form.release_lines, approved, "发货单的"
        )
        for finding in _beyond_stock(here, lines):
            reader.wrong("releaseLines", finding)
    if reader.errors:
        return _released(
            here,
            note_form(here, note),
            "invalid",
            has_errors=True,
            form_errors=reader.errors,
            release_decision=cases.shown(form.release_decision, NUMBER),
            release_lines=here.typed(here.rows(approved), form.release_lines, ["quantity"]),
            release_remark=cases.shown(form.release_remark, MOST_REMARK),
        )
    by = form.signed_by or ""
    told = [("发货单号", note.paper_no), *printing.facts(here, note, "发货日期")]
    signatures = [printing.signed(here, "warehouse", by), Signature(org.post_name("gate_security"))]
    gate_pass = printing.issue(here, company, "CM", told, {"出门数量": lines}, signatures, notes=[remark])
    papers.record(here, note, RELEASE, by, lines, document_no=gate_pass.number, remark=remark)
    here.note(by, "出库", f"{note.paper_no}：{here.words(lines)}，出门证{gate_pass.number}")
    return _released(
        here,
        note_form(here, note) | {"note_rows": here.rows(lines)},
        "released",
        pass_no=gate_pass.number,
        pass_document=printing.attached(gate_pass),
        exit_due=policy.due(here.session, "log_exit", task.now, office),
    )


def _beyond_stock(here: Fulfilment, lines: rules.Quantities) -> list[str]:
    """Where stock or contract no longer allow that much: goods were scrapped, or an amendment came in between."""
    able = rules.deliverable(here.goods())
    return [
        f"第{line}行：库存或合同尚余只够{money.plain(able.get(line, rules.NOTHING))}"
        for line, quantity in lines.items()
        if quantity > able.get(line, rules.NOTHING)
    ]


def _released(here: Fulfilment, form: dict[str, object], outcome: str, **fields: object) -> ReleaseRecorded:
    return ReleaseRecorded.of_case(
        here.session, here.number, release_outcome=outcome, **form, **fields, **here.view()
    )


@router.task("record_exit")
def record_exit(
    form: RecordExit, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ExitRecorded:
    """Log the vehicle that left against its gate pass, and book the dispatch in the sales book (C8, C4)."""
    here, reader = Fulfilment.lock(uow, task, org), FormReader()
    note = papers.under_way(here, DELIVERY, ISSUED)
    release = papers.recorded(here, note, RELEASE)
    lines, pass_no = papers.quantities(here, note, RELEASE), release.document_no or ""
    cases.require_post(reader, form.signed_by, "gate_security", task, org)
    presented = reader.text("passPresented", "出门证号", form.pass_presented, NUMBER)
    if presented and presented != pass_no:
        reader.wrong("passPresented", f"出门证号：“{presented}”不是本次出库的出门证，不得放行")
    plate = reader.text("plate", "车牌号", form.plate, MOST_PLATE)
    driver = reader.text("driver", "驾驶员", form.driver, MOST_NAME)
    left_at = rules.read_moment(reader, "leftAt", "出门时间", form.left_at, release.recorded_at, task.now)
    common = note_form(here, note) | {"note_rows": here.rows(lines), "pass_no": pass_no}
    if reader.errors or left_at is None:
        return _logged(
            here,
            common,
            "invalid",
            has_errors=True,
            form_errors=reader.errors,
            pass_presented=cases.shown(form.pass_presented, NUMBER),
            plate=cases.shown(form.plate, MOST_PLATE),
            driver=cases.shown(form.driver, MOST_NAME),
            left_at=cases.shown(form.left_at, 40),
        )
    by = form.signed_by or ""
    # the customer was put on hold, or the stock has shrunk, while the vehicle was loaded
    stopped = under_hold(here) or "；".join(_beyond_stock(here, lines))
    if stopped:
        here.note(by, "不得放行", f"{note.paper_no}：{stopped}")
        papers.void(here, note)
        documents.void(here.session, pass_no)
        return _logged(here, common, "stopped", return_comment=f"门岗未放行：{stopped}")
    papers.record(here, note, EXIT, by, lines, on=left_at.date(), document_no=pass_no)
    exit_ = GateExit(paper_no=note.paper_no, pass_no=pass_no, plate=plate, driver=driver, left_at=left_at)
    here.session.add(exit_)
    here.post(Book.SALES, EntryKind.DISPATCH, note.paper_no, lines, left_at.date())
    text = exit_text(exit_)
    here.note(by, "出门登记", f"{note.paper_no}：{text}")
    return _logged(
        here,
        common,
        "logged",
        exit_text=text,
        receipt_lines=to_sign(here, lines),
        receipt_due=policy.due(here.session, "customer_receipt", task.now, office),
    )


def exit_text(left: GateExit) -> str:
    """The exit in a line: gate pass, vehicle, driver, moment."""
    at = left.left_at.astimezone(SHANGHAI)
    return f"出门证{left.pass_no}，车牌{left.plate}，驾驶员{left.driver}，{at:%Y-%m-%d %H:%M}出门"


def to_sign(here: Fulfilment, lines: rules.Quantities) -> list[dict[str, object]]:
    """The rows of the customer's copy: all is signed for unless somebody says otherwise."""
    return [{**row, "signed": row["quantity"], "returned": "0"} for row in here.rows(lines)]


def _logged(here: Fulfilment, form: dict[str, object], outcome: str, **fields: object) -> ExitRecorded:
    return ExitRecorded.of_case(
        here.session, here.number, exit_outcome=outcome, **form, **fields, **here.view()
    )
