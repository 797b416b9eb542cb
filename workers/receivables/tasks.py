"""The steps of a collection from the first look to the call; the rest of it and the review stand beside (A3)."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from workers import cases, commission, debts, documents, ledger, money, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.debts import Collection
from workers.documents import Company
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.receivables import collecting, figures, litigation_tasks, review_tasks, rules
from workers.receivables.letters import letter
from workers.receivables.messages import (
    Assess,
    CallRecorded,
    CloseCollection,
    CollectionAssessed,
    CollectionClosed,
    CollectionOpened,
    DrawReminder,
    OpenCollection,
    RecordCall,
    RecordReminder,
    ReminderDrawn,
    ReminderRecorded,
)
from workers.receivables.router import router
from workers.receivables.store import CollectionContact, ReminderSent
from workers.runtime import FileValue, TaskContext

__all__ = ["litigation_tasks", "review_tasks", "router"]
log = structlog.get_logger(__name__)

WAYS = {"post": "邮寄", "courier": "快递", "email": "电子邮件", "hand": "当面送达"}
STATUS = {
    "settled": "欠款已付清，待结案",
    "hold": "逾期超过停止签约发货期限",
    "withhold": "逾期超过扣发提成期限",
    "remind": "待寄发催款函",
    "litigation": "逾期超过诉讼期限，提请总经理审批",
    "litigate": "诉讼中，待法务办理",
    "wait": "等待付款",
    "call": "待电话催收",
}


@router.task("open_collection")
def open_collection(_: OpenCollection, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> CollectionOpened:
    """Open the file of a collection that the daily look at the books has begun."""
    session, case_no = uow.session, task.case_no
    collection = collecting.find(session, case_no)
    if collection.closed_at is not None:
        raise InvalidInput(f"the collection {case_no} has ended")
    signals.mark_read(session, collecting.MESSAGE, case_no, task.now)
    cases.open_case(
        session, case_no, "collection", collecting.SYSTEM, "系统", task.now, task.process_instance_id
    )
    cases.link_document(session, case_no, collection.contract_no)
    shown = figures.of_contract(session, collection.contract_no, org, task.now)
    text = f"合同{collection.contract_no}逾期{shown['overdue_figures']}"
    cases.note(session, case_no, "系统", "开始催收", text, task.now)
    cases.status(session, case_no, text)
    return CollectionOpened.of_case(session, case_no, case_no=case_no, **shown)


@router.task("assess")
def assess(
    _: Assess, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> CollectionAssessed:
    """Read the debt anew and say what is to be done: rule 5, the message is marked as read first."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    collection = collecting.find(session, case_no)
    contract = ledger.lock_contract(session, collection.contract_no)
    cases.lock(session, case_no, task.process_instance_id)
    signals.mark_read(session, collecting.PAYMENT, case_no, task.now)
    now = collecting.situation(session, collection, today)
    stage = rules.stage_of(now)
    place = debts.position(session, collection.contract_no, today)
    changes = rules.next_stage_on(today, place.oldest_due_on, now.limits)
    again = rules.look_again_on(today, now.next_on, changes)
    owed = f"逾期{money.figures(place.overdue_principal)}，{place.overdue_days}天"
    cases.status(session, case_no, f"{STATUS[stage]}（{owed}）")
    return CollectionAssessed.of_case(
        session,
        case_no,
        collection_stage=stage,
        caller=collecting.caller(org, contract.salesperson, today),
        call_due=collecting.call_due(session, collection, office),
        look_again_at=collecting.start_of(again),
        stage_change_at=collecting.start_of(changes),
        contacts=figures.contacts(session, case_no, org),
        **figures.of_contract(session, collection.contract_no, org, task.now),
    )


@router.task("draw_reminder")
def draw_reminder(
    _: DrawReminder, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company, office: WorkingHours
) -> ReminderDrawn:
    """Draw the letter up with today's figures; a letter that never went out is superseded."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    collection = collecting.find(session, case_no)
    cases.lock(session, case_no, task.process_instance_id)
    paper = letter(session, collection.contract_no, today)
    document = documents.issue(session, paper, company, case_no=case_no, at=task.now, number=case_no)
    cases.note(session, case_no, "系统", "拟制催款函", f"{case_no} 第{document.version}版", task.now)
    return ReminderDrawn.of_case(
        session,
        case_no,
        reminder_document=FileValue(document.filename, document.content, document.media_type),
        reminder_due=policy.due(session, "send_reminder", collection.opened_at, office),
        **figures.of_contract(session, collection.contract_no, org, task.now),
    )


@router.task("record_reminder")
def record_reminder(
    form: RecordReminder, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> ReminderRecorded:
    """Record how and when the letter went out."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    collection = collecting.find(session, case_no)
    cases.lock(session, case_no, task.process_instance_id)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, "sales_operations", task, org)
    sent_on = reader.day("reminderSentOn", "寄发日期", form.reminder_sent_on)
    opened_on = collection.opened_at.astimezone(SHANGHAI).date()
    if sent_on is not None and not opened_on <= sent_on <= today:
        reader.wrong("reminderSentOn", f"寄发日期：应在{opened_on}与今天({today})之间")
    way = form.reminder_way if isinstance(form.reminder_way, str) else ""
    if way not in WAYS:
        reader.wrong("reminderWay", "寄发方式：请选择")
    by_carrier = way in ("post", "courier")
    tracking = reader.text("trackingNo", "邮件(快递)单号", form.tracking_no, 64, required=by_carrier)
    if reader.errors or sent_on is None:
        return ReminderRecorded.of_case(
            session,
            case_no,
            has_errors=True,
            form_errors=reader.errors,
            reminder_sent_on=cases.shown(form.reminder_sent_on, 10),
            reminder_way=way if way in WAYS else None,
            tracking_no=cases.shown(form.tracking_no, 64),
        )
    by = form.signed_by or ""
    version = documents.find(session, case_no).version
    session.add(
        ReminderSent(
            case_no=case_no,
            document_version=version,
            sent_on=sent_on,
            way=way,
            tracking_no=tracking,
            sent_by=by,
            recorded_at=task.now,
        )
    )
    text = f"{case_no} 第{version}版，{WAYS[way]}{' ' + tracking if tracking else ''}，{sent_on}"
    cases.note(session, case_no, org.name_of(by), "寄发催款函", text, task.now, user=by)
    cases.status(session, case_no, "催款函已寄出")
    return ReminderRecorded.of_case(session, case_no)


@router.task("record_call")
def record_call(form: RecordCall, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> CallRecorded:
    """Record what came of a call, with the day that the customer has promised or the day of the next contact."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    collection = collecting.find(session, case_no)
    contract = ledger.contract(session, collection.contract_no)
    cases.lock(session, case_no, task.process_instance_id)
    reader, by = FormReader(), form.signed_by or ""
    if by not in {contract.salesperson, collecting.caller(org, contract.salesperson, today)}:
        log.warning("security: call recorded by another", case_no=case_no, user=by)
        reader.wrong("", "只有本合同的业务员可以登记催收结果")
    call = rules.read_call(
        reader, form.call_outcome, form.promised_on, form.next_contact_on, form.call_note, today
    )
    if call is None:
        outcome = form.call_outcome
        return CallRecorded.of_case(
            session,
            case_no,
            has_errors=True,
            form_errors=reader.errors,
            call_outcome=outcome if isinstance(outcome, str) and outcome in rules.OUTCOMES else None,
            promised_on=cases.shown(form.promised_on, 10),
            next_contact_on=cases.shown(form.next_contact_on, 10),
            call_note=cases.shown(form.call_note, 2000),
        )
    session.add(
        CollectionContact(
            case_no=case_no,
            kind="call",
            outcome=call.outcome,
            promised_on=call.promised_on,
            next_on=call.next_on,
            note=call.note,
            by=by,
            at=task.now,
        )
    )
    text = f"{rules.OUTCOMES[call.outcome]}，{call.next_on}；{call.note}"
    cases.note(session, case_no, org.name_of(by), "电话催收", text, task.now, user=by)
    return CallRecorded.of_case(session, case_no)


@router.task("close_collection")
def close_collection(_: CloseCollection, uow: UnitOfWork, task: TaskContext) -> CollectionClosed:
    """The debt is paid: end the case, release the hold if the customer owes nothing overdue any more (A5, A3).

    The debt is read anew: when the payment was reversed since the case was told, another case collects it.
    """
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    collection = collecting.find(session, case_no)
    contract = ledger.lock_contract(session, collection.contract_no)
    cases.lock(session, case_no, task.process_instance_id)
    for message in (collecting.PAYMENT, collecting.SETTLED):
        signals.mark_read(session, message, case_no, task.now)
    if collection.closed_at is None or cases.find(session, case_no).state == cases.OPEN:
        debts.close_case(session, case_no, task.now)
        litigation_tasks.give_up_proposal(session, case_no, task.now)
        cases.finish(session, case_no, cases.CLOSED, task.now)
        if not debts.position(session, collection.contract_no, today).settled:
            _collect_anew(session, collection, task)
            return CollectionClosed.of_case(session, case_no)
        # money has released it already; goods that came back or an amendment have not (A4)
        commission.release_withheld(
            session, contract.contract_no, collecting.ZERO, value_date=today, posted_at=task.now
        )
        collecting.settle_hold(session, contract.customer_no, case_no, today, task.now)
        cases.note(session, case_no, "系统", "结案", "欠款和利息已结清", task.now)
        cases.status(session, case_no, "已结清")
    return CollectionClosed.of_case(session, case_no)


def _collect_anew(session: Session, collection: Collection, task: TaskContext) -> None:
    """The message that all is paid has ended the case, and the payment is gone: the debt gets another case at once."""
    other = collecting.start(session, ledger.contract(session, collection.contract_no), task.now)
    text = f"付款已冲正，欠款由{other}继续催收" if other else "付款已冲正，尚欠利息，没有逾期货款"
    cases.note(session, collection.case_no, "系统", "结案", text, task.now)
    cases.status(session, collection.case_no, text)
