"""The kinds of error that the rest of the code tells apart. `runtime.outcome` decides what each becomes."""

from __future__ import annotations

from typing import ClassVar


class SalesflowError(Exception):
    """Base of every error that salesflow raises on purpose."""


class BusinessError(SalesflowError):
    """An outcome that the diagram catches: it becomes the BPMN error with this class's `code`."""

    code: ClassVar[str]


class InvalidInput(SalesflowError):
    """Data that nobody in the process can mend: an incident at once, with this message as its reason."""


class DatabaseTrouble(SalesflowError):
    """The database did not do what the runtime asked of it; it may be away."""


class UserError(SalesflowError):
    """Something that the person at the command line can mend: shown without a traceback, exit code 2."""
