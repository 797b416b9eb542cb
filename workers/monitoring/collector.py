"""The worker's figures as Prometheus reads them, made when it asks: a task costs no more for it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from workers.monitoring.backlog import BacklogSource
from workers.runtime import Runner
from workers.runtime.statistics import BUCKETS, TopicStatistics

PREFIX = "salesflow_"


class Collector:
    """Collects for one worker process. Topics that it has never seen a task of are left out."""

    def __init__(self, runner: Runner, backlog: BacklogSource) -> None:
        self._runner, self._backlog = runner, backlog

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        yield from self._work()
        yield from self._threads()
        yield from self._waiting()

    def _work(self) -> Iterator[Metric]:
        fetched = CounterMetricFamily(PREFIX + "tasks_fetched", "Tasks fetched.", labels=["topic"])
        ended = CounterMetricFamily(
            PREFIX + "tasks_ended", "Tasks by what the engine was told of them.", labels=["topic", "outcome"]
        )
        timeouts = CounterMetricFamily(
            PREFIX + "task_timeouts", "Handlers that did not end and were given up.", labels=["topic"]
        )
        duration = HistogramMetricFamily(
            PREFIX + "task_duration_seconds", "Time from the fetch to the handler's end.", labels=["topic"]
        )
        for topic, one in self._runner.statistics.topics.items():
            if not one.fetched:
                continue
            fetched.add_metric([topic], one.fetched)
            timeouts.add_metric([topic], one.timeouts)
            for outcome, count in one.outcomes.items():
                ended.add_metric([topic, outcome], count)
            duration.add_metric([topic], *_histogram(one))
        yield from (fetched, ended, timeouts, duration)

    def _threads(self) -> Iterator[Metric]:
        state = self._runner.state()
        flying = GaugeMetricFamily(PREFIX + "tasks_in_flight", "Tasks in hand now.", labels=["topic"])
        for topic, count in state.in_flight.items():
            flying.add_metric([topic], count)
        paused = GaugeMetricFamily(
            PREFIX + "topic_paused", "1: not fetched now, it holds its share of threads.", labels=["topic"]
        )
        for topic in state.paused:
            paused.add_metric([topic], 1)
        yield from (flying, paused)
        yield GaugeMetricFamily(PREFIX + "threads", "Threads for handlers.", value=state.threads)
        yield GaugeMetricFamily(
            PREFIX + "threads_lent", "Threads beyond these, beside slow ones.", state.lent
        )
        yield GaugeMetricFamily(PREFIX + "threads_lost", "Threads whose handler does not end.", state.lost)
        yield GaugeMetricFamily(
            PREFIX + "seconds_since_fetch", "Since the engine last answered a fetch.", _age(state.fetched_at)
        )

    def _waiting(self) -> Iterator[Metric]:
        seen = self._backlog.current()
        if seen.answered is not None:
            yield GaugeMetricFamily(
                PREFIX + "engine_up", "1: the engine answered when it was last asked.", float(seen.answered)
            )
        tables: tuple[tuple[str, str, str, dict[str, int] | dict[str, float]], ...] = (
            ("backlog", "Open tasks of the whole installation, incidents excepted.", "topic", seen.tasks),
            ("oldest_task_age_seconds", "Age of the oldest of them.", "topic", seen.oldest),
            ("incidents", "Open incidents of the whole installation.", "type", seen.incidents),
        )
        for name, text, label, values in tables:
            family = GaugeMetricFamily(PREFIX + name, text, labels=[label])
            for key, value in values.items():
                family.add_metric([key], value)
            yield family


def _histogram(one: TopicStatistics) -> tuple[list[tuple[str, float]], float]:
    """Cumulated buckets, as Prometheus has them, and the sum of seconds."""
    total = 0
    buckets: list[tuple[str, float]] = []
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), one.buckets, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets, one.seconds


def _age(moment: float | None) -> float:
    return float("inf") if moment is None else time.monotonic() - moment
