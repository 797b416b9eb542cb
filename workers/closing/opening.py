"""Open the closing of a month, by the calendar or a person, and withdraw it (C12, X1, X4)."""

from __future__ import annotations

import structlog

from workers import cases, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.closing import counting, figures, months, rules
from workers.closing.messages import (
    CloseRequested,
    ClosingOpened,
    ClosingWithdrawn,
    OpenClosing,
    RequestClose,
    WithdrawClosing,
)
from workers.closing.router import CLOSER, open_case, router
from workers.closing.store import OPEN, WITHDRAWN, MonthClosing
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import Book
from workers.org import OrgChart
from workers.runtime import TaskContext

log = structlog.get_logger(__name__)

KIND = "month_close"
PROCESS, MESSAGE = "MonthlyCloseProcess", "Msg_MonthCloseRequested"


@router.task("request_close")
def request_close(_: RequestClose, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> CloseRequested:
    """On the first of a month: ask for the closing of the oldest month that is over and open, if there is one."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    month = months.next_open(session)
    if month is None or month >= today.replace(day=1) or months.under_way(session, month) is not None:
        log.info("closing.nothing_to_close", month=str(month))
        return CloseRequested()
    owner = next(iter(org.acting_holders(CLOSER, today)))
    written = f"{month:%Y-%m}"
    number = months.number_for(session, month)
    variables = {"applicant": owner, "month": written}
    signals.send(session, MESSAGE, number, f"{today:%Y-%m}", starts=PROCESS, variables=variables)
    return CloseRequested(requested_month=written)


@router.task("open_closing")
def open_closing(
    request: OpenClosing, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ClosingOpened:
    """Open the closing of a month, once per month and in their order.

    What a person asked for wrongly comes back to them; what the calendar asked for and is done already ends.
    """
    session, now = uow.session, task.now
    today = now.astimezone(SHANGHAI).date()
    by_calendar = cases.is_technical(request.started_by) and task.business_key is not None
    if by_calendar:
        signals.mark_read(session, MESSAGE, task.business_key or "", now)
    applicant = cases.starter(org, request.started_by, request.applicant, task.process_definition_key, today)
    reader = FormReader()
    wanted = request.month
    if isinstance(wanted, str) and not wanted.strip():
        wanted = None
    found = (
        months.wanted(reader, session, wanted, request.early_reason, today) if wanted is not None else None
    )
    if request.abandon_requested is True or (by_calendar and found is None):
        return ClosingOpened(closing_outcome="dropped", applicant=applicant, case_status="没有立案")
    if found is None:
        proposed = months.next_open(session) if wanted is None else None
        if wanted is None:
            words = f"已填上最早未结的{proposed:%Y-%m}，请核对后提交" if proposed else "请填写"
            reader.wrong("month", f"结账月份：{words}")
        return ClosingOpened(
            closing_outcome="invalid",
            applicant=applicant,
            case_status="待确定结账月份",
            has_errors=True,
            form_errors=reader.errors,
            month=f"{proposed:%Y-%m}" if proposed else cases.shown(request.month, 10),
            early_reason=cases.shown(request.early_reason, rules.MOST_REASON),
            choose_due=policy.due(session, "confirm_close", now, office),
        )
    month, reason = found
    case_no = months.number_for(session, month)
    name = org.name_of(applicant)
    cases.open_case(session, case_no, KIND, applicant, name, now, task.process_instance_id)
    session.add(MonthClosing(case_no=case_no, month=month, early_reason=reason, state=OPEN, opened_at=now))
    cases.status(session, case_no, "待仓库盘点、销售业务科核对台帐")
    stocks, view = counting.in_stock(session, now), cases.overview(session, case_no)
    return ClosingOpened(
        closing_outcome="opened",
        applicant=applicant,
        case_status=view.case_status,
        case_history=list(view.case_history),
        case_no=case_no,
        closing_month=f"{month:%Y-%m}",
        early_reason_text=reason,
        count_due=policy.due(session, "count_stock", now, office),
        counts=counting.rows(stocks),
        count_lines=str(len(stocks)),
        sales_figures=figures.of_month(session, month, [Book.SALES]),
    )


@router.task("withdraw")
def withdraw(form: WithdrawClosing, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> ClosingWithdrawn:
    """Withdraw the closing if its starter says so, with a reason, before the month is closed (X4)."""
    session, case_no = uow.session, task.case_no
    case, closing = open_case(uow, task)
    gone = "本月已结账，不能撤回"
    found = cases.withdraw(session, case, form, task.now, org, gone=gone, who="发起人")
    if found.done:
        closing.state, closing.ended_at = WITHDRAWN, task.now
    return ClosingWithdrawn.of_case(session, case_no, **found.fields)
