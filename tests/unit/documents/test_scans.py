"""What counts as the scan of a signed paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.documents import LARGEST_SCAN, media_type, scan_fault


@pytest.mark.rule("C3")
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
    ],
)
def test_pdf_png_and_jpeg_are_known_by_their_first_bytes(content: bytes, kind: str) -> None:
    assert media_type(content) == kind
    assert scan_fault(content, "签署件扫描件", "合同") is None


@pytest.mark.rule("C3", "X3")
@pytest.mark.parametrize(
    ("content", "word"),
    [
        (None, "上传"),
        (b"", "不能为空"),
        (b"PK\x03\x04", "格式"),
        (b"%PDF-" + bytes(LARGEST_SCAN), "10MB"),
    ],
)
def test_a_file_that_will_not_do_is_refused_in_chinese(content: bytes | None, word: str) -> None:
    assert word in (scan_fault(content, "签署件扫描件", "合同") or "")


@pytest.mark.rule("X3")
@given(st.binary(max_size=64))
def test_no_file_makes_the_check_stumble(content: bytes) -> None:
    assert (scan_fault(content, "签署件扫描件", "合同") is None) == (media_type(content) is not None)
