"""The base of every topic's input and output: snake_case in Python, camelCase in the process."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel


class Message(BaseModel):
    """What a topic reads or hands back. Its fields' aliases are the names of the process variables."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
        arbitrary_types_allowed=True,
    )

    @classmethod
    def variable_names(cls) -> tuple[str, ...]:
        """The process variables that the message consists of."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


def _only_text(value: object) -> object:
    return value if isinstance(value, str) else None


SentText = Annotated[str | None, BeforeValidator(_only_text)]
"""A text that a person's completion may have replaced by anything: what is no text counts as not sent."""


class Nothing(Message):
    """The output of a task that hands nothing back."""
