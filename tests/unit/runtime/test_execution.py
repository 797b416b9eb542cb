"""A task is done once: the effect, the task's id and the output are one transaction."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from workers.database.unit_of_work import UnitOfWork
from workers.errors import BusinessError, InvalidInput
from workers.runtime import Container, FileValue, Message, RegisteredTask, Router, TaskContext
from workers.runtime.database import Records
from workers.runtime.execution import Execution

Sessions = sessionmaker[Session]
MakeTask = Callable[..., dict[str, Any]]


class Order(Message):
    no: str
    fail: bool = False
    wait: float = 0


class Entered(Message):
    seq: int
    paper: FileValue | None = None
    wrong: Any = None


class Duplicate(BusinessError):
    code: ClassVar[str] = "DUPLICATE"


@pytest.fixture(scope="module")
def effects(session_factory: Sessions) -> Iterator[Callable[[str], int]]:
    """A table for effects; counts the effects of a number."""
    with session_factory.begin() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS test_effects (no text, seq serial)"))

    def count(no: str) -> int:
        statement = text("SELECT count(*) FROM test_effects WHERE no = :no")
        with session_factory() as session:
            return int(session.execute(statement, {"no": no}).scalar_one())

    yield count
    with session_factory.begin() as session:
        session.execute(text("DROP TABLE test_effects"))


def enter(order: Order, uow: UnitOfWork) -> Entered:
    """Write one effect."""
    seq = uow.session.execute(
        text("INSERT INTO test_effects (no) VALUES (:no) RETURNING seq"), {"no": order.no}
    )
    time.sleep(order.wait)
    if order.fail:
        raise Duplicate(order.no)
    return Entered(seq=seq.scalar_one(), paper=FileValue("a.txt", b"paper"))


def remove(order: Order, uow: UnitOfWork, task: TaskContext) -> None:
    """Undo the effect."""
    assert task.case_no == "SB-2026-0001"
    uow.session.execute(text("DELETE FROM test_effects WHERE no = :no"), {"no": order.no})


@pytest.fixture
def execution(session_factory: Sessions) -> Execution:
    return Execution(Records(session_factory), Container())


@pytest.fixture
def task() -> RegisteredTask:
    router = Router("test")
    router.task("enter", compensate=remove)(enter)
    return router.tasks["test.enter"]


@pytest.fixture
def order(make_task: MakeTask) -> Callable[..., dict[str, Any]]:
    """Makes a fetched task for an order."""

    def make(no: str, **variables: Any) -> dict[str, Any]:
        return make_task(
            "test.enter", {key: {"value": value} for key, value in {"no": no, **variables}.items()}
        )

    return make


@pytest.fixture
def no() -> str:
    return f"HT-{uuid4()}"


def test_a_second_delivery_returns_the_first_output_and_writes_nothing(
    execution: Execution, task: RegisteredTask, order: MakeTask, no: str, effects: Callable[[str], int]
) -> None:
    fetched = order(no)
    first = execution.run(task, fetched)
    assert execution.run(task, fetched) == first
    assert effects(no) == 1
    output = json.loads(first)
    assert output["seq"]["type"] == "Long"
    assert output["paper"] == {"value": "cGFwZXI=", "type": "File", "valueInfo": output["paper"]["valueInfo"]}
    assert output["wrong"] == {"value": None, "type": "Null"}


def test_deliveries_at_the_same_time_write_once(
    execution: Execution, task: RegisteredTask, order: MakeTask, no: str, effects: Callable[[str], int]
) -> None:
    fetched = order(no, wait=0.2)
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(lambda _: execution.run(task, fetched), range(4)))
    assert len(set(outputs)) == 1
    assert effects(no) == 1


def test_a_delivery_takes_over_when_the_one_before_it_fails_meanwhile(
    execution: Execution, task: RegisteredTask, order: MakeTask, no: str, effects: Callable[[str], int]
) -> None:
    failing = order(no, wait=0.3, fail=True)
    good = {**failing, "variables": {"no": {"value": no}}}
    errors: list[Exception] = []

    def fail() -> None:
        try:
            execution.run(task, failing)
        except Duplicate as error:
            errors.append(error)

    thread = threading.Thread(target=fail)
    thread.start()
    time.sleep(0.1)
    execution.run(task, good)
    thread.join()
    assert len(errors) == 1
    assert effects(no) == 1


def test_a_business_error_undoes_the_effect_and_may_be_tried_again(
    execution: Execution, task: RegisteredTask, order: MakeTask, no: str, effects: Callable[[str], int]
) -> None:
    with pytest.raises(Duplicate):
        execution.run(task, order(no, fail=True))
    assert effects(no) == 0


@pytest.mark.parametrize("wrong", [object(), "x" * 4001, ["\ud800"], "\ud800"])
def test_an_output_that_cannot_be_sent_undoes_the_effect(
    execution: Execution, order: MakeTask, no: str, effects: Callable[[str], int], wrong: Any
) -> None:
    router = Router("test")

    @router.task("enter_wrongly")
    def enter_wrongly(order: Order, uow: UnitOfWork) -> Entered:
        return enter(order, uow).model_copy(update={"wrong": wrong})

    with pytest.raises(InvalidInput):
        execution.run(router.tasks["test.enter_wrongly"], order(no))
    assert effects(no) == 0


def test_a_handler_that_returns_something_else_than_it_says_is_a_fault(
    execution: Execution, order: MakeTask, no: str, effects: Callable[[str], int]
) -> None:
    router = Router("test")

    @router.task("enter_nothing")
    def enter_nothing(order: Order, uow: UnitOfWork) -> Entered:
        enter(order, uow)
        return None  # type: ignore[return-value]

    with pytest.raises(TypeError, match=r"test\.enter_nothing returned NoneType, not Entered"):
        execution.run(router.tasks["test.enter_nothing"], order(no))
    assert effects(no) == 0


def test_variables_that_do_not_fit_are_invalid_input(
    execution: Execution, task: RegisteredTask, make_task: MakeTask
) -> None:
    with pytest.raises(InvalidInput, match="Order: no: Field required"):
        execution.run(task, make_task("test.enter", {}))


def test_a_compensation_undoes_once(
    execution: Execution, task: RegisteredTask, order: MakeTask, no: str, effects: Callable[[str], int]
) -> None:
    fetched = order(no)
    execution.run(task, fetched)
    assert execution.compensate(task, fetched)
    assert effects(no) == 0
    assert not execution.compensate(task, fetched)


def test_what_the_engine_knows_to_be_completed_is_not_undone(
    execution: Execution, task: RegisteredTask, order: MakeTask, no: str, effects: Callable[[str], int]
) -> None:
    fetched = order(no)
    execution.run(task, fetched)
    execution.settle(fetched["id"])
    assert not execution.compensate(task, fetched)
    assert effects(no) == 1


def test_handlers_get_what_their_annotations_ask_for(session_factory: Sessions, make_task: MakeTask) -> None:
    router = Router("test")

    class Price(Message):
        text: str

    @router.task("price")
    def price(order: Order, task: TaskContext, house: str) -> Price:
        assert task.now.tzinfo is not None
        return Price(text=f"{house} {order.no} {task.case_no}")

    execution = Execution(Records(session_factory), Container().add(str, "house"))
    registered = router.tasks["test.price"]
    assert execution.missing(registered) == []
    assert Execution(Records(session_factory), Container()).missing(registered) == ["str"]
    output = json.loads(execution.run(registered, make_task("test.price", {"no": {"value": "1"}})))
    assert output == {"text": {"value": "house 1 SB-2026-0001", "type": "String"}}


def test_a_case_without_a_number_is_invalid_input(make_task: MakeTask) -> None:
    context = TaskContext.of(make_task("t", businessKey=None), None)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="has no business key"):
        _ = context.case_no
