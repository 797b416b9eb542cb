"""What goes to the engine and what comes back."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from workers.errors import InvalidInput
from workers.runtime import FileValue, Message
from workers.runtime.variables import decode, decode_all, encode, encode_all


class Line(Message):
    product_no: str
    unit_price: Decimal


@pytest.mark.parametrize(
    ("value", "kind", "wire"),
    [
        ("文本", "String", "文本"),
        (True, "Boolean", True),
        (7, "Long", 7),
        (Decimal("1E+3"), "String", "1000"),
        (Decimal("0.10"), "String", "0.10"),
        (date(2026, 5, 1), "String", "2026-05-01"),
        (None, "Null", None),
        (1.5, "Double", 1.5),
        (
            datetime(2026, 5, 1, 9, 30, 0, 123456, timezone(timedelta(hours=8))),
            "Date",
            "2026-05-01T09:30:00.123+0800",
        ),
    ],
)
def test_a_value_has_its_wire_type(value: object, kind: str, wire: object) -> None:
    assert encode(value) == {"value": wire, "type": kind}


def test_lists_and_models_become_json_with_camel_case_names_and_decimal_strings() -> None:
    wire = encode([Line(product_no="P1", unit_price=Decimal("9.90"))])
    assert wire["type"] == "Json"
    assert json.loads(wire["value"]) == [{"productNo": "P1", "unitPrice": "9.90"}]
    assert json.loads(encode({"line": Line(product_no="P1", unit_price=Decimal(1))})["value"]) == {
        "line": {"productNo": "P1", "unitPrice": "1"}
    }


def test_a_file_carries_its_name_and_bytes() -> None:
    assert encode(FileValue("合同.pdf", b"%PDF", "application/pdf")) == {
        "value": "JVBERg==",
        "type": "File",
        "valueInfo": {"filename": "合同.pdf", "mimeType": "application/pdf"},
    }


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}, datetime(2026, 5, 1), "x" * 4001])  # noqa: DTZ001
def test_what_no_variable_can_hold_is_refused_by_name(value: object) -> None:
    with pytest.raises(InvalidInput, match="variable broken"):
        encode_all({"fine": 1, "broken": value})


def test_a_text_of_4000_characters_fits() -> None:
    assert encode("长" * 4000)["type"] == "String"


def test_a_lone_surrogate_in_json_is_refused() -> None:
    with pytest.raises(InvalidInput):
        encode(["\ud800"])


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        ({"type": "Json", "value": '[{"a": 1}]'}, [{"a": 1}]),
        ({"type": "String", "value": '{"value": 1}'}, '{"value": 1}'),
        (
            {"type": "Object", "value": "[1]", "valueInfo": {"serializationDataFormat": "application/json"}},
            [1],
        ),
        (
            {
                "type": "Object",
                "value": "rO0=",
                "valueInfo": {"serializationDataFormat": "application/x-java"},
            },
            "rO0=",
        ),
        ({"type": "File", "value": None}, None),
        ({"type": "Null", "value": None}, None),
        ({"type": "Boolean", "value": False}, False),
    ],
)
def test_a_variable_is_read(wire: dict[str, Any], value: object) -> None:
    assert decode(wire) == value


@pytest.mark.parametrize("text", ["{x", "9" * 5000, "[" * 200_000])
def test_text_that_only_calls_itself_json_stays_text_for_the_check_of_its_field(text: str) -> None:
    assert decode_all({"lines": {"type": "Json", "value": text, "valueInfo": {}}}) == {"lines": text}


def test_a_date_of_the_engine_is_read_as_an_aware_time() -> None:
    class Due(Message):
        signed_at: datetime

    wire = encode_all({"signedAt": datetime(2026, 5, 1, 1, 30, tzinfo=UTC)})
    assert Due.model_validate(decode_all(wire)).signed_at == datetime(2026, 5, 1, 1, 30, tzinfo=UTC)
