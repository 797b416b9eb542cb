"""The three outcomes of a task, and the only place that decides which one an exception becomes.

* business error that the task declares  -> BPMN error, caught in the diagram;
* input that nobody can mend             -> failure without retries: an incident at once;
* anything else                          -> failure with one retry less and a growing delay; at 0 an incident.

A database that is away is nobody's fault and passes: the runner puts the task back instead of asking here.
"""

import traceback
from dataclasses import dataclass

from pydantic import ValidationError

from workers.errors import BusinessError, InvalidInput
from workers.runtime.backoff import jittered
from workers.runtime.router import RegisteredTask

MESSAGE_LIMIT = 666  # characters; the engine cuts a longer message anywhere


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a technical fault is tried, and the seconds before each further try."""

    attempts: int = 4
    delays: tuple[float, ...] = (5.0, 30.0, 180.0)

    def after(self, retries: int | None) -> tuple[int, float]:
        """Retries left after this failure, and the delay in seconds; None stands for a first delivery."""
        remaining = max((self.attempts if retries is None else retries) - 1, 0)
        failures = max(self.attempts - remaining, 1)
        return remaining, jittered(self.delays[min(failures, len(self.delays)) - 1])


@dataclass(frozen=True, slots=True)
class Complete:
    """The handler's effect is committed; `output` is the encoded JSON object of its variables."""

    output: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """A technical fault; with 0 retries the engine makes an incident of it."""

    message: str
    details: str
    retries: int
    delay: float


@dataclass(frozen=True, slots=True)
class BpmnError:
    """A business error that the diagram catches."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class PutBack:
    """Our database is away: the task goes back as it came, no try is counted."""

    reason: str


Outcome = Complete | Failure | BpmnError | PutBack


def of_exception(
    error: Exception, task: RegisteredTask, retries: int | None, policy: RetryPolicy
) -> Failure | BpmnError:
    """The outcome of a handler that raised `error`, its effect being rolled back."""
    if isinstance(error, BusinessError) and isinstance(error, task.errors):
        return BpmnError(error.code, message_of(error))
    details = "".join(traceback.format_exception(error))
    if isinstance(error, InvalidInput):
        return Failure(_clip(str(error) or message_of(error)), details, 0, 0)
    remaining, delay = policy.after(retries)
    return Failure(message_of(error), details, remaining, delay)


def out_of_time(seconds: float, retries: int | None, policy: RetryPolicy) -> Failure:
    """The outcome of a handler that was given up: at most one further try, because each may cost a thread."""
    left, delay = policy.after(retries)
    message = f"the handler did not end within {seconds:g} s and was given up"
    return Failure(message, message, min(left, 1), delay)


def message_of(error: Exception) -> str:
    """What an operator reads first: the kind of error and the first line of what it says."""
    first = str(error).strip().partition("\n")[0]
    if isinstance(error, BusinessError) and first:
        return _clip(first)
    return _clip(f"{type(error).__name__}: {first}" if first else type(error).__name__)


def invalid_message(error: ValidationError) -> InvalidInput:
    """The task's variables do not make its message: each field and what is wrong with it, in one line."""
    wrong = "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'message'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return InvalidInput(f"{error.title}: {wrong}")


def _clip(text: str) -> str:
    text = text.replace("\x00", "\ufffd")  # the engine's database refuses NUL, and the report with it
    return text if len(text) <= MESSAGE_LIMIT else text[: MESSAGE_LIMIT - 1] + "…"
