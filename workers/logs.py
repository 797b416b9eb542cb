"""Logging: structlog with the case's context, for people on a console or as JSON for programs.

Nobody's phone or ID number stands in a log, whoever wrote the line and wherever in it (M5).
"""

from __future__ import annotations

import logging
import sys

import structlog

from workers import calendar
from workers.masking import mask


class MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Masks the finished line: the message, its values, a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return mask(super().format(record))


def _stamp(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """The company's time with its offset, as commands and Tasklist show it, whatever zone the machine is in."""
    event["timestamp"] = calendar.now().isoformat(timespec="milliseconds")
    return event


def configure(level: str = "INFO", form: str = "console", *, quiet: bool = False) -> None:
    """Send structlog and the standard library's loggers to stderr in one format. Called once by a command.

    `level` is a name of the standard library's, `form` is console or json. `quiet` is for commands that tell a person
    what they do by other means: only warnings are logged then.
    """
    least = max(logging.getLevelName(level), logging.WARNING if quiet else 0)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _stamp,
    ]
    as_json = form == "json"
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # a box of local variables would show what half of a number is left of where the line is cut
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(least),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    finish: list[structlog.types.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        finish.append(structlog.processors.format_exc_info)
    handler.setFormatter(MaskingFormatter(foreign_pre_chain=shared, processors=[*finish, renderer]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(least)
    # The card's client logs every request at INFO, with its configuration.
    logging.getLogger("camunda").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
