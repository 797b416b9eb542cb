"""What the check knows of a worker's task: a small view of the registry, so that tests can make one up."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import get_args, get_origin

from workers.runtime.messages import Message
from workers.runtime.router import RegisteredTask


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic's contract: its variables by their names in the process."""

    name: str
    function: str
    needs: frozenset[str]
    """Inputs without a default."""
    reads: frozenset[str]
    """All inputs."""
    puts_out: frozenset[str]
    errors: frozenset[str]
    model: type[Message]
    missing_lists: frozenset[str] = frozenset()
    """Outputs that are a list or nothing at all."""
    says: str = ""
    """What the function does, in its own words."""

    @classmethod
    def of(cls, task: RegisteredTask) -> Topic:
        """The contract of a registered task."""
        return cls(
            name=task.topic,
            function=task.function.__name__,
            needs=frozenset(variables(task.input_model, required_only=True)),
            reads=frozenset(task.variables),
            puts_out=frozenset(task.output_model.variable_names()),
            errors=frozenset(error.code for error in task.errors),
            model=task.input_model,
            missing_lists=frozenset(_missing_lists(task.output_model)),
            says=(inspect.getdoc(task.function) or "").partition("\n")[0],
        )


def variables(model: type[Message], *, required_only: bool = False) -> list[str]:
    """The process variables that a model's fields stand for, in the model's order."""
    fields = zip(model.model_fields.values(), model.variable_names(), strict=True)
    return [name for field, name in fields if field.is_required() or not required_only]


def _missing_lists(model: type[Message]) -> Iterator[str]:
    for field, name in zip(model.model_fields.values(), model.variable_names(), strict=True):
        kinds = get_args(field.annotation)
        if NoneType in kinds and any(get_origin(kind) is list for kind in kinds):
            yield name


def contracts(tasks: Mapping[str, RegisteredTask]) -> dict[str, Topic]:
    """The registry as the check sees it."""
    return {topic: Topic.of(task) for topic, task in tasks.items()}
