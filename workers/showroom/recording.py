"""What all steps of a sale share: the lock, who may record, and the answer to the process (X3, rule 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from workers import cases, policy
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.org import OrgChart
from workers.runtime import Message, TaskContext
from workers.showroom import view
from workers.showroom.messages import Step

POST = "salesperson"
INVALID = "invalid"
LISTS = ("needs", "features")
"""Fields that always hold a list, for the form to fill."""

Answer = TypeVar("Answer", bound=Step)


@dataclass
class Recording:
    """One step of one sale while it is being recorded."""

    session: Session
    task: TaskContext
    org: OrgChart
    office: WorkingHours
    signed_by: str | None
    reader: FormReader = field(default_factory=FormReader)

    def __post_init__(self) -> None:
        """Lock the case; a sale that was withdrawn is not gone on with."""
        view.lock(self.session, self.task)
        cases.require_post(self.reader, self.signed_by, POST, self.task, self.org)

    @property
    def by(self) -> dict[str, Any]:
        """The columns that every recorded step has."""
        return {
            "sale_no": self.task.case_no,
            "recorded_by": self.signed_by or "",
            "recorded_at": self.task.now,
        }

    def done(self, action: str, text: str, status: str) -> None:
        """Note the step in the case's history, and where the case stands now and with whom."""
        name = self.org.name_of(self.signed_by or "")
        cases.note(self.session, self.task.case_no, name, action, text, self.task.now, user=self.signed_by)
        sale = view.find(self.session, self.task.case_no)
        seller = self.org.name_of(view.seller(self.org, sale.salesperson, self.task.now))
        cases.status(self.session, self.task.case_no, f"{status}（{seller}）")

    def answer(
        self,
        kind: type[Answer],
        outcome: str | None,
        sent: Message,
        next_step: str,
        again: str,
        *,
        begins: datetime | None = None,
        full: bool = True,
        filled: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The output: after findings the same form as it was sent, otherwise the next one, with what is `filled`.

        The next step's deadline counts from `begins`, without it from now. Not `full`: no step of the salesperson's
        follows, or none before an agreed moment, so the phone is masked (M5).
        """
        invalid = bool(self.reader.errors) or outcome is None
        step = again if invalid else next_step
        fields: Mapping[str, Any] = sent.model_dump(exclude={"signed_by"}) if invalid else filled or {}
        fields = {name: value for name, value in fields.items() if name not in LISTS or value}
        starts = begins if begins is not None and not invalid else self.task.now
        return kind.of_case(
            self.session,
            self.task.case_no,
            step_outcome=INVALID if invalid else outcome,
            step_due=policy.due(self.session, step, starts, self.office),
            has_errors=invalid,
            form_errors=self.reader.errors,
            **fields,
            **view.fields(self.session, self.task.case_no, self.org, self.task.now, full=full or invalid),
        )
