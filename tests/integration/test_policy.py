"""The policy's steps on the real database: drafts, versions by date, withdrawal."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from workers import cases, catalog, policy
from workers.calendar import OFFICE, SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput, UserError
from workers.org import load
from workers.policy import tasks
from workers.policy.messages import (
    CheckDraft,
    ClosePolicy,
    DraftChecked,
    DraftOpened,
    IssuePolicy,
    OpenDraft,
    PolicyIssued,
    PolicyWithdrawn,
    WithdrawPolicy,
)
from workers.policy.store import PolicyRow
from workers.runtime import TaskContext
from workers.settings import SETTINGS_FILE

CONFIG = Path(SETTINGS_FILE).parent
ORG = load(CONFIG / "org.yaml")
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=SHANGHAI)
TODAY = NOW.date()
DAY = timedelta(days=1)
SIGNATURES = [
    {"signer": "zhouminhua", "at": NOW.isoformat(), "reference": "联席会〔2026〕3号"},
    {"signer": "wangjianguo", "at": NOW.isoformat(), "reference": ""},
]


class Desk:
    """Plays the engine for the policy's steps."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now = NOW
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        policy.load_initial(session, CONFIG / "policy.yaml")
        catalog.load_sample(session, CONFIG / "catalog.yaml")

    def task(self, case_no: str | None = None) -> TaskContext:
        return TaskContext(
            "task", "topic", case_no, "instance", "SalesPolicyProcess", "activity", None, self.now
        )

    def open(self, **sent: Any) -> DraftOpened:
        request = OpenDraft(**{"started_by": "chenxiaoyan", **sent})
        return tasks.open_draft(request, self.uow, self.task(), ORG, OFFICE)

    def check(self, opened: DraftOpened, by: str | None = "chenxiaoyan", **changes: Any) -> DraftChecked:
        form = CheckDraft(**{**opened.model_dump(), "signed_by": by, **changes})
        return tasks.check_draft(form, self.uow, self.task(opened.case_no), ORG)

    def issue(self, case_no: str) -> PolicyIssued:
        cases.set_approved(self.session, case_no, "policy", self.now, SIGNATURES)
        return tasks.issue(IssuePolicy(), self.uow, self.task(case_no))

    def issued(self, first: date, last: date | None = None, **changes: Any) -> PolicyIssued:
        """Draft and issue a version in one go."""
        opened = self.open()
        checked = self.check(
            opened, valid_from=first.isoformat(), valid_to=last.isoformat() if last else None, **changes
        )
        assert checked.form_errors == []
        return self.issue(opened.case_no)

    def withdraw(self, case_no: str, by: str = "chenxiaoyan", **sent: Any) -> PolicyWithdrawn:
        form = WithdrawPolicy(
            **{"withdraw_requested": True, "withdraw_reason": "市场变化", "withdrawn_by": by, **sent}
        )
        return tasks.withdraw(form, self.uow, self.task(case_no), ORG)


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


@pytest.mark.rule("C1", "X1")
def test_a_new_installation_drafts_its_first_policy_from_the_file(desk: Desk) -> None:
    opened = desk.open(title="2026年春季政策")
    assert opened.case_no == "ZC-2026-0001"
    assert opened.title == "2026年春季政策"
    assert opened.valid_from == "2026-03-10"
    assert opened.prices[0] == {
        "productNo": "P001",
        "productName": "钢丝绳芯输送带",
        "listPrice": "680.00",
        "floorPrice": "612.00",
    }
    assert opened.invoice_gate_percent == "60"
    assert opened.draft_due == OFFICE.add(NOW, 16)
    assert opened.draft_attached is False
    assert opened.case_status == "待陈晓燕起草销售政策"
    assert [(line.who, line.action) for line in opened.case_history] == [("陈晓燕", "提出")]
    assert {"label": "托辊组(P005,单位:组)", "value": "P005"} in opened.product_options


@pytest.mark.rule("C1")
def test_before_the_first_issue_no_policy_is_in_force_but_deadlines_are(desk: Desk) -> None:
    with pytest.raises(policy.NoPolicyInForce):
        policy.in_force(desk.session, TODAY)
    assert policy.deadline(desk.session, "seal", TODAY) == 8
    assert policy.reminder_hours(desk.session, TODAY) == 4


def test_numbers_of_cases_have_no_gaps(desk: Desk) -> None:
    assert [desk.open().case_no for _ in range(3)] == ["ZC-2026-0001", "ZC-2026-0002", "ZC-2026-0003"]


@pytest.mark.rule("C1")
def test_an_issued_policy_rules_from_its_first_day(desk: Desk) -> None:
    result = desk.issued(TODAY + DAY)
    assert result.policy_version == 1
    assert result.case_status == "第1版政策已签发,自2026-03-11起生效"
    with pytest.raises(policy.NoPolicyInForce):
        policy.in_force(desk.session, TODAY)
    version = policy.in_force(desk.session, TODAY + DAY)
    assert version.version_no == 1
    assert str(version.prices["P002"].floor_price) == "385.00"
    assert version.payment_terms["T100"] == "款到发货"
    row = desk.session.get_one(PolicyRow, version.id)
    assert (row.decided_by, row.meeting_minutes, row.issued_by) == (
        "zhouminhua",
        "联席会〔2026〕3号",
        "wangjianguo",
    )


@pytest.mark.rule("C1")
def test_a_new_version_ends_the_one_before_it_and_both_are_read_by_date(desk: Desk) -> None:
    desk.issued(TODAY)
    desk.issued(TODAY + 10 * DAY, commission_permille="15")
    assert [policy.in_force(desk.session, TODAY + n * DAY).version_no for n in (0, 9, 10, 400)] == [
        1,
        1,
        2,
        2,
    ]
    assert policy.in_force(desk.session, TODAY).valid_to == TODAY + 9 * DAY
    assert policy.in_force(desk.session, TODAY + 10 * DAY).document.commission_permille == 15
    assert [policy.version(desk.session, number).document.commission_permille for number in (1, 2)] == [
        12,
        15,
    ]
    with pytest.raises(InvalidInput, match="no version 3"):
        policy.version(desk.session, 3)


@pytest.mark.rule("C1")
def test_the_next_draft_starts_from_the_version_in_force(desk: Desk) -> None:
    desk.issued(TODAY, commission_permille="15")
    opened = desk.open()
    assert opened.commission_permille == "15"
    assert opened.valid_from == (TODAY + DAY).isoformat()


@pytest.mark.rule("C1")
def test_the_database_itself_refuses_two_versions_on_a_date(desk: Desk) -> None:
    desk.issued(TODAY)
    first = desk.session.scalars(select(PolicyRow)).one()
    desk.session.add(
        PolicyRow(
            version_no=2,
            title="x",
            valid_from=TODAY + 5 * DAY,
            document=first.document,
            state="issued",
            case_no="ZC-2026-0009",
            drafted_by="x",
            drafted_at=NOW,
        )
    )
    with pytest.raises(IntegrityError, match="ex_policy_versions_in_force"):
        desk.session.flush()
    desk.session.rollback()


@pytest.mark.rule("C1", "X3")
def test_a_version_that_would_swallow_an_issued_one_comes_back_to_its_drafter(desk: Desk) -> None:
    desk.issued(TODAY)
    desk.issued(TODAY + 10 * DAY)
    opened = desk.open()
    checked = desk.check(opened, valid_from=(TODAY + 5 * DAY).isoformat())
    assert checked.has_errors
    assert "第2版政策已签发,自2026-03-20起生效" in checked.form_errors[0].message
    assert checked.case_status == "待陈晓燕修改销售政策草案"


@pytest.mark.rule("C1")
def test_a_policy_whose_first_day_has_passed_before_the_signature_is_not_issued(desk: Desk) -> None:
    opened = desk.open()
    assert not desk.check(opened).has_errors
    desk.now += DAY
    result = desk.issue(opened.case_no)
    assert result.has_errors
    assert "不得早于今天" in result.form_errors[0].message
    assert result.policy_version is None
    assert cases.approved(desk.session, opened.case_no, "policy") is None, "it has to be decided anew"
    assert desk.check(opened, valid_from=(TODAY + DAY).isoformat()).form_errors == []
    assert desk.issue(opened.case_no).policy_version == 1


@pytest.mark.rule("C1")
def test_two_drafts_for_the_same_day_cannot_both_be_issued(desk: Desk) -> None:
    one, other = desk.open(), desk.open()
    assert not desk.check(one).has_errors
    assert not desk.check(other).has_errors
    assert desk.issue(one.case_no).policy_version == 1
    assert desk.issue(other.case_no).has_errors


@pytest.mark.rule("C1", "X5")
def test_a_draft_that_nobody_signed_cannot_be_issued(desk: Desk) -> None:
    opened = desk.open()
    desk.check(opened)
    with pytest.raises(InvalidInput, match="has not been decided on"):
        tasks.issue(IssuePolicy(), desk.uow, desk.task(opened.case_no))


@pytest.mark.rule("C1", "X5")
def test_a_new_draft_needs_new_signatures_and_the_old_one_is_kept(desk: Desk) -> None:
    opened = desk.open()
    desk.check(opened)
    cases.set_approved(desk.session, opened.case_no, "policy", NOW, SIGNATURES)
    desk.check(opened, title="改过的政策")
    assert cases.approved(desk.session, opened.case_no, "policy") is None
    rows = desk.session.scalars(select(PolicyRow).order_by(PolicyRow.id)).all()
    assert [(row.title, row.state) for row in rows] == [
        ("销售价格政策", "superseded"),
        ("改过的政策", "draft"),
    ]


@pytest.mark.rule("X3")
def test_a_wrong_draft_writes_nothing_and_keeps_what_was_typed(desk: Desk) -> None:
    opened = desk.open()
    checked = desk.check(opened, commission_permille="很多", prices=[{"productNo": "P999"}])
    assert checked.has_errors
    assert checked.commission_permille == "很多"
    assert desk.session.scalars(select(PolicyRow)).all() == []


@pytest.mark.rule("X1", "X3")
def test_a_draft_that_comes_with_the_start_is_checked_like_any_other(desk: Desk) -> None:
    sent = {"started_by": "salesflow", "applicant": "zhangwei"}
    opened = desk.open(**sent, prices=[{"productNo": "P001", "listPrice": "1", "floorPrice": "2"}])
    assert opened.draft_attached
    assert opened.applicant == "zhangwei"
    checked = desk.check(opened, by=None)
    assert [error.field for error in checked.form_errors] == ["prices[0].floorPrice"]
    assert not desk.check(opened, by="zhangwei", prices=desk.open().prices).has_errors


def test_a_float_that_a_caller_sent_goes_back_as_text(desk: Desk) -> None:
    opened = desk.open(started_by="salesflow", applicant="zhangwei", prices=[], commission_permille=1.5)
    assert opened.commission_permille == "1.5"


@pytest.mark.rule("X5")
def test_only_the_drafter_sends_the_draft(desk: Desk) -> None:
    opened = desk.open()
    checked = desk.check(opened, by="liuyang")
    assert checked.form_errors[0].message == "只有起草人可以提交草案"
    assert checked.case_history[-1].action == "越权提交被拒绝"
    assert desk.session.scalars(select(PolicyRow)).all() == []


@pytest.mark.rule("X4")
def test_a_withdrawn_draft_is_off_the_table(desk: Desk) -> None:
    opened = desk.open()
    desk.check(opened)
    result = desk.withdraw(opened.case_no)
    assert result.withdraw_outcome == "withdrawn"
    assert result.case_status == "已撤回"
    assert desk.session.scalars(select(PolicyRow.state)).all() == ["withdrawn"]
    assert desk.issue(opened.case_no).has_errors
    assert desk.check(opened).has_errors


@pytest.mark.rule("X4")
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"by": "liuyang"}, "withdrawRequested"),
        ({"withdraw_reason": ""}, "withdrawReason"),
        ({"withdraw_reason": 5}, "withdrawReason"),
    ],
)
def test_a_withdrawal_needs_its_applicant_and_a_reason(desk: Desk, sent: dict[str, Any], field: str) -> None:
    opened = desk.open()
    result = desk.withdraw(opened.case_no, **sent)
    assert result.withdraw_outcome == "kept"
    assert [error.field for error in result.withdraw_errors] == [field]


@pytest.mark.parametrize("requested", [None, False, "true", 1])
def test_a_form_without_the_tick_withdraws_nothing(desk: Desk, requested: object) -> None:
    opened = desk.open()
    assert desk.withdraw(opened.case_no, withdraw_requested=requested).withdraw_outcome == "kept"


@pytest.mark.rule("X4")
def test_an_issued_policy_cannot_be_withdrawn(desk: Desk) -> None:
    opened = desk.open()
    desk.check(opened)
    desk.issue(opened.case_no)
    result = desk.withdraw(opened.case_no)
    assert result.withdraw_outcome == "kept"
    assert "不能撤回" in result.withdraw_errors[0].message
    assert policy.in_force(desk.session, TODAY).version_no == 1


@pytest.mark.rule("C1")
def test_a_rejected_draft_closes_its_case(desk: Desk) -> None:
    opened = desk.open()
    desk.check(opened)
    result = tasks.close(ClosePolicy(), desk.uow, desk.task(opened.case_no))
    assert result.case_status == "政策被否决"
    assert desk.session.scalars(select(PolicyRow.state)).all() == ["rejected"]


def test_a_draft_file_that_is_wrong_is_named(session: Session, tmp_path: Path) -> None:
    text = (CONFIG / "policy.yaml").read_text("utf-8")
    wrong = tmp_path / "policy.yaml"
    wrong.write_text(text.replace('floor_price: "612.00"', 'floor_price: "681.00"'), "utf-8")
    with pytest.raises(UserError, match="floor price of P001 is above"):
        policy.load_initial(session, wrong)
    wrong.write_text("[]", "utf-8")
    with pytest.raises(UserError, match=r"policy\.yaml"):
        policy.load_initial(session, wrong)
