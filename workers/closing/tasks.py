"""MonthlyCloseProcess: count, confirm, reconcile, resolve, close (C12, X3, X4). The modules beside decide."""

from __future__ import annotations

from typing import Any

import structlog

from workers import cases, commission, money, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.closing import comparing, counting, figures, locking, months, resolving, rules
from workers.closing.messages import (
    CloseMonth,
    CloseRequested,
    ClosingOpened,
    ClosingWithdrawn,
    ConfirmSalesBook,
    CountRecorded,
    DifferencesResolved,
    MonthClosed,
    OpenClosing,
    Reconcile,
    Reconciled,
    RecordCount,
    RequestClose,
    Resolve,
    SalesBookConfirmed,
    WithdrawClosing,
)
from workers.closing.store import OPEN, WITHDRAWN, MonthClosing
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.ledger import Book
from workers.org import OrgChart
from workers.runtime import Router, TaskContext

router = Router("closing")
log = structlog.get_logger(__name__)

KIND = "month_close"
PROCESS, MESSAGE = "MonthlyCloseProcess", "Msg_MonthCloseRequested"
CLOSER, COUNTER, KEEPER = "finance", "warehouse", "sales_operations"
GONE = "本次月结已撤回或结束"
MOST_COMMENT = 500


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
    found = months.wanted(reader, session, request.month, request.early_reason, today)
    if request.abandon_requested is True or (by_calendar and found is None):
        return ClosingOpened(closing_outcome="dropped", applicant=applicant, case_status="没有立案")
    if found is None:
        return ClosingOpened(
            closing_outcome="invalid",
            applicant=applicant,
            case_status="待确定结账月份",
            has_errors=True,
            form_errors=reader.errors,
            month=cases.shown(request.month, 7),
            early_reason=cases.shown(request.early_reason, rules.MOST_REASON),
            choose_due=policy.due(session, "confirm_close", now, office),
        )
    month, reason = found
    case_no = months.number_for(session, month)
    name = org.name_of(applicant)
    cases.open_case(session, case_no, KIND, applicant, name, now, task.process_instance_id)
    session.add(MonthClosing(case_no=case_no, month=month, early_reason=reason, state=OPEN, opened_at=now))
    cases.status(session, case_no, "待仓库盘点、销售业务科核对台帐")
    stocks, view = counting.in_stock(session), cases.overview(session, case_no)
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


@router.task("record_count")
def record_count(form: RecordCount, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> CountRecorded:
    """Keep the count, once, beside the book's stock of this moment."""
    session, case_no = uow.session, task.case_no
    case, closing = _open(uow, task)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, COUNTER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", GONE)
    remark = reader.text(
        "countRemark", "盘点说明", form.count_remark, MOST_COMMENT, required=False, lines=True
    )
    ledger_stock = counting.in_stock(session)
    counted = {} if reader.errors else counting.read(reader, form.counts, ledger_stock)
    if not reader.errors and closing.counted_at is None:
        by = form.signed_by or ""
        off = counting.keep(session, case_no, ledger_stock, counted, by, task.now)
        closing.counted_at = task.now
        text = f"{len(counted)}行，{off}行有差异" + (f"；{remark}" if remark else "")
        cases.note(session, case_no, org.name_of(by), "盘点", text, task.now, user=by)
        _waiting(uow, case_no, closing)
    return CountRecorded.of_case(
        session,
        case_no,
        count_accepted=not reader.errors,
        count_errors=reader.errors,
        counts=counting.rows(ledger_stock, counting.as_sent(form.counts)),
        count_lines=str(len(ledger_stock)),
        count_remark=cases.shown(form.count_remark, MOST_COMMENT),
    )


@router.task("confirm_sales_book")
def confirm_sales_book(
    form: ConfirmSalesBook, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> SalesBookConfirmed:
    """Sales operations says that its ledger is complete."""
    session, case_no = uow.session, task.case_no
    case, closing = _open(uow, task)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, KEEPER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", GONE)
    if form.sales_book_confirmed is not True:
        reader.wrong("salesBookConfirmed", "请核对销售台帐后勾选确认")
    remark = reader.text(
        "salesRemark", "核对说明", form.sales_remark, MOST_COMMENT, required=False, lines=True
    )
    if not reader.errors:
        by = form.signed_by or ""
        closing.sales_confirmed_by = by
        cases.note(session, case_no, org.name_of(by), "核对销售台帐", remark, task.now, user=by)
        _waiting(uow, case_no, closing)
    return SalesBookConfirmed.of_case(
        session,
        case_no,
        sales_book_accepted=not reader.errors,
        sales_errors=reader.errors,
        sales_figures=figures.of_month(session, closing.month, [Book.SALES]),
        sales_remark=cases.shown(form.sales_remark, MOST_COMMENT),
    )


@router.task("reconcile", timeout=600)
def reconcile(
    _: Reconcile, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> Reconciled:
    """List every difference that nobody has resolved; the figures that finance confirms."""
    session, case_no = uow.session, task.case_no
    case, closing = _open(uow, task)
    found = comparing.differences(session, case_no, closing.month)
    remaining = resolving.still_open(session, found, resolving.decided(session, case_no))
    if case.state == cases.OPEN:
        text = f"有{len(remaining)}项差异，待财务部处理" if remaining else "核对无误，待财务部确认结账"
        cases.status(session, case_no, text)
    listing = _listing(uow, closing, remaining, org)
    resolved = len(listing["resolved_differences"])
    return Reconciled.of_case(
        session,
        case_no,
        reconciled=not remaining,
        resolve_due=policy.due(session, "resolve_difference", task.now, office),
        confirm_due=policy.due(session, "confirm_close", task.now, office),
        month_figures=figures.of_month(session, closing.month),
        differences_text=f"{resolved}项，均已处理" if resolved else "没有差异",
        expected_commission=money.figures(commission.expected(session, closing.month)),
        **listing,
    )


@router.task("resolve", timeout=600)
def resolve(form: Resolve, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> DifferencesResolved:
    """Keep how differences were resolved: by whom, and why. With a mistake in the form nothing is kept."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    case, closing = _open(uow, task)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, CLOSER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", GONE)
    found = comparing.differences(session, case_no, closing.month)
    remaining = resolving.still_open(session, found, resolving.decided(session, case_no))
    if not reader.errors:
        staff = [user for user, _ in org.staff(today)]
        decided = rules.read_resolutions(reader, form.differences, {one.key: one for one in remaining}, staff)
        by = form.signed_by or ""
        for one in decided if not reader.errors else ():
            resolving.keep(session, case_no, one, by, task.now)
            words = f"{rules.KINDS[one.difference.code]} {one.difference.contract_no or ''}"
            text = f"{words}：{rules.RESOLUTIONS[one.resolution]}，责任人{org.name_of(one.responsible)}，{one.reason}"
            cases.note(session, case_no, org.name_of(by), "处理差异", text, task.now, user=by)
        if decided and not reader.errors:
            remaining = resolving.still_open(session, found, resolving.decided(session, case_no))
    sent = resolving.as_sent(form.differences) if reader.errors else None
    return DifferencesResolved.of_case(
        session,
        case_no,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        **_listing(uow, closing, remaining, org, sent),
    )


@router.task("close_month", timeout=600)
def close_month(
    form: CloseMonth, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company
) -> MonthClosed:
    """Close the month in one transaction, if finance says so and nothing new differs; then nothing is withdrawn."""
    session, case_no = uow.session, task.case_no
    case, closing = _open(uow, task)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, CLOSER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", GONE)
    if form.close_confirmed is not True:
        reader.wrong("closeConfirmed", "确认结账：核对无误后勾选确认")
    remark = reader.text("closeRemark", "说明", form.close_remark, MOST_COMMENT, required=False, lines=True)
    if not reader.errors:
        new = locking.settle(session, closing)
        if new:
            reader.wrong("", f"核对之后又有{len(new)}项差异，处理后再结账")
    if reader.errors:
        return MonthClosed.of_case(
            session,
            case_no,
            close_outcome="again",
            close_errors=reader.errors,
            close_remark=cases.shown(form.close_remark, MOST_COMMENT),
        )
    by = form.signed_by or ""
    papers, payouts = locking.close(session, closing, by, remark, org, company, task.now)
    cases.finish(session, case_no, cases.CLOSED, task.now)
    text = f"{closing.month:%Y-%m}已结账；单据{'、'.join(papers)}"
    cases.note(session, case_no, org.name_of(by), "结账", text[: cases.COMMENT_LIMIT], task.now, user=by)
    more = f"，已发起{len(payouts)}份业务提成单" if payouts else ""
    cases.status(session, case_no, f"{closing.month:%Y-%m}已结账{more}")
    return MonthClosed.of_case(session, case_no, close_outcome="closed")


@router.task("withdraw")
def withdraw(form: WithdrawClosing, uow: UnitOfWork, task: TaskContext) -> ClosingWithdrawn:
    """Withdraw the closing if its starter says so, with a reason, before the month is closed (X4)."""
    session, case_no = uow.session, task.case_no
    case, closing = _open(uow, task)
    reader, outcome = FormReader(), "kept"
    if form.withdraw_requested is True:
        reason = reader.text("withdrawReason", "撤回理由", form.withdraw_reason, MOST_COMMENT, lines=True)
        if form.withdrawn_by != case.applicant:
            log.warning("security: withdrawal by another", case_no=case_no, user=form.withdrawn_by)
            reader.wrong("withdrawRequested", "只有发起人可以撤回")
        elif case.state != cases.OPEN:
            reader.wrong("withdrawRequested", "本月已结账，不能撤回")
        if not reader.errors:
            outcome = "withdrawn"
            cases.finish(session, case_no, cases.WITHDRAWN, task.now)
            closing.state, closing.ended_at = WITHDRAWN, task.now
            cases.note(session, case_no, case.applicant_name, "撤回", reason, task.now, user=case.applicant)
            cases.status(session, case_no, "已撤回")
    return ClosingWithdrawn.of_case(session, case_no, withdraw_outcome=outcome, withdraw_errors=reader.errors)


def _open(uow: UnitOfWork, task: TaskContext) -> tuple[cases.Case, MonthClosing]:
    """The case, locked, and its closing."""
    case = cases.lock(uow.session, task.case_no, task.process_instance_id)
    return case, months.closing(uow.session, task.case_no)


def _waiting(uow: UnitOfWork, case_no: str, closing: MonthClosing) -> None:
    """Say who is still awaited before the books are compared."""
    awaited = [] if closing.counted_at else ["仓库盘点"]
    awaited += [] if closing.sales_confirmed_by else ["销售业务科核对台帐"]
    cases.status(uow.session, case_no, f"待{'、'.join(awaited)}" if awaited else "核对台帐中")


def _listing(
    uow: UnitOfWork,
    closing: MonthClosing,
    remaining: list[rules.Difference],
    org: OrgChart,
    sent: dict[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The fields of `Listing`."""
    decided = resolving.decided(uow.session, closing.case_no)
    return {
        "closing_month": f"{closing.month:%Y-%m}",
        "differences": resolving.rows(remaining, sent),
        "resolved_differences": resolving.resolved_rows(decided, org),
        "open_count": str(len(remaining)),
        "resolved_count": str(len(decided)),
        "resolution_options": [{"label": label, "value": code} for code, label in rules.RESOLUTIONS.items()],
        "staff_options": [{"label": one.name, "value": user} for user, one in sorted(org.people.items())],
    }
