"""The approval's steps on the real database: routes, signatures, forged ones, leave."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, policy
from workers.approval import absences, history, tasks
from workers.approval.messages import (
    AssignStep,
    Conclude,
    PlanRoute,
    RecordSignature,
    SignatureRecorded,
    StepAssigned,
)
from workers.approval.rules import Unfillable
from workers.approval.store import ApprovalStep
from workers.calendar import OFFICE, SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.org import OrgChart, load
from workers.runtime import TaskContext
from workers.settings import SETTINGS_FILE

CONFIG = Path(SETTINGS_FILE).parent
SAMPLE = load(CONFIG / "org.yaml")
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=SHANGHAI)
CASE = "SB-2026-0001"


def away(person: str, substitute: str, first: date, last: date) -> OrgChart:
    """The sample chart with one leave."""
    leave = {"person": person, "from": first, "to": last, "substitute": substitute}
    return OrgChart.model_validate({**SAMPLE.model_dump(by_alias=True), "leaves": [leave]})


class Desk:
    """Plays the engine: calls the handlers for one case with what the forms and listeners would send."""

    def __init__(self, session: Session, applicant: str = "chenxiaoyan") -> None:
        self.session = session
        self.org = SAMPLE
        self.now = NOW
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        policy.load_initial(session, CONFIG / "policy.yaml")
        cases.open_case(session, CASE, "declaration", applicant, SAMPLE.name_of(applicant), NOW)

    @property
    def task(self) -> TaskContext:
        return TaskContext("task", "topic", CASE, "instance", "process", "activity", None, self.now)

    def plan(self, stage: str = "declaration", extra: Any = None) -> str:
        request = PlanRoute(stage=stage, extra_approvers=extra)
        return tasks.plan_route(request, self.uow, self.task, self.org).route_text

    def assign(self, stage: str = "declaration", post: str | None = None) -> StepAssigned:
        return tasks.assign_step(AssignStep(stage=stage, post=post), self.uow, self.task, self.org, OFFICE)

    def sign(
        self, user: str | None, decision: Any = "approve", comment: Any = None, **more: Any
    ) -> SignatureRecorded:
        form = {"stage": "declaration", "decision": decision, "comment": comment, **more}
        message = RecordSignature(signed_by=user, signed_at=self.now, **form)
        return tasks.record_signature(message, self.uow, self.task, self.org)


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


@pytest.mark.rule("C2", "X2", "X5")
def test_a_chain_is_signed_step_by_step_and_every_signature_is_kept(desk: Desk) -> None:
    assert desk.plan() == "销售部经理审签 → 总经理审批"
    first = desk.assign()
    assert first.approver_candidates == "zhangwei"
    assert first.approval_step == "销售部经理审签"
    assert first.approval_due == OFFICE.add(NOW, 8)
    assert first.case_status == "待销售部经理审签:张伟"
    assert desk.sign("zhangwei", comment="价格合理").approval_outcome == "next"
    assert desk.assign().approver_candidates == "wangjianguo"
    assert desk.sign("wangjianguo").approval_outcome == "approved"

    kept = history.records(desk.session, CASE)
    assert [(one.post, one.signer, one.decision, one.comment) for one in kept] == [
        ("sales_manager", "zhangwei", "approve", "价格合理"),
        ("general_manager", "wangjianguo", "approve", ""),
    ]
    assert all(one.signed_at == NOW for one in kept)
    passed = cases.approved(desk.session, CASE, "declaration")
    assert passed is not None
    assert [one["signerName"] for one in passed.signatures] == ["张伟", "王建国"]


@pytest.mark.rule("C2")
def test_the_decision_tables_additions_are_on_the_route(desk: Desk) -> None:
    assert desk.plan(extra=["deputy_gm_finance"]) == "销售部经理审签 → 财务副总审签 → 总经理审批"


@pytest.mark.rule("C2", "X4")
def test_a_return_goes_back_with_the_comment_and_the_next_round_starts_from_the_beginning(
    desk: Desk,
) -> None:
    desk.plan()
    desk.assign()
    result = desk.sign("zhangwei", "return", "第二行低于底价,请重新报价")
    assert result.approval_outcome == "returned"
    assert result.return_comment == "销售部经理(张伟):第二行低于底价,请重新报价"
    assert result.case_status == "已退回,待陈晓燕修改"
    assert result.case_history[-1].comment == "第二行低于底价,请重新报价"
    desk.plan()
    assert desk.assign().approver_candidates == "zhangwei"
    states = desk.session.execute(
        select(ApprovalStep.round, ApprovalStep.state).order_by(ApprovalStep.id)
    ).all()
    assert [tuple(row) for row in states] == [
        (1, "returned"),
        (1, "superseded"),
        (2, "open"),
        (2, "planned"),
    ]


@pytest.mark.rule("C2")
def test_a_rejection_ends_the_route(desk: Desk) -> None:
    desk.plan()
    desk.assign()
    assert desk.sign("zhangwei", "reject", "客户信用不足").approval_outcome == "rejected"
    with pytest.raises(InvalidInput, match="no step of declaration is left"):
        desk.assign()


@pytest.mark.rule("X5", "X3")
@pytest.mark.parametrize("user", ["wangjianguo", "chenxiaoyan", "admin", "salesflow", "nobody", "", None])
def test_a_signature_of_somebody_who_is_not_on_the_step_is_refused_and_noted(
    desk: Desk, user: str | None
) -> None:
    desk.plan()
    desk.assign()
    result = desk.sign(user)
    assert result.approval_outcome == "refused"
    assert "签字无效" in result.form_errors[0].message
    assert result.case_history[-1].action == "签字被拒绝"
    assert history.records(desk.session, CASE) == []
    assert desk.assign().approver_candidates == "zhangwei", "the step goes back to whoever may sign it"


@pytest.mark.rule("X3")
def test_a_decision_that_no_form_offers_comes_back_to_the_same_person(desk: Desk) -> None:
    desk.plan()
    due = desk.assign().approval_due
    desk.now += timedelta(hours=1)
    result = desk.sign("zhangwei", "granted", "<script>alert(1)</script>")
    assert result.approval_outcome == "refused"
    assert [error.field for error in result.form_errors] == ["decision"]
    again = desk.assign()
    assert again.approver_candidates == "zhangwei"
    assert again.approval_due == due, "a bad form does not buy time"


@pytest.mark.rule("C2")
def test_sql_and_html_in_a_comment_are_kept_as_text(desk: Desk) -> None:
    comment = "'); DROP TABLE approval_records; -- <b>好</b>"
    desk.plan()
    desk.assign()
    assert desk.sign("zhangwei", "approve", comment).approval_outcome == "next"
    assert history.records(desk.session, CASE)[0].comment == comment


def test_a_signature_twice_does_not_count_for_the_next_step(desk: Desk) -> None:
    desk.plan()
    desk.assign()
    desk.sign("zhangwei")
    desk.assign()
    assert desk.sign("zhangwei").approval_outcome == "refused"


def test_a_step_that_was_not_offered_cannot_be_signed(desk: Desk) -> None:
    desk.plan()
    assert desk.sign("zhangwei").form_errors[0].message == "本环节已结束,不能再签字"


@pytest.mark.rule("X4")
def test_nothing_can_be_signed_in_a_withdrawn_case(desk: Desk) -> None:
    desk.plan()
    desk.assign()
    cases.finish(desk.session, CASE, cases.WITHDRAWN, NOW)
    assert desk.sign("zhangwei").approval_outcome == "refused"
    with pytest.raises(cases.CaseEnded, match="withdrawn"):
        desk.plan()
    absences.close_ended(desk.session)
    states = desk.session.scalars(select(ApprovalStep.state)).all()
    assert set(states) == {"superseded"}


def test_a_chain_that_cannot_be_filled_is_an_error_for_the_operator(session: Session) -> None:
    desk = Desk(session, applicant="wangjianguo")
    with pytest.raises(Unfillable, match="general_manager"):
        desk.plan()


@pytest.mark.rule("C3")
def test_both_countersignatures_conclude_the_stage_on_the_contracts_number(desk: Desk) -> None:
    cases.link_document(desk.session, CASE, "HT-2026-0001")
    assert desk.plan("countersign") == "销售部经理会签、财务部会签"
    sales = desk.assign("countersign", "sales_manager")
    finance = desk.assign("countersign", "finance")
    assert sales.approver_candidates == "zhangwei"
    assert finance.approver_candidates == "xuhong,guojing"
    assert finance.case_status == "待销售部经理会签:张伟;待财务部会签:徐红、郭静"
    one = desk.sign("guojing", stage="countersign", post="finance")
    assert (one.approval_outcome, one.case_status) == ("approved", "待销售部经理会签:张伟")
    assert desk.sign("zhangwei", stage="countersign", post="sales_manager").approval_outcome == "approved"
    ended = tasks.conclude(Conclude(stage="countersign"), desk.uow, desk.task, OFFICE)
    assert ended.approval_outcome == "approved"
    assert [signature["signer"] for signature in ended.signatures] == ["guojing", "zhangwei"]
    assert cases.approved(desk.session, CASE, "countersign") is not None
    assert len(history.records(desk.session, "HT-2026-0001")) == 2


@pytest.mark.rule("C3")
@pytest.mark.parametrize(("post", "user"), [("sales_manager", "zhangwei"), ("finance", "xuhong")])
def test_either_countersigner_can_send_the_contract_back(desk: Desk, post: str, user: str) -> None:
    desk.plan("countersign")
    desk.assign("countersign", "sales_manager")
    desk.assign("countersign", "finance")
    result = desk.sign(user, "return", "付款条件有误", stage="countersign", post=post)
    assert result.approval_outcome == "returned"
    ended = tasks.conclude(Conclude(stage="countersign"), desk.uow, desk.task, OFFICE)
    assert ended.approval_outcome == "returned"
    assert ended.return_comment is not None
    assert "付款条件有误" in ended.return_comment
    assert cases.approved(desk.session, CASE, "countersign") is None


@pytest.mark.rule("C3")
def test_a_stage_cannot_be_concluded_before_everybody_has_signed(desk: Desk) -> None:
    desk.plan("countersign")
    desk.assign("countersign", "finance")
    with pytest.raises(InvalidInput, match="not been signed by everybody"):
        tasks.conclude(Conclude(stage="countersign"), desk.uow, desk.task, OFFICE)


def test_one_side_does_not_countersign_for_the_other(desk: Desk) -> None:
    desk.plan("countersign")
    desk.assign("countersign", "sales_manager")
    desk.assign("countersign", "finance")
    assert desk.sign("xuhong", stage="countersign", post="sales_manager").approval_outcome == "refused"


@pytest.mark.rule("C1")
def test_the_committees_minutes_stand_in_the_record(desk: Desk) -> None:
    desk.plan("policy")
    desk.assign("policy")
    refused = desk.sign("zhouminhua", stage="policy")
    assert [error.field for error in refused.form_errors] == ["meetingMinutes"]
    desk.assign("policy")
    kept = desk.sign("zhouminhua", stage="policy", meeting_minutes="联席会〔2026〕3号")
    assert kept.approval_outcome == "next"
    assert kept.case_history[-1].comment == "[会议纪要 联席会〔2026〕3号]"
    assert history.records(desk.session, CASE)[0].reference == "联席会〔2026〕3号"


class EngineTasks:
    """The engine's user tasks of the case, as far as their candidates go."""

    def __init__(self, **tasks: dict[str, Any]) -> None:
        self.tasks = tasks
        self.view: dict[str, Any] = {}

    def get(self, path: str, **_: Any) -> Any:
        parts = path.strip("/").split("/")
        if parts == ["authorization"]:
            return []
        if parts == ["task"]:
            return [{"id": task_id} for task_id in self.tasks]
        if parts == ["process-instance"]:
            return [{"id": "instance"}]
        task = self.tasks[parts[1]]
        if len(parts) == 2:
            return {"assignee": task.get("assignee")}
        if parts[2] == "variables":
            return {"approvalStep": {"value": task.get("title")}}
        return [{"userId": user, "groupId": None} for user in sorted(task["users"])]

    def post(self, path: str, body: Any = None, **_: Any) -> Any:
        parts = path.strip("/").split("/")
        if parts[0] == "process-instance":
            self.view = body["modifications"]
        elif parts[-1] == "unclaim":
            self.tasks[parts[1]]["assignee"] = None
        elif parts[-1] == "delete":
            self.tasks[parts[1]]["users"].remove(body["userId"])
        else:
            self.tasks[parts[1]]["users"].add(body["userId"])

    def delete(self, path: str, body: Any = None, **_: Any) -> Any:
        raise AssertionError(f"there are no rights to delete: {path} {body}")


@pytest.mark.rule("X2")
def test_leave_moves_an_open_step_to_the_substitute_and_back(desk: Desk) -> None:
    desk.plan()
    desk.assign()
    engine = EngineTasks(approval={"users": {"zhangwei"}, "assignee": "zhangwei"}, tracking={"users": set()})
    assert absences.reassign_absent(desk.session, SAMPLE, engine, NOW) == []

    desk.org = away("zhangwei", "hanbin", date(2026, 3, 11), date(2026, 3, 12))
    desk.now = NOW + timedelta(days=1)
    moved = absences.reassign_absent(desk.session, desk.org, engine, desk.now)
    assert [(one.before, one.after) for one in moved] == [(("zhangwei",), ("hanbin",))]
    assert engine.tasks["approval"] == {"users": {"hanbin"}, "assignee": None}
    assert engine.tasks["tracking"] == {"users": set()}
    assert engine.view["caseStatus"]["value"] == "待销售部经理审签:韩斌(代张伟)"
    assert json.loads(engine.view["caseHistory"]["value"])[-1]["action"] == "销售部经理审签改由他人办理"
    assert desk.sign("zhangwei").approval_outcome == "refused"

    desk.now = NOW + timedelta(days=3)
    absences.reassign_absent(desk.session, desk.org, engine, desk.now)
    assert engine.tasks["approval"]["users"] == {"zhangwei"}
    assert desk.sign("zhangwei").approval_outcome == "next"


@pytest.mark.rule("X5")
def test_a_substitutes_signature_says_for_whom(desk: Desk) -> None:
    desk.org = away("zhangwei", "hanbin", NOW.date(), NOW.date())
    desk.plan()
    assert desk.assign().case_status == "待销售部经理审签:韩斌(代张伟)"
    desk.sign("hanbin")
    record = history.records(desk.session, CASE)[0]
    assert (record.signer, record.acting_for, record.acting_for_name) == ("hanbin", "zhangwei", "张伟")


@pytest.mark.rule("C2", "X2")
def test_who_filled_it_in_for_the_applicant_does_not_sign_it_nor_does_their_substitute(desk: Desk) -> None:
    cases.sent_in(desk.session, CASE, "zhangwei")
    desk.plan()
    assert desk.assign().case_status == "待销售部经理审签:李海涛"  # the post above
    assert desk.sign("zhangwei").approval_outcome == "refused"
    desk.org = away("zhangwei", "hanbin", NOW.date(), NOW.date())
    assert desk.assign().approver_candidates == "lihaitao"

    cases.sent_in(desk.session, CASE, "chenxiaoyan")
    assert desk.assign().approver_candidates == "hanbin"


@pytest.mark.rule("X2")
def test_leave_moves_only_its_own_of_two_open_steps(desk: Desk) -> None:
    desk.plan("countersign")
    desk.assign("countersign", "sales_manager")
    desk.assign("countersign", "finance")
    engine = EngineTasks(sales={"users": {"zhangwei"}}, finance={"users": {"xuhong", "guojing"}})
    org = away("xuhong", "heming", NOW.date(), NOW.date())
    absences.reassign_absent(desk.session, org, engine, NOW)
    assert engine.tasks["sales"]["users"] == {"zhangwei"}
    assert engine.tasks["finance"]["users"] == {"heming", "guojing"}


@pytest.mark.rule("X6")
def test_a_move_that_the_engine_knows_already_is_completed_in_the_database(desk: Desk) -> None:
    desk.plan()
    desk.assign()
    engine = EngineTasks(approval={"users": {"hanbin"}, "title": "销售部经理审签"})
    org = away("zhangwei", "hanbin", NOW.date(), NOW.date())
    moved = absences.reassign_absent(desk.session, org, engine, NOW)
    assert [one.after for one in moved] == [("hanbin",)]
    assert engine.tasks["approval"]["users"] == {"hanbin"}
    assert absences.reassign_absent(desk.session, org, engine, NOW) == []


@pytest.mark.rule("X6")
def test_a_step_whose_task_the_engine_has_not_made_yet_is_moved_later(desk: Desk) -> None:
    desk.plan()
    desk.assign()
    org = away("zhangwei", "hanbin", NOW.date(), NOW.date())
    assert absences.reassign_absent(desk.session, org, EngineTasks(), NOW) == []
    engine = EngineTasks(approval={"users": {"zhangwei"}})
    assert len(absences.reassign_absent(desk.session, org, engine, NOW)) == 1


def test_a_step_that_nobody_may_sign_any_more_is_told_to_the_operator_once(session: Session) -> None:
    desk = Desk(session, applicant="zhangwei")
    desk.plan()
    desk.assign()
    org = away("lihaitao", "zhangwei", NOW.date(), NOW.date())
    org = OrgChart.model_validate(
        {
            **org.model_dump(by_alias=True),
            "leaves": [
                *org.model_dump(by_alias=True)["leaves"],
                {"person": "wangjianguo", "from": NOW.date(), "to": NOW.date(), "substitute": "zhangwei"},
            ],
        }
    )
    engine = EngineTasks(approval={"users": {"lihaitao"}})
    first = absences.reassign_absent(session, org, engine, NOW)
    assert first[0].problem is not None
    absences.reassign_absent(session, org, engine, NOW)
    told = session.connection().exec_driver_sql("select recipient, subject from notifications").all()
    assert [tuple(row) for row in told] == [("pengbo", "SB-2026-0001 销售部经理审签:无人可办理")]


PAPER = "FH-2026-0001"


class PaperDesk(Desk):
    """Plays the engine for a delivery note that `caller` had signed; other instances can be named."""

    def __init__(self, session: Session, opened_by: str | None = None) -> None:
        super().__init__(session)
        name = SAMPLE.name_of("chenxiaoyan")
        cases.open_case(session, PAPER, "delivery_note", "chenxiaoyan", name, NOW, opened_by)

    @property
    def task(self) -> TaskContext:
        return TaskContext(
            "task", "topic", PAPER, "called", "PaperApprovalProcess", "activity", None, self.now
        )

    def gather(self, called_by: str | None, user: str = "zhangwei") -> SignatureRecorded:
        """Plan, offer and sign for a caller."""
        common: dict[str, Any] = {"stage": "delivery_note", "called_by": called_by}
        plan = PlanRoute(**common, extra_approvers=["sales_manager"])
        tasks.plan_route(plan, self.uow, self.task, self.org)
        offered = tasks.assign_step(AssignStep(**common), self.uow, self.task, self.org, OFFICE)
        assert [one["value"] for one in offered.decision_options] == ["approve", "return"]
        form = RecordSignature(**common, decision="approve", signed_by=user, signed_at=self.now)
        return tasks.record_signature(form, self.uow, self.task, self.org)


@pytest.mark.rule("X5")
@pytest.mark.parametrize("opened_by", [None, "caller"])
def test_a_papers_case_belongs_to_the_process_that_called_for_its_signatures(
    session: Session, opened_by: str | None
) -> None:
    desk = PaperDesk(session, opened_by)
    assert desk.gather("caller").approval_outcome == "approved"
    assert cases.find(session, PAPER).process_instance_id == "caller"
    assert cases.approved(session, PAPER, "delivery_note") is not None
    assert desk.gather("caller").approval_outcome == "approved", "filled anew, the same process calls again"
    for other in ("another", None):
        with pytest.raises(InvalidInput, match="another process instance"):
            desk.gather(other)


@pytest.mark.rule("X2", "X5")
def test_who_fills_a_returned_paper_anew_cannot_sign_it(session: Session) -> None:
    desk = PaperDesk(session)
    cases.refile(session, PAPER, "zhangwei", "张伟", NOW)
    refused = desk.gather("caller", "zhangwei")
    assert refused.approval_outcome == "refused"
    assert refused.case_status == "待销售部经理审批:李海涛"
    assert desk.gather("caller", "lihaitao").approval_outcome == "approved"


@pytest.mark.rule("X5")
def test_who_called_counts_for_papers_only(desk: Desk) -> None:
    cases.find(desk.session, CASE).process_instance_id = "owner"
    request = PlanRoute(stage="declaration", called_by="owner")
    with pytest.raises(InvalidInput, match="another process instance than instance"):
        tasks.plan_route(request, desk.uow, desk.task, desk.org)
