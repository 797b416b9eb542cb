"""Registration checks at import what would fail at work."""
# ruff: noqa: ARG001 - handlers have parameters for the runtime to look at

from typing import Any, ClassVar

import pytest

from workers.database.unit_of_work import UnitOfWork
from workers.errors import BusinessError
from workers.runtime import Container, Message, Nothing, Router, TaskContext


class Order(Message):
    contract_no: str
    lines: tuple[str, ...] = ()


class Duplicate(BusinessError):
    code: ClassVar[str] = "DUPLICATE"


def test_a_handler_is_registered_with_all_that_the_runtime_needs() -> None:
    router = Router("room")

    def undo(order: Order, uow: UnitOfWork) -> None: ...

    @router.task("do_it", errors=(Duplicate,), timeout=60, compensate=undo)
    def do_it(order: Order, uow: UnitOfWork, task: TaskContext, org: Container) -> Nothing:
        return Nothing()

    task = router.tasks["room.do_it"]
    assert task.variables == ("contractNo", "lines")
    assert task.parameters == {"uow": UnitOfWork, "task": TaskContext, "org": Container}
    assert task.dependencies == {UnitOfWork, TaskContext, Container}
    assert task.errors == (Duplicate,)
    assert task.timeout == 60
    assert do_it(Order(contract_no="HT"), None, None, None) == Nothing()  # type: ignore[arg-type]


def test_a_message_without_fields_fetches_no_variables() -> None:
    assert Nothing.variable_names() == ()


def test_the_function_is_named_like_the_topic() -> None:
    with pytest.raises(ValueError, match=r"must be called do_it, as its topic room\.do_it says"):

        @Router("room").task("do_it")
        def done(order: Order) -> Nothing:
            return Nothing()


def test_a_topic_is_registered_once() -> None:
    router = Router("room")

    def do_it(order: Order) -> Nothing:
        return Nothing()

    router.task("do_it")(do_it)
    with pytest.raises(ValueError, match="twice"):
        router.task("do_it")(do_it)


def no_message(order: dict[str, Any]) -> Nothing:
    return Nothing()


def no_parameters() -> Nothing:
    return Nothing()


def no_output(order: Order) -> None:
    return None


def no_annotation(order: Order, uow) -> Nothing:  # type: ignore[no-untyped-def]
    return Nothing()


@pytest.mark.parametrize("function", [no_message, no_parameters, no_output, no_annotation])
def test_a_function_that_does_not_fit_is_refused(function: Any) -> None:
    with pytest.raises(TypeError, match=function.__name__):
        Router("room").task(function.__name__)(function)


def test_a_declared_error_needs_a_code() -> None:
    class Nameless(BusinessError):
        pass

    def do_it(order: Order) -> Nothing:
        return Nothing()

    with pytest.raises(TypeError, match="no BPMN error code"):
        Router("room").task("do_it", errors=(Nameless,))(do_it)


def test_a_compensation_takes_the_same_message() -> None:
    def undo(order: Nothing) -> None: ...

    def do_it(order: Order) -> Nothing:
        return Nothing()

    with pytest.raises(TypeError, match="undo must take a Order too"):
        Router("room").task("do_it", compensate=undo)(do_it)


def test_the_container_asks_its_provider_each_time_and_names_what_is_missing() -> None:
    newest = iter([1, 2])
    container = Container().add(str, "text").provide(int, lambda: next(newest))
    assert (container.resolve(str), container.resolve(int), container.resolve(int)) == ("text", 1, 2)
    assert container.missing([str, Order, Duplicate]) == ["Duplicate", "Order"]
