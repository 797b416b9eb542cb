"""The route of a case in the database: planning it, offering a step, finding who may sign now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers.approval import history
from workers.approval.rules import Filled, Unfillable, fill
from workers.approval.stages import Stage, stage_of
from workers.approval.store import OPEN, PLANNED, SUPERSEDED, ApprovalRecord, ApprovalStep
from workers.cases import Case
from workers.errors import InvalidInput
from workers.org import OrgChart

UNDECIDED = (PLANNED, OPEN)


@dataclass(frozen=True)
class Round:
    """One passage of a case through a stage: its steps in order. The caller holds the case's lock."""

    session: Session
    case: Case
    name: str
    stage: Stage
    steps: Sequence[ApprovalStep]

    @classmethod
    def latest(cls, session: Session, case: Case, name: str) -> Self:
        """The round that counts. InvalidInput when the stage was never planned for the case."""
        steps = _latest_steps(session, case.case_no, name)
        if not steps:
            raise InvalidInput(f"case {case.case_no}: the stage {name} has no route yet")
        return cls(session, case, name, stage_of(name), steps)

    @classmethod
    def plan(cls, session: Session, case: Case, name: str, posts: Sequence[str], org: OrgChart) -> Self:
        """Write a new round; what an earlier one left open is superseded."""
        earlier = _latest_steps(session, case.case_no, name)
        _supersede(earlier)
        stage = stage_of(name)
        steps = [
            ApprovalStep(
                case_no=case.case_no,
                document_no=case.document_no or case.case_no,
                stage=name,
                round=earlier[0].round + 1 if earlier else 1,
                seq=seq,
                post=post,
                title=stage.title(post, org.post_name(post)),
                state=PLANNED,
            )
            for seq, post in enumerate(posts, 1)
        ]
        session.add_all(steps)
        session.flush()
        return cls(session, case, name, stage, steps)

    @property
    def undecided(self) -> list[ApprovalStep]:
        """The steps that nobody has signed yet."""
        return [step for step in self.steps if step.state in UNDECIDED]

    @property
    def records(self) -> list[ApprovalRecord]:
        """The signatures given in this round, oldest first."""
        return history.of_steps(self.session, [step.id for step in self.steps])

    def step_for(self, post: str | None) -> ApprovalStep | None:
        """The step that is up: the first undecided one; in a parallel stage that of the post."""
        fitting = [step for step in self.undecided if not self.stage.parallel or step.post == post]
        return fitting[0] if fitting else None

    def entitled(self, step: ApprovalStep, org: OrgChart, on: date) -> Filled:
        """Who may sign the step on that day, by the chart and the signatures so far. Raises Unfillable."""
        taken = [record.signer for record in self.records]
        rest = self.undecided
        return fill([one.post for one in rest], self.case.filers, taken, org, on)[rest.index(step)]

    def is_offered_to(self, org: OrgChart, on: date) -> bool:
        """Whether every open step is offered to exactly those who may sign it on that day."""
        try:
            return all(
                step.candidates == self.entitled(step, org, on).candidates
                for step in self.undecided
                if step.state == OPEN
            )
        except Unfillable:
            return False

    def supersede(self) -> None:
        """Take the steps off the route that nobody has signed."""
        _supersede(self.steps)

    def waiting_text(self, org: OrgChart) -> str:
        """Where the case stands and with whom: `待销售部经理审签:张伟`."""
        return ";".join(
            f"待{step.title}:{names(step.candidates or {}, org)}" for step in self.steps if step.state == OPEN
        )


def offer(step: ApprovalStep, candidates: Mapping[str, str], now: datetime, due: datetime) -> datetime:
    """Open the step for those who may sign it. One that was open keeps its due date; returns that."""
    step.candidates = dict(candidates)
    if step.state != OPEN or step.due_at is None:
        step.state, step.opened_at, step.due_at = OPEN, now, due
    return step.due_at


def names(candidates: Mapping[str, str], org: OrgChart) -> str:
    """Names as staff read them, with whom a substitute acts for."""
    return "、".join(
        org.name_of(user) if user == holder else f"{org.name_of(user)}(代{org.name_of(holder)})"
        for user, holder in candidates.items()
    )


def _latest_steps(session: Session, case_no: str, name: str) -> list[ApprovalStep]:
    steps = session.scalars(
        select(ApprovalStep)
        .where(ApprovalStep.case_no == case_no, ApprovalStep.stage == name)
        .order_by(ApprovalStep.round.desc(), ApprovalStep.seq)
        .execution_options(populate_existing=True)  # under the case's lock the committed state counts
    ).all()
    return [step for step in steps if step.round == steps[0].round]


def _supersede(steps: Sequence[ApprovalStep]) -> None:
    for step in steps:
        if step.state in UNDECIDED:
            step.state = SUPERSEDED
