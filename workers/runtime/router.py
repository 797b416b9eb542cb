"""Registration of handlers: `@router.task` says which topic a function does, and checks it at import.

router = Router("ledger")

@router.task("register_contract", errors=(DuplicateContract,))
def register_contract(order: RegisterContract, uow: UnitOfWork, task: TaskContext) -> ContractRegistered: ...
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, get_type_hints

from workers.database.unit_of_work import UnitOfWork
from workers.errors import BusinessError
from workers.runtime.messages import Message

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class RegisteredTask:
    """A topic and all that the runtime must know to do it."""

    topic: str
    function: Callable[..., Message]
    input_model: type[Message]
    output_model: type[Message]
    parameters: Mapping[str, Any]
    """The other parameters' types by name, resolved from the container."""
    errors: tuple[type[BusinessError], ...] = ()
    """The business errors that the diagram catches around this task."""
    timeout: float | None = None
    """Seconds that the handler may take; then it is given up and its task fails. None: the worker's setting."""
    compensate: Callable[..., None] | None = None
    compensate_parameters: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The process variables to fetch."""
        return self.input_model.variable_names()

    @cached_property
    def output_fields(self) -> tuple[tuple[str, str], ...]:
        """The output's attributes with the process variables that they become."""
        return tuple(zip(self.output_model.model_fields, self.output_model.variable_names(), strict=True))

    @cached_property
    def writes(self) -> bool:
        """Whether the handler can leave an effect in the database; one that cannot may be done twice."""
        return UnitOfWork in self.dependencies or self.compensate is not None

    @property
    def dependencies(self) -> set[Any]:
        """Every type that the container is asked for."""
        return {*self.parameters.values(), *self.compensate_parameters.values()}


class Router:
    """The topics of one room; its name is their prefix."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.tasks: dict[str, RegisteredTask] = {}

    def task(
        self,
        name: str,
        *,
        errors: tuple[type[BusinessError], ...] = (),
        timeout: float | None = None,
        compensate: Callable[..., None] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register a function for the topic `<room>.<name>`.

        `compensate` takes the same message and undoes what the handler committed when the case was cancelled
        before the engine learnt of it; it must do no harm when it finds nothing to undo.
        Raises TypeError or ValueError when the function does not fit.
        """

        def register(function: Handler) -> Handler:
            topic = f"{self.room}.{name}"
            if function.__name__ != name:
                raise ValueError(
                    f"the function {function.__name__} must be called {name}, as its topic {topic} says"
                )
            if topic in self.tasks:
                raise ValueError(f"the topic {topic} is registered twice")
            for error in errors:
                if not getattr(error, "code", None):
                    raise TypeError(f"{topic}: {error.__name__} has no BPMN error code")
            message, parameters = _parameters(topic, function)
            output = get_type_hints(function).get("return")
            if output is None or not _is_message(output):
                raise TypeError(f"{topic}: the return annotation must be a Message, not {output}")
            undo: Mapping[str, Any] = {}
            if compensate is not None:
                undone, undo = _parameters(topic, compensate)
                if undone is not message:
                    raise TypeError(f"{topic}: {compensate.__name__} must take a {message.__name__} too")
            self.tasks[topic] = RegisteredTask(
                topic, function, message, output, parameters, tuple(errors), timeout, compensate, undo
            )
            return function

        return register


def _parameters(topic: str, function: Callable[..., Any]) -> tuple[type[Message], Mapping[str, Any]]:
    """The message that comes first, and the types of the rest by name."""
    hints = get_type_hints(function)
    names = list(inspect.signature(function).parameters)
    untyped = [name for name in names if name not in hints]
    if untyped:
        raise TypeError(f"{topic}: the parameters {', '.join(untyped)} have no annotation")
    if not names or not _is_message(hints[names[0]]):
        raise TypeError(f"{topic}: the first parameter of {function.__name__} must be a Message")
    return hints[names[0]], {name: hints[name] for name in names[1:]}


def _is_message(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Message)
