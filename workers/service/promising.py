"""The strand that watches over the promise beside the work: a delay is told before it happens (W9)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, customers, notify, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import lines, orders, promise, rules
from workers.service.promise import Standing
from workers.service.router import router
from workers.service.store import AGREED, CONFIRMED, ServiceContact, ServiceOrder
from workers.service.work_messages import DelayRecorded, PromiseWatched, RecordDelay, WatchPromise
from workers.service.workshop import Workshop

PROGRESS = "Msg_ServiceProgress"
POST = "service_advisor"


def standing(session: Session, order: ServiceOrder) -> Standing:
    """The promise and how far the work is. InvalidInput before there is a promise."""
    if order.promised_at is None or order.promise_given_at is None:
        raise InvalidInput(f"service order {order.case_no} has no promised time")
    left = lines.hours(lines.of(session, order.case_no), AGREED)
    return Standing(
        order.promised_at.astimezone(SHANGHAI),
        order.promise_given_at.astimezone(SHANGHAI),
        left,
        order.begun_at.astimezone(SHANGHAI) if order.begun_at else None,
        order.asked_at.astimezone(SHANGHAI) if order.asked_at else None,
    )


def mark_read(session: Session, task: TaskContext) -> None:
    """Rule 5: what was told so far is read here."""
    signals.mark_read(session, PROGRESS, task.case_no, task.now)


def progress(session: Session, task: TaskContext) -> None:
    """What is left of the work has changed: the strand that watches over the promise looks again."""
    signals.send(session, PROGRESS, task.case_no, f"{task.activity_id} {task.task_id}")


@router.task("watch_promise")
def watch_promise(
    _: WatchPromise, uow: UnitOfWork, task: TaskContext, shop: Workshop, office: WorkingHours
) -> PromiseWatched:
    """Read promise and work anew: wait, call the customer, or nothing more to watch (W9)."""
    session = uow.session
    _case, order = orders.lock(session, task)
    mark_read(session, task)
    now, here = task.now.astimezone(SHANGHAI), standing(session, order)
    warning = Decimal(policy.document_on(session, now.date()).delay_warning_hours)
    outcome = "wait"
    if order.state != CONFIRMED:
        outcome = "done"
    elif promise.in_danger(here, now, warning, shop):
        outcome = "danger"
    soonest = shop.forward(now, promise.hours_left(here, now, shop))
    text = f"答应{orders.moment_text(order.promised_at)}完工，按剩余工作推算最早{orders.moment_text(soonest)}"
    hours = promise.hours_left(here, now, shop) + shop.promise_buffer_hours  # the call takes its time too
    suggested = max(shop.forward(now, hours), here.promised_at).replace(second=0, microsecond=0)
    return PromiseWatched.of_case(
        session,
        task.case_no,
        promise_outcome=outcome,
        watch_at=promise.look_again_at(here, now, warning, shop),
        delay_due=_due(session, here, now, office),
        delay_text=text if outcome == "danger" else "",
        delay_promised_at=suggested.isoformat(timespec="minutes") if outcome == "danger" else None,
        **_customer(session, order, full=outcome == "danger"),
    )


def _due(session: Session, here: Standing, now: datetime, office: WorkingHours) -> datetime:
    """When the customer has to know: before the promised time, if that is to come yet."""
    due = policy.due(session, "warn_of_delay", now, office)
    return min(due, here.promised_at) if here.promised_at > now else due


def _customer(session: Session, order: ServiceOrder, *, full: bool) -> dict[str, str]:
    """Whom to call; masked as soon as nobody has to (M5)."""
    who: dict[str, Any] = customers.view(session, order.customer_no or "", full=full)
    return {"delay_customer": f"{who['customer_name']} {who['customer_phone']}"}


@router.task("record_delay")
def record_delay(
    form: RecordDelay, uow: UnitOfWork, task: TaskContext, org: OrgChart, shop: Workshop
) -> DelayRecorded:
    """The customer knows before the promised time, and a new one is agreed (W9)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    _case, order = orders.lock(session, task)
    cases.require_post(reader, by, POST, task, org)
    if order.state != CONFIRMED:  # finished while the customer was being called: there is no delay to tell
        return _too_late(session, order, task)
    if form.delay_result not in ("told", "unreached"):
        reader.wrong("delayResult", "联系结果：请选择")
    note = reader.text("delayNote", "沟通情况", form.delay_note, rules.MOST_TEXT, lines=True)
    told = form.delay_result == "told"
    promised, now = None, task.now.astimezone(SHANGHAI)
    if told:
        orders.read_channel(session, order, reader, "delayChannel", "联系方式", form.delay_channel)
        soonest = shop.forward(now, promise.hours_left(standing(session, order), now, shop))
        promised = rules.read_promise(
            reader, "delayPromisedAt", "新的完工时间", form.delay_promised_at, soonest
        )
    before, outcome = order.promised_at, "again"
    if not reader.errors:
        session.add(
            ServiceContact(
                case_no=order.case_no,
                kind="delay",
                outcome=str(form.delay_result),
                promised_before=before,
                promised_after=promised or before,
                note=note,
                by=by,
                at=task.now,
            )
        )
        said = f"{orders.moment_text(before)}改为{orders.moment_text(promised)}" if told else "未联系上客户"
        cases.note(session, order.case_no, org.name_of(by), "延期告知", f"{said}：{note}", task.now, user=by)
    if not reader.errors and told:
        outcome = "told"
        order.promised_at, order.promise_given_at = promised, task.now
        notify.tell_customer(
            session,
            f"{order.case_no}-delay-{task.task_id}",
            order.customer_no or "",
            f"完工时间变更 {order.case_no}",
            f"您的车{order.plate}不能按原定时间完工，与您商定{said}，给您添了麻烦，请谅解。",
            channel=str(form.delay_channel),
        )
    wrong = bool(reader.errors)
    return DelayRecorded.of_case(
        session,
        task.case_no,
        delay_outcome=outcome,
        delay_text=f"答应{orders.moment_text(before)}完工" if outcome == "again" else "",
        delay_errors=reader.errors,
        delay_result=cases.shown(form.delay_result, 16) if wrong else None,
        delay_channel=cases.shown(form.delay_channel, 16) if wrong else None,
        delay_promised_at=cases.shown(form.delay_promised_at, 40) if outcome == "again" else None,
        delay_note=cases.shown(form.delay_note, rules.MOST_TEXT) if wrong else None,
        **_customer(session, order, full=outcome == "again"),
    )


def _too_late(session: Session, order: ServiceOrder, task: TaskContext) -> DelayRecorded:
    """Nothing is recorded and nobody is written to; the watch looks again and ends."""
    cases.note(session, order.case_no, "系统", "延期告知未登记", "车辆已完工，没有延期", task.now)
    return DelayRecorded.of_case(
        session, task.case_no, delay_outcome="finished", **_customer(session, order, full=False)
    )
