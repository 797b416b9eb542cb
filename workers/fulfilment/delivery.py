"""Delivery notes: planned from the stock, filled by sales operations, approved by the sales manager (C8)."""

from __future__ import annotations

from decimal import Decimal

from workers import cases, catalog, documents, policy, signals
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company, Signature
from workers.fulfilment import papers, printing, rules
from workers.fulfilment.delivery_messages import (
    DeliveryNoteIssued,
    DeliveryNotePrepared,
    DeliveryPlanned,
    IssueDeliveryNote,
    PlanDelivery,
    PrepareDeliveryNote,
)
from workers.fulfilment.router import router
from workers.fulfilment.stock import STOCK_CHANGED
from workers.fulfilment.store import DELIVERY, DRAFTED, PREPARE, GoodsPaper
from workers.fulfilment.under_way import Fulfilment
from workers.org import OrgChart
from workers.runtime import TaskContext

POST = "sales_operations"
MOST_REMARK = 500
MOST_ADDRESS = 200
COLUMN = "发货数量"


@router.task("plan_delivery")
def plan_delivery(
    request: PlanDelivery, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> DeliveryPlanned:
    """Read anew what can leave; what the signals told so far is read with it."""
    here = Fulfilment.lock(uow, task, org)
    signals.mark_read(here.session, STOCK_CHANGED, here.number, task.now)
    goods = here.goods()
    able, returned = rules.deliverable(goods), papers.take_back(here, DELIVERY)
    lines, leave_on, remark = able, here.today, ""
    customer = catalog.customer(here.session, here.contract.customer_no)
    destination = customer.address if customer is not None else ""
    if returned is not None:
        before = papers.quantities(here, returned, PREPARE)
        lines = {line: min(before.get(line, quantity), quantity) for line, quantity in able.items()}
        leave_on = max(returned.wanted_on or leave_on, leave_on)
        destination, remark = returned.destination, papers.recorded(here, returned, PREPARE).remark
    return DeliveryPlanned.of_case(
        here.session,
        here.number,
        delivery_plan=rules.delivery_plan(goods),
        return_comment=cases.shown(request.return_comment, cases.COMMENT_LIMIT) if returned else None,
        delivery_lines=here.rows(lines),
        leave_on=leave_on.isoformat(),
        destination=destination,
        delivery_remark=remark or None,
        delivery_due=policy.due(here.session, "fill_delivery_note", task.now, office),
        **here.view(),
    )


@router.task("prepare_delivery_note")
def prepare_delivery_note(
    form: PrepareDeliveryNote, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company
) -> DeliveryNotePrepared:
    """Check what sales operations filled, the stock and the customer's hold, and draw the note up (C8, A3)."""
    here, reader = Fulfilment.lock(uow, task, org), FormReader()
    able = rules.deliverable(here.goods())
    cases.require_post(reader, form.signed_by, POST, task, org)
    refuse_under_hold(here, reader)
    lines = rules.read_quantities(
        reader, "deliveryLines", COLUMN, form.delivery_lines, able, "现在可以发出的"
    )
    leave_on = reader.day("leaveOn", "发货日期", form.leave_on)
    if leave_on is not None and leave_on < here.today:
        reader.wrong("leaveOn", f"发货日期：{leave_on}已经过去")
    destination = reader.text("destination", "收货地址", form.destination, MOST_ADDRESS)
    remark = reader.text(
        "deliveryRemark", "备注", form.delivery_remark, MOST_REMARK, required=False, lines=True
    )
    if not able or reader.errors or leave_on is None:
        return DeliveryNotePrepared.of_case(
            here.session,
            here.number,
            note_outcome="invalid" if able else "obsolete",
            has_errors=bool(able and reader.errors),
            form_errors=reader.errors if able else [],
            delivery_lines=here.typed(here.rows(able), form.delivery_lines, ["quantity"]),
            leave_on=cases.shown(form.leave_on, 40),
            destination=cases.shown(form.destination, MOST_ADDRESS),
            delivery_remark=cases.shown(form.delivery_remark, MOST_REMARK),
            **here.view(),
        )
    by = form.signed_by or ""
    note = papers.draw_up(here, DELIVERY, by=by, wanted_on=leave_on, destination=destination)
    papers.record(here, note, PREPARE, by, lines, remark=remark)
    told = printing.facts(here, note, "发货日期")
    unsigned = [printing.signed(here, POST, by), *documents.signed_by(None)]
    document = _print(here, company, note, unsigned)
    here.note(by, "填写发货单", f"{note.paper_no}：{here.words(lines)}")
    heads, rows = printing.table(here, {COLUMN: lines, "库存": able})
    view = here.view()
    return DeliveryNotePrepared.of_case(
        here.session,
        here.number,
        note_outcome="prepared",
        **cases.paper(
            papers.STAGES[DELIVERY],
            note.paper_no,
            "发货单",
            facts=[
                *told,
                ("备注", remark),
                ("已收款", f"{view['received_figures']}（{view['percent_received']}）"),
            ],
            columns=heads,
            rows=rows,
            amount=_worth(here, lines),
            document=printing.attached(document),
        ),
        **view,
    )


def refuse_under_hold(here: Fulfilment, reader: FormReader) -> None:
    """A customer who owes too much for too long gets nothing until somebody entitled releases it (A3)."""
    held = under_hold(here)
    if held:
        reader.wrong("", f"{held}；解除暂停以后才能发货")


def under_hold(here: Fulfilment) -> str:
    """That the customer gets no goods, and why, in Chinese; empty when they do."""
    hold = here.hold()
    return f"客户{here.contract.customer_name}已被暂停发货：{hold}" if hold else ""


@router.task("issue_delivery_note")
def issue_delivery_note(
    _: IssueDeliveryNote,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> DeliveryNoteIssued:
    """The approved note comes into force: the warehouse releases against it and against nothing else (C8)."""
    here = Fulfilment.lock(uow, task, org)
    note = papers.under_way(here, DELIVERY, DRAFTED)
    given = papers.approval(here, note)
    said = papers.recorded(here, note, PREPARE)
    filler = printing.signed(here, POST, said.done_by, said.recorded_at)
    document = _print(here, company, note, [filler, *documents.signed_by(given)])
    here.note(None, "批准发货单", note.paper_no)
    lines = papers.quantities(here, note, PREPARE)
    return DeliveryNoteIssued.of_case(
        here.session,
        here.number,
        release_lines=here.rows(lines),
        note_document=printing.attached(document),
        release_due=policy.due(here.session, "release_goods", task.now, office),
        **note_form(here, note),
        **here.view(),
    )


def note_form(here: Fulfilment, note: GoodsPaper) -> dict[str, object]:
    """The fields of `NoteForm`: the note as it was approved, and what is in stock now."""
    said = papers.recorded(here, note, PREPARE)
    text = f"{note.paper_no}，{note.wanted_on}发往{note.destination}" + (
        f"；{said.remark}" if said.remark else ""
    )
    stock = {line.line_no: line.in_stock for line in here.goods()}
    return {
        "note_no": note.paper_no,
        "note_text": text,
        "note_rows": here.rows(papers.quantities(here, note, PREPARE), stock=stock),
    }


def _print(
    here: Fulfilment, company: Company, note: GoodsPaper, signatures: list[Signature]
) -> documents.Document:
    """The delivery note, with empty columns for what the customer writes on it."""
    columns: dict[str, rules.Quantities | None] = {
        COLUMN: papers.quantities(here, note, PREPARE),
        "实收数量": None,
        "退回数量": None,
    }
    return printing.issue(
        here,
        company,
        "FH",
        printing.facts(here, note, "发货日期"),
        columns,
        [*signatures, Signature("收货人(客户)")],
        number=note.paper_no,
        notes=[papers.recorded(here, note, PREPARE).remark],
    )


def _worth(here: Fulfilment, lines: rules.Quantities) -> Decimal:
    return sum((here.products[line].value_of(many) for line, many in lines.items()), Decimal(0))
