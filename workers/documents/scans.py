"""Is an uploaded file the scan of a signed paper? Judged by its bytes, not by what it calls itself."""

from __future__ import annotations

from workers.cases import FormReader
from workers.runtime import EngineVariables
from workers.runtime.http import EngineRefused

LARGEST_SCAN = 10 * 1024 * 1024
"""Bytes."""

_MAGIC = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
_ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


def ending(media_type: str) -> str:
    """What the name of a scan's file ends with."""
    return _ENDINGS.get(media_type, "bin")


def media_type(content: bytes) -> str | None:
    """The type that the first bytes show; None when it is no PDF, PNG or JPEG."""
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)


def scan_fault(content: bytes | None, label: str, paper: str) -> str | None:
    """What is wrong with the scan of the signed `paper`, in Chinese; None when it will do."""
    if not content:
        return f"{label}：请上传客户签署后的{paper}扫描件，文件不能为空"
    if len(content) > LARGEST_SCAN:
        return f"{label}：文件不得超过{LARGEST_SCAN // 1024 // 1024}MB"
    if media_type(content) is None:
        return f"{label}：只接受PDF、PNG或JPEG格式的扫描件"
    return None


def uploaded_scan(
    engine: EngineVariables,
    process_instance_id: str,
    variable: str,
    reader: FormReader,
    label: str,
    paper: str,
) -> bytes | None:
    """The scan that a form uploaded as `variable`; None, with a finding, when there is none that will do."""
    try:
        content = engine.get_binary(process_instance_id, variable)
    except EngineRefused as error:
        if error.status not in (400, 404):  # these say that the variable is missing or no file
            raise
        content = b""
    fault = scan_fault(content, label, paper)
    if fault is not None:
        reader.wrong(variable, fault)
        return None
    return content
