"""Is an uploaded file the scan of a signed paper? Judged by its bytes, not by what it calls itself. Pure."""

from __future__ import annotations

LARGEST_SCAN = 10 * 1024 * 1024
"""Bytes."""

_MAGIC = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}


def media_type(content: bytes) -> str | None:
    """The type that the first bytes show; None when it is no PDF, PNG or JPEG."""
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)


def fault(content: bytes | None) -> str | None:
    """What is wrong with the scan, in Chinese; None when it will do."""
    if not content:
        return "签署扫描件：请上传客户签署后的合同扫描件，文件不能为空"
    if len(content) > LARGEST_SCAN:
        return f"签署扫描件：文件不得超过{LARGEST_SCAN // 1024 // 1024}MB"
    if media_type(content) is None:
        return "签署扫描件：只接受PDF、PNG或JPEG格式的扫描件"
    return None
