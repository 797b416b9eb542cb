"""Who gets threads, decided from what is in hand."""

from __future__ import annotations

import threading
from typing import Any

from workers.runtime import Message, Nothing, Router
from workers.runtime.fairness import FULL_FETCHES, Limited, Shares, Turns, weigh
from workers.runtime.locks import Delivery
from workers.runtime.outcome import Complete, RetryPolicy, out_of_time
from workers.runtime.pool import Pool
from workers.runtime.statistics import BUCKETS, COMPLETED, FAILED, UNREPORTED, Statistics

router = Router("fair")


@router.task("a")
def a(_: Message) -> Nothing:
    """Nothing."""
    return Nothing()


@router.task("b")
def b(_: Message) -> Nothing:
    """Nothing."""
    return Nothing()


def deliveries(topic: str, count: int, age: float) -> list[Delivery]:
    return [
        Delivery(router.tasks[topic], {"id": str(number)}, started=100.0 - age) for number in range(count)
    ]


def test_fast_handlers_of_one_topic_may_hold_every_thread() -> None:
    load = weigh(deliveries("fair.a", 8, age=0.5), 100.0, Shares.of(8))
    assert (load.paused, load.lend) == (frozenset(), 0)


def test_a_topic_pauses_at_its_share_of_slow_handlers_and_others_are_lent_threads_beyond_theirs() -> None:
    slow = deliveries("fair.a", 4, age=5)
    load = weigh([*slow, *deliveries("fair.b", 3, age=0.1)], 100.0, Shares.of(8))
    assert (load.paused, load.lend) == ({"fair.a"}, 0)
    both = weigh([*deliveries("fair.a", 8, age=5), *deliveries("fair.b", 1, age=2)], 100.0, Shares.of(8))
    assert (both.paused, both.lend) == ({"fair.a"}, 3)
    assert weigh(deliveries("fair.a", 20, age=5), 100.0, Shares.of(8)).lend == 4


def test_handlers_that_have_ended_or_were_given_up_hold_no_thread() -> None:
    slow = deliveries("fair.a", 8, age=5)
    for one in slow[:4]:
        one.lost = True
    for one in slow[4:6]:
        one.ended = 99.0
    load = weigh(slow, 100.0, Shares.of(8))
    assert (load.paused, load.lend) == (frozenset(), 0)
    assert Limited({"fair.a": 4}, lambda: slow).full() == {"fair.a"}


def test_a_limit_leaves_room_for_what_is_not_in_hand() -> None:
    limited = Limited({"fair.a": 3, "fair.b": 2, "fair.c": 0}, lambda: deliveries("fair.a", 1, age=0.1))
    assert limited.room() == {"fair.a": 2, "fair.b": 2, "fair.c": 0}
    assert limited.full() == {"fair.c"}
    limited.crowded = {"fair.c"}
    assert not limited.hurries()  # there will never be room


def test_after_a_row_of_full_fetches_the_other_topics_have_a_turn() -> None:
    turns = Turns(3)
    for _ in range(FULL_FETCHES):
        assert turns.others() == frozenset()
        turns.saw({"a"}, full=True)
    assert turns.others() == {"a"}
    assert turns.others() == frozenset()
    for _ in range(FULL_FETCHES - 1):
        turns.saw({"a"}, full=True)
    turns.saw({"b"}, full=False)
    assert turns.others() == frozenset()


def test_topics_that_all_have_a_backlog_need_no_turns() -> None:
    turns = Turns(1)
    for _ in range(FULL_FETCHES):
        turns.saw({"a"}, full=True)
    assert turns.others() == frozenset()


def test_a_written_off_thread_is_replaced_and_ends_when_its_job_does() -> None:
    pool, hold, done = Pool(1), threading.Event(), threading.Event()
    threads: list[str] = []

    def hang() -> None:
        threads.append(threading.current_thread().name)
        hold.wait(10)

    def work() -> None:
        done.set()

    pool.submit(hang)
    assert pool.lose(hang)
    assert not pool.lose(hang)
    assert (pool.lost, pool.wait_free(1, 1)) == (1, 1)
    pool.submit(work)
    assert done.wait(5)
    assert pool.wait_free(1, 5) == 1
    hold.set()
    pool.submit(threading.Event().set)
    assert pool.wait_free(1, 5) == 1
    pool.close()


def test_lent_threads_come_and_go() -> None:
    pool, hold = Pool(2), threading.Event()
    for _ in range(2):
        pool.submit(lambda: hold.wait(10) and None)
    pool.lend(1)
    assert pool.wait_free(1, 1) == 1
    pool.lend(0)
    asking = threading.Thread(target=lambda: pool.wait_free(1, 0), daemon=True)
    asking.start()
    asking.join(0.05)
    assert asking.is_alive()  # none is free
    hold.set()
    assert pool.wait_free(2, 5) == 2
    pool.close()


def test_a_handler_that_was_given_up_has_one_more_try_at_most() -> None:
    policy = RetryPolicy()
    first = out_of_time(120, None, policy)
    assert (first.retries, "did not end within 120 s" in first.message) == (1, True)
    assert out_of_time(120, 1, policy).retries == 0
    assert out_of_time(120, 4, policy).retries == 1


def test_statistics_count_outcomes_and_durations_by_topic() -> None:
    counted = Statistics(["a", "b"])
    counted.fetched("a")
    counted.ended("a", Complete(b"{}"), 0.004)
    counted.ended("a", out_of_time(500, None, RetryPolicy()), 500.0)
    counted.ended("b", None, 1.0)
    mine: Any = counted.topics["a"]
    assert (mine.fetched, mine.outcomes[COMPLETED], mine.outcomes[FAILED]) == (1, 1, 1)
    assert (mine.buckets[0], mine.buckets[len(BUCKETS)], counted.topics["b"].fetched) == (1, 1, 0)
    assert counted.topics["b"].outcomes[UNREPORTED] == 1
