"""Compare, resolve, close: finance's part of the closing (C12, X3)."""

from __future__ import annotations

from typing import Any

from workers import cases, commission, money, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.closing import comparing, figures, locking, resolving, rules
from workers.closing.messages import (
    CloseMonth,
    DifferencesResolved,
    MonthClosed,
    Reconcile,
    Reconciled,
    Resolve,
)
from workers.closing.router import CLOSER, GONE, MOST_COMMENT, open_case, router
from workers.closing.store import MonthClosing
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.org import OrgChart
from workers.runtime import TaskContext


@router.task("reconcile", timeout=600)
def reconcile(
    _: Reconcile, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> Reconciled:
    """List every difference that nobody has resolved; the figures that finance confirms."""
    session, case_no = uow.session, task.case_no
    case, closing = open_case(uow, task)
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
    case, closing = open_case(uow, task)
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
    case, closing = open_case(uow, task)
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
