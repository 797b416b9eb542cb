"""The steps before the negotiation: the case, the customer's record, V1 to V5."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from workers import cases, customers, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.catalog import Customer
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.showroom import deals, rules, view
from workers.showroom.messages import (
    ContactRead,
    ContactRecorded,
    MeetCustomer,
    Met,
    NeedsRecorded,
    OpenSale,
    PresentationRecorded,
    ReadContact,
    RecordContact,
    RecordNeeds,
    RecordPresentation,
    RecordTestDrive,
    RecordVisit,
    SaleOpened,
    TestDriveRecorded,
    VisitRecorded,
)
from workers.showroom.recording import INVALID, Recording
from workers.showroom.router import router
from workers.showroom.store import (
    PROSPECT,
    WALK_IN,
    ContactRow,
    NeedsRow,
    PresentationRow,
    ShowroomSale,
    TestDriveRow,
    VisitRow,
)

PREFIX, KIND = "XS", "vehicle_sale"


@router.task("open_sale")
def open_sale(request: OpenSale, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> SaleOpened:
    """Number the case, or take the number that the message brought, and open its file."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    applicant = cases.starter(org, request.started_by, request.applicant, task.process_definition_key, today)
    given = task.business_key if cases.is_technical(request.started_by) else None
    case_no = given or cases.next_case_no(session, PREFIX, today.year)
    name = org.name_of(applicant)
    cases.open_case(session, case_no, KIND, applicant, name, task.now, task.process_instance_id)
    cases.status(session, case_no, f"核对客户资料（{name}）")
    return SaleOpened.of_case(session, case_no, case_no=case_no)


@router.task("meet_customer")
def meet_customer(
    form: MeetCustomer, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> Met:
    """Find or open the customer's one record (M5); a walk-in is received, a prospect is developed first."""
    session, reader, case_no = uow.session, FormReader(), task.case_no
    case = view.lock(session, task)
    if form.signed_by and not view.may_stand_in(
        org, form.signed_by, case, task
    ):  # nobody has before it is mended
        reader.wrong("", f"只有{case.applicant_name}或其代理人可以办理")
    person, known = deals.read_person(form, reader), None
    if person is not None:
        known = customers.known(session, person.phone)
        if known is not None and deals.is_other(person, known.no, known.name, reader):
            person = None
    if person is not None:
        shown = _enter(session, case, person, task, org, form.signed_by or case.applicant)
        step = "接待客户" if person.kind == WALK_IN else "联系客户"
    else:
        shown, step = form.model_dump(exclude={"signed_by"}), "更正客户资料"
    cases.status(session, case_no, f"待{step}（{case.applicant_name}）")
    prospect = person is not None and person.kind == PROSPECT
    return Met.of_case(
        session,
        case_no,
        step_outcome=person.kind if person is not None else INVALID,
        step_due=policy.due(session, "develop_prospect" if prospect else "receive_visitor", task.now, office),
        has_errors=person is None,
        form_errors=reader.errors,
        known_options=_same(known) if person is None else None,
        salesperson=view.seller(org, case.applicant, task.now),
        **shown,
    )


def _same(known: Customer | None) -> list[dict[str, str]] | None:
    """What the salesperson may confirm: that this is who comes (M5)."""
    return (
        [{"value": known.no, "label": f"是，就是{known.name}（{known.no}）"}] if known is not None else None
    )


def _enter(
    session: Session, case: cases.Case, person: deals.Person, task: TaskContext, org: OrgChart, by: str
) -> dict[str, Any]:
    """The sale and its customer; returns what the first step shows of them."""
    customer = customers.meet(
        session, phone=person.phone, name=person.name, at=task.now, source=person.source
    )
    session.add(
        ShowroomSale(
            sale_no=case.case_no,
            customer_no=customer.no,
            kind=person.kind,
            source=person.source,
            salesperson=case.applicant,
        )
    )
    source = deals.SOURCES.get(person.source, person.source)
    if not customers.is_named(customer.name, person.name):  # confirmed: the case keeps what was said
        source = f"{source}；这次登记的姓名：{person.name}"
        same = f"{person.name}即{customer.name}（{customer.no}）"
        cases.note(session, case.case_no, org.name_of(by), "确认客户", same, task.now, user=by)
    customers.remember(session, customer.no, task.now, deals.KINDS[person.kind], source, case.case_no)
    return customers.view(session, customer.no, full=True)


@router.task("record_contact")
def record_contact(
    form: RecordContact, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ContactRecorded:
    """V1: a contact with a prospect; an invitation only on a relationship that was confirmed."""
    step = Recording(uow.session, task, org, office, form.signed_by)
    contact = rules.read_contact(form, step.reader, task.now)
    if contact is not None:
        sale = view.find(uow.session, task.case_no)
        sale.next_at = contact.next_at or contact.invited_for
        uow.session.add(
            ContactRow(
                **step.by,
                outcome=contact.outcome,
                need=contact.need,
                basis=contact.basis,
                next_at=sale.next_at,
                lost_reason=contact.lost_reason,
            )
        )
        words = {
            rules.INVITED: ("邀约到店", contact.basis, "已邀约，待客户到店"),
            rules.LATER: ("联系客户", contact.need, "到约定时间再次联系"),
            rules.LOST: ("客户放弃", contact.lost_reason, "客户放弃"),
        }
        step.done(*words[contact.outcome])
    outcome = contact.outcome if contact is not None else None
    following = "receive_visitor" if outcome == rules.INVITED else "develop_prospect"
    return step.answer(
        ContactRecorded,
        outcome,
        form,
        following,
        "develop_prospect",
        begins=(contact.next_at or contact.invited_for) if contact else None,
        full=outcome == rules.INVITED,
    )


@router.task("read_contact")
def read_contact(
    _: ReadContact, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ContactRead:
    """V1: the agreed moment has come; whoever calls the prospect now sees the phone whole (M5)."""
    session = uow.session
    view.lock(session, task)
    return ContactRead.of_case(
        session,
        task.case_no,
        step_outcome="contact",
        step_due=policy.due(session, "develop_prospect", task.now, office),
        **view.fields(session, task.case_no, org, task.now),
    )


@router.task("record_visit")
def record_visit(
    form: RecordVisit, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> VisitRecorded:
    """V2: the visitor was greeted, and why they came is known; who was invited and stayed away is contacted again."""
    step = Recording(uow.session, task, org, office, form.signed_by)
    invited = view.invitation(uow.session, task.case_no)
    visit = rules.read_visit(form, step.reader, task.now, invited is not None)
    if isinstance(visit, rules.Missed) and invited is not None:
        view.find(uow.session, task.case_no).next_at = visit.next_at
        again = {"need": invited.need, "basis": "", "next_at": visit.next_at, "lost_reason": ""}
        uow.session.add(ContactRow(**step.by, outcome=rules.MISSED, **again))
        step.done("客户未到店", "", "到约定时间再次联系")
        following, begins = "develop_prospect", visit.next_at
        return step.answer(
            VisitRecorded, rules.MISSED, form, following, "receive_visitor", begins=begins, full=False
        )
    if isinstance(visit, rules.Visit):
        columns = {"arrived_at": visit.arrived_at, "greeted_at": visit.greeted_at}
        uow.session.add(VisitRow(**step.by, **columns, purpose=visit.purpose, concerns=visit.concerns))
        ruling = policy.document_on(uow.session, visit.arrived_at.astimezone(SHANGHAI).date())
        late = "" if visit.greeted_within(ruling.greeting_minutes) else "（未及时迎接）"
        step.done("接待客户", f"{visit.purpose}{late}", "待咨询客户需求")
    outcome = rules.RECEIVED if visit else None
    return step.answer(VisitRecorded, outcome, form, "record_needs", "receive_visitor")


@router.task("record_needs")
def record_needs(
    form: RecordNeeds, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> NeedsRecorded:
    """V3: needs go on only when the customer has confirmed them; a correction leads to another telling."""
    step = Recording(uow.session, task, org, office, form.signed_by)
    found = rules.read_needs(form, step.reader)
    outcome = None
    if found is not None:
        uow.session.add(
            NeedsRow(
                **step.by,
                needs=list(found.needs),
                retold=found.retold,
                confirmed=found.confirmed,
                correction=found.correction,
            )
        )
        outcome = "confirmed" if found.confirmed else "corrected"
        text = found.retold if found.confirmed else f"客户更正：{found.correction}"
        step.done("咨询需求", text, "待介绍产品" if found.confirmed else "待再次确认需求")
    if outcome != "corrected":
        return step.answer(NeedsRecorded, outcome, form, "present_car", "record_needs")
    known = view.rows_of(view.last(uow.session, NeedsRow, task.case_no))
    return step.answer(NeedsRecorded, outcome, form, "record_needs", "record_needs", filled={"needs": known})


@router.task("record_presentation")
def record_presentation(
    form: RecordPresentation, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> PresentationRecorded:
    """V4: the car is shown along the recorded needs, until the customer agrees that it fits."""
    session, step = uow.session, Recording(uow.session, task, org, office, form.signed_by)
    needs = view.confirmed_needs(session, task.case_no)
    if needs is None:
        raise InvalidInput(f"sale {task.case_no} has no confirmed needs to present a car for")
    known = frozenset(view.models(session, task.now))
    shown = rules.read_presentation(form, step.reader, known, len(needs.needs))
    if shown is not None:
        session.add(
            PresentationRow(
                **step.by,
                needs_id=needs.id,
                model_no=shown.model_no,
                features=[list(pair) for pair in shown.features],
                outcome=shown.outcome,
                feedback=shown.feedback,
            )
        )
        view.find(session, task.case_no).model_no = shown.model_no if shown.outcome == rules.FITS else None
        after = {rules.FITS: "待试车", rules.SHOW_MORE: "继续介绍产品", rules.OTHER_NEEDS: "待重新咨询需求"}
        step.done(
            "介绍产品",
            "；".join(filter(None, (view.OUTCOMES[shown.outcome], shown.feedback))),
            after[shown.outcome],
        )
    outcome = shown.outcome if shown is not None else None
    following = {rules.FITS: "test_drive", rules.OTHER_NEEDS: "record_needs"}.get(
        outcome or "", "present_car"
    )
    filled = {"needs": view.rows_of(needs)} if outcome == rules.OTHER_NEEDS else None
    return step.answer(PresentationRecorded, outcome, form, following, "present_car", filled=filled)


@router.task("record_test_drive")
def record_test_drive(
    form: RecordTestDrive, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> TestDriveRecorded:
    """V5: the drive with a licence that was seen, or the refusal of the offer with its reason."""
    step = Recording(uow.session, task, org, office, form.signed_by)
    drive = rules.read_test_drive(form, step.reader, task.now.astimezone(SHANGHAI).date())
    if drive is not None:
        uow.session.add(
            TestDriveRow(
                **step.by,
                outcome=drive.outcome,
                refusal_reason=drive.refusal_reason,
                driver_name=drive.driver_name,
                licence_class=drive.licence_class,
                licence_valid_until=drive.licence_valid_until,
                impressions=drive.impressions,
            )
        )
        refused = drive.outcome == rules.REFUSED
        step.done(
            "试车", f"客户谢绝：{drive.refusal_reason}" if refused else drive.impressions, "待了解客户要求"
        )
    return step.answer(
        TestDriveRecorded, "drive_recorded" if drive else None, form, "hear_demands", "test_drive"
    )
