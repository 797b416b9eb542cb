"""Rules on timers and dates written into a diagram."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from workers.check.context import Context
from workers.check.expressions import is_expression
from workers.check.findings import Finding
from workers.check.xml import bpmn, camunda, ident, local, text

_DURATION = re.compile(r"^P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$")
_CRON = re.compile(r"^[\d*?,/\-LW#A-Z]+( [\d*?,/\-LW#A-Z]+){5,6}$")
_EXAMPLES = {
    "timeDuration": "a duration such as P3D or PT8H",
    "timeDate": "a date such as 2026-01-31T09:00:00",
    "timeCycle": "a cycle such as R3/PT8H or 0 0 9 1 * ?",
}


def is_duration(value: str) -> bool:
    """Whether the text is an ISO 8601 duration."""
    return bool(_DURATION.match(value))


def is_date(value: str) -> bool:
    """Whether the text is an ISO 8601 date or time."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_cycle(value: str) -> bool:
    """Whether the text is an ISO 8601 repetition (R3/PT8H, R/start/PT8H, R/PT8H/end) or a cron expression."""
    repeat, *parts = value.split("/")
    if not re.match(r"^R\d*$", repeat):
        return bool(_CRON.match(value))
    durations = [part for part in parts if is_duration(part)]
    return len(parts) in {1, 2} and len(durations) == 1 and all(is_duration(p) or is_date(p) for p in parts)


_VALID = {"timeDuration": is_duration, "timeDate": is_date, "timeCycle": is_cycle}


def check(context: Context) -> Iterator[Finding]:
    """Findings on timer events, due dates and follow-up dates."""
    for process in context.processes:
        for definition in process.element.iter(bpmn("timerEventDefinition")):
            event = ident(next(definition.iterancestors()))
            times = [child for child in definition if local(child) in _VALID]
            if not times:
                message = f"the timer has no time; give {_EXAMPLES['timeDuration']}"
                yield Finding(process.file, event, "timer", message)
            for time in times:
                value, kind = text(time), local(time)
                if not is_expression(value) and not _VALID[kind](value):
                    message = f"the timer's {value!r} cannot be read; give {_EXAMPLES[kind]} or ${{…}}"
                    yield Finding(process.file, event, "timer", message)
        for task in process.every("userTask"):
            for attribute in ("dueDate", "followUpDate"):
                value = task.get(camunda(attribute), "")
                if value and not is_expression(value) and not is_date(value):
                    message = (
                        f"the {attribute} {value!r} cannot be read; give {_EXAMPLES['timeDate']} or ${{…}}"
                    )
                    yield Finding(process.file, ident(task), "timer", message)
