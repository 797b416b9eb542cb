"""The engine's external-task interface, as the runner uses it.

Paths and topic subscriptions are those of camunda-external-task-client-python3; its HTTP, its formatting of
variables and its error handling are replaced (README.md says why).
"""

import json
import os
import socket
import threading
import uuid
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import Enum
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from workers.runtime.http import (
    EngineError,
    EngineRefused,
    EngineUnavailable,
    HttpPool,
    NotFound,
    parse,
    refused,
    shut,
)
from workers.runtime.outcome import BpmnError, Failure
from workers.runtime.router import RegisteredTask

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the library validates with pydantic's first interface
    from camunda.client.external_task_client import (
        ExternalTaskClient,
    )

MOST_SUBSCRIPTIONS = 64
NO_TOPIC = "salesflow.none"  # no diagram uses it: a fetch for it brings nothing

BATCH = "/salesflow/external-task/complete"  # of our embedded engine: config/engine/groovy


class Fate(Enum):
    """What became of an external task."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


def new_worker_id() -> str:
    """An id that no other process has, now or later: the engine keeps locks by it."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


class TaskClient(ExternalTaskClient):  # type: ignore[misc] # untyped, see above
    """One worker's client. `base_url` ends with `/engine-rest`. Threads may share it; one of them polls."""

    def __init__(
        self,
        base_url: str,
        user: str | None = None,
        password: str | None = None,
        *,
        lock_seconds: float = 20.0,
        long_poll_seconds: float = 5.0,
        answer_seconds: float = 30.0,
        worker_id: str | None = None,
    ) -> None:
        self.lock_seconds = lock_seconds
        self.long_poll_seconds = long_poll_seconds
        super().__init__(
            worker_id or new_worker_id(),
            engine_base_url="",  # its URLs become paths, HttpPool knows the engine
            config={
                "lockDuration": round(lock_seconds * 1000),
                "asyncResponseTimeout": round(long_poll_seconds * 1000),
                "includeExtensionProperties": False,
                "deserializeValues": False,  # JSON arrives as text, objects of Java classes are never loaded
            },
        )
        self._http = HttpPool(base_url, user, password, answer_seconds)
        self._topics: list[dict[str, Any]] = []
        self._subscribed: frozenset[str] = frozenset()
        self._subscriptions: dict[tuple[frozenset[str], float], bytes] = {}
        self._ending = False
        self._polling: HTTPConnection | None = None
        self._poll_lock = threading.Lock()

    def _log_with_context(self, msg: str, log_level: str = "info", **kwargs: Any) -> None:
        """The library logs its configuration to the root logger; nobody reads that."""

    def subscribe(self, tasks: Iterable[RegisteredTask]) -> None:
        """Say once which topics to fetch, each with the variables that it needs and no others."""
        self._topics = [
            one for task in tasks for one in self._get_topics(task.topic, None, list(task.variables))
        ]
        self._subscribed = frozenset(topic["topicName"] for topic in self._topics)
        self._subscriptions.clear()

    def _subscription(self, without: frozenset[str], seconds: float) -> bytes:
        """The body of a fetch of all topics but some; kept, because nearly all fetches are alike."""
        body = self._subscriptions.get((without, seconds))
        if body is None:
            topics = [one for one in self._topics if one["topicName"] not in without]
            body = self._fetch_body(topics, max(1, round(seconds * 1000)))
            if len(self._subscriptions) >= MOST_SUBSCRIPTIONS:
                self._subscriptions.clear()
            self._subscriptions[without, seconds] = body
        return body

    def _fetch_body(self, topics: list[dict[str, Any]], poll_milliseconds: int) -> bytes:
        """The body of a fetch, open at its end for maxTasks."""
        body = {
            "workerId": self.worker_id,
            "topics": topics,
            "usePriority": True,
            "sorting": [{"sortBy": "createTime", "sortOrder": "asc"}],
            "asyncResponseTimeout": poll_milliseconds,
        }
        return json.dumps(body).encode()[:-1]

    def fetch(
        self, max_tasks: int, without: frozenset[str] = frozenset(), seconds: float | None = None
    ) -> list[dict[str, Any]]:
        """Lock up to `max_tasks` of all topics but some, waiting so long for the first; None: for a long poll's time.

        Raises EngineError.
        """
        connection = self._http.take()
        with self._poll_lock:
            if self._ending:
                connection.close()
                return []
            self._polling = connection
        patience = self.long_poll_seconds if seconds is None else seconds
        body = self._subscription(without, patience) + b',"maxTasks":%d}' % max_tasks
        try:
            content = self._http.call_on(
                connection, "POST", self.get_fetch_and_lock_url(), body, self.long_poll_seconds + 5
            )
            tasks = parse(content)
        except EngineError:
            if self._ending:
                return []
            raise
        finally:
            with self._poll_lock:
                self._polling = None
        if not isinstance(tasks, list) or not all(self._is_task(one) for one in tasks):
            raise EngineUnavailable("the answer to a fetch is no list of tasks: not an engine?")
        return tasks

    def _is_task(self, one: object) -> bool:
        """Whether it has an id and a topic that was asked for."""
        if not isinstance(one, dict) or not isinstance(one.get("id"), str):
            return False
        return isinstance(topic := one.get("topicName"), str) and topic in self._subscribed

    def end_poll(self) -> None:
        """Let no poll begin any more and ask the engine to answer the outstanding one.

        An engine with fetch-and-lock-unique-worker-request does so when a newer request of the same worker
        comes; another answers when the poll's time is over.
        """
        with self._poll_lock:
            self._ending = True
            if self._polling is None:
                return
        topics = self._get_topics(NO_TOPIC, None, [])
        with suppress(EngineError):
            body = self._fetch_body(topics, 1) + b',"maxTasks":1}'
            self._http.call("POST", self.get_fetch_and_lock_url(), body, seconds=5)

    def cut_poll(self) -> None:
        """Give the outstanding poll up without its answer: what it locks stays locked until `release_all`."""
        with self._poll_lock:
            if self._polling is not None:
                shut(self._polling)

    def complete(self, task_id: str, output: bytes) -> None:
        """Complete a task with the encoded JSON object of its variables. Raises EngineError."""
        body = b'{"workerId":%s,"variables":%s}' % (json.dumps(self.worker_id).encode(), output)
        self._http.call("POST", self.get_task_complete_url(task_id), body)

    def most_completions(self) -> int:
        """How many completions this engine takes at once: 0 if it is not ours. Raises EngineUnavailable."""
        try:
            offer = parse(self._http.call("GET", BATCH))
        except EngineRefused:
            return 0
        most = offer.get("maxTasks") if isinstance(offer, dict) else None
        return most if isinstance(most, int) else 0

    def complete_all(self, tasks: Sequence[tuple[str, bytes]]) -> list[EngineError | None]:
        """Complete several tasks, each as `complete` would; for each None or the error that it would raise.

        Raises EngineError when the engine takes no such request, or when nothing is known of any of them.
        """
        entries = b",".join(b'{"id":"%s","variables":%s}' % (task.encode(), output) for task, output in tasks)
        body = b'{"workerId":%s,"tasks":[%s]}' % (json.dumps(self.worker_id).encode(), entries)
        answers = parse(self._http.call("POST", BATCH, body))
        if not isinstance(answers, list) or len(answers) != len(tasks):
            raise EngineUnavailable("the answer to a batch of completions is none")
        return [_error_of(answer) for answer in answers]

    def fail(self, task_id: str, failure: Failure) -> None:
        """Report a technical fault. Raises EngineError."""
        self._post(
            self.get_task_failure_url(task_id),
            errorMessage=failure.message,
            errorDetails=failure.details,
            retries=failure.retries,
            retryTimeout=round(failure.delay * 1000),
        )

    def bpmn_error(self, task_id: str, error: BpmnError) -> None:
        """Raise a BPMN error in the process. Raises EngineError, with status 500 when nothing catches it."""
        self._post(
            self.get_task_bpmn_error_url(task_id),
            errorCode=error.code,
            errorMessage=error.message,
            variables={},
        )

    def extend(self, task_id: str, seconds: float) -> None:
        """Make the lock last `seconds` from now. EngineError within a quarter of that and within 10 seconds."""
        body = {"workerId": self.worker_id, "newDuration": round(seconds * 1000)}
        self._http.call(
            "POST", f"/external-task/{task_id}/extendLock", json.dumps(body).encode(), min(seconds / 4, 10)
        )

    def unlock(self, task_id: str) -> None:
        """Offer a task to other workers again; one that is gone is as good as unlocked. EngineError."""
        with suppress(NotFound):
            self._http.call("POST", f"/external-task/{task_id}/unlock", b"{}", seconds=5)

    def release_all(self) -> int:
        """Unlock whatever this worker still holds; returns how many tasks. Raises EngineError.

        That includes tasks that wait for their next try: whoever works next may try them at once.
        """
        query = urlencode({"workerId": self.worker_id, "locked": "true", "maxResults": 1000})
        held = parse(self._http.call("GET", f"/external-task?{query}", seconds=5))
        tasks = held if isinstance(held, list) else []
        for task in tasks:
            self.unlock(task["id"])
        return len(tasks)

    def fate(self, task_id: str) -> Fate:
        """What became of a task, from the engine's history (level full). Raises EngineError."""
        try:
            self._http.call("GET", f"/external-task/{task_id}")
        except NotFound:
            if self._logged(task_id, "successLog"):
                return Fate.COMPLETED
            return Fate.CANCELLED if self._logged(task_id, "deletionLog") else Fate.UNKNOWN
        return Fate.OPEN

    def _logged(self, task_id: str, kind: str) -> bool:
        query = urlencode({"externalTaskId": task_id, kind: "true"})
        answer = parse(self._http.call("GET", f"/history/external-task-log/count?{query}"))
        return isinstance(answer, dict) and answer.get("count", 0) > 0

    def _post(self, path: str, **body: object) -> None:
        self._http.call("POST", path, json.dumps({"workerId": self.worker_id, **body}).encode())

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.close()


def _error_of(answer: object) -> EngineError | None:
    """One task's part of the answer to a batch; what cannot be read may have been completed all the same."""
    status = answer.get("status") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(status, int):
        return EngineUnavailable("the answer to a batch of completions is none")
    return None if status < 300 else refused(status, answer)
