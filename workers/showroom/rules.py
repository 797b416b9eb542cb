"""Pure rules of the showroom, from the first contact to the test drive (V1-V5, X3): what each step must show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from workers.cases import FormReader
from workers.showroom.forms import NeedsForm, PresentationForm, ProspectForm, TestDriveForm, VisitForm

MOST_TEXT = 1000
MOST_LINE = 200
MOST_NEEDS = 20
LATEST_CONTACT = timedelta(days=90)

INVITED, LATER, LOST = "invited", "later", "lost"
RECEIVED, MISSED = "received", "missed"
FITS, SHOW_MORE, OTHER_NEEDS = "fits", "show_more", "other_needs"
DRIVEN, REFUSED = "driven", "refused"
CAR_LICENCES = frozenset({"A1", "A2", "A3", "B1", "B2", "C1", "C2"})
"""Classes of a Chinese licence that allow a small car to be driven; C2 means automatic ones only."""


@dataclass(frozen=True)
class Contact:
    """A contact with a prospect (V1)."""

    outcome: str
    need: str
    basis: str = ""
    next_at: datetime | None = None
    invited_for: datetime | None = None
    lost_reason: str = ""


@dataclass(frozen=True)
class Visit:
    """A reception (V2)."""

    arrived_at: datetime
    greeted_at: datetime
    purpose: str
    concerns: str

    def greeted_within(self, minutes: int) -> bool:
        """Whether the visitor was greeted as soon as the policy asks; a later greeting is kept, not refused."""
        return self.greeted_at - self.arrived_at <= timedelta(minutes=minutes)


@dataclass(frozen=True)
class Missed:
    """Somebody who was invited and did not come: contacted again (V1)."""

    next_at: datetime


@dataclass(frozen=True)
class Needs:
    """Needs, numbered from 1, as the salesperson told them back and the customer confirmed or corrected (V3)."""

    needs: tuple[str, ...]
    retold: str
    confirmed: bool
    correction: str


@dataclass(frozen=True)
class Presentation:
    """A car that was shown: each feature with the number of the need that it answers (V4)."""

    model_no: str
    features: tuple[tuple[int, str], ...]
    outcome: str
    feedback: str


@dataclass(frozen=True)
class TestDrive:
    """A test drive that took place, or the refusal of the offer (V5)."""

    __test__ = False

    outcome: str
    refusal_reason: str = ""
    driver_name: str = ""
    licence_class: str = ""
    licence_valid_until: date | None = None
    impressions: str = ""


def read_contact(form: ProspectForm, reader: FormReader, now: datetime) -> Contact | None:
    """V1: no invitation without a relationship that the salesperson confirms, with what it rests on."""
    need = reader.text("prospectNeed", "了解到的购车需求", form.prospect_need, MOST_TEXT, lines=True)
    outcomes = {INVITED: "邀约到店", LATER: "约定再次联系", LOST: "放弃"}
    outcome = reader.choice("contactOutcome", "联系结果", form.contact_outcome, outcomes)
    basis, next_at, invited_for, lost_reason = "", None, None, ""
    if outcome == INVITED:
        if form.relationship_confirmed is not True:
            reader.wrong("relationshipConfirmed", "邀约：须先由销售顾问确认已与客户建立关系，才能邀约")
        basis = reader.text(
            "relationshipBasis", "建立关系的依据", form.relationship_basis, MOST_TEXT, lines=True
        )
        invited_for = reader.moment("invitedFor", "邀约到店时间", form.invited_for, now, now + LATEST_CONTACT)
    elif outcome == LATER:
        next_at = reader.moment(
            "nextContactAt", "下次联系时间", form.next_contact_at, now, now + LATEST_CONTACT
        )
    elif outcome == LOST:
        lost_reason = reader.text("lostReason", "放弃原因", form.lost_reason, MOST_TEXT, lines=True)
    if reader.errors or outcome is None:
        return None
    return Contact(outcome, need, basis, next_at, invited_for, lost_reason)


def read_visit(form: VisitForm, reader: FormReader, now: datetime, invited: bool) -> Visit | Missed | None:
    """V2: the visitor was greeted, asked how we can help, and the purpose of the visit is known.

    Only who was invited can have stayed away.
    """
    if form.visitor_missed is True:
        if not invited:
            reader.wrong("visitorMissed", "客户没有来：只有邀约的客户可以登记未到店")
        latest = now + LATEST_CONTACT
        next_at = reader.moment("nextContactAt", "下次联系时间", form.next_contact_at, now, latest)
        return None if reader.errors or next_at is None else Missed(next_at)
    earliest = now - timedelta(days=7)
    arrived = reader.moment("arrivedAt", "客户到店时间", form.arrived_at, earliest, now)
    greeted = reader.moment("greetedAt", "迎接时间", form.greeted_at, earliest, now)
    if arrived is not None and greeted is not None and greeted < arrived:
        reader.wrong("greetedAt", "迎接时间：不得早于客户到店时间")
    if form.help_offered is not True:
        reader.wrong("helpOffered", "接待：请先迎接客户并询问能提供什么帮助，再登记")
    purpose = reader.text("visitPurpose", "来访目的", form.visit_purpose, MOST_TEXT, lines=True)
    concerns = reader.text(
        "visitConcerns", "客户的疑虑", form.visit_concerns, MOST_TEXT, required=False, lines=True
    )
    if reader.errors or arrived is None or greeted is None:
        return None
    return Visit(arrived, greeted, purpose, concerns)


def read_needs(form: NeedsForm, reader: FormReader) -> Needs | None:
    """V3: needs are told back in the salesperson's own words; without the customer's yes they are not known."""
    rows = reader.rows("needs", "客户需求", form.needs, MOST_NEEDS)
    needs = tuple(
        reader.text(f"needs[{number - 1}].need", f"第{number}行 需求", row.get("need"), MOST_LINE)
        for number, row in rows
    )
    retold = reader.text("retold", "用自己的话复述", form.retold, MOST_TEXT, lines=True)
    if retold and _bare(retold) in {_bare(need) for need in needs} | {_bare("".join(needs))}:
        reader.wrong("retold", "用自己的话复述：与客户原话相同，请用自己的话说一遍")
    confirmed = form.needs_confirmed is True
    correction = ""
    if not confirmed:
        label = "客户没有确认复述，客户的更正"
        correction = reader.text("needsCorrection", label, form.needs_correction, MOST_TEXT, lines=True)
    return None if reader.errors else Needs(needs, retold, confirmed, correction)


def read_presentation(
    form: PresentationForm, reader: FormReader, models: frozenset[str], needs: int
) -> Presentation | None:
    """V4: every feature answers a recorded need; the car fits only when each need has its answer.

    `models`: numbers of the cars that we sell; `needs`: how many needs were recorded.
    """
    model = form.model_no if isinstance(form.model_no, str) else ""
    if model not in models:
        reader.wrong("modelNo", "介绍的车型：请从列表中选择")
    features = []
    for number, row in reader.rows("features", "产品特性", form.features, 2 * MOST_NEEDS):
        at, label = f"features[{number - 1}]", f"第{number}行 "
        need = reader.whole(f"{at}.needNo", f"{label}对应的需求编号", row.get("needNo"), 1, max(needs, 1))
        text = reader.text(f"{at}.feature", f"{label}特性", row.get("feature"), MOST_LINE)
        if need is not None and text:
            features.append((need, text))
    outcomes = {FITS: "客户认可所选车型", SHOW_MORE: "继续介绍", OTHER_NEEDS: "需求有变，重新咨询"}
    outcome = reader.choice("presentationOutcome", "介绍结果", form.presentation_outcome, outcomes)
    feedback = reader.text(
        "customerFeedback",
        "客户的反馈",
        form.customer_feedback,
        MOST_TEXT,
        required=outcome != FITS,
        lines=True,
    )
    missing = sorted(set(range(1, needs + 1)) - {need for need, _ in features})
    if outcome == FITS and missing and not reader.errors:
        numbers = "、".join(map(str, missing))
        reader.wrong("features", f"产品特性：第{numbers}项需求还没有对应的特性，不能登记为客户认可")
    if reader.errors or outcome is None:
        return None
    return Presentation(model, tuple(features), outcome, feedback)


def read_test_drive(form: TestDriveForm, reader: FormReader, today: date) -> TestDrive | None:
    """V5: the drive is offered to everyone; a refusal has its reason, a driver a valid licence that was seen."""
    if form.drive_offered is not True:
        reader.wrong("driveOffered", "试车：每位客户都应邀请试车，请先邀请再登记")
    outcomes = {DRIVEN: "已试车", REFUSED: "客户谢绝"}
    outcome = reader.choice("driveOutcome", "试车结果", form.drive_outcome, outcomes)
    drive: TestDrive | None = None
    if outcome == REFUSED:
        reason = reader.text("refusalReason", "谢绝原因", form.refusal_reason, MOST_TEXT, lines=True)
        drive = TestDrive(REFUSED, refusal_reason=reason)
    elif outcome == DRIVEN:
        drive = _driven(form, reader, today)
    return None if reader.errors else drive


def _driven(form: TestDriveForm, reader: FormReader, today: date) -> TestDrive:
    if form.licence_checked is not True:
        reader.wrong("licenceChecked", "驾驶证：未查验驾驶证不得试车")
    driver = reader.text("driverName", "驾驶人", form.driver_name, 100)
    licences = {code: code for code in sorted(CAR_LICENCES)}
    licence = reader.choice("licenceClass", "准驾车型", form.licence_class, licences)
    until = reader.day("licenceValidUntil", "驾驶证有效期", form.licence_valid_until)
    if until is not None and until < today:
        reader.wrong("licenceValidUntil", f"驾驶证有效期：已于{until}过期，不得试车")
    said = reader.text("driveImpressions", "客户的感受", form.drive_impressions, MOST_TEXT, lines=True)
    return TestDrive(DRIVEN, "", driver, licence or "", until, said)


def _bare(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())
