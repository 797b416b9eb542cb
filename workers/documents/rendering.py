"""From data to PDF by Typst, with the Chinese fonts of a wheel and nothing from the system.

Data reaches a template as JSON, never as markup: what a customer's name contains is printed, not run. The same
data gives the same bytes, because the document carries the date that the data names and no clock is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal

import pylopdf_fonts_zh_cn
import typst

TEMPLATES = Path(__file__).parent / "templates"


@cache
def _fonts() -> typst.Fonts:
    folder = Path(pylopdf_fonts_zh_cn.serif_path()).parent
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def _compiler(template: str, data: Mapping[str, object]) -> typst.Compiler:
    return typst.Compiler(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, sort_keys=True)},
    )


def render(template: str, data: Mapping[str, object]) -> bytes:
    """Render `templates/<template>.typ` with `data` (JSON types only) to PDF."""
    epoch = datetime.fromtimestamp(0, UTC)  # the template's own `set document(date: …)` is what readers see
    content = _compiler(template, data).compile(format="pdf", timestamp=epoch)
    return _one(content)


def preview(
    template: str, data: Mapping[str, object], file_format: Literal["png", "svg"] = "png"
) -> list[bytes]:
    """The pages as pictures, for people who look at a template."""
    pages = _compiler(template, data).compile(format=file_format, ppi=110)
    return pages if isinstance(pages, list) else [_one(pages)]


def _one(content: bytes | list[bytes] | None) -> bytes:
    if not isinstance(content, bytes):
        raise TypeError(f"typst gave {type(content).__name__} where one file was expected")
    return content
