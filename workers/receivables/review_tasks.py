"""The steps of the monthly review: open, analyse, have it read, start what has to be collected (A1, A2, C5)."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from workers import cases, debts, documents, ledger, money, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormError, FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.receivables import collecting, figures, rules
from workers.receivables.analysis import Analysis, ContractDebt
from workers.receivables.analysis import analyse as sum_up
from workers.receivables.report import page
from workers.receivables.review_messages import (
    AgeRow,
    Analyse,
    CheckReview,
    CollectionsStarted,
    CustomerRow,
    OpenReview,
    OrderReview,
    ReadingRecorded,
    ReceivablesAnalysed,
    RecordReading,
    ReviewChecked,
    ReviewOpened,
    ReviewOrdered,
    StartCollections,
)
from workers.receivables.router import router
from workers.receivables.store import ReceivablesReview
from workers.runtime import FileValue, TaskContext

PREFIX = "AR"
PROCESS = "ReceivablesReviewProcess"
MESSAGE = "Msg_ReceivablesReviewWanted"
KIND = "receivables_review"
HTML = "text/html"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read_day(value: object, today: date) -> tuple[date | None, list[FormError]]:
    """The day to look at, or what is wrong with it; left blank it is today."""
    reader = FormReader()
    day = reader.day("asOf", "分析基准日", value, required=False) or today
    if day > today:
        reader.wrong("asOf", f"分析基准日：{day}还没有到")
    return (None if reader.errors else day), reader.errors


@router.task("order_review")
def order_review(_: OrderReview, uow: UnitOfWork, task: TaskContext) -> ReviewOrdered:
    """Have the month before reviewed, once however often the timer fires."""
    month = _month_before(task.now.astimezone(SHANGHAI).date())
    number = f"{PREFIX}-{month:%Y-%m}"
    signals.send(uow.session, MESSAGE, number, number, starts=PROCESS)
    return ReviewOrdered(review_no=number)


@router.task("open_review")
def open_review(
    request: OpenReview, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ReviewOpened:
    """Number the review; the timer's has its month as number and looks at that month's last day."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    technical = cases.is_technical(request.started_by)
    by_timer = technical and request.applicant is None and task.business_key is not None
    day: date | None
    errors: list[FormError] = []
    if by_timer:
        applicant, day = collecting.SYSTEM, _month_before(today)
        signals.mark_read(session, MESSAGE, task.case_no, task.now)
    else:
        applicant = cases.starter(
            org, request.started_by, request.applicant, task.process_definition_key, today
        )
        day, errors = read_day(request.as_of, today)
    case_no = task.case_no if by_timer else documents.next_number(session, PREFIX, today.year)
    name = "系统" if by_timer else org.name_of(applicant)
    cases.open_case(session, case_no, KIND, applicant, name, task.now, task.process_instance_id)
    session.add(ReceivablesReview(case_no=case_no, as_of=day or today, by_timer=by_timer))
    cases.status(session, case_no, f"待{name}更正分析基准日" if errors else "正在分析应收账款")
    return ReviewOpened.of_case(
        session,
        case_no,
        case_no=case_no,
        as_of=(day or today).isoformat(),
        has_errors=bool(errors),
        form_errors=errors,
        choose_due=policy.due(session, "read_receivables", task.now, office),
    )


@router.task("check_review")
def check_review(form: CheckReview, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> ReviewChecked:
    """Take over the day that the starter has put right."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    case = cases.lock(session, case_no, task.process_instance_id)
    day, errors = read_day(form.as_of, today)
    if form.signed_by not in {case.applicant, org.acting(case.applicant, today)}:
        errors = [FormError(field="", message="只有发起人可以更正分析基准日")]
    if day is not None and not errors:
        _review(session, case_no).as_of = day
        cases.status(session, case_no, "正在分析应收账款")
    return ReviewChecked.of_case(
        session,
        case_no,
        has_errors=bool(errors),
        form_errors=errors,
        as_of=(day or today).isoformat(),
    )


@router.task("analyse", timeout=900)
def analyse(
    _: Analyse, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company, office: WorkingHours
) -> ReceivablesAnalysed:
    """Post the interest, age every debt, grade every customer, and file the report as a page and as a workbook."""
    from workers.receivables.workbook import workbook  # noqa: PLC0415 - once a month, and 10 MB

    session, case_no = uow.session, task.case_no
    cases.lock(session, case_no, task.process_instance_id)
    day = _review(session, case_no).as_of
    _post_interest(session, day, task)
    found = sum_up(
        day,
        [
            ContractDebt(
                contract_no=row.contract_no,
                customer_no=row.customer_no,
                customer=row.customer_name,
                salesperson=org.name_of(row.salesperson),
                amount=row.amount,
                position=place,
            )
            for row, place in debts.positions(session, day)
        ],
        debts.grades(session, day),
    )
    files = {
        "page": (case_no, page(found, case_no, company.name, task.now), HTML, "html"),
        "workbook": (f"{case_no}-XLSX", workbook(found, case_no), XLSX, "xlsx"),
    }
    filed = {
        name: documents.file(
            session,
            number=number,
            kind=PREFIX,
            case_no=case_no,
            content=content,
            media_type=media_type,
            filename=f"{case_no}-应收分析.{ending}",
            at=task.now,
        )
        for name, (number, content, media_type, ending) in files.items()
    }
    text = (
        f"基准日{day}，应收{money.figures(found.total.outstanding)}，逾期{money.figures(found.total.overdue)}"
    )
    cases.note(session, case_no, "系统", "应收分析", text, task.now)
    cases.status(session, case_no, "待销售部经理、财务部阅读应收分析")
    return ReceivablesAnalysed.of_case(
        session,
        case_no,
        report_page=_as_file(filed["page"]),
        report_workbook=_as_file(filed["workbook"]),
        review_day=day.isoformat(),
        reading_due=policy.due(session, "read_receivables", task.now, office),
        **_shown(found),
    )


@router.task("record_reading")
def record_reading(form: RecordReading, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> ReadingRecorded:
    """Somebody of the post has read the report and says so with a comment (X5)."""
    session, case_no = uow.session, task.case_no
    cases.lock(session, case_no, task.process_instance_id)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, form.post, task, org)
    comment = reader.text("comment", "阅读意见", form.comment, rules.MOST_NOTE, lines=True)
    if not reader.errors:
        by = form.signed_by or ""
        action = f"{org.post_name(form.post)}阅读应收分析"
        cases.note(session, case_no, org.name_of(by), action, comment, task.now, user=by)
    return ReadingRecorded.of_case(
        session, case_no, has_errors=bool(reader.errors), form_errors=reader.errors
    )


@router.task("start_collections", timeout=900)
def start_collections(_: StartCollections, uow: UnitOfWork, task: TaskContext) -> CollectionsStarted:
    """Have a collection started for each overdue contract that has none, and end the review."""
    session, case_no = uow.session, task.case_no
    cases.lock(session, case_no, task.process_instance_id)
    started = collecting.start_all(session, task.now)
    if cases.finish(session, case_no, cases.CLOSED, task.now):
        text = f"新发起催收{len(started)}件" + (f"：{'、'.join(started[:50])}" if started else "")
        cases.note(session, case_no, "系统", "发起催收", text, task.now)
        cases.status(session, case_no, "应收分析已阅，催收已发起")
    return CollectionsStarted.of_case(session, case_no, collections_started=len(started))


def _month_before(today: date) -> date:
    """The last day of the month before."""
    return today.replace(day=1) - timedelta(days=1)


def _review(session: Session, case_no: str) -> ReceivablesReview:
    found = session.get(ReceivablesReview, case_no)
    if found is None:
        raise InvalidInput(f"{case_no} is no receivables review")
    return found


def _post_interest(session: Session, day: date, task: TaskContext) -> None:
    """Bring every contract's interest to the day: all are locked before the first entry (no deadlock)."""
    owing = [
        row.contract_no
        for row, place in debts.positions(session, day)
        if place.interest_accrued != place.interest_posted
    ]
    ledger.lock_contracts(session, owing)
    for number in owing:
        debts.post_interest(session, number, day, task.now)


def _as_file(document: documents.Document) -> FileValue:
    return FileValue(document.filename, document.content, document.media_type)


def _shown(found: Analysis) -> dict[str, object]:
    """The main figures, for the form of those who read the report."""
    return {
        "outstanding_figures": money.figures(found.total.outstanding),
        "overdue_figures": money.figures(found.total.overdue),
        "interest_figures": money.figures(found.total.interest),
        "overdue_contracts": sum(one.position.overdue_principal > 0 for one in found.contracts),
        "age_rows": [
            AgeRow(bucket=bucket, amount=money.figures(found.total.buckets[bucket]))
            for bucket in debts.BUCKETS
        ],
        "customer_rows": [
            CustomerRow(
                customer=one.name,
                grade=one.note,
                outstanding=money.figures(one.outstanding),
                overdue=money.figures(one.overdue),
                overdue_days=one.overdue_days,
                interest=money.figures(one.interest),
            )
            for one in found.customers[: figures.MOST_ROWS]
        ],
    }
