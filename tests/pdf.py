"""PDFs in tests: a scan to send in, and what one that was rendered says."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader

SIGNED_PAPER = b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
"""The smallest file that is a PDF by its first bytes."""


def text_of(content: bytes) -> str:
    """What a reader sees of a PDF, without the blanks and line ends that come from its layout."""
    pages = PdfReader(BytesIO(content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def pages_of(content: bytes) -> int:
    """How many pages a PDF has."""
    return len(PdfReader(BytesIO(content)).pages)
