"""What each step of the showroom refuses and lets pass (V1-V5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from workers.calendar import SHANGHAI
from workers.cases import FormReader
from workers.showroom import rules
from workers.showroom.forms import NeedsForm, PresentationForm, ProspectForm, TestDriveForm, VisitForm

NOW = datetime(2026, 3, 5, 10, 0, tzinfo=SHANGHAI)
MODELS = frozenset({"CAR-A"})


def _fields(reader: FormReader) -> list[str]:
    return [error.field for error in reader.errors]


def _contact(**sent: Any) -> tuple[rules.Contact | None, FormReader]:
    reader = FormReader()
    return rules.read_contact(ProspectForm(prospect_need="家用七座", **sent), reader, NOW), reader


@pytest.mark.rule("V1")
@pytest.mark.parametrize("said", [None, False, "true", 1])
def test_nobody_is_invited_before_the_salesperson_confirms_the_relationship(said: object) -> None:
    found, reader = _contact(
        contact_outcome="invited",
        relationship_confirmed=said,
        relationship_basis="已通话三次",
        invited_for="2026-03-07T14:00",
    )
    assert found is None
    assert _fields(reader) == ["relationshipConfirmed"]
    assert "才能邀约" in reader.errors[0].message


@pytest.mark.rule("V1")
def test_with_a_relationship_and_what_it_rests_on_the_prospect_is_invited() -> None:
    found, reader = _contact(
        contact_outcome="invited",
        relationship_confirmed=True,
        relationship_basis="已通话三次",
        invited_for="2026-03-07T14:00",
    )
    assert not reader.errors
    assert found is not None
    assert found.invited_for == datetime(2026, 3, 7, 14, 0, tzinfo=SHANGHAI)


@pytest.mark.rule("V1")
def test_another_contact_needs_a_moment_that_lies_ahead() -> None:
    assert _contact(contact_outcome="later", next_contact_at="2026-03-10T09:30")[0] is not None
    for value in (None, "", "2026-03-04T09:00", "2027-03-04T09:00", "morgen", "2026-02-30T09:00"):
        found, reader = _contact(contact_outcome="later", next_contact_at=value)
        assert found is None, value
        assert _fields(reader) == ["nextContactAt"], value


@pytest.mark.rule("V1")
def test_a_prospect_is_lost_with_a_reason_only() -> None:
    found, reader = _contact(contact_outcome="lost")
    assert (found, _fields(reader)) == (None, ["lostReason"])
    assert _contact(contact_outcome="lost", lost_reason="已在别处购车")[0] is not None


VISIT = {
    "arrived_at": "2026-03-05T09:50",
    "greeted_at": "2026-03-05T09:51",
    "help_offered": True,
    "visit_purpose": "看车",
}


@pytest.mark.rule("V2")
def test_a_visit_is_recorded_with_greeting_and_purpose() -> None:
    found = rules.read_visit(VisitForm(**VISIT), FormReader(), NOW, invited=False)
    assert isinstance(found, rules.Visit)
    assert found.greeted_within(5)


@pytest.mark.rule("V2")
def test_a_late_greeting_is_kept_as_late() -> None:
    found = rules.read_visit(
        VisitForm(**VISIT | {"greeted_at": "2026-03-05T09:56"}), FormReader(), NOW, invited=False
    )
    assert isinstance(found, rules.Visit)
    assert not found.greeted_within(5)
    assert found.greeted_within(6)


@pytest.mark.rule("V2")
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"help_offered": False}, "helpOffered"),
        ({"visit_purpose": " "}, "visitPurpose"),
        ({"greeted_at": "2026-03-05T09:49"}, "greetedAt"),
        ({"greeted_at": "2026-03-05T10:30"}, "greetedAt"),
        ({"arrived_at": None}, "arrivedAt"),
    ],
)
def test_a_visit_without_greeting_or_purpose_is_refused(changed: dict[str, Any], field: str) -> None:
    reader = FormReader()
    assert rules.read_visit(VisitForm(**VISIT | changed), reader, NOW, invited=False) is None
    assert field in _fields(reader)


@pytest.mark.rule("V1", "V2")
def test_only_who_was_invited_can_have_stayed_away() -> None:
    form = VisitForm(visitor_missed=True, next_contact_at="2026-03-09T10:00")
    assert rules.read_visit(form, FormReader(), NOW, invited=True) == rules.Missed(
        datetime(2026, 3, 9, 10, 0, tzinfo=SHANGHAI)
    )
    reader = FormReader()
    assert rules.read_visit(form, reader, NOW, invited=False) is None
    assert _fields(reader) == ["visitorMissed"]
    reader = FormReader()
    assert rules.read_visit(VisitForm(visitor_missed=True), reader, NOW, invited=True) is None
    assert _fields(reader) == ["nextContactAt"]


NEEDS = [{"need": "七座"}, {"need": "省油"}]


@pytest.mark.rule("V3")
def test_needs_are_told_back_and_confirmed() -> None:
    form = NeedsForm(needs=NEEDS, retold="您要一辆坐得下全家又不费油的车", needs_confirmed=True)
    found = rules.read_needs(form, FormReader())
    assert found is not None
    assert found.needs == ("七座", "省油")
    assert found.confirmed


@pytest.mark.rule("V3")
@pytest.mark.parametrize("retold", ["", "七座", "七座，省油。"])
def test_the_customers_own_words_are_no_retelling(retold: str) -> None:
    reader = FormReader()
    form = NeedsForm(needs=NEEDS, retold=retold, needs_confirmed=True)
    assert rules.read_needs(form, reader) is None
    assert _fields(reader) == ["retold"]


@pytest.mark.rule("V3")
def test_what_the_customer_does_not_confirm_has_its_correction() -> None:
    reader = FormReader()
    form = NeedsForm(needs=NEEDS, retold="全家用车", needs_confirmed=False)
    assert rules.read_needs(form, reader) is None
    assert _fields(reader) == ["needsCorrection"]
    corrected = form.model_copy(update={"needs_correction": "主要是上下班"})
    found = rules.read_needs(corrected, FormReader())
    assert found is not None
    assert not found.confirmed


def _shown(**sent: Any) -> tuple[rules.Presentation | None, FormReader]:
    reader, form = FormReader(), PresentationForm(**{"model_no": "CAR-A"} | sent)
    return rules.read_presentation(form, reader, MODELS, 2), reader


BOTH = [{"needNo": 1, "feature": "三排座椅"}, {"needNo": "2", "feature": "混动"}]


@pytest.mark.rule("V4")
def test_a_car_fits_when_each_need_has_its_feature() -> None:
    found, reader = _shown(features=BOTH, presentation_outcome="fits")
    assert not reader.errors
    assert found is not None
    assert found.features == ((1, "三排座椅"), (2, "混动"))


@pytest.mark.rule("V4")
def test_a_car_does_not_fit_while_a_need_has_no_feature() -> None:
    found, reader = _shown(features=BOTH[:1], presentation_outcome="fits")
    assert found is None
    assert "第2项需求" in reader.errors[0].message


@pytest.mark.rule("V4")
@pytest.mark.parametrize("number", [0, 3, "x", None])
def test_a_feature_answers_a_recorded_need(number: object) -> None:
    found, reader = _shown(features=[{"needNo": number, "feature": "天窗"}], presentation_outcome="fits")
    assert found is None
    assert _fields(reader) == ["features[0].needNo"]


@pytest.mark.rule("V4")
@pytest.mark.parametrize("outcome", ["show_more", "other_needs"])
def test_until_the_customer_agrees_the_feedback_is_kept(outcome: str) -> None:
    assert _fields(_shown(features=BOTH[:1], presentation_outcome=outcome)[1]) == ["customerFeedback"]
    sent = {"features": BOTH[:1], "presentation_outcome": outcome, "customer_feedback": "太大"}
    assert _shown(**sent)[0] is not None


@pytest.mark.rule("V4")
def test_only_our_own_cars_are_presented() -> None:
    assert _fields(_shown(model_no="OTHER", features=BOTH, presentation_outcome="fits")[1]) == ["modelNo"]


DRIVE = {
    "drive_offered": True,
    "drive_outcome": "driven",
    "driver_name": "李雷",
    "licence_checked": True,
    "licence_class": "C1",
    "licence_valid_until": "2026-03-05",
    "drive_impressions": "很稳",
}


def _drive(**changed: Any) -> tuple[rules.TestDrive | None, FormReader]:
    reader = FormReader()
    return rules.read_test_drive(TestDriveForm(**DRIVE | changed), reader, date(2026, 3, 5)), reader


@pytest.mark.rule("V5")
def test_a_driver_with_a_valid_licence_that_was_seen_drives() -> None:
    assert _drive()[0] is not None


@pytest.mark.rule("V5")
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"licence_checked": False}, "licenceChecked"),
        ({"licence_valid_until": "2026-03-04"}, "licenceValidUntil"),
        ({"licence_class": "D"}, "licenceClass"),
        ({"drive_offered": None}, "driveOffered"),
        ({"drive_outcome": "skipped"}, "driveOutcome"),
        ({"drive_outcome": "refused"}, "refusalReason"),
    ],
)
def test_a_drive_without_offer_licence_or_reason_is_refused(changed: dict[str, Any], field: str) -> None:
    found, reader = _drive(**changed)
    assert (found, _fields(reader)) == (None, [field])


@pytest.mark.rule("V5")
def test_a_refusal_is_recorded_with_its_reason() -> None:
    found, _ = _drive(drive_outcome="refused", refusal_reason="赶时间")
    assert found == rules.TestDrive("refused", refusal_reason="赶时间")


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    found, _ = _contact(contact_outcome="later", next_contact_at="2026-03-06T02:00:00+00:00")
    assert found is not None
    assert found.next_at == datetime(2026, 3, 6, 10, 0, tzinfo=SHANGHAI)
    assert found.next_at - NOW == timedelta(days=1)
