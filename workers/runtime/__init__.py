"""The worker runtime: from an external task of the engine to a typed function and back. See README.md."""

from workers.runtime.client import TaskClient
from workers.runtime.container import Container
from workers.runtime.context import EngineVariables, TaskContext
from workers.runtime.journal import Journal
from workers.runtime.messages import Message, Nothing, SentText
from workers.runtime.outcome import RetryPolicy
from workers.runtime.router import RegisteredTask, Router
from workers.runtime.runner import Runner, RunnerOptions
from workers.runtime.variables import FileValue
from workers.runtime.watch import Limits

__all__ = [
    "Container",
    "EngineVariables",
    "FileValue",
    "Journal",
    "Limits",
    "Message",
    "Nothing",
    "RegisteredTask",
    "RetryPolicy",
    "Router",
    "Runner",
    "RunnerOptions",
    "SentText",
    "TaskClient",
    "TaskContext",
]
