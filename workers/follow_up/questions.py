"""The questions that customers are asked, from `config/follow_up.yaml`: what they expect of each step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from workers.errors import UserError

Step = Annotated[str, StringConstraints(pattern=r"^[VW][0-9]{1,2}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Entry):
    """One expectation as a question: answered with yes, partly or no."""

    id: Annotated[str, StringConstraints(pattern=r"^[VW][0-9]{1,2}-[0-9]{1,2}$")]
    kind: Literal["sale", "service"]
    step: Step
    question: Text


class Questionnaire(_Entry):
    """All questions, and the steps' names as staff read them."""

    steps: dict[Step, Text]
    questions: tuple[Question, ...]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        ids = [one.id for one in self.questions]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"questions stand there twice: {', '.join(twice)}")
        texts = [(one.kind, one.question) for one in self.questions]  # the form's rows are known by them
        if same := sorted({text for kind, text in texts if texts.count((kind, text)) > 1}):
            raise ValueError(f"questions are asked twice: {', '.join(same)}")
        if unnamed := sorted({one.step for one in self.questions} - set(self.steps)):
            raise ValueError(f"steps without a name: {', '.join(unnamed)}")
        return self

    def of(self, kind: str) -> list[Question]:
        """What is asked after a sale or after service, in the file's order."""
        return [one for one in self.questions if one.kind == kind]

    def step_name(self, step: str) -> str:
        """The step as staff know it; its id where the file no longer names it."""
        return self.steps.get(step, step)


def load_questions(path: Path) -> Questionnaire:
    """Read the file. Raises UserError, which names what is wrong."""
    try:
        return Questionnaire.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise UserError(f"{path}: {error}") from error
