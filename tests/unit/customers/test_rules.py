"""What counts as a phone; what nobody reads in a log."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import structlog

from workers import customers
from workers.customers import mask_id, mask_phone, normalise, shown_phone
from workers.logs import configure
from workers.masking import mask


@pytest.mark.rule("M5")
@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("13812345678", "+8613812345678"),
        (" 138 1234 5678 ", "+8613812345678"),
        ("+86 138-1234-5678", "+8613812345678"),
        ("008613812345678", "+8613812345678"),
        ("138\uff11\uff12\uff13\uff145678", "+8613812345678"),
        (13812345678, "+8613812345678"),
        ("010-62345678", "+861062345678"),
        ("+852 9123 4567", "+85291234567"),
        ("(010) 62345678", "+861062345678"),
    ],
)
def test_a_phone_is_the_same_however_it_is_written(written: object, key: str) -> None:
    assert normalise(written) == key


@pytest.mark.rule("M5", "X3")
@pytest.mark.parametrize(
    "written",
    [
        *("", "  ", "110", "12345", "1381234567", "138123456789", "张三", "138 1234 5678 转 8", "1" * 5000),
        *(None, True, 10**400, 1.5, ["13812345678"], "' OR 1=1 --", "<b>13812345678</b>x"),
        *("-13800138000", "\u221213800138000", "- 138 0013 8000", -13800138000),
    ],
)
def test_what_is_no_phone_is_none(written: object) -> None:
    assert normalise(written) is None


@pytest.mark.rule("M5")
def test_blanks_and_case_make_no_other_name() -> None:
    assert customers.is_named("Li Lei", "li  lei ")
    assert customers.is_named("", "李雷")
    assert not customers.is_named("韩梅梅", "王小明")


def test_staff_read_a_phone_as_they_dial_it() -> None:
    assert shown_phone("+8613812345678") == "13812345678"
    assert shown_phone("+861062345678") == "01062345678"
    assert shown_phone("+85291234567") == "+85291234567"


@pytest.mark.rule("M5")
@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13812345678,请回电", "电话138****5678,请回电"),
        ("+86 138-1234-5678", "138****5678"),
        ("0510-81234567 或 051081234567", "051****4567 或 051****4567"),
        ("+85291234567", "852****4567"),
        ("身份证 11010119900307123X。", "身份证 110101********123X。"),
    ],
)
def test_phones_and_id_numbers_are_masked_wherever_they_stand(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "aae9c71f-0123-4567-8901-13812345678a",
        "LSV13812345678000",
        "HT-2026-0001 XS-2026-0002",
        "2026-03-10T09:00:00+08:00",
        "0.13812345678",
        "1773104400000",
        "91320000SAMPLE0000",
        "总价 219800.00 元",
    ],
)
def test_numbers_that_are_no_phone_stay_as_they_are(text: str) -> None:
    assert mask(text) == text


def test_one_kind_of_number_can_be_masked_alone() -> None:
    both = "13812345678 11010119900307123X"
    assert mask_phone(both) == "138****5678 11010119900307123X"
    assert mask_id(both) == "13812345678 110101********123X"


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Logging is as before afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = before, level
    structlog.reset_defaults()


@pytest.mark.usefixtures("logging_restored")
@pytest.mark.rule("M5")
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_log_line_tells_a_phone_or_an_id_number(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure(form=log_format)
    log = structlog.get_logger("test")
    log.info("met", phone="13812345678", person={"id": "11010119900307123X"})
    logging.getLogger("other").warning("call %s back", "+86 138 1234 5678")
    try:
        int("bad phone 13812345678")
    except ValueError:
        log.exception("failed")
    said = capsys.readouterr().err
    assert "5678" in said
    assert "13812345678" not in said.replace(" ", "")
    assert "19900307" not in said
    if log_format == "json":
        assert json.loads(said.splitlines()[0])["phone"] == "138****5678"


def test_the_ways_to_reach_a_customer_have_chinese_names() -> None:
    assert customers.CHANNELS["wechat"] == "微信"


@pytest.mark.usefixtures("logging_restored")
def test_a_log_line_says_its_moment_in_the_companys_time_with_its_offset(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(form="json")
    structlog.get_logger("test").warning("a part has died")
    moment = datetime.fromisoformat(json.loads(capsys.readouterr().err)["timestamp"])
    assert moment.utcoffset() == timedelta(hours=8)
