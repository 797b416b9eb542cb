"""Read a choice and a moment of a form, with findings in Chinese (X3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from workers.calendar import SHANGHAI
from workers.cases import FormReader


def choice(reader: FormReader, field: str, label: str, value: object, known: Mapping[str, str]) -> str | None:
    """One of the known codes; the finding names what may be chosen."""
    if isinstance(value, str) and value in known:
        return value
    reader.wrong(field, f"{label}：请选择“{'”“'.join(known.values())}”之一")
    return None


def moment(
    reader: FormReader, field: str, label: str, value: object, earliest: datetime, latest: datetime
) -> datetime | None:
    """A moment from `earliest` to `latest`; a form's date and time without an offset are Shanghai's."""
    if value is None or value == "":
        reader.wrong(field, f"{label}：请填写")
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip()[:40])
        found = found.replace(tzinfo=SHANGHAI) if found.tzinfo is None else found.astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        reader.wrong(field, f"{label}：不是有效的日期和时间")
        return None
    if not earliest <= found <= latest:
        span = " 与 ".join(
            limit.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") for limit in (earliest, latest)
        )
        reader.wrong(field, f"{label}：应在{span}之间")
        return None
    return found
