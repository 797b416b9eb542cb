"""Process variables on the wire: Python values to the engine's typed JSON, and back.

Out: str -> String, bool -> Boolean, int -> Long, Decimal and date -> String, aware datetime -> Date,
list/dict/model -> Json, FileValue -> File, None -> Null. In: Json (and JSON-serialised objects) parsed, the
rest as the engine sent it. float -> Double only hands back what somebody typed; money is a decimal string.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json

from workers.errors import InvalidInput

STRING_LIMIT = 4000  # characters; the engine's column; a longer text makes it answer 500

WireValue = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FileValue:
    """A file as a process variable; the engine keeps the bytes and Tasklist offers it for download."""

    filename: str
    content: bytes
    mimetype: str = "application/octet-stream"


def _text(value: str) -> WireValue:
    if len(value) > STRING_LIMIT:
        raise InvalidInput(
            f"a text of {len(value)} characters does not fit a variable (at most {STRING_LIMIT})"
        )
    return {"value": value, "type": "String"}


def _moment(value: datetime) -> WireValue:
    if value.tzinfo is None:
        raise InvalidInput("a time without its zone cannot become a process variable")
    return {"value": f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}{value:%z}", "type": "Date"}


def _json(value: object) -> WireValue:
    try:
        return {"value": to_json(value, by_alias=True).decode(), "type": "Json"}
    except (PydanticSerializationError, UnicodeError) as error:
        raise InvalidInput(f"cannot be written as JSON: {error}") from error


def _file(value: FileValue) -> WireValue:
    return {
        "value": base64.b64encode(value.content).decode("ascii"),
        "type": "File",
        "valueInfo": {"filename": value.filename, "mimeType": value.mimetype},
    }


_ENCODERS: dict[type, Callable[[Any], WireValue]] = {
    str: _text,
    bool: lambda value: {"value": value, "type": "Boolean"},
    int: lambda value: {"value": value, "type": "Long"},
    float: lambda value: {"value": value, "type": "Double"},
    Decimal: lambda value: _text(format(value, "f")),
    date: lambda value: _text(value.isoformat()),
    datetime: _moment,
    list: _json,
    tuple: _json,
    dict: _json,
    FileValue: _file,
    type(None): lambda _: {"value": None, "type": "Null"},
}


def encode(value: object) -> WireValue:
    """The engine's typed form of one value. InvalidInput for a type or size that none can hold."""
    encoder = _ENCODERS.get(type(value))
    if encoder is not None:
        return encoder(value)
    if isinstance(value, BaseModel):
        return _json(value)
    for kind in (str, datetime, date):  # subclasses, such as the members of a StrEnum
        if isinstance(value, kind):
            return _ENCODERS[kind](value.value if isinstance(value, Enum) else value)
    raise InvalidInput(f"a {type(value).__name__} cannot become a process variable")


def encode_all(values: Mapping[str, object]) -> dict[str, WireValue]:
    """Encode variables by name; what is encoded already has to be decoded first."""
    encoded = {}
    for name, value in values.items():
        try:
            encoded[name] = encode(value)
        except InvalidInput as error:
            raise InvalidInput(f"variable {name}: {error}") from None
    return encoded


def decode(wire: WireValue) -> object:
    """One variable as Python sees it: Json and JSON-serialised objects parsed, everything else as it came.

    Text that calls itself JSON and is not stays the text that it is.
    """
    value = wire.get("value")
    if not isinstance(value, str):
        return value
    if wire.get("type") != "Json":
        info = wire.get("valueInfo") or {}
        if wire.get("type") != "Object" or info.get("serializationDataFormat") != "application/json":
            return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value  # a person may have sent it: what reads the field says what is wrong with the text


def decode_all(wire: Mapping[str, WireValue]) -> dict[str, object]:
    """Decode variables by name."""
    return {name: decode(value) for name, value in wire.items()}
