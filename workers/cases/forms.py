"""What a step tells the form of the person who has to mend something."""

from __future__ import annotations

from pydantic import Field

from workers.runtime import Message


class FormError(Message):
    """What is wrong with one field of a form, in Chinese, for the person who can mend it (X3)."""

    field: str
    message: str


class CheckedForm(Message):
    """Mixin of outputs: what was wrong with what a person sent."""

    has_errors: bool = False
    form_errors: list[FormError] = Field(default_factory=list)
