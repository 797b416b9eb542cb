"""Which exception becomes which outcome."""
# ruff: noqa: ARG001 - handlers have parameters for the runtime to look at

from typing import Any, ClassVar

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from workers.errors import BusinessError, InvalidInput
from workers.runtime import Message, Nothing, RegisteredTask, Router
from workers.runtime.backoff import Backoff
from workers.runtime.outcome import BpmnError, Failure, RetryPolicy, invalid_message, of_exception


class Differs(BusinessError):
    code: ClassVar[str] = "CONTRACT_DIFFERS"


class DiffersInPrice(Differs):
    code: ClassVar[str] = "PRICE_DIFFERS"


class Undeclared(BusinessError):
    code: ClassVar[str] = "OTHER"


class Order(Message):
    amount: int
    no: str


@pytest.fixture
def task() -> RegisteredTask:
    router = Router("room")

    @router.task("do_it", errors=(Differs,))
    def do_it(order: Order) -> Nothing:
        return Nothing()

    return router.tasks["room.do_it"]


POLICY = RetryPolicy()


@pytest.mark.parametrize(
    ("error", "code"), [(Differs("数量不一致"), "CONTRACT_DIFFERS"), (DiffersInPrice("x"), "PRICE_DIFFERS")]
)
def test_a_declared_business_error_is_a_bpmn_error(task: RegisteredTask, error: Exception, code: str) -> None:
    assert of_exception(error, task, None, POLICY) == BpmnError(code, str(error))


def test_an_undeclared_business_error_is_a_fault(task: RegisteredTask) -> None:
    outcome = of_exception(Undeclared("why"), task, None, POLICY)
    assert isinstance(outcome, Failure)
    assert outcome.retries == 3


def test_invalid_input_is_an_incident_at_once(task: RegisteredTask) -> None:
    outcome = of_exception(InvalidInput("no post can sign"), task, 3, POLICY)
    assert isinstance(outcome, Failure)
    assert (outcome.message, outcome.retries) == ("no post can sign", 0)
    assert "InvalidInput" in outcome.details


@pytest.mark.parametrize(
    ("retries", "left", "shortest", "longest"),
    [(None, 3, 4, 6), (4, 3, 4, 6), (3, 2, 24, 36), (2, 1, 144, 216), (1, 0, 144, 216), (0, 0, 144, 216)],
)
def test_a_fault_is_retried_with_a_growing_delay(
    task: RegisteredTask, retries: int | None, left: int, shortest: float, longest: float
) -> None:
    error = OperationalError("SELECT 1", {}, Exception("server closed the connection\nunexpectedly"))
    outcome = of_exception(error, task, retries, POLICY)
    assert isinstance(outcome, Failure)
    assert outcome.retries == left
    assert shortest <= outcome.delay <= longest
    assert outcome.message == "OperationalError: (builtins.Exception) server closed the connection"


def test_the_message_fits_the_engine_and_the_details_hold_the_traceback(task: RegisteredTask) -> None:
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError("很长" * 1000 + "\x00")
    outcome = of_exception(caught.value, task, None, POLICY)
    assert isinstance(outcome, Failure)
    assert len(outcome.message) == 666
    assert outcome.message.endswith("…")
    assert "test_outcome.py" in outcome.details


def test_a_message_never_holds_a_nul_which_the_engines_database_refuses(task: RegisteredTask) -> None:
    assert "\x00" not in of_exception(ValueError("a\x00b"), task, None, POLICY).message


def test_variables_that_do_not_fit_are_named_one_by_one() -> None:
    with pytest.raises(ValidationError) as caught:
        Order.model_validate({"amount": "viel"})
    message = str(invalid_message(caught.value))
    assert message.startswith("Order: amount: Input should be a valid integer")
    assert "; no: Field required" in message


def test_a_backoff_grows_to_its_limit_and_starts_again() -> None:
    backoff = Backoff(1, 4)
    delays: list[Any] = [backoff.next() for _ in range(4)]
    for delay, middle in zip(delays, (1, 2, 4, 4), strict=True):
        assert middle * 0.8 <= delay <= middle * 1.2
    backoff.reset()
    assert backoff.next() <= 1.2
