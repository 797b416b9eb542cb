"""Tell the engine how a task ended, until it knows, refuses, or somebody else has the task.

Only the report is repeated, never the handler. A report that cannot be made is left to redelivery, which
finds the stored output.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any

import structlog

from workers.errors import DatabaseTrouble
from workers.runtime.backoff import Backoff
from workers.runtime.client import Fate, TaskClient
from workers.runtime.completions import Completions
from workers.runtime.execution import Execution
from workers.runtime.http import EngineError, EngineRefused, EngineUnavailable, NotFound
from workers.runtime.outcome import MESSAGE_LIMIT, BpmnError, Complete, Failure, Outcome, PutBack, RetryPolicy
from workers.runtime.router import RegisteredTask

log = structlog.get_logger(__name__)


class Reporter:
    """Reports outcomes; `patience` is the seconds for which a report is repeated."""

    def __init__(
        self, client: TaskClient, execution: Execution, retries: RetryPolicy, patience: float = 60.0
    ) -> None:
        self._client = client
        self._completions = Completions(client)
        self._execution = execution
        self._retries = retries
        self._patience = patience
        self._hurry = threading.Event()

    def hurry(self) -> None:
        """Give up repeating: the worker has to end."""
        self._hurry.set()

    def report(self, task: RegisteredTask, fetched: Mapping[str, Any], outcome: Outcome) -> Outcome | None:
        """Report an outcome; returns what was told in the end, None when nothing was.

        Raises nothing that the engine does; logs what could not be told.
        """
        until = time.monotonic() + self._patience
        backoff = Backoff(0.1, 5.0)
        while True:
            try:
                self._send(fetched["id"], outcome)
            except NotFound:
                self._gone(task, fetched, outcome)
                return None
            except EngineRefused as error:
                if "is locked by worker" in error.message:
                    log.warning("lock lost, another worker has the task")
                    return None
                if not _passing(error):
                    instead = self._instead(outcome, fetched.get("retries"), error)
                    if instead is None:
                        log.error(  # noqa: TRY400 - the engine's words say it all
                            "the report is refused, the task will be redelivered", error=error.message
                        )
                        return None
                    outcome = instead
                    continue
                reason = str(error)
            except EngineUnavailable as error:
                reason = str(error)
            else:
                if isinstance(outcome, Complete):
                    self._settle(task, fetched)
                return outcome
            if time.monotonic() > until or self._hurry.wait(backoff.next()):
                log.warning("could not report, the task will be redelivered", reason=reason)
                return None

    def _send(self, task_id: str, outcome: Outcome) -> None:
        match outcome:
            case Complete():
                self._completions.complete(task_id, outcome.output)
                log.debug("completed")
            case BpmnError():
                self._client.bpmn_error(task_id, outcome)
                log.info("business error", code=outcome.code, reason=outcome.message)
            case PutBack():
                self._client.unlock(task_id)
                log.info("put back, the database is away", reason=outcome.reason)
            case Failure():
                self._client.fail(task_id, outcome)
                log.warning("failed", reason=outcome.message, retries=outcome.retries)

    def _instead(self, outcome: Outcome, retries: int | None, error: EngineRefused) -> Failure | None:
        """What to report in place of an outcome that the engine refuses: an operator has to see it."""
        match outcome:
            case Complete():
                what = "the completion"
            # The engine says so with enableExceptionsAfterUnhandledBpmnError: nothing catches the error.
            case BpmnError() if "ENGINE-13033" in error.message:
                what = f"nothing catches the business error {outcome.code}: {outcome.message}"
                return Failure(what[:MESSAGE_LIMIT], str(error), 0, 0)
            case BpmnError():
                what = f"the business error {outcome.code}"
            case Failure() | PutBack():
                return None
        # 500: what follows the task failed (a listener, an expression, the database), which may pass;
        # the next delivery sends the stored output. 400: the engine would refuse the same again.
        left, delay = self._retries.after(retries) if error.status == 500 else (0, 0.0)
        return Failure(f"the engine refuses {what}: {error}"[:MESSAGE_LIMIT], str(error), left, delay)

    def _gone(self, task: RegisteredTask, fetched: Mapping[str, Any], outcome: Outcome) -> None:
        if not isinstance(outcome, Complete):
            log.info("the task is gone, nothing was written")
            return
        try:
            self.recover(task, fetched)
        except EngineError as error:
            log.warning("cannot find out what became of the task", error=str(error))
        except Exception:
            # The compensation is the room's code; the effect stays pending and the next sweep tries again.
            log.exception("compensation failed")

    def recover(self, task: RegisteredTask, fetched: Mapping[str, Any]) -> None:
        """Find out how a task ended whose effect is committed; undo the effect if its case was cancelled.

        Raises EngineError when the engine cannot say, and whatever the compensation raises.
        """
        match self._client.fate(fetched["id"]):
            case Fate.COMPLETED:
                log.info("the task was completed already")
                self._settle(task, fetched)
            case Fate.CANCELLED:
                undone = self._execution.compensate(task, fetched)
                log.warning("the case was cancelled while the task was being done", compensated=undone)
            case Fate.UNKNOWN:
                log.error("the engine has no trace of the task, nothing is undone")
            case Fate.OPEN:
                log.info("the task is still open and will be redelivered")

    def _settle(self, task: RegisteredTask, fetched: Mapping[str, Any]) -> None:
        if task.compensate is None:
            return
        try:
            self._execution.settle(fetched["id"])
        except DatabaseTrouble as error:
            log.warning("completed; the mark for recovery stays for now", error=str(error))


def _passing(error: EngineRefused) -> bool:
    """Whether the same report may succeed a moment later."""
    return error.type == "OptimisticLockingException" or error.status in (401, 403, 408, 429)
